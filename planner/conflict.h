// When nothing meets all limits: which limits cannot hold together, and what giving one up would
// cost.
//
// By formulas: the smallest set of limits (tried from one limit up) that leaves no placement: a
// workload without an option, quotas and pools that no choice keeps, or a lower bound above the
// budget. Each limit of the set is then moved alone to the nearest value with which a placement is
// left, all others kept, and what the cheapest placement with that value costs. Without limits at
// all, what is left is room: quotas and pools.
// By simulation nothing is proven: the smallest set of limits of which every candidate breaks one
// (of equals the one most clearly broken), the candidate that breaks fewest, and what its
// replications left undecided. A limit of the set is moved to the nearest value that a candidate has
// which breaks no other; where none does, all that the nearest breaks would have to move together.
// Tested by tests/planner/conflict_test.cpp.
#pragma once

#include <vector>

#include "planner/analytic.h"
#include "planner/plan.h"

namespace berth {

Conflict conflict_of(const Scenario& scenario, const PlanRequest& request, const Options& options,
                     AnalysisMemory& memory);
Conflict conflict_of_simulated(const std::vector<PlanCandidate>& candidates);

}  // namespace berth
