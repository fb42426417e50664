// One line of a table of flips, for tests of what turns it.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "planner/flip.h"

namespace berth {

inline Flip flip_of(const Scenario& scenario, const PlanRequest& request, const Placement& recommended,
             const SimulateRange& simulate, const char* input, const std::vector<FlipRival>& rivals = {}) {
  const FlipTable table = flip_table(scenario, request, recommended, rivals, {}, simulate, {});
  const auto flip = std::ranges::find(table.flips, input, &Flip::input);
  REQUIRE(flip != table.flips.end());
  return *flip;
}

}  // namespace berth
