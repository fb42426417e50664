// The lives of Jobs: submitted by their class's schedule, run on the platform their placement names.
#pragma once

#include "sim/life.h"
#include "sim/world.h"

namespace berth {

struct Job {
  TrainingId workload;
  std::uint64_t number = 0;  // within its class; the same job in every placement
  Seconds delay{};           // jitter between now and its submission
  Seconds submitted{};       // set when it is
};

Life submit_jobs(World& world, TrainingId workload);
Life run_sagemaker_job(World& world, SageMakerPlatform& platform, Job job);
Life run_kubernetes_job(World& world, ClusterPlatform& cluster, Job job);

}  // namespace berth
