// The gate for programs: JSON and CSV.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/csv.h"
#include "reports/gate_words.h"
#include "reports/numbers.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;

Json estimate_json(const std::optional<Estimate>& e) {
  if (!e) return nullptr;
  return {{"mean", e->mean},
          {"low", e->interval ? Json(e->interval->low) : Json()},
          {"high", e->interval ? Json(e->interval->high) : Json()},
          {"n", e->n}};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json row_json(const GateRow& row) {
  return {{"metric", row.name.metric},
          {"workload", text_or_null(row.name.workload)},
          {"part", text_or_null(row.name.part)},
          {"unit", row.name.unit},
          {"limit", row.limit},
          {"reason", text_or_null(row.reason)},
          {"before", estimate_json(row.before)},
          {"after", estimate_json(row.after)},
          {"difference", estimate_json(row.difference)},
          {"relative", row.relative ? Json(*row.relative) : Json()},
          {"verdict", to_text(row.verdict)},
          {"replications_to_decide", row.replications ? Json(*row.replications) : Json()}};
}

Json side_json(const Provenance& from) {
  return {{"tool_version", from.tool_version},
          {"model_version", from.model_version},
          {"catalogue", from.catalogue},
          {"price_date", from.price_date},
          {"seed", from.seed},
          {"replications", from.replications}};
}

Json scenario_json(const GateScenario& s) {
  Json placements = Json::array(), changes = Json::array(), prices = Json::array();
  for (const GatePlacement& placement : s.placements) {
    Json rows = Json::array();
    for (const GateRow& row : placement.rows) rows.push_back(row_json(row));
    placements.push_back(
        {{"name", placement.name}, {"verdict", to_text(worst_of(placement.rows))}, {"rows", rows}});
  }
  for (const ValueChange& c : s.changes)
    changes.push_back({{"pointer", c.pointer},
                       {"before", text_or_null(c.before)},
                       {"after", text_or_null(c.after)}});
  for (const PriceChange& c : s.prices)
    prices.push_back(
        {{"line", c.line}, {"unit", c.unit}, {"usd_before", c.before}, {"usd_after", c.after}});
  return {{"file", s.file},
          {"scenario", s.after.scenario},
          {"new", s.is_new},
          {"unchanged", s.unchanged},
          {"before", s.is_new ? Json() : side_json(s.before)},
          {"after", side_json(s.after)},
          {"placements", placements},
          {"changes", changes},
          {"prices", prices},
          {"notes", s.notes}};
}

}  // namespace

std::string json_report(const GateReport& report) {
  Json scenarios = Json::array(), failures = Json::array();
  for (const GateScenario& scenario : report.scenarios)
    scenarios.push_back(scenario_json(scenario));
  for (const FailedReplication& failure : report.failures)
    failures.push_back({{"placement", failure.placement},
                        {"seed", failure.replication.seed},
                        {"replication", failure.replication.number},
                        {"reason", failure.reason}});
  const Json document{{"schema", kCheckSchema},
                      {"passed", gate_is_open(report)},
                      {"verdict", to_text(verdict_of(report))},
                      {"sentence", gate_sentence(report)},
                      {"against", report.against},
                      {"scenarios", scenarios},
                      {"failures", failures}};
  return document.dump(2) + "\n";
}

std::string csv_report(const GateReport& report) {
  std::string text =
      "scenario,placement,metric,workload,part,unit,limit,before,after,difference,low,high,n,"
      "relative,"
      "verdict,replications_to_decide\n";
  const auto mean = [](const std::optional<Estimate>& e) { return e ? shortest(e->mean) : ""; };
  for (const GateScenario& scenario : report.scenarios)
    for (const GatePlacement& placement : scenario.placements)
      for (const GateRow& row : placement.rows) {
        const Interval* interval =
            row.difference && row.difference->interval ? &*row.difference->interval : nullptr;
        text += fmt::format(
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(scenario.after.scenario),
            csv_field(placement.name), row.name.metric, csv_field(row.name.workload),
            csv_field(row.name.part), row.name.unit, csv_field(row.limit), mean(row.before),
            mean(row.after), mean(row.difference), interval ? shortest(interval->low) : "",
            interval ? shortest(interval->high) : "", row.after ? std::to_string(row.after->n) : "",
            row.relative ? shortest(*row.relative) : "", to_text(row.verdict),
            row.replications ? std::to_string(*row.replications) : "");
      }
  return text;
}

}  // namespace berth
