#include "models/risk.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace berth {
namespace {

double mean(std::span<const double> values, std::span<const double> probabilities) {
  return std::inner_product(values.begin(), values.end(), probabilities.begin(), 0.0);
}

double value_at_risk(const std::vector<double>& costs, std::span<const double> probabilities,
                     double alpha) {
  std::vector<std::size_t> order(costs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t s) { return costs[s]; });
  double below = 0;
  for (const std::size_t s : order) {
    below += probabilities[s];
    if (below >= alpha - 1e-12) return costs[s];  // 0.7 + 0.1 is not quite 0.8
  }
  return costs[order.back()];
}

double mean_excess(const std::vector<double>& costs, std::span<const double> probabilities,
                   double level) {
  double sum = 0;
  for (std::size_t s = 0; s < costs.size(); ++s)
    sum += probabilities[s] * std::max(0.0, costs[s] - level);
  return sum;
}

std::vector<double> best_costs(std::span<const std::vector<double>> costs, std::size_t scenarios) {
  std::vector<double> best(scenarios, std::numeric_limits<double>::infinity());
  for (const std::vector<double>& row : costs)
    for (std::size_t s = 0; s < scenarios; ++s) best[s] = std::min(best[s], row[s]);
  return best;
}

DecisionRisk risk_of(const std::vector<double>& costs, std::span<const double> probabilities,
                     const std::vector<double>& best, double alpha) {
  DecisionRisk risk{.expected_cost = mean(costs, probabilities),
                    .value_at_risk = value_at_risk(costs, probabilities, alpha)};
  risk.conditional_value_at_risk =
      risk.value_at_risk + mean_excess(costs, probabilities, risk.value_at_risk) / (1 - alpha);
  for (std::size_t s = 0; s < best.size(); ++s) {
    risk.max_regret = std::max(risk.max_regret, costs[s] - best[s]);
    risk.expected_regret += probabilities[s] * (costs[s] - best[s]);
  }
  return risk;
}

std::size_t least(const std::vector<DecisionRisk>& decisions, double DecisionRisk::*by) {
  return static_cast<std::size_t>(std::ranges::min_element(decisions, {}, by) - decisions.begin());
}

}  // namespace

RiskTable risk_table(std::span<const std::vector<double>> costs,
                     std::span<const double> probabilities, double alpha) {
  RiskTable table;
  if (costs.empty()) return table;
  const std::vector<double> best = best_costs(costs, probabilities.size());
  for (const std::vector<double>& row : costs)
    table.decisions.push_back(risk_of(row, probabilities, best, alpha));
  table.least_expected_cost = least(table.decisions, &DecisionRisk::expected_cost);
  table.least_conditional_value_at_risk =
      least(table.decisions, &DecisionRisk::conditional_value_at_risk);
  table.least_max_regret = least(table.decisions, &DecisionRisk::max_regret);
  table.value_of_perfect_information =
      table.decisions[table.least_expected_cost].expected_cost - mean(best, probabilities);
  return table;
}

}  // namespace berth
