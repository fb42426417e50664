// Values of levers that are stated for a workload and that none of its homes has: nothing was wrong
// with them as words, and nothing comes of them. "spot: in no home of retrain".
// Tested by tests/planner/levers_test.cpp.
#pragma once

#include <string>
#include <vector>

#include "models/plan_request.h"
#include "models/scenario.h"
#include "planner/levers.h"

namespace berth {

std::vector<std::string> unused_values(const Scenario& scenario, const PlanRequest& request,
                                       const Options& options);

}  // namespace berth
