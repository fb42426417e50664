#include "models/risk.h"

#include <catch2/catch.hpp>

using namespace berth;

TEST_CASE("a safe and a risky placement are told apart") {
  // risky: 0 or 100, each with 1/2; safe: 60 always.
  const std::vector<std::vector<double>> costs{
      {0,  100},
      {60, 60 }
  };
  const std::vector<double> half{0.5, 0.5};
  const RiskTable table = risk_table(costs, half, 0.5);
  CHECK(table.least_expected_cost == 0);              // 50 < 60
  CHECK(table.least_conditional_value_at_risk == 1);  // worst half: 100 > 60
  CHECK(table.decisions[0].value_at_risk == 0);       // P(cost <= 0) = 1/2
  CHECK(table.decisions[0].conditional_value_at_risk == 100);
  CHECK(table.decisions[0].max_regret == 40);  // 100 instead of 60
  CHECK(table.decisions[1].max_regret == 60);  // 60 instead of 0
  CHECK(table.least_max_regret == 0);
  CHECK(table.value_of_perfect_information == 20);  // 50 - (0 + 60) / 2
}

TEST_CASE("probabilities that miss alpha by rounding still reach it") {
  const std::vector<std::vector<double>> costs{
      {1, 2, 3}
  };
  // 0.7 + 0.1 < 0.8 in doubles.
  CHECK(risk_table(costs, std::vector<double>{0.7, 0.1, 0.2}, 0.8).decisions[0].value_at_risk == 2);
}

TEST_CASE("equal decisions: the first is chosen") {
  const std::vector<std::vector<double>> costs{
      {5, 5},
      {5, 5}
  };
  CHECK(risk_table(costs, std::vector<double>{0.5, 0.5}, 0.9).least_expected_cost == 0);
}
