#include "models/scenario.h"

#include <algorithm>

#include "models/kubernetes/cluster_autoscaler.h"
#include "models/kubernetes/karpenter.h"

namespace berth {

double TrainingClass::speed_on(TypeId type) const {
  const auto found = std::ranges::find(speeds, type, &TypeSpeed::type);
  return found == speeds.end() ? 1.0 : found->factor;
}

const std::string& name_of(const Platform& platform) {
  return std::visit([](const auto& p) -> const std::string& { return p.name; }, platform);
}

PullMode honoured_pull(const SageMaker& platform, const TrainingClass& work, PullMode wish) {
  const bool interactive = platform.soci == SociSupport::interactive && work.interactive;
  return interactive ? wish : honoured_pull(platform, wish);
}

PullMode honoured_pull(const SageMaker& platform, PullMode wish) {
  return platform.soci == SociSupport::everywhere ? wish : PullMode::full;
}

std::optional<Checkpointing> checkpointing_of(const TrainingClass& work, const TrainingHome& home) {
  std::optional<Checkpointing> checkpoint = work.checkpoint;
  if (checkpoint && home.checkpoint_interval) checkpoint->interval = *home.checkpoint_interval;
  return checkpoint;
}

LaunchLaw launch_law(const SageMaker& platform, const InstanceType& type) {
  for (const FamilyLaunch& known : platform.launch_families)
    if (known.family == type.family) return {known.law, 0};
  if (type.gpus > 0) return {platform.launch_gpu, platform.capacity_error_gpu};
  return {platform.launch_cpu, platform.capacity_error_cpu};
}

Seconds empty_stay(const Cluster& cluster, const NodePool& pool) {
  if (cluster.autoscaler == NodeAutoscaler::karpenter)
    return pool.consolidate_after + kDisruptionPoll / 2 + kValidation;
  return cluster.scaling.unneeded_after + cluster.scan_interval / 2 + kTaintDelay;
}

}  // namespace berth
