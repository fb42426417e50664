// What pilots showed of formulas, as factors by names that stay when options go or the world is another.
// A plan's file holds them, so that flips are sought with the formulas its choice was made with.
// Tested by tests/planner/analytic_test.cpp.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "models/ids.h"

namespace berth {

struct Correction {
  std::map<std::string, double> pools;  // load, by the resource's name
  double other_pools = 1;
  // Of SageMaker, by workload and by what is paid for: "instances", "serverless" or "async".
  std::map<std::pair<std::size_t, std::string>, double> bills;
  std::map<std::pair<std::size_t, PlatformId>, double> starts;  // p95, by class and platform
};

}  // namespace berth
