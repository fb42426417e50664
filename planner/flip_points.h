// Where another choice becomes better than a plan's, by the formulas as its pilots corrected them: bisection on
// the factor of one input. `berth flip` confirms by paired simulation (planner/flip.h).
//
//   another choice   what moving workload after workload leads to, from the recommendation and from all
//                    of them on one platform, by what is saved beyond what seems to be saved as things
//                    are: a plan that simulation preferred is not beaten by formulas that disagree at 1.
//                    What breaks a limit as things are saves nothing as things are, and may be chosen where
//                    it keeps them
//   better           cheaper by more than `indifference` of the recommendation's cost there: less is what
//                    a race calls the same. Or: the recommendation breaks a limit there that it keeps as
//                    things are, and a single move mends it, whatever that costs
//   near-tie         cheaper somewhere in the range, and nowhere by more than that
// Left out: other moves that pay only together; ranges in which the better choice changes back.
// Tested by tests/planner/flip_test.cpp.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "planner/analytic.h"
#include "planner/correction_factors.h"
#include "planner/world.h"

namespace berth {

struct FlipRules {
  double low = 0.1, high = 10;  // factors looked at
  int halvings = 10;
};

struct FlipPoint {
  WorldInput input{};
  std::optional<double> factor;  // nearest, up or down, beyond which the other choice is better
  // Workload and option, the weightiest first; of the near-tie where there is no factor.
  std::vector<std::pair<std::size_t, std::size_t>> moves;
  Choice better;
  bool by_limit = false;  // the choice breaks a limit there, and the move mends it
  // Without a factor: the most that another choice saves in the range, as a share, and where.
  double near_gain = 0, near_factor = 1;
};
std::vector<FlipPoint> flip_points(const Scenario& scenario, const PlanRequest& request,
                                   const Options& options, const Choice& choice,
                                   const Correction& correction, AnalysisMemory& memory,
                                   const FlipRules& rules = {});

}  // namespace berth
