#include "reports/gate_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "reports/headline.h"
#include "reports/numbers.h"

namespace berth {
namespace {

constexpr const char* kUnchanged = "unchanged";

}  // namespace

std::vector<Seen> rows_with(const GateReport& report, GateVerdict verdict) {
  std::vector<Seen> list;
  for (const GateScenario& scenario : report.scenarios)
    for (const GatePlacement& placement : scenario.placements)
      for (const GateRow& row : placement.rows)
        if (row.verdict == verdict) list.push_back({&scenario, &placement, &row});
  return list;
}

bool fails(const GateReport& report, const GateRow& row) {
  return row.verdict == GateVerdict::failed ||
         (row.verdict == GateVerdict::undecided && report.undecided_fails && !row.only_warn);
}

std::string value_of(const GateRow& row, const std::optional<Estimate>& estimate,
                     bool with_interval) {
  if (!estimate) return "-";
  return value_in(row.name.unit, with_interval ? *estimate : Estimate{.mean = estimate->mean});
}

std::string moved_by(const GateRow& row) {
  if (!row.difference) return "";
  if (row.difference->mean == 0 &&
      (!row.difference->interval || row.difference->interval->half_width() == 0))
    return kUnchanged;
  std::string text = difference_in(row.name.unit, *row.difference);
  if (row.relative && row.name.unit != "share")
    text += " (" + percent_of_change(*row.relative) + ")";
  return text;
}

std::string replications_words(const GateRow& row) {
  if (row.verdict != GateVerdict::undecided) return "";
  if (row.after && row.after->n < 2) return "two replications or more would tell";
  if (!row.replications) return "it lies as good as on the limit";
  return fmt::format("about {} replications would decide",
                     count(static_cast<double>(*row.replications)));
}

namespace {

// "60" of seconds is "60 s"; "5min" and "99%" say it themselves.
std::string with_unit(const std::string& number, const std::string& unit) {
  double value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  return read.ec == std::errc{} && read.ptr == number.data() + number.size()
             ? value_in(unit, {.mean = value})
             : number;
}

}  // namespace

std::string limit_words(const GateRow& row) {
  if (row.limit == "feasible") return "its goal";
  const bool moves = row.limit.starts_with('+') || row.limit.starts_with('-');
  if (row.limit.ends_with('%') && moves)  // "-0.1%" of a share are points of it
    return row.name.unit == "share" ? row.limit.substr(0, row.limit.size() - 1) + " points"
                                    : row.limit;
  const std::string bound = with_unit(row.limit.substr(moves ? 1 : 0), row.name.unit);
  if (moves) return row.limit.substr(0, 1) + bound;
  return (more_is_better(row.name.metric) ? "≥ " : "≤ ") + bound;
}

std::string row_sentence(const Seen& seen) {
  const GateRow& row = *seen.row;
  std::string text = seen.placement->name + ": " + change_title(row.name) + " ";
  const std::string moved = moved_by(row);
  text += moved.empty()          ? value_of(row, row.after, true)
          : moved == kUnchanged ? value_of(row, row.after, false) + ", " + moved
                                : moved + " to " + value_of(row, row.after, false);
  if (row.limit == "feasible")
    text += row.name.metric == "backlog_at_end" ? ", demand is no longer met"
                                                : ", its goal is no longer met";
  else
    text += ", limit " + limit_words(row);
  const std::string more = replications_words(row);
  return more.empty() ? text : text + "; " + more;
}

std::string mark_of(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::passed:
      return "✓";
    case GateVerdict::undecided:
      return "?";
    case GateVerdict::warned:
      return "!";
    case GateVerdict::failed:
      return "✗";
  }
  return "";
}

Style style_of(GateVerdict verdict) {
  return verdict == GateVerdict::failed   ? Style::bad
         : verdict == GateVerdict::passed ? Style::good
                                          : Style::bold;
}

std::string limits_text(std::size_t n) { return n == 1 ? "1 limit" : fmt::format("{} limits", n); }

bool is_shown(const GateRow& row) { return row.verdict != GateVerdict::passed; }

std::vector<Change> other_changes(const GatePlacement& placement) {
  std::vector<Change> list;
  if (!placement.comparison) return list;
  for (const Change& change : headline_changes(*placement.comparison)) {
    if (change.verdict != Verdict::clear) continue;
    const bool told = std::ranges::any_of(placement.rows, [&](const GateRow& row) {
      return is_shown(row) && row.name == change.name;
    });
    if (!told) list.push_back(change);
  }
  return list;
}

std::string limit_of(const GatePlacement& placement, const FigureName& name) {
  for (const GateRow& row : placement.rows)
    if (row.name == name) return limit_words(row);
  return "";
}

std::string provenance_line(const GateScenario& s) {
  return fmt::format("{} of {} from {}, seed {}; berth {}, model {}; prices {}, {}",
                     replications_text(s.after.replications), duration(s.after.horizon_s),
                     s.after.starts_on, s.after.seed, s.after.tool_version, s.after.model_version,
                     s.after.catalogue, s.after.price_date);
}

std::vector<std::string> surroundings_changed(const GateScenario& s) {
  std::vector<std::string> list;
  const auto differ = [&](const char* what, const std::string& before, const std::string& after) {
    if (before != after) list.push_back(fmt::format("{}: {} before, {} now", what, before, after));
  };
  if (s.is_new) return list;
  differ("model version", s.before.model_version, s.after.model_version);
  differ("berth", s.before.tool_version, s.after.tool_version);
  differ("price list", s.before.catalogue + ", " + s.before.price_date,
         s.after.catalogue + ", " + s.after.price_date);
  differ("start", s.before.starts_on, s.after.starts_on);
  differ("window", duration(s.before.horizon_s), duration(s.after.horizon_s));
  differ("warm-up", duration(s.before.warm_up_s), duration(s.after.warm_up_s));
  return list;
}

std::string change_words(const ValueChange& change) {
  if (change.before.empty()) return change.pointer + ": " + change.after + " (new)";
  if (change.after.empty()) return change.pointer + ": was " + change.before + ", is gone";
  return change.pointer + ": " + change.before + " → " + change.after;
}

std::string price_words(const PriceChange& change) {
  return fmt::format("{}: {} → {} $/{}", change.line, shortest(change.before),
                     shortest(change.after), change.unit);
}

namespace {

std::vector<Seen> failing_rows(const GateReport& report) {
  std::vector<Seen> list = rows_with(report, GateVerdict::failed);
  for (const Seen& seen : rows_with(report, GateVerdict::undecided))
    if (fails(report, *seen.row)) list.push_back(seen);
  return list;
}

std::size_t rows_in(const GateReport& report) {
  std::size_t n = 0;
  for (const GateScenario& scenario : report.scenarios)
    for (const GatePlacement& placement : scenario.placements) n += placement.rows.size();
  return n;
}

}  // namespace

GateVerdict verdict_of(const GateReport& report) {
  GateVerdict worst = GateVerdict::passed;
  for (const GateScenario& scenario : report.scenarios)
    for (const GatePlacement& placement : scenario.placements)
      worst = std::max(worst, worst_of(placement.rows));
  return worst;
}

bool gate_is_open(const GateReport& report) { return failing_rows(report).empty(); }

std::string gate_sentence(const GateReport& report) {
  if (rows_in(report) == 0) {
    const bool all_new = std::ranges::all_of(report.scenarios, &GateScenario::is_new);
    return all_new ? "Gate passed: there was nothing to compare with."
                   : "Gate passed: no limit is about anything here.";
  }
  const auto failed = rows_with(report, GateVerdict::failed),
             warned = rows_with(report, GateVerdict::warned),
             undecided = rows_with(report, GateVerdict::undecided);
  std::string text = gate_is_open(report) ? "Gate passed" : "Gate failed";
  const auto failing = failing_rows(report);
  const auto worst = !failing.empty() ? failing : !warned.empty() ? warned : undecided;
  if (!worst.empty()) text += ": " + row_sentence(worst.front());
  std::vector<std::string> counts;
  if (failed.size() > 1) counts.push_back(fmt::format("{} broken", failed.size()));
  if (!warned.empty()) counts.push_back(fmt::format("{} warned", warned.size()));
  if (!undecided.empty()) counts.push_back(fmt::format("{} undecided", undecided.size()));
  const std::size_t kept = rows_in(report) - failed.size() - warned.size() - undecided.size();
  counts.push_back(fmt::format("{} kept", kept));
  std::string tail;
  for (const std::string& one : counts) tail += (tail.empty() ? "" : ", ") + one;
  const std::string after = worst.empty() ? ": " : ". ";
  return text + after + fmt::format("{} of {}.", tail, limits_text(rows_in(report)));
}

}  // namespace berth
