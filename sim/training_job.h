// The lives of Jobs: submitted by their class's schedule or when jobs of other classes are done, run
// on the platform their placement names.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/life.h"
#include "sim/world.h"

namespace berth {

struct Job {
  TrainingId workload;
  std::uint64_t number = 0;            // within its class; the same job in every placement
  Seconds delay{};                     // jitter between now and its submission
  Seconds submitted{};                 // set when it is
  std::optional<Seconds> chain_began;  // the first submission of its chain, before its own
};

Life submit_jobs(World& world, TrainingId workload);
// What waits for a job goes on, or is skipped, now that the job is over.
void let_followers_go(World& world, const Job& job, bool completed);
Life run_sagemaker_job(World& world, SageMakerPlatform& platform, Job job);
Life run_kubernetes_job(World& world, ClusterPlatform& cluster, Job job);

}  // namespace berth
