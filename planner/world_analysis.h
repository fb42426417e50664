// The formulas of a plan in another world.
//
// Savings Plans that are held cost and cover there what they do now (in_world of Commitments). Those
// that may be bought have the plan rates of that world: who asks what would be bought there. Who bought
// them now asks for `bought_now`, where their rates are today's:
//   a unit of use was v dollars at plan rates, and is so still, where prices are f times as high:
//   v = (what formulas say there) / f, discount = 1 - (1 - discount now) / f
// A discount below 0 says that prices fell below what was locked.
// Tested by tests/planner/world_test.cpp and world_risk_test.cpp.
#pragma once

#include "planner/analytic.h"
#include "planner/correction_factors.h"
#include "planner/world.h"

namespace berth {

// The problem is corrected.
Analysis analysis_in(const PlanWorld& world, const Scenario& scenario, const PlanRequest& request,
                     const Options& options, const Correction& correction, AnalysisMemory& memory);
// Plans that may be bought at the rates of things as they are.
PlacementProblem bought_now(PlacementProblem problem, const PlanWorld& world);

}  // namespace berth
