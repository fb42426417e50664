#include "sim/training_job.h"

#include "models/submissions.h"
#include "sim/cluster.h"
#include "sim/sagemaker_platform.h"

namespace berth {

namespace {

void begin(World& world, const Job& job) {
  const PlatformId platform = world.placement.training[job.workload.index()].platform;
  if (SageMakerPlatform* sagemaker = world.sagemaker[platform.index()].get())
    run_sagemaker_job(world, *sagemaker, job);
  else
    run_kubernetes_job(world, *world.clusters[platform.index()], job);
}

}  // namespace

Life submit_jobs(World& world, TrainingId workload) {
  Submissions submissions(world.scenario, workload, world.replication);
  while (true) {
    const std::optional<Submission> next = submissions.next();
    if (!next || next->due >= world.window_end()) co_return;
    auto due = sleep_until(world.agenda, next->due, Instant::arrive);
    co_await due;
    begin(world, {.workload = workload, .number = next->number, .delay = next->delay});
  }
}

void let_followers_go(World& world, const Job& job, bool completed) {
  const Seconds began = job.chain_began.value_or(job.submitted);
  for (const JobChains::Next& next :
       world.chains.over(job.workload, job.number, completed, began)) {
    if (next.runs)
      begin(world, {.workload = next.workload, .number = next.number, .chain_began = next.began});
    else
      world.tally.record(JobSkipped{world.now(), next.workload});
  }
}

}  // namespace berth
