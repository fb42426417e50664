// Choosing between placements when the world may differ: costs by decision and scenario.
//
//   VaR_a    the smallest c with P(cost <= c) >= a
//   CVaR_a   VaR + E[(cost - VaR)+] / (1 - a)               the mean of the worst 1 - a
//   regret   cost - the best cost in that scenario
//   EVPI     min expected cost - expected min cost          what knowing the scenario is worth
// Costs and results share one unit. Ties go to the first decision.
//
// References: Rockafellar & Uryasev (2000); Savage (1951).
// Tested by tests/models/risk_test.cpp and the validation family risk_table.
#pragma once

#include <span>
#include <vector>

namespace berth {

struct DecisionRisk {
  double expected_cost = 0, value_at_risk = 0, conditional_value_at_risk = 0;
  double max_regret = 0, expected_regret = 0;
};

struct RiskTable {
  std::vector<DecisionRisk> decisions;
  std::size_t least_expected_cost = 0, least_conditional_value_at_risk = 0, least_max_regret = 0;
  double value_of_perfect_information = 0;
};

// costs[decision][scenario]; probabilities per scenario, adding up to 1; 0 <= alpha < 1.
RiskTable risk_table(std::span<const std::vector<double>> costs,
                     std::span<const double> probabilities, double alpha);

}  // namespace berth
