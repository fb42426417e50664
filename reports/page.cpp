#include "reports/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "models/startup_ledger.h"
#include "reports/answer.h"
#include "reports/charts.h"
#include "reports/document_values.h"
#include "reports/embedded.h"
#include "reports/markup.h"
#include "reports/numbers.h"
#include "reports/page_parts.h"
#include "reports/page_plan.h"
#include "reports/pull_twins.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using Stored = nlohmann::json;

using Source = ResultDocument;

double rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return std::strtod(text, nullptr);
}

Json triple(const std::optional<Estimate>& e) {
  if (!e) return nullptr;
  return Json::array({rounded(e->mean), e->interval ? Json(rounded(e->interval->low)) : Json(),
                      e->interval ? Json(rounded(e->interval->high)) : Json()});
}

// ---- Latencies a placement can be drawn against ------------------------------------------------

struct Axis {
  std::string id, label, unit;
};

std::optional<Estimate> latency_of(const GateSide& side, const Axis& axis) {
  if (axis.id == "slowest") return slowest_start(side);
  for (const NamedFigure& figure : side.figures)
    if (id_of(figure.name) == axis.id) return figure.figure.estimate();
  return std::nullopt;
}

bool is_latency(const std::string& metric) {
  return metric == "start_latency_p95" || metric == "latency_p99";
}

std::vector<Axis> axes_of(const std::vector<Source>& sources) {
  std::vector<Axis> axes;
  std::set<std::string> seen;
  const auto add = [&](Axis axis) {
    if (seen.insert(axis.id).second) axes.push_back(std::move(axis));
  };
  for (const Source& source : sources)
    for (const GateSide& side : source.result.placements) {
      if (slowest_start(side)) add({"slowest", "slowest class, start p95", "s"});
      for (const NamedFigure& figure : side.figures)
        if (is_latency(figure.name.metric) && figure.figure.estimate())
          add({id_of(figure.name),
               figure.name.workload +
                   (figure.name.metric == "latency_p99" ? ", latency p99" : ", start p95"),
               "s"});
    }
  return axes;
}

// ---- Placements --------------------------------------------------------------------------------

// Names of figures once for the whole page; placements refer to them by position.
class FigureList {
 public:
  std::size_t index_of(const std::string& metric, const std::string& of, const std::string& unit) {
    const auto [at, fresh] = index_.try_emplace({metric, of, unit}, list_.size());
    if (fresh) list_.push_back({metric, of, unit});
    return at->second;
  }
  Json take() { return std::move(list_); }

 private:
  std::map<std::array<std::string, 3>, std::size_t> index_;
  Json list_ = Json::array();
};

Json numbers_of(const GateSide& side, FigureList& figures) {
  Json rows = Json::array();
  for (const NamedFigure& figure : side.figures) {
    const auto e = figure.figure.estimate();
    if (!e) continue;
    const Json value = triple(e);
    rows.push_back(
        {figures.index_of(metric_with_unit(figure.name), whose(figure.name), figure.name.unit),
         value[0], value[1], value[2], e->n});
  }
  return rows;
}

// What the charts need and nothing else: replication values stay in the result.
Stored detail_of(Stored placement) {
  placement.erase("figures");
  for (Stored& line : placement["cost_lines"]) {
    line.erase("shares");
    line.erase("quantity_per_month");
  }
  return placement;
}

Json placement_json(const Source& source, std::size_t source_index, std::size_t i,
                    const std::vector<Axis>& axes, bool many_sources, FigureList& figures) {
  const GateSide& side = source.result.placements[i];
  const Stored& placement = source.json.at("placements")[i];
  const auto missed = missed_goals(side);
  Json latency = Json::object();
  for (const Axis& axis : axes)
    if (const auto e = latency_of(side, axis)) latency[axis.id] = triple(e);
  return {{"name", side.placement},
          {"label",
           many_sources ? source.result.from.scenario + ": " + side.placement : side.placement},
          {"source", source_index},
          {"note", placement.at("description")},
          {"cost", triple(estimate_of(side, {"cost", "", "", "USD/month"}))},
          {"latency", latency},
          {"goals", goals_text(side, missed)},
          {"missed", missed},
          {"state", missed.empty() ? "feasible" : "missed"},
          {"flags", placement.at("flags")},
          {"numbers", numbers_of(side, figures)},
          {"twin", nullptr},
          {"detail", detail_of(placement)}};
}

// Of the last placements, those of `result`.
void add_twins(Json& placements, const Stored& result) {
  const std::size_t first = placements.size() - result.size();
  std::vector<std::string> names;
  for (std::size_t i = first; i < placements.size(); ++i)
    names.push_back(placements[i].at("label"));
  std::size_t at = first;
  for (const auto& [index, words] : pull_twins(result, names))
    placements[at++]["twin"] = {{"index", index ? Json(first + *index) : Json()}, {"words", words}};
}

// A plan keeps no bills and starts of its candidates. Those that are the scenario's own placements have
// them in a result of the same files, where one stands on the page.
void lend_details(Json& placements, const Stored& plan, std::size_t first_candidate,
                  const Stored& result, std::size_t first_result) {
  if (plan.at("inputs") != result.at("inputs") ||
      plan.at("scenario").at("name") != result.at("scenario").at("name"))
    return;
  const Stored &candidates = plan.at("candidates"), &own = result.at("placements");
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    Json& candidate = placements[first_candidate + c];
    if (!candidates[c].at("from_scenario").get<bool>() || candidate.contains("detail_of")) continue;
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (own[i].at("name") != candidates[c].at("name")) continue;
      candidate["detail_of"] = first_result + i;
      candidate["twin"] = placements[first_result + i].at("twin");
    }
  }
}

// The best beside its twin in pull mode, else beside another. Placements of a plan have no details:
// a result's are taken where there are some, but a plan's recommendation stays first.
std::pair<int, int> first_choice(const Json& placements, std::optional<std::size_t> best,
                                 std::size_t planned) {
  const int n = static_cast<int>(placements.size());
  if (n == 0) return {-1, -1};  // a plan that found nothing feasible
  const int a = best ? static_cast<int>(*best) : 0;
  const Json& twin = placements[a].at("twin");
  if (!twin.is_null() && !twin.at("index").is_null()) return {a, twin.at("index").get<int>()};
  const int same = placements[a].value("detail_of", -1);
  for (int i = static_cast<int>(planned); planned > 0 && i < n; ++i)
    if (i != same) return {a, i};
  return {a, n < 2 ? -1 : a == 0 ? 1 : 0};
}

// ---- Where it comes from -----------------------------------------------------------------------

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& one : list) text += (text.empty() ? "" : "; ") + one;
  return text;
}

std::string fidelity_words(const Stored& document) {
  std::map<std::string, std::size_t> how;
  double whole = 0, window = 0, formula = 0;
  std::size_t n = 0;
  const auto mean = [](const Stored& figure) {
    return figure.is_null() ? 0.0 : figure.at("mean").get<double>();
  };
  for (const Stored& placement : document.at("placements"))
    for (const Stored& service : placement.at("services")) {
      ++how[service.at("fidelity").get<std::string>()];
      whole += mean(service.at("looked_at").at("whole_share"));
      window += mean(service.at("looked_at").at("window_share"));
      formula += mean(service.at("looked_at").at("formula_share"));
      ++n;
    }
  if (n == 0) return "no serving";
  std::string text;
  for (const auto& [name, count] : how) text += (text.empty() ? "" : ", ") + name;
  const auto part = [&](double sum) { return percent(sum / static_cast<double>(n)); };
  return fmt::format("{}; of the time {} every request, {} through windows, {} by formula", text,
                     part(whole), part(window), part(formula));
}

Json provenance_json(const Source& source) {
  const Provenance& from = source.result.from;
  std::vector<std::string> inputs, engine;
  for (const InputFile& input : from.inputs)
    inputs.push_back(input.name + " sha256 " + input.sha256.substr(0, 12));
  for (const auto& [name, value] : from.engine) engine.push_back(fmt::format("{} {}", name, value));
  Json rows = Json::array();
  const auto row = [&](const char* name, const std::string& value) {
    rows.push_back({name, value});
  };
  row("result", source.file);
  row("model version", from.model_version + " (berth " + from.tool_version + ")");
  row("prices", from.catalogue + ", " + from.region + ", " + from.price_date);
  row("simulated", fmt::format("{} of {} from {}, after {} of warm-up; seed {}",
                               replications_text(from.replications), duration(from.horizon_s),
                               from.starts_on, duration(from.warm_up_s), from.seed));
  row("failed", source.result.failures == 0
                    ? "no replication"
                    : fmt::format("{} replications, not in the numbers", source.result.failures));
  row("fidelity of serving", fidelity_words(source.json));
  row("inputs", joined(inputs));
  row("engine", joined(engine));
  return {{"title", "Scenario " + from.scenario},
          {"starts_on", from.starts_on},
          {"rows", rows},
          {"assumptions", from.assumptions}};
}

// Every price used, with its day and whether a source printed it.
Json prices_block(const std::vector<Source>& sources) {
  std::map<std::string, Json> rows;
  for (const Source& source : sources)
    for (const Stored& placement : source.json.at("placements"))
      for (const Stored& line : placement.at("cost_lines")) {
        const Stored& price = line.at("price");
        const auto name =
            line.at("service").get<std::string>() + ": " + line.at("item").get<std::string>();
        if (price.is_null() || line.at("usd_per_unit").is_null()) continue;
        rows.try_emplace(
            name, Json::array({name,
                               fmt::format("{:.6g} $/{}", line.at("usd_per_unit").get<double>(),
                                           line.at("unit").get<std::string>()),
                               price.at("as_of"), price.at("status"), price.at("source")}));
      }
  Json list = Json::array();
  for (auto& [name, row] : rows) list.push_back(std::move(row));
  return {{"title", "Prices used"},
          {"text",
           "Sourced: a source printed it. Derived: computed from printed figures. User: set in the "
           "scenario."},
          {"columns", {"Line", "Price", "As of", "Status", "Source"}},
          {"rows", list}};
}

Json missed_block(const Json& placements) {
  Json rows = Json::array();
  for (const Json& placement : placements)
    for (const Json& missed : placement.at("missed"))
      rows.push_back({placement.at("label"), missed});
  return {{"title", "Goals that are missed"},
          {"text", rows.empty() ? "None: every placement meets every goal on average." : ""},
          {"columns", {"Placement", "Missed"}},
          {"rows", rows}};
}

// How far the model is checked. Counts and errors with the command that renews them.
Json validation_block() {
  Json rows = Json::array();
  const auto text = std::string{embedded_scorecard()};
  std::size_t from = text.find('\n') + 1;  // after the header
  while (from < text.size()) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    Json row = Json::array();
    std::string line = text.substr(from, end - from);
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t tab = std::min(line.find('\t', at), line.size());
      row.push_back(line.substr(at, tab - at));
      at = tab + 1;
    }
    if (row.size() == 4) rows.push_back(std::move(row));
    from = end + 1;
  }
  return {{"title", "Validation"},
          {"text", "What the model was held against, and how to see it again."},
          {"columns", {"What", "Against", "Result", "Command"}},
          {"rows", rows}};
}

Json specs() {
  return {{"cost", cost_spec()},
          {"starts", starts_spec()},
          {"waterfall", waterfall_spec()},
          {"distribution", distribution_spec()},
          {"lines", line_specs()}};
}

void append(Json& list, const Json& more) {
  for (const Json& one : more) list.push_back(one);
}

// The plan's claim comes first; without a plan the first result's answer. Paired differences only
// make sense within one result.
Json model_of(const DocumentValues& documents) {
  if (documents.results.empty() && documents.plans.empty())
    throw Unreadable(
        "error: a page needs a result or a plan: flips and break-evens stand beside one\n  hint: "
        "--markdown and --csv take them alone");
  const std::vector<Source>& sources = documents.results;
  const std::vector<Axis> axes = axes_of(sources);
  FigureList figures;
  const FigureIndex index = [&](const std::string& metric, const std::string& of,
                                const std::string& unit) {
    return figures.index_of(metric, of, unit);
  };
  Json placements = Json::array(), provenance = Json::array(), axis_list = Json::array(),
       phases = Json::array(), blocks = Json::array(), turns = Json::array();
  std::string answer, scenario, description, versions;
  std::vector<std::string> facts;
  std::optional<std::size_t> best;
  for (const auto& [file, plan] : documents.plans) {
    const PagePart part = plan_part(plan, file, provenance.size(), index);
    if (answer.empty()) {
      answer = part.answer;
      facts = part.facts;
      scenario = plan.at("scenario").at("name");
      description = plan.at("scenario").at("description");
      versions = fmt::format("berth {}, model {}", plan.at("tool_version").get<std::string>(),
                             plan.at("model_version").get<std::string>());
    }
    append(placements, part.placements);
    append(blocks, part.blocks);
    append(turns, part.turns);
    for (const Json& axis : part.axes)
      axis_list.push_back({{"id", axis.at("id")},
                           {"label", axis.at("label")},
                           {"unit", axis.at("unit")},
                           {"spec", scatter_spec(axis.at("label"), axis.at("unit"))}});
    provenance.push_back(part.provenance);
  }
  for (std::size_t i = 0; i < placements.size() && !best; ++i)
    if (placements[i].at("state") == "recommended") best = i;
  const std::size_t planned = placements.size();
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const std::size_t source = provenance.size();
    provenance.push_back(provenance_json(sources[s]));
    for (std::size_t i = 0; i < sources[s].result.placements.size(); ++i)
      placements.push_back(placement_json(sources[s], source, i, axes,
                                          sources.size() + documents.plans.size() > 1, figures));
    add_twins(placements, sources[s].json.at("placements"));
    const std::size_t first = placements.size() - sources[s].result.placements.size();
    for (std::size_t p = 0, candidate = 0; p < documents.plans.size(); ++p) {
      const Stored& plan = documents.plans[p].json;
      lend_details(placements, plan, candidate, sources[s].json, first);
      candidate += plan.at("candidates").size();
    }
  }
  for (const Axis& axis : axes)
    axis_list.push_back({{"id", axis.id},
                         {"label", axis.label},
                         {"unit", axis.unit},
                         {"spec", scatter_spec(axis.label, axis.unit)}});
  if (documents.plans.empty()) {
    const Provenance& from = sources.front().result.from;
    const Answer found = answer_of(sources.front().result.placements);
    answer = found.sentence;
    if (found.best) placements[*found.best]["state"] = "recommended";
    best = found.best;
    scenario = from.scenario;
    description = from.description;
    facts = {
        fmt::format("{} of {}", replications_text(from.replications), duration(from.horizon_s)),
        "± is the 95 % interval", "prices " + from.price_date, "model " + from.model_version};
    versions = fmt::format("berth {}, model {}", from.tool_version, from.model_version);
  }
  for (const auto& [file, flips] : documents.flips) append(turns, flip_part(flips, file).turns);
  for (const auto& [file, curves] : documents.break_evens)
    append(turns, break_even_part(curves, file).turns);
  append(blocks,
         Json::array({missed_block(placements), prices_block(sources), validation_block()}));
  for (const Phase phase : kPhases) phases.push_back(to_text(phase));
  const auto [a, b] = first_choice(placements, best, planned);
  const std::size_t more = sources.size() + documents.plans.size() - 1;
  return {
      {"title", "Berth: " + scenario},
      {"eyebrow",
       "Berth report · " + scenario + (more > 0 ? fmt::format(" and {} more", more) : "")},
      {"question", description.empty() ? "Where should each workload run, and what does that cost?"
                                       : description},
      {"answer", answer},
      {"facts", facts},
      {"foot",
       fmt::format("Written by {}. Everything on this page is in this file; it loads nothing.",
                   versions)},
      {"axes", axis_list},
      {"specs", specs()},
      {"phases", phases},
      {"placements", placements},
      {"figures", figures.take()},
      {"provenance", provenance},
      {"blocks", blocks},
      {"turns", turns},
      {"chosen", {a, b}}};
}

// Inside a script element only "<" can end it; U+2028 and U+2029 are harmless in JSON.
std::string script_json(const Json& model) {
  std::string text;
  for (const char c : model.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

// Each {{name}} of the template once, from left to right; what is put in is never looked into.
std::string filled(std::string_view shape,
                   const std::map<std::string, std::string, std::less<>>& parts) {
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t open = shape.find("{{", at);
    if (open == std::string_view::npos) return out + std::string{shape.substr(at)};
    const std::size_t close = shape.find("}}", open);
    out += shape.substr(at, open - at);
    out += parts.at(std::string{shape.substr(open + 2, close - open - 2)});
    at = close + 2;
  }
}

}  // namespace

std::string page_model(const Documents& documents) {
  return model_of(documents.values()).dump(1) + "\n";
}

std::string html_page(const Documents& documents) {
  const Json model = model_of(documents.values());
  return filled(embedded_page_html(), {{"title", markup_text(model.at("title").get<std::string>())},
                                       {"css", std::string{embedded_page_css()}},
                                       {"model", script_json(model)},
                                       {"vega", std::string{embedded_vega()}},
                                       {"vega-lite", std::string{embedded_vega_lite()}},
                                       {"vega-embed", std::string{embedded_vega_embed()}},
                                       {"js", std::string{embedded_page_js()}}});
}

}  // namespace berth
