// Limits on a placement as a whole (cost, people's hours, the share that could move), by formulas.
// Tested by tests/planner/world_risk_test.cpp and flip_limits_test.cpp.
#pragma once

#include "planner/analytic.h"
#include "planner/limits.h"
#include "planner/people.h"
#include "planner/world.h"

namespace berth {

class WholeLimits {
 public:
  // Kept by reference. Which homes there are elsewhere is asked of all options, not of those that are priced.
  WholeLimits(const Scenario& scenario, const PlanRequest& request, const Limits& limits);

  // By how much a choice of the options, of which the analysis is, misses them in that world, as shares of the
  // limits; 0: it keeps all. The analysis is of the world; of the hours of people the world's factor counts.
  double misses(const Limits& limits, const Options& options, const Analysis& analysis,
                const PlanWorld& world, const Choice& choice) const;
  // The limits less those on the whole that formulas hold to be missed as things are, which a simulation saw kept.
  Limits kept_now(const Limits& limits, const Options& options, const Analysis& analysis,
                  const Choice& choice) const;

 private:
  const PlanRequest& request_;
  HoursByChoice hours_;
  Options all_;  // where the share that could move is asked for
};

bool has_any_on_whole(const Limits& limits);

}  // namespace berth
