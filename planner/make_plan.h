// Makes a plan: levers to options, options to a bound, the bound's neighbourhood to a race, the
// race to a recommendation. The simulator comes in as a function, so tests run on formulas.
//
//   bound   options priced by formulas; those that break a limit or are beaten in everything go,
//   with
//           the reason; a lower bound and the best choices by branch and bound, for the objective
//           and for a row of weights between dollars and latency
//   pilot   the best choice and the scenario's own placements are simulated a few times; what they
//           show of nodes and SageMaker hours corrects the formulas (one factor a pool, a class, a
//           service), and the search is repeated. The bound, the gap and the error that are
//           reported are those of the corrected formulas.
//   limits  what a simulation shows to break leads the search: the cheapest by formulas is simulated as
//           closely as in the race until it keeps its limits (planner/plan_limits.cpp). The bound does
//           without: it is of all that formulas leave open
//   screen  a few replications of every candidate at fluid fidelity; who breaks a limit or is
//   clearly
//           beaten goes
//   race    at the scenario's fidelity: sequential halving, then KN++ among those that meet the
//   limits;
//           then the nearest single moves from the winner, and those together that prove cheaper,
//           join the race, until none of them wins; then whoever leaves most doubt gets
//           replications
//   pairs   the next best home of each workload, the rest as chosen, is simulated as often as in a screen, and
//           races the winner where it comes out better by more than the indifference
//
// All work is counted in replications, never in seconds: the same scenario and seed give the same
// plan for any number of workers. Where time ends or somebody interrupts, inside a round as well,
// the replications that are complete count; the best so far is judged by the replications it has in
// common with each rival, and the plan says that it is unfinished and why.
// Tested by tests/planner/make_plan_test.cpp.
#pragma once

#include <functional>
#include <span>

#include "planner/analytic.h"
#include "planner/plan.h"
#include "planner/study.h"

namespace berth {

// Outcomes of replications [from, to): outcomes[placement][replication - from]. Who simulates stops at
// the same signs as the plan does, and says `interrupted`.
using SimulateRange =
    std::function<Simulated(const Scenario&, std::span<const Placement>, int from, int to)>;

struct PlanRules {
  double confidence = 0.95;
  int pilot = 2;                // replications of a pilot run
  int pilots = 3;               // corrections at most
  int screen = 3;               // replications of everybody
  int step = 5;                 // of a round of the race
  int most = 40;                // of one candidate
  std::size_t candidates = 24;  // simulated, the scenario's own not counted
  std::size_t finalists = 6;
  std::size_t runners_up = 6;  // single moves from the winner that are simulated, each time
  bool pair_next_best = true;  // the next best home of each workload is simulated, `screen` times
  int workers = 1;             // threads that price other worlds; the plan is the same for any number
  bool worlds = true;
  bool sensitivity = true;
  std::function<bool()> out_of_time, interrupted;  // absent: never
  std::function<void(const std::string&)> say;
};

Plan make_plan(const Scenario& scenario, const PlanRequest& request, const SimulateRange& simulate,
               const PlanRules& rules);

}  // namespace berth
