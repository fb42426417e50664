#include "planner/people.h"

#include <set>
#include <utility>
#include <variant>

namespace berth {

ToilCounts looked_after(const Scenario& scenario, const Placement& placement) {
  std::set<PlatformId> clusters;
  std::set<std::pair<PlatformId, PoolId>> pools;
  bool sagemaker = false;
  const auto visit = [&](PlatformId platform, std::optional<PoolId> pool) {
    if (std::holds_alternative<SageMaker>(scenario.platforms[platform.index()])) {
      sagemaker = true;
      return;
    }
    clusters.insert(platform);
    if (pool) pools.insert({platform, *pool});
  };
  for (const TrainingHome& home : placement.training) visit(home.platform, home.pool);
  for (const ServiceHome& home : placement.services) visit(home.platform, home.pool);
  return {.clusters = static_cast<int>(clusters.size()),
          .node_pools = static_cast<int>(pools.size()),
          .sagemaker_accounts = sagemaker ? 1 : 0,
          .training_classes = static_cast<int>(placement.training.size()),
          .services = static_cast<int>(placement.services.size())};
}

}  // namespace berth
