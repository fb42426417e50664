// How long platforms take before anything of the user's moves: launching SageMaker instances,
// booting nodes, creating pods and endpoints. Image pulls are elsewhere (models/pull_plan.h); they
// follow from sizes and rates, not from a law.
//
// Every law carries its source and a confidence (A read in a primary source or measured from its
// data, B a faithful copy or reputable report, C second-hand or a single observation, D inferred),
// so that a report can print where a default came from. All are in seconds.
//
// SageMaker's launch (CreateTrainingJob to "Downloading", not billed) is bimodal: most jobs get
// their instances at once, some after a capacity error and a retry. The fitted mixture
//   w LN(first) + (1-w) LN(second)                                   sagemaker_launch_mixture
// is given whole, and split as a simulation acts it out: an attempt ~ LN(first); with probability
// 1-w it finds no capacity and waits `capacity_retry` before the next one. The retry's median is
// the distance of the two components' medians.
//
// A node's boot ends when it is Ready, which waits for the CNI (less than 1 s for a prefix, up to 10 s for
// a new network interface): that is part of the measured times and no law of its own.
//
// Left out: correlation between jobs that ask for the same scarce type at once; regions; quotas.
// Tested by tests/models/platform_startup_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "models/distribution.h"
#include "models/units.h"

namespace berth {

struct SourcedDistribution {
  std::string_view name;
  Distribution distribution;  // seconds
  std::string_view source;
  char confidence = 'D';
};

// The order of the table.
enum class PlatformLaw {
  sagemaker_launch_cpu_2018,  // to 2021
  sagemaker_launch_cpu_2022,  // and 2023
  sagemaker_launch_cpu_2024,  // and since
  sagemaker_launch_gpu_2018,
  sagemaker_launch_gpu_2022,
  sagemaker_launch_gpu_2024,
  sagemaker_capacity_retry_cpu,
  sagemaker_capacity_retry_gpu,
  sagemaker_data_overhead_cpu,
  sagemaker_data_overhead_gpu,
  sagemaker_warm_start,
  sagemaker_endpoint_cpu,
  sagemaker_endpoint_gpu,
  karpenter_node_cpu,
  karpenter_node_gpu,
  cluster_autoscaler_node,
  pod_overhead,
  container_create,
  gpu_driver_compiled,      // on top of a node's boot
  sagemaker_launch_g5,      // whole: capacity errors and retries included
  sagemaker_launch_p4d,
  sagemaker_endpoint_2018,  // and 2019, of all types
};
inline constexpr int kPlatformLaws = 22;

const SourcedDistribution& platform_law(PlatformLaw law);
std::span<const SourcedDistribution> platform_laws();

enum class Accelerator { none, gpu };
enum class Era { from_2018, from_2022, from_2024 };

// What was measured for one family since 2022, whole; absent where there are too few logs.
std::optional<PlatformLaw> launch_of_family(std::string_view family);

// From CreateFleet to a running (and billed) virtual machine: 12 s of the 45 s to Ready measured on
// c5.xlarge (amazon-eks-ami issue 1099, 2022).
inline constexpr Seconds kMachineRuns{12};

// The chance that one attempt to launch finds no capacity.
double capacity_error(Accelerator accelerator, Era era = Era::from_2024);
Distribution sagemaker_launch_mixture(Accelerator accelerator, Era era = Era::from_2024);

}  // namespace berth
