// The share of a placement's spend that could move to another platform within the effort that a request states:
// of the workloads that have a home elsewhere the dearest first, hours_per_move each, most_hours_to_move in all.
// Spend is what workloads pay: what serves everybody is nobody's to move. 1 where nothing is spent.
// Tested by tests/planner/make_plan_test.cpp and flip_test.cpp.
#pragma once

#include <vector>

#include "planner/analytic.h"
#include "planner/measure.h"

namespace berth {

class Portability {
 public:
  // Homes that there are at all, also those that a plan dropped on its way. Kept by reference.
  Portability(const PlanRequest& request, const Options& all) : request_(request), all_(all) {}
  // Another shape of the same cluster is no other place.
  bool could_move(std::size_t w, PlatformId home) const;
  double share(const Placement& placement, const Observations& paid) const;
  // By formulas; the choice is of the analysis's options.
  double share(const Analysis& analysis, const Choice& choice) const;

 private:
  double within_effort(const std::vector<double>& usd, const std::vector<bool>& movable) const;

  const PlanRequest& request_;
  const Options& all_;
};

}  // namespace berth
