// The money of a Summary: Bills of the measured window, scaled to a month of 730 h.
//
// Every line of a bill goes to exactly one of: its workload, people, idle (machines nobody used) or
// shared (clusters, gateways, commitments that serve everybody), so these add up to the total.
// Tested by tests/planner/summarise_test.cpp.
#pragma once

#include "models/scenario.h"
#include "planner/outcomes.h"
#include "planner/summary.h"

namespace berth {

CostSummary summarise_cost(const Scenario& scenario, const Placement& placement,
                           const Outcomes& outcomes);

}  // namespace berth
