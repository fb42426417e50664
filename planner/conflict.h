// When nothing meets all limits: which limits cannot hold together, and what giving one up would
// cost.
//
// By formulas: the smallest set of limits (tried from one limit up) that leaves no placement: a
// workload without an option, quotas and pools that no choice keeps, or a lower bound above the
// budget. Each limit of the set is then moved alone to the nearest value with which a placement is
// left, all others kept, and what the cheapest placement with that value costs. Without limits at
// all, what is left is room: quotas and pools.
// By simulation nothing is proven: the smallest set of limits of which every candidate breaks one (of
// equals the one most clearly broken), the candidate that breaks fewest, and what its replications
// left undecided. A limit of the set is moved to the nearest value that is shown to hold for a candidate
// which meets all others; where none does, all that the nearest breaks would have to move together.
// planner/plan_conflict.cpp makes plans with fewer limits until those candidates tell who is in conflict.
// A limit is given up as it was stated: one of `plan: limits:` for all workloads that it holds for.
// Tested by tests/planner/conflict_test.cpp.
#pragma once

#include <vector>

#include "planner/analytic.h"
#include "planner/plan.h"

namespace berth {

Conflict conflict_of(const Scenario& scenario, const PlanRequest& request, const Options& options,
                     AnalysisMemory& memory);
// Candidates are judged by all limits that are stated.
Conflict conflict_of_simulated(const std::vector<PlanCandidate>& candidates,
                               const std::vector<StatedLimit>& stated);
// This limit moved to what is shown of the candidate that comes nearest to it, of those that meet all
// others, and the cheapest that is shown to keep that; nullopt: there is none.
std::optional<Relaxation> relaxed(const std::vector<PlanCandidate>& candidates,
                                  const std::vector<StatedLimit>& stated,
                                  const StatedLimit& given_up);
// A smallest set of which every candidate breaks one: of four limits at most, else all that any breaks.
std::vector<StatedLimit> smallest_conflict(const std::vector<PlanCandidate>& candidates,
                                           const std::vector<StatedLimit>& stated);

}  // namespace berth
