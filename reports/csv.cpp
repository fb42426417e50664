#include "reports/csv.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "planner/figures.h"
#include "reports/numbers.h"

namespace berth {
namespace {

std::string row(std::initializer_list<std::string> fields) {
  std::string line;
  const char* between = "";
  for (const std::string& field : fields) line += std::exchange(between, ",") + csv_field(field);
  return line + "\n";
}

// "-3.5" and "+2%" are values and nothing a spreadsheet runs; "-1+cmd|..." is.
bool is_formula(std::string_view text) {
  if (text.size() < 2) return false;
  if (text[0] == '=' || text[0] == '@' || text[0] == '\t' || text[0] == '\r') return true;
  if (text[0] != '-' && text[0] != '+') return false;
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == ' ' || c == '%' ||
           c == '/';
  };
  const bool exponent = text.find("e-") != text.npos || text.find("e+") != text.npos;
  double value = 0;
  if (exponent) {
    const auto read = std::from_chars(text.data() + 1, text.data() + text.size(), value);
    return read.ptr != text.data() + text.size();
  }
  return !std::isdigit(static_cast<unsigned char>(text[1])) ||
         !std::all_of(text.begin() + 1, text.end(), plain);
}

std::string low(const Estimate& e) { return e.interval ? shortest(e.interval->low) : ""; }
std::string high(const Estimate& e) { return e.interval ? shortest(e.interval->high) : ""; }

}  // namespace

std::string csv_field(std::string_view text) {
  if (is_formula(text)) return csv_field("'" + std::string{text});
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{text};
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string first_day(std::string_view as_of) {
  if (as_of.size() == 4) return std::string{as_of} + "-01-01";
  if (as_of.size() == 7) return std::string{as_of} + "-01";
  return std::string{as_of};
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
