// A bound of another kind for a quota that binds: workloads send their load at the busiest period
// to options over a min-cost flow, free to split. 0 loads cost nothing. At most the bound of
// `solve` or above it, whichever way the coupling goes; both hold.
// Tested by tests/planner/placement_problem_test.cpp.
#pragma once

#include "planner/placement_problem.h"

namespace berth {

double transport_bound(const PlacementProblem& problem);

}  // namespace berth
