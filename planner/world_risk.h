// How a choice stands when the world is not as the scenario says, by formulas: risk over sampled
// worlds, and a ranking of the inputs. Where another choice becomes the better one: planner/flip_formulas.h.
//
// Formulas are corrected by what the plan's pilots showed, as its own choice is (planner/correction.h).
// Worlds: every contender is priced in every sampled world; the best choice of each world is
// searched among all homes that contenders use, and keeps its limits there by formulas if any does. Cost and its worst tenth are dollars. Capacity that
// lacks (the share by which a room is exceeded, of the cost; a service's load above its largest number of
// replicas, at what it pays for the load it carries) weighs its dollars times `under_provisioning` of the
// request: cost so weighed, less the best choice's, is regret. Savings Plans that a contender
// buys are those that are best as things are, whatever the world; the best choice of a world buys what is best
// there, at today's rates as they do. Inputs: one at a time and Morris
// over their ranges (stated, or halving and doubling), Sobol over the three that matter most.
// Tested by tests/planner/world_risk_test.cpp.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "planner/analytic.h"
#include "planner/correction.h"
#include "planner/limits.h"
#include "planner/plan.h"
#include "planner/world.h"

namespace berth {

// The recommendation is the first.
struct Contender {
  std::string name;
  Choice choice;  // of the options
};

struct WorldStudy {
  int worlds = 0;                // judged: all that were asked for, or those before it was stopped
  std::vector<WorldRisk> risks;  // by contender; none where no world was judged
  std::optional<double> value_of_information;  // of the first contender
  std::optional<Hedge> hedge;  // who stands clearly better than the first; without what it costs now
};
// The same for any number of threads, 1 or more, unless it is stopped.
WorldStudy study_worlds(const Scenario& scenario, const PlanRequest& request,
                        const Options& options, std::span<const Contender> contenders,
                        const Limits& limits, const Correction& correction,
                        AnalysisMemory& memory, int threads = 1,
                        const std::function<bool()>& stop = {});

// Inputs that the request does not name are taken from a half to the double.
std::vector<UncertainInput> inputs_of(const PlanRequest& request);

// Empty where it was stopped: half a ranking is none.
std::vector<InputEffect> rank_inputs(const Scenario& scenario, const PlanRequest& request,
                                     const Options& options, const Choice& choice,
                                     const Correction& correction, AnalysisMemory& memory,
                                     const std::function<bool()>& stop = {});

// The choice misses a limit of a workload by much there.
bool breaks_limit(const Analysis& analysis, const Limits& limits, const Choice& choice);

// The options of the choices alone, and those choices in them; fewer to price in every world.
struct Narrowed {
  Options options;
  std::vector<Choice> choices;
};
Narrowed narrowed(const Options& options, std::span<const Choice> choices);

}  // namespace berth
