#include "planner/world_analysis.h"

#include "planner/correction.h"

namespace berth {

Analysis analysis_in(const PlanWorld& world, const Scenario& scenario, const PlanRequest& request,
                     const Options& options, const Correction& correction, AnalysisMemory& memory) {
  const Scenario there = in_world(scenario, world);
  PlanRequest held_there = request;
  held_there.held = in_world(request.held, world);
  Analysis analysis = analyse(there, held_there, in_world(options, world), &memory);
  analysis.problem = corrected(there, analysis.options, analysis.problem, correction);
  const double locked = locked_usd_per_month(request.held, world);
  analysis.problem.constant -= locked;
  analysis.held_usd -= locked;
  return analysis;
}

PlacementProblem bought_now(PlacementProblem problem, const PlanWorld& world) {
  for (std::size_t plan = 0; plan < problem.resources.size(); ++plan) {
    SharedResource& bought = problem.resources[plan];
    if (!bought.discount) continue;
    const double f = world[price_of(bought.name == kSageMakerPlansToBuy
                                        ? Commitment::Plan::sagemaker
                                        : Commitment::Plan::compute)];
    bought.discount = 1 - (1 - *bought.discount) / f;
    for (auto& options : problem.workloads)
      for (PlacementOption& option : options)
        for (ResourceLoad& load : option.loads)
          if (load.resource == plan)
            for (double& one : load.by_period) one /= f;
    for (SharedResource& covered : problem.resources)
      if (covered.plan == plan) covered.plan_units /= f;
  }
  return problem;
}

}  // namespace berth
