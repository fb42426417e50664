// The decision-flip table: for each input the smallest change that makes another choice the better
// one ("retrain moves to eks/train-cpu when images are 1.4 times as large").
//
//   1 by formulas    as the plan's pilots corrected them; options are narrowed to the recommendation,
//                    the two best single moves of each workload and the best on every other platform;
//                    bisection on the input's factor (planner/flip_points.h) gives the challenger and
//                    the neighbourhood
//   2 by simulation  the paired difference challenger - recommendation, both in that world, under the
//                    same chance, as often as it takes to tell (planner/flip_look.h); where it passes the
//                    indifference (1 % of the cost there, as in a race) beyond doubt, or the recommendation breaks a
//                    limit that it keeps as things are, is bracketed and bisected. Where all who move
//                    together are not better, each of them alone is tried there and at the end of the range,
//                    those together that pay alone, and other homes for whoever breaks a limit
// Where the simulation does not confirm it, nothing flips; where the two stay within the indifference or
// the noise, the row is a near-tie: what to choose is not decided by this input.
// Left out: where formulas see no flip at all, nothing is simulated.
// Objective: dollars a month, people included. Tested by tests/planner/flip_test.cpp.
#pragma once

#include <vector>

#include "planner/make_plan.h"

namespace berth {

struct FlipTableRules {
  int replications = 3, most = 12;  // of each side, at each point
  int bisections = 4;
  double low = 0.1, high = 10;
  std::function<void(const std::string&)> say;
};

struct FlipTable {
  std::vector<Flip> flips;
  bool interrupted = false;
};
FlipTable flip_table(const Scenario& scenario, const PlanRequest& request,
                     const Placement& recommended, const Correction& correction,
                     const SimulateRange& simulate, const FlipTableRules& rules = {});

}  // namespace berth
