#include "reports/csv.h"

#include <initializer_list>

#include "planner/figures.h"
#include "reports/numbers.h"

namespace berth {
namespace {

std::string row(std::initializer_list<std::string> fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (!line.empty()) line += ',';
    line += csv_field(field);
  }
  return line + "\n";
}

std::string low(const Estimate& e) { return e.interval ? shortest(e.interval->low) : ""; }
std::string high(const Estimate& e) { return e.interval ? shortest(e.interval->high) : ""; }

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{text};
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csv_report(std::span<const Result> results) {
  std::string text = "scenario,placement,metric,workload,part,unit,mean,low,high,n\n";
  for (const Result& result : results)
    for (const Summary& placement : result.placements)
      for (const NamedFigure& named : figures(placement))
        if (const auto e = named.figure.estimate())
          text += row({result.from.scenario, placement.placement, named.name.metric,
                       named.name.workload, named.name.part, named.name.unit, shortest(e->mean),
                       low(*e), high(*e), std::to_string(e->n)});
  return text;
}

std::string csv_report(const ComparisonReport& report) {
  std::string text =
      "base,other,metric,workload,part,unit,before,after,difference,low,high,n,relative,verdict\n";
  for (const Comparison& comparison : report.comparisons)
    for (const Change& c : comparison.changes)
      text += row({comparison.base, comparison.other, c.name.metric, c.name.workload, c.name.part,
                   c.name.unit, shortest(c.before.mean), shortest(c.after.mean),
                   shortest(c.difference.mean), low(c.difference), high(c.difference),
                   std::to_string(c.difference.n), c.relative ? shortest(*c.relative) : "",
                   std::string{to_text(c.verdict)}});
  return text;
}

}  // namespace berth
