#include "planner/lever_rules.h"

namespace berth {
namespace {

constexpr auto kTake = [](auto& list, const auto& later) {
  if (!later.empty()) list = later;
};

void lay_over(TrainingLevers& target, const TrainingLevers& later) {
  kTake(target.platforms, later.platforms);
  kTake(target.pools, later.pools);
  kTake(target.instance_types, later.instance_types);
  kTake(target.offerings, later.offerings);
  kTake(target.pulls, later.pulls);
  kTake(target.keep_alives, later.keep_alives);
  kTake(target.checkpoint_intervals, later.checkpoint_intervals);
}

void lay_over(ServiceLevers& target, const ServiceLevers& later) {
  kTake(target.platforms, later.platforms);
  kTake(target.pools, later.pools);
  kTake(target.instance_types, later.instance_types);
  kTake(target.pulls, later.pulls);
  kTake(target.targets, later.targets);
  kTake(target.minima, later.minima);
  kTake(target.maxima, later.maxima);
  kTake(target.endpoints, later.endpoints);
}

template <class Levers, class Workload>
Levers laid_over(const std::vector<LeverRule<Levers>>& rules, const Workload& workload) {
  Levers levers;
  for (const std::string& key : {std::string("*"), "team:" + workload.team, workload.name})
    for (const LeverRule<Levers>& rule : rules)
      if (rule.workload == key && key != "team:") lay_over(levers, rule.levers);
  return levers;
}

}  // namespace

TrainingLevers levers_for(const PlanRequest& request, const TrainingClass& workload) {
  return laid_over(request.training, workload);
}

ServiceLevers levers_for(const PlanRequest& request, const Service& workload) {
  return laid_over(request.services, workload);
}

bool nothing_stated(const TrainingLevers& levers) {
  return levers.platforms.empty() && levers.pools.empty() && levers.instance_types.empty() &&
         levers.offerings.empty() && levers.pulls.empty() && levers.keep_alives.empty() &&
         levers.checkpoint_intervals.empty();
}

bool nothing_stated(const ServiceLevers& levers) {
  return levers.platforms.empty() && levers.pools.empty() && levers.instance_types.empty() &&
         levers.pulls.empty() && levers.targets.empty() && levers.minima.empty() &&
         levers.maxima.empty() && levers.endpoints.empty();
}

}  // namespace berth
