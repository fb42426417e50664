// The money of a Summary: Bills of the measured window, scaled to a month of 730 h.
//
// Every line of a bill goes to exactly one of: its workload, people, idle (machines nobody used) or
// shared (clusters, gateways, commitments that serve everybody), so these add up to the total.
// Tested by tests/planner/summarise_test.cpp.
#pragma once

#include <vector>

#include "models/scenario.h"
#include "planner/outcomes.h"
#include "planner/summary.h"

namespace berth {

// Of one replication what a plan compares, without the lines of its bill.
struct MonthlyCost {
  double usd = 0, people_usd = 0, shared_usd = 0;
  std::vector<double> workload_usd;  // training classes, then services
};
MonthlyCost monthly_cost(const Scenario& scenario, const Placement& placement, const Bill& window);

CostSummary summarise_cost(const Scenario& scenario, const Placement& placement,
                           const Outcomes& outcomes);

}  // namespace berth
