#include "reports/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "planner/compare.h"
#include "reports/numbers.h"

namespace berth {
namespace {

const FigureName kCost{"cost", "", "", "USD/month"};

double mean_cost(const GateSide& placement) {
  const Figure* cost = find_figure(placement, kCost);
  const auto estimate = cost == nullptr ? std::nullopt : cost->estimate();
  return estimate ? estimate->mean : std::numeric_limits<double>::infinity();
}

std::string cost_text(const GateSide& placement) {
  const Figure* cost = find_figure(placement, kCost);
  return money(cost == nullptr ? std::nullopt : cost->estimate());
}

std::string against(const GateSide& best, const GateSide& next) {
  const Figure *a = find_figure(best, kCost), *b = find_figure(next, kCost);
  const auto more = a == nullptr || b == nullptr ? std::nullopt : difference(*a, *b);
  if (!more) return "";
  if (verdict_of(*more) == Verdict::same) return fmt::format("; {} costs the same", next.placement);
  const std::string amount = money(more);
  switch (verdict_of(*more)) {
    case Verdict::clear:
      return fmt::format("; the next, {}, costs {} more (clear at 95 %)", next.placement, amount);
    case Verdict::cannot_tell:
      return fmt::format("; the next, {}, costs {} more, but one replication proves nothing",
                         next.placement, amount);
    default:
      return fmt::format("; {} costs {} more, which these replications do not tell from nothing",
                         next.placement, amount);
  }
}

}  // namespace

std::vector<std::string> missed_goals(const GateSide& placement) {
  std::vector<std::string> missed;
  for (const Goal& goal : placement.goals) {
    if (is_met(placement, goal)) continue;
    const auto& metric = goal.figure.metric;
    missed.push_back(
        fmt::format("{}: {} of {}, goal {}{}", goal.figure.workload,
                    percent(find_figure(placement, goal.figure)->estimate()->mean),
                    metric == "slo_met"           ? "requests in its limit"
                    : metric == "deadline_missed" ? "jobs miss their deadline"
                                                  : "jobs started in time",
                    goal.at_least ? "" : "at most ", percent(goal.target)));
  }
  for (const std::string& training : placement.growing)
    missed.push_back(training + ": its backlog grows");
  for (const std::string& training : classes_of(placement))
    if (const auto share = failing_share(placement, training))
      missed.push_back(fmt::format("{}: {} of its jobs fail", training, percent(*share)));
  return missed;
}

std::size_t goals_of(const GateSide& placement) {
  const auto classes = classes_of(placement);
  const auto fails = [&](const std::string& training) {
    return failing_share(placement, training).has_value();
  };
  return placement.goals.size() + placement.growing.size() +
         static_cast<std::size_t>(std::ranges::count_if(classes, fails));
}

Answer answer_of(std::span<const GateSide> placements) {
  std::vector<std::size_t> good;
  for (std::size_t i = 0; i < placements.size(); ++i)
    if (missed_goals(placements[i]).empty()) good.push_back(i);
  std::ranges::stable_sort(good, {}, [&](std::size_t i) { return mean_cost(placements[i]); });
  if (placements.size() == 1)
    return {
        fmt::format(
            "{} costs {} a month and {}.", placements[0].placement, cost_text(placements[0]),
            good.empty() ? fmt::format("misses {} of its goals", missed_goals(placements[0]).size())
                         : "meets every goal"),
        good.empty() ? std::nullopt : std::optional<std::size_t>(0)};
  if (good.empty()) return {"No placement meets every goal.", std::nullopt};
  const GateSide& best = placements[good[0]];
  std::string text =
      fmt::format("{} costs {} a month, the least of {}", best.placement, cost_text(best),
                  good.size() == placements.size()
                      ? fmt::format("{} placements, which all meet every goal", placements.size())
                      : fmt::format("the {} placements of {} that meet every goal", good.size(),
                                    placements.size()));
  if (good.size() == 1)
    text = fmt::format("{} costs {} a month; it alone of {} placements meets every goal",
                       best.placement, cost_text(best), placements.size());
  if (good.size() > 1) text += against(best, placements[good[1]]);
  return {text + ".", good[0]};
}

}  // namespace berth
