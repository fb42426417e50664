#include "planner/people.h"

#include <variant>

#include "planner/homes.h"

namespace berth {

void LookedAfter::add_class(PlatformId platform, std::optional<PoolId> pool) {
  ++classes_;
  add(platform, pool);
}

void LookedAfter::add_service(PlatformId platform, std::optional<PoolId> pool) {
  ++services_;
  add(platform, pool);
}

void LookedAfter::add(PlatformId platform, std::optional<PoolId> pool) {
  if (std::holds_alternative<SageMaker>(scenario_.platforms[platform.index()])) {
    sagemaker_ = true;
    return;
  }
  clusters_.insert(platform);
  if (pool) pools_.insert({platform, *pool});
}

ToilCounts LookedAfter::counts() const {
  return {.clusters = static_cast<int>(clusters_.size()),
          .node_pools = static_cast<int>(pools_.size()),
          .sagemaker_accounts = sagemaker_ ? 1 : 0,
          .training_classes = classes_,
          .services = services_};
}

ToilCounts looked_after(const Scenario& scenario, const Placement& placement) {
  LookedAfter all(scenario);
  for (const TrainingHome& home : placement.training) all.add_class(home.platform, home.pool);
  for (const ServiceHome& home : placement.services) all.add_service(home.platform, home.pool);
  return all.counts();
}

double hours_of_people(const People& people, const ToilCounts& counts) {
  double hours = 0;
  for (const ToilLine& line : toil_lines(people.activities, counts, people.hour)) hours += line.hours_per_month;
  return hours;
}

double HoursByChoice::of(const Options& options, const Choice& choice) const {
  LookedAfter all(scenario_);
  for (std::size_t w = 0; w < choice.size(); ++w) {
    const auto [platform, pool] = place_of(options, w, choice[w]);
    w < scenario_.training.size() ? all.add_class(platform, pool) : all.add_service(platform, pool);
  }
  const ToilCounts counts = all.counts();
  const auto [at, is_new] =
      known_.try_emplace({counts.clusters, counts.node_pools, counts.sagemaker_accounts}, 0);
  if (is_new) at->second = hours_of_people(scenario_.people, counts);
  return at->second;
}

}  // namespace berth
