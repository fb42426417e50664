#include "reports/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "reports/headline.h"
#include "reports/numbers.h"

namespace berth {
namespace {

constexpr std::size_t kLinesShown = 8;
constexpr std::string_view kSpecial = "\\`*_[]<>|#~&";

std::string row(std::initializer_list<std::string> cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

// The first column to the left, numbers to the right.
std::string header(std::initializer_list<std::string> titles) {
  std::string rule = "|";
  for (std::size_t i = 0; i < titles.size(); ++i) rule += i == 0 ? " :-- |" : " --: |";
  return row(titles) + rule + "\n";
}

std::string head(const Provenance& from) {
  return fmt::format(
      "# Scenario {}\n\n{} of {} from {}, after {} of warm-up, seed {}. Prices {}, {}. "
      "Berth {}, model {}. ± is the 95 % interval over replications.\n\n",
      markdown_text(from.scenario), replications_text(from.replications), duration(from.horizon_s), from.starts_on,
      duration(from.warm_up_s), from.seed, markdown_text(from.catalogue), from.price_date,
      from.tool_version, from.model_version);
}

std::string overview(const Result& result) {
  std::string text = header(
      {"Placement", "Cost per month", "Slowest start p95", "Class", "Goals met", "To note"});
  for (const Summary& placement : result.placements) {
    const Headline line = headline_of(placement);
    text += row({markdown_text(placement.placement),
                 money(placement.cost.total_usd_per_month.estimate()),
                 duration(line.slowest_start_p95_s), markdown_text(line.slowest_class),
                 line.goals == 0 ? "-" : fmt::format("{} of {}", line.goals_met, line.goals),
                 std::to_string(line.flags)});
  }
  return text + "\n";
}

std::string cost_section(const CostSummary& cost) {
  std::string text = header({"Cost line", "Per month"});
  const std::size_t shown = std::min(kLinesShown, cost.lines.size());
  for (std::size_t i = 0; i < shown; ++i)
    text += row({markdown_text(cost.lines[i].service + ": " + cost.lines[i].item),
                 money(cost.lines[i].usd_per_month.estimate())});
  double rest = 0;
  for (std::size_t i = shown; i < cost.lines.size(); ++i)
    if (const auto line = cost.lines[i].usd_per_month.estimate()) rest += line->mean;
  if (shown < cost.lines.size())
    text += row({fmt::format("{} more lines", cost.lines.size() - shown), money(rest)});
  text += row({"of all: idle nodes", money(cost.idle_usd_per_month.estimate())});
  text += row({"of all: people", money(cost.people_usd_per_month.estimate())});
  text += row({"**All**", "**" + money(cost.total_usd_per_month.estimate()) + "**"});
  return text + "\n";
}

std::string phases_text(const TrainingSummary& t) {
  std::string text;
  for (const Phase phase : kPhases) {
    const auto p95 = t.phases_s[static_cast<std::size_t>(phase)].p95.estimate();
    if (!p95 || p95->mean == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", to_text(phase), duration(p95->mean));
  }
  return markdown_text(text);
}

std::string start_section(const Summary& placement) {
  if (placement.training.empty()) return "";
  std::string text = header({"Start latency", "p50", "p95", "p99", "Phases at their p95"});
  for (const TrainingSummary& t : placement.training)
    text += row({markdown_text(t.name), duration(t.start_latency_s.p50.estimate()),
                 duration(t.start_latency_s.p95.estimate()),
                 duration(t.start_latency_s.p99.estimate()), phases_text(t)});
  return text + "\n";
}

std::string serving_section(const Summary& placement) {
  if (placement.services.empty()) return "";
  std::string text = header({"Service", "Requests/s", "p50", "p99", "Limit", "Within", "Pods"});
  for (const ServiceSummary& s : placement.services)
    text += row({markdown_text(s.name), count(s.requests_per_s.estimate()),
                 duration(s.latency_p50_s.estimate()), duration(s.latency_p99_s.estimate()),
                 duration(s.slo_latency_s),
                 percent(s.slo_share.estimate()) + (meets_slo(s) ? "" : " (missed)"),
                 count(s.replicas_mean.estimate())});
  text += "\n";
  for (const std::string& line : error_sentences(stated_errors(placement))) text += line + "\n\n";
  return text;
}

std::string placement_section(const Summary& placement) {
  std::string text = "## Placement " + markdown_text(placement.placement) + "\n\n";
  if (!placement.description.empty()) text += markdown_text(placement.description) + "\n\n";
  for (const std::string& flag : placement.flags) text += "- **" + markdown_text(flag) + "**\n";
  if (!placement.flags.empty()) text += "\n";
  return text + cost_section(placement.cost) + start_section(placement) +
         serving_section(placement);
}

std::string comparison_section(const Comparison& comparison) {
  std::string text = "## " + markdown_text(comparison.base) + " → " +
                     markdown_text(comparison.other) + "\n\n" +
                     markdown_text(comparison_sentence(comparison)) + "\n\n";
  text += header({"", "Before", "After", "Difference", "Relative", "Verdict"});
  for (const Change& change : headline_changes(comparison)) {
    const bool shown = change.relative && change.name.unit != "share";
    text += row({markdown_text(change_title(change.name)),
                 value_in(change.name.unit, {.mean = change.before.mean}),
                 value_in(change.name.unit, {.mean = change.after.mean}),
                 difference_in(change.name.unit, change.difference),
                 shown ? percent_of_change(*change.relative) : "",
                 std::string{to_text(change.verdict)}});
  }
  return text + "\n" + figures_note(comparison) + "\n\n";
}

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view rest = text.substr(i);
    if (static_cast<unsigned char>(c) < 0x20) {
      escaped += ' ';
      continue;
    }
    const bool link = rest.starts_with("://") || (c == '.' && text.substr(0, i).ends_with("www"));
    if (link || kSpecial.find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
    // An @ that mentions nobody, a # that is no issue.
    const bool number = rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9';
    if (c == '@' || (c == '#' && number)) escaped += "\u200b";
  }
  return escaped;
}

std::string markdown_report(std::span<const Result> results) {
  std::string text;
  for (const Result& result : results) {
    text += head(result.from);
    if (result.placements.size() > 1) text += overview(result);
    for (const Summary& placement : result.placements) text += placement_section(placement);
  }
  return text;
}

std::string markdown_report(const ComparisonReport& report) {
  std::string text;
  for (const Provenance& from : report.from) text += head(from);
  for (const Comparison& comparison : report.comparisons) text += comparison_section(comparison);
  for (const std::string& note : report.notes) text += "- " + markdown_text(note) + "\n";
  return text;
}

}  // namespace berth
