// The decision-flip table: for each input the smallest change that makes another choice the better
// one ("retrain moves to eks/train-cpu when images are 1.4 times as large").
//
//   1 by formulas    options are narrowed to the recommendation, the two best single moves of each
//                    workload and the best on every other platform; bisection on the input's factor
//                    (planner/world_risk.h) gives the challenger and the neighbourhood
//   2 by simulation  the paired difference challenger - recommendation, both in that world, under
//   the
//                    same chance; where it changes sign is bracketed and bisected. Where it does
//                    not within the range, the flip is reported as one of formulas only.
// Objective: dollars a month, people included. The points are tested by
// tests/planner/make_plan_test.cpp.
#pragma once

#include <vector>

#include "planner/make_plan.h"

namespace berth {

struct FlipTableRules {
  int replications = 3;  // of each side, at each point
  int bisections = 4;
  double low = 0.1, high = 10;
  std::function<void(const std::string&)> say;
};

struct FlipTable {
  std::vector<Flip> flips;
  bool interrupted = false;
};
FlipTable flip_table(const Scenario& scenario, const PlanRequest& request,
                     const Placement& recommended, const SimulateRange& simulate,
                     const FlipTableRules& rules = {});

}  // namespace berth
