#include "planner/gate.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/normal.h"

namespace berth {
namespace {

// "*" stands for any text. Greedy with one step back, so a pattern of many stars stays cheap.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_metric(const GateLimit& limit, const FigureName& name) {
  return limit.metric == name.metric || limit.metric == metric_with_unit(name);
}

const Figure* find(const GateSide* side, const FigureName& name) {
  return side == nullptr ? nullptr : find_figure(*side, name);
}

bool meets(const Goal& goal, double mean) {  // a mean's rounding is no miss
  return goal.at_least ? mean >= goal.target - 1e-12 : mean <= goal.target + 1e-12;
}

Figure zeros_like(const Figure& figure) {
  Figure zeros = figure;
  for (auto& value : zeros.values)
    if (value) value = 0;
  return zeros;
}

double excess_of(GateLimit::Kind kind, double bound, double before, double after) {
  switch (kind) {
    case GateLimit::Kind::rise_by_share:
      return after - (1 + bound) * before;
    case GateLimit::Kind::rise_by:
      return after - before - bound;
    case GateLimit::Kind::fall_by_share:
      return (1 - bound) * before - after;
    case GateLimit::Kind::fall_by:
      return before - after - bound;
    case GateLimit::Kind::at_most:
      return after - bound;
    case GateLimit::Kind::at_least:
      return bound - after;
  }
  return 0;
}

bool needs_base(GateLimit::Kind kind) {
  return kind != GateLimit::Kind::at_most && kind != GateLimit::Kind::at_least;
}

GateVerdict verdict_of_excess(const std::optional<Estimate>& excess, bool only_warn) {
  const GateVerdict broken = only_warn ? GateVerdict::warned : GateVerdict::failed;
  if (!excess) return GateVerdict::passed;  // nobody had anything to measure
  if (!excess->interval) return GateVerdict::undecided;
  if (excess->interval->low > 0) return broken;
  return excess->interval->high <= 0 ? GateVerdict::passed : GateVerdict::undecided;
}

// Both sides and their difference over the replications they share; the excess over the limit.
struct Pairs {
  Figure before, after, excess;
  bool same = true;  // no replication differs
};
Pairs pairs_of(const GateLimit& limit, const Figure* before, const Figure& after) {
  Pairs pairs;
  const std::size_t n = before == nullptr ? after.values.size()
                                          : std::min(before->values.size(), after.values.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (!after.values[i] || (before != nullptr && !before->values[i])) continue;
    const double is = *after.values[i], was = before == nullptr ? is : *before->values[i];
    pairs.same = pairs.same && is == was;
    pairs.before.values.push_back(was);
    pairs.after.values.push_back(is);
    pairs.excess.values.push_back(excess_of(limit.kind, limit.bound, was, is));
  }
  return pairs;
}

GateRow row_of(const GateLimit& limit, const FigureName& name, const Figure* before,
               const Figure& after) {
  const Pairs pairs = pairs_of(limit, before, after);
  GateRow row{
      .name = name, .limit = limit.text, .reason = limit.reason, .only_warn = limit.only_warn};
  row.after = pairs.after.estimate();
  if (before != nullptr) {
    row.before = pairs.before.estimate();
    row.difference = difference(pairs.before, pairs.after);
    if (row.before && row.before->mean != 0) row.relative = row.difference->mean / row.before->mean;
  }
  const auto excess = pairs.excess.estimate();
  // What did not move cannot have risen or fallen, also when nothing is known of its spread.
  if (before != nullptr && pairs.same && needs_base(limit.kind)) return row;
  row.verdict = verdict_of_excess(excess, limit.only_warn);
  if (row.verdict == GateVerdict::undecided) row.replications = replications_to_decide(*excess);
  return row;
}

std::vector<GateRow> rows_of(const GateLimit& limit, const GateSide* before,
                             const GateSide& after) {
  std::vector<GateRow> rows;
  const bool whole =
      limit.of.empty() && std::ranges::any_of(after.figures, [&](const NamedFigure& f) {
        return is_metric(limit, f.name) && whose(f.name).empty();
      });
  const auto add = [&](const FigureName& name, const Figure* was, const Figure& is) {
    if (!matches(limit, name) || (whole && !whose(name).empty())) return;
    if (was == nullptr && needs_base(limit.kind)) return;
    rows.push_back(row_of(limit, name, was, is));
  };
  for (const NamedFigure& figure : after.figures) {
    const Figure* was = find(before, figure.name);
    if (was == nullptr && before != nullptr && is_zero_where_absent(figure.name)) {
      const Figure nothing = zeros_like(figure.figure);
      add(figure.name, &nothing, figure.figure);
    } else {
      add(figure.name, was, figure.figure);
    }
  }
  return rows;
}

// A goal met before and missed after. Without a base, one of a service that is missed; those of training
// need a base, for many a scenario is written to show what misses them.
std::vector<GateRow> lost_goals(const GateSide* before, const GateSide& after) {
  std::vector<GateRow> rows;
  for (const Goal& goal : after.goals) {
    const FigureName& name = goal.figure;
    const Figure *is = find(&after, name), *was = find(before, name);
    if (is == nullptr || !is->estimate()) continue;
    if (was == nullptr && name.metric != "slo_met") continue;
    const bool met_before =
        was == nullptr || !was->estimate() || meets(goal, was->estimate()->mean);
    if (!met_before || meets(goal, is->estimate()->mean)) continue;
    const GateLimit limit{.metric = name.metric,
                          .of = name.workload,
                          .kind = goal.at_least ? GateLimit::Kind::at_least
                                                : GateLimit::Kind::at_most,
                          .bound = goal.target,
                          .text = "feasible"};
    GateRow row = row_of(limit, name, was, *is);
    if (row.verdict != GateVerdict::passed) rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<GateRow> new_backlogs(const GateSide* before, const GateSide& after) {
  std::vector<GateRow> rows;
  for (const std::string& training : after.growing) {
    if (before != nullptr && std::ranges::find(before->growing, training) != before->growing.end())
      continue;
    const FigureName name{"backlog_at_end", training, "", "count"};
    const Figure* is = find(&after, name);
    if (is == nullptr) continue;
    GateRow row =
        row_of({.metric = "backlog_at_end", .text = "feasible"}, name, find(before, name), *is);
    row.verdict = GateVerdict::failed;  // that it grows was already asked of its interval
    row.replications.reset();
    rows.push_back(std::move(row));
  }
  return rows;
}

// How far from zero a mean must lie for its interval to leave zero out nine times in ten: the
// half-width, and what the mean itself may be off in the tenth time.
double decided_beyond(double deviation, int n) {
  return (t_quantile(0.975, n - 1) + normal_quantile(0.9)) * deviation /
         std::sqrt(static_cast<double>(n));
}

}  // namespace

std::string_view to_text(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::passed:
      return "passed";
    case GateVerdict::undecided:
      return "undecided";
    case GateVerdict::warned:
      return "warning";
    case GateVerdict::failed:
      return "failed";
  }
  return "";
}

Goal service_goal(const std::string& service, double target) {
  return {{"slo_met", service, "", "share"}, target};
}
Goal start_goal(const std::string& training) {
  return {{"start_slo_met", training, "", "share"}, kStartWithin};
}
Goal deadline_goal(const std::string& training) {
  return {{"deadline_missed", training, "", "share"}, kDeadlineMissed, false};
}

const Figure* find_figure(const GateSide& side, const FigureName& name) {
  const auto at = std::ranges::find(side.figures, name, &NamedFigure::name);
  return at == side.figures.end() ? nullptr : &at->figure;
}

bool is_met(const GateSide& side, const Goal& goal) {
  const Figure* figure = find_figure(side, goal.figure);
  const auto share = figure == nullptr ? std::nullopt : figure->estimate();
  return !share || meets(goal, share->mean);
}

std::vector<std::string> classes_of(const GateSide& side) {
  std::vector<std::string> classes;
  for (const NamedFigure& figure : side.figures)
    if (figure.name.metric == "submitted") classes.push_back(figure.name.workload);
  return classes;
}

std::optional<double> failing_share(const GateSide& side, const std::string& training) {
  const Figure *failed = find_figure(side, {"failed", training, "", "1/day"}),
               *submitted = find_figure(side, {"submitted", training, "", "1/day"});
  const auto lost = failed == nullptr ? std::nullopt : failed->estimate();
  const auto all = submitted == nullptr ? std::nullopt : submitted->estimate();
  if (!lost || !all || lost->mean <= kFailedJobs * all->mean) return std::nullopt;
  if (lost->interval && lost->interval->low <= 0) return std::nullopt;
  return lost->mean / all->mean;
}

GateSide side_of(const Summary& summary) {
  GateSide side{.placement = summary.placement, .figures = figures(summary)};
  for (const ServiceSummary& service : summary.services)
    side.goals.push_back(service_goal(service.name, service.slo_target));
  for (const TrainingSummary& training : summary.training)
    if (training.start_slo_s) side.goals.push_back(start_goal(training.name));
  for (const TrainingSummary& training : summary.training)
    if (training.deadline_s) side.goals.push_back(deadline_goal(training.name));
  for (const TrainingSummary& training : summary.training)
    if (training.backlog_grows) side.growing.push_back(training.name);
  for (const CostLine& line : summary.cost.lines)
    if (line.usd_per_unit)
      side.prices.push_back({line.service + ": " + line.item, line.unit, *line.usd_per_unit});
  return side;
}

std::vector<GateRow> judge(std::span<const GateLimit> limits, const GateSide* before,
                           const GateSide& after) {
  std::vector<GateRow> rows;
  const auto append = [&](std::vector<GateRow> more) {
    std::ranges::move(more, std::back_inserter(rows));
  };
  for (const GateLimit& limit : limits) append(rows_of(limit, before, after));
  append(lost_goals(before, after));
  append(new_backlogs(before, after));
  return rows;
}

GateVerdict worst_of(std::span<const GateRow> rows) {
  GateVerdict worst = GateVerdict::passed;
  for (const GateRow& row : rows) worst = std::max(worst, row.verdict);
  return worst;
}

bool matches(const GateLimit& limit, const FigureName& name) {
  if (!is_metric(limit, name)) return false;
  return limit.of.empty() || fits(limit.of, whose(name)) || fits(limit.of, name.workload) ||
         (!name.part.empty() && fits(limit.of, name.part));
}

bool more_is_better(std::string_view metric) {
  constexpr std::array<std::string_view, 6> kMetrics{"slo_met",     "start_slo_met", "warm_starts",
                                                     "utilisation", "completed",     "started"};
  return std::ranges::any_of(kMetrics, [&](std::string_view one) {
    return metric == one || metric == std::string{one} + "_share" ||
           metric == std::string{one} + "_per_day";
  });
}

std::vector<FigureName> figure_names(const Scenario& scenario) {
  Summary summary;
  for (const TrainingClass& one : scenario.training) {
    summary.training.emplace_back().name = one.name;
    summary.cost.workloads.push_back({"training", one.name, {}});
  }
  for (const Service& one : scenario.services) {
    summary.services.emplace_back().name = one.name;
    summary.cost.workloads.push_back({"service", one.name, {}});
  }
  for (const Platform& platform : scenario.platforms)
    if (const auto* cluster = std::get_if<Cluster>(&platform))
      for (const NodePool& pool : cluster->pools)
        summary.pools.push_back({.platform = cluster->name, .pool = pool.name});
  std::vector<FigureName> names;
  for (const NamedFigure& figure : figures(summary)) names.push_back(figure.name);
  names.push_back({"cost_line", "", "", "USD/month"});
  return names;
}

std::optional<int> replications_to_decide(const Estimate& excess) {
  if (!excess.interval || excess.n < 2) return std::nullopt;
  const double deviation = excess.interval->half_width() *
                           std::sqrt(static_cast<double>(excess.n)) /
                           t_quantile(0.975, excess.n - 1);
  const double distance = std::abs(excess.mean);
  if (decided_beyond(deviation, kMostReplications) >= distance) return std::nullopt;
  int low = excess.n, high = kMostReplications;  // undecided at low, decided at high
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (decided_beyond(deviation, middle) < distance ? high : low) = middle;
  }
  return high;
}

}  // namespace berth
