// The decision-flip table: for each input the smallest change that makes another choice the better
// one ("retrain moves to eks/train-cpu when images are 1.4 times as large"), found by simulating both under
// the same chance in the changed world (planner/flip_search.h).
// Who is simulated: what formulas hold to be best there, as the plan's pilots corrected them, among the
// recommendation, the two best single moves of each workload, the best at every other place (platform, pool), the best
// there that keeps its limits and the homes of the plan's rivals; and those rivals themselves that come nearest there by formulas.
// Objective: that of the request, which is the plan's. Inputs that change bills alone turn no latency, and what people cost
// no marginal cost, but by a limit; where there is none of those nothing is simulated for them.
// Tested by tests/planner/flip_test.cpp, flip_limits_test.cpp and flip_objective_test.cpp.
#pragma once

#include <limits>
#include <vector>

#include "planner/make_plan.h"

namespace berth {

// Digits with which a table shows a value at which something flips: two, or three where two would show `now`.
int flip_digits(double at, double now);

struct FlipTableRules {
  int screen = 1;                   // replications that tell whether somebody is worth more of them
  int replications = 4, most = 12;  // of each side, at each point
  double low = 0.1, high = 10;
  // Share of the objective by which the plan's corrected formulas err, as it measured it; unknown: nobody is too far off.
  double formula_error = std::numeric_limits<double>::infinity();
  std::function<void(const std::string&)> say;
};

struct FlipTable {
  std::vector<Flip> flips;
  bool interrupted = false;
  long replications = 0;  // simulated, over all
};
FlipTable flip_table(const Scenario& scenario, const PlanRequest& request,
                     const Placement& recommended, const std::vector<FlipRival>& rivals,
                     const Correction& correction, const SimulateRange& simulate,
                     const FlipTableRules& rules = {});

}  // namespace berth
