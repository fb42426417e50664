#include "planner/lever_rules.h"

#include <algorithm>

#include "models/serving/replica_forecast.h"

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

template <class Value>
bool is_free(const std::vector<Value>& stated, const Value& value) {
  return stated.empty() || std::ranges::find(stated, value) != stated.end();
}

template <class Levers, class Home>
bool allows_place(const Levers& levers, const Scenario& scenario, const Home& home) {
  const Platform& platform = scenario.platforms[home.platform.index()];
  if (!is_free(levers.platforms, name_of(platform))) return false;
  if (home.pool)
    return is_free(levers.pools, std::get<Cluster>(platform).pools[home.pool->index()].name);
  return levers.instance_types.empty() ||
         std::ranges::any_of(levers.instance_types, [&](const std::string& one) {
           return scenario.catalogue.index_of(one) == static_cast<int>(home.type.index());
         });
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

EndpointKind endpoint_kind(const ServiceHome& home) {
  return home.endpoint ? static_cast<EndpointKind>(home.endpoint->index()) : EndpointKind::realtime;
}

bool allows(const TrainingLevers& levers, const Scenario& scenario, const TrainingClass& workload,
            const TrainingHome& home) {
  if (!allows_place(levers, scenario, home) || !is_free(levers.offerings, home.offering) ||
      !is_free(levers.pulls, home.pull))
    return false;
  if (!home.pool && !is_free(levers.keep_alives, home.keep_alive)) return false;
  return !workload.checkpoint || is_free(levers.checkpoint_intervals,
                                         home.checkpoint_interval.value_or(workload.checkpoint->interval));
}

bool allows(const ServiceLevers& levers, const Scenario& scenario, const ServiceHome& home) {
  if (!home.pool && !is_free(levers.endpoints, endpoint_kind(home))) return false;
  if (home.is_serverless())
    return is_free(levers.platforms, name_of(scenario.platforms[home.platform.index()]));
  if (!allows_place(levers, scenario, home) || (home.pool && !is_free(levers.pulls, home.pull))) return false;
  if (target_is_share(home.replicas) && !is_free(levers.targets, target_of(home.replicas))) return false;
  return is_free(levers.minima, home.replicas.min) && is_free(levers.maxima, home.replicas.max);
}

}  // namespace berth
