// One choice for each of several classes under one budget: the multiple-choice knapsack.
//
//   minimise sum of costs of the choices such that their use of the budget adds up to at most so
//   much
//
// The linear relaxation starts with everybody's cheapest choice and moves along each class's lower
// convex hull of (use, cost), the step that costs least per unit saved first, until the budget is
// met. At most one class ends between two choices: its whole step up is a feasible rounding, and
// the part of it that is not needed is the gap. Sinha & Zoltners (1979). Tested by
// tests/planner/multiple_choice_test.cpp by enumeration.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace berth {

struct BudgetedChoice {
  double cost = 0, use = 0;
};

struct MultipleChoice {
  double bound = 0;                  // of the relaxation: no choices cost less
  double cost = 0;                   // of the rounding
  std::vector<std::size_t> choices;  // by class
};
// nullopt: even everybody's most sparing choice uses more than the budget.
std::optional<MultipleChoice> choose_within(std::span<const std::vector<BudgetedChoice>> classes,
                                            double budget);

}  // namespace berth
