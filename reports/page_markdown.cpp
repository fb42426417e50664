#include <fmt/format.h>

#include <algorithm>

#include "reports/answer.h"
#include "reports/document_values.h"
#include "reports/headline.h"
#include "reports/markdown.h"
#include "reports/numbers.h"
#include "reports/page.h"
#include "reports/page_parts.h"
#include "reports/page_plan.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using Stored = nlohmann::json;

std::string figure_text(const Stored& figure, std::string_view unit) {
  if (figure.is_null()) return "-";
  Estimate e{.mean = figure.at("mean"), .n = figure.at("n")};
  if (figure.at("low").is_number()) e.interval = Interval{figure.at("low"), figure.at("high")};
  return value_in(unit, e);
}

constexpr std::size_t kLinesShown = 8, kServicesShown = 8;

std::string md_cost(const Stored& placement) {
  const std::string usd = "USD/month";
  std::string text = markdown_header({"Cost line", "Per month"});
  const Stored& lines = placement.at("cost_lines");
  const std::size_t shown = std::min(kLinesShown, lines.size());
  for (std::size_t i = 0; i < shown; ++i)
    text += markdown_row({markdown_text(lines[i].at("service").get<std::string>() + ": " +
                                  lines[i].at("item").get<std::string>()),
                    figure_text(lines[i].at("usd_per_month"), usd)});
  double rest = 0;
  for (std::size_t i = shown; i < lines.size(); ++i)
    rest += lines[i].at("usd_per_month").at("mean").get<double>();
  if (shown < lines.size())
    text += markdown_row({fmt::format("{} more lines", lines.size() - shown), money(rest)});
  text += markdown_row({"of all: idle nodes", figure_text(placement.at("cost_idle_usd_per_month"), usd)});
  text += markdown_row({"of all: people", figure_text(placement.at("cost_people_usd_per_month"), usd)});
  return text +
         markdown_row({"**All**", "**" + figure_text(placement.at("cost_usd_per_month"), usd) + "**"}) +
         "\n";
}

// Many services are folded away: a comment is read from top to bottom.
std::string md_services(const Stored& services) {
  std::string text =
      markdown_header({"Service", "Requests/s", "p50", "p99", "Limit", "Within", "Goal", "Pods"});
  for (const Stored& s : services)
    text += markdown_row({markdown_text(s.at("name").get<std::string>()),
                    figure_text(s.at("requests_per_s"), ""),
                    figure_text(s.at("latency_s").at("p50"), "s"),
                    figure_text(s.at("latency_s").at("p99"), "s"),
                    duration(s.at("slo_latency_s").get<double>()),
                    figure_text(s.at("slo_met_share"), "share"),
                    percent(s.at("slo_target_share").get<double>()),
                    figure_text(s.at("replicas_mean"), "")});
  text += "\n";
  std::vector<StatedError> errors;
  for (const Stored& s : services)
    if (!s.at("latency_p99_error_share").is_null())
      errors.push_back({s.at("fidelity"), s.at("latency_p99_error_share").at("mean")});
  for (const std::string& line : error_sentences(errors)) text += line + "\n\n";
  if (services.size() <= kServicesShown) return text;
  return fmt::format("<details><summary>{} services</summary>\n\n{}</details>\n\n", services.size(),
                     text);
}

std::string md_phases(const Stored& training) {
  std::string text;
  for (const Phase phase : kPhases) {
    const Stored& p95 = training.at("phases_s").at(std::string{to_text(phase)}).at("p95");
    if (p95.is_null() || p95.at("mean").get<double>() == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", to_text(phase),
                        duration(p95.at("mean").get<double>()));
  }
  return text;
}

std::string md_placement(const Stored& placement) {
  std::string text = "### " + markdown_text(placement.at("name").get<std::string>()) + "\n\n";
  const auto description = placement.at("description").get<std::string>();
  if (!description.empty()) text += markdown_text(description) + "\n\n";
  for (const Stored& flag : placement.at("flags"))
    text += "- **" + markdown_text(flag.get<std::string>()) + "**\n";
  if (!placement.at("flags").empty()) text += "\n";
  text += md_cost(placement);
  if (!placement.at("training").empty()) {
    text += markdown_header({"Start latency", "p50", "p95", "p99", "Phases at their p95"});
    for (const Stored& t : placement.at("training"))
      text += markdown_row({markdown_text(t.at("name").get<std::string>()),
                      figure_text(t.at("start_latency_s").at("p50"), "s"),
                      figure_text(t.at("start_latency_s").at("p95"), "s"),
                      figure_text(t.at("start_latency_s").at("p99"), "s"), md_phases(t)});
    text += "\n";
  }
  if (!placement.at("services").empty()) text += md_services(placement.at("services"));
  return text;
}

// A table of the page; its cells are texts.
std::string md_table(const Json& columns, const Json& rows) {
  const auto texts = [](const Json& row) {
    std::vector<std::string> cells;
    for (const Json& cell : row) cells.push_back(markdown_text(cell.get<std::string>()));
    return cells;
  };
  std::string text = markdown_row(texts(columns)) + "|";
  for (std::size_t i = 0; i < columns.size(); ++i) text += " :-- |";
  text += "\n";
  for (const Json& row : rows) text += markdown_row(texts(row));
  return text + "\n";
}

std::string md_section(const Json& part) {
  std::string text = "## " + markdown_text(part.at("title").get<std::string>()) + "\n\n";
  const Json sentences = part.value("sentences", Json::array());
  for (const Json& sentence : sentences)
    text += "* " + markdown_text(sentence.get<std::string>()) + "\n";
  if (!sentences.empty()) text += "\n";
  const auto words = part.at("text").get<std::string>();
  if (!words.empty()) text += markdown_text(words) + "\n\n";
  if (!part.at("rows").empty()) text += md_table(part.at("columns"), part.at("rows"));
  return text;
}

std::string md_turns(const Json& turns) {
  std::string text;
  for (const Json& turn : turns) text += md_section(turn);
  return text;
}

std::string md_state(const Json& candidate) {
  const auto state = candidate.at("state").get<std::string>();
  if (state == "recommended") return "**recommended**";
  if (state == "front") return "on the front";
  if (state == "missed") {
    std::string text;
    for (const Json& missed : candidate.at("missed"))
      text += (text.empty() ? "" : "; ") + markdown_text(missed.get<std::string>());
    return text;
  }
  return "off the front";
}

// What it costs by line, when its jobs start, how fast it answers.
std::string md_recommended(const PlanDocument& plan) {
  const Stored& best = plan.json.at("recommendation");
  if (best.is_null() || !plan.simulated) return "";
  for (const Stored& placement : plan.simulated->json.at("placements"))
    if (placement.at("name") == best.at("name")) return md_placement(placement);
  return "";
}

std::string md_plan(const PlanDocument& plan) {
  const auto no_figures = [](const std::string&, const std::string&, const std::string&) {
    return std::size_t{0};
  };
  const PagePart part = plan_part(plan.json, plan.simulated ? &plan.simulated->json : nullptr,
                                  plan.file, 0, no_figures);
  std::string text = "# " + markdown_text(part.provenance.at("title").get<std::string>()) +
                     "\n\n**" + markdown_text(part.answer) + "**\n\n";
  for (const std::string& fact : part.facts) text += "- " + markdown_text(fact) + "\n";
  text += "\n" + markdown_row({"Placement", "Cost per month", "Start p95", "Serving p99", "State"}) +
          "| :-- | --: | --: | --: | :-- |\n";
  for (std::size_t i = 0; i < part.placements.size(); ++i) {
    const Stored& candidate = plan.json.at("candidates")[i];
    text += markdown_row({markdown_text(candidate.at("name").get<std::string>()),
                    figure_text(candidate.at("usd_per_month"), "USD/month"),
                    figure_text(candidate.at("start_latency_p95_s"), "s"),
                    figure_text(candidate.at("serving_latency_p99_s"), "s"),
                    md_state(part.placements[i])});
  }
  text += "\n" + md_recommended(plan);
  for (const Json& block : part.blocks) text += md_section(block);
  text += md_turns(part.turns);
  std::string from;
  for (const Json& row : part.provenance.at("rows"))
    from +=
        (from.empty() ? "" : "; ") + row[0].get<std::string>() + " " + row[1].get<std::string>();
  return text + "<sub>" + markdown_text(from) + "; ± is the 95 % interval.</sub>\n\n";
}

}  // namespace

std::string page_markdown(const Documents& documents) {
  const DocumentValues& values = documents.values();
  std::string text;
  for (const PlanDocument& plan : values.plans) text += md_plan(plan);
  for (const ResultDocument& source : values.results) {
    const Provenance& from = source.result.from;
    text += "# " + markdown_text(from.scenario) + "\n\n**" +
            markdown_text(answer_of(source.result.placements).sentence) + "**\n\n";
    text += markdown_header({"Placement", "Cost per month", "Slowest start p95", "Goals"});
    for (const GateSide& side : source.result.placements)
      text += markdown_row({markdown_text(side.placement),
                      money(estimate_of(side, {"cost", "", "", "USD/month"})),
                      duration(slowest_start(side)), goals_text(side, missed_goals(side))});
    text += "\n";
    for (const Stored& placement : source.json.at("placements")) text += md_placement(placement);
    text += fmt::format(
        "<sub>{} of {} from {}, seed {}; prices {}, {}; berth {}, model {}; ± is the 95 % "
        "interval.</sub>\n\n",
        replications_text(from.replications), duration(from.horizon_s), from.starts_on, from.seed,
        markdown_text(from.catalogue), from.price_date, from.tool_version, from.model_version);
  }
  for (const StoredDocument& flips : values.flips)
    text += "# What would turn the answer\n\n" + md_turns(flip_part(flips.json, flips.file).turns);
  for (const StoredDocument& curves : values.break_evens)
    text += "# Break-evens of " +
            markdown_text(curves.json.at("scenario").at("name").get<std::string>()) + "\n\n" +
            md_turns(break_even_part(curves.json, curves.file).turns);
  return text;
}

}  // namespace berth
