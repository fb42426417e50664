// Formulas corrected by what a few simulated placements show.
//
//   pools      load x f, so that the mean of max(kept, f load) over the window is the simulated
//   mean of
//              nodes: a node outlives its pods, pods spread, room is left over. Where kept nodes
//              cover it all, a pilot tells nothing. A pool nobody piloted gets the geometric mean
//              of the others.
//   SageMaker  dollars x f of a class or service, from its simulated bill
//   start      p95 x f of a class on a platform
// Each factor is the geometric mean over the pilots that tell it, between 1/4 and 4; those of pools
// weighted by the load (classes that share a few nodes say little of a pool that many fill), and bills
// by dollars.
// Tested by tests/planner/analytic_test.cpp.
#pragma once

#include <span>

#include "planner/analytic.h"
#include "planner/correction_factors.h"
#include "planner/measure.h"

namespace berth {

struct PilotRun {
  Choice choice;
  const Observations* measures = nullptr;
};

// `plain`: the problem before any correction, with the analysis's options.
Correction fitted(const Scenario& scenario, const Analysis& analysis, const PlacementProblem& plain,
                  std::span<const PilotRun> pilots);
PlacementProblem corrected(const Scenario& scenario, const Options& options,
                           const PlacementProblem& plain, const Correction& correction);

}  // namespace berth
