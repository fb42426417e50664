#include "sim/training_job.h"

#include "models/submissions.h"
#include "sim/cluster.h"
#include "sim/sagemaker_platform.h"

namespace berth {

Life submit_jobs(World& world, TrainingId workload) {
  const TrainingHome& home = world.placement.training[workload.index()];
  SageMakerPlatform* sagemaker = world.sagemaker[home.platform.index()].get();
  ClusterPlatform* cluster = world.clusters[home.platform.index()].get();
  Submissions submissions(world.scenario, workload, world.replication);
  while (true) {
    const std::optional<Submission> next = submissions.next();
    if (!next || next->due >= world.window_end()) co_return;
    auto due = sleep_until(world.agenda, next->due, Instant::arrive);
    co_await due;
    const Job job{.workload = workload, .number = next->number, .delay = next->delay};
    if (sagemaker != nullptr)
      run_sagemaker_job(world, *sagemaker, job);
    else
      run_kubernetes_job(world, *cluster, job);
  }
}

}  // namespace berth
