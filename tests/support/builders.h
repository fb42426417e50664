// Small scenarios for tests: every duration a constant, one machine type, prices that are easy to
// multiply. A test changes what it is about and leaves the rest.
#pragma once

#include "models/scenario.h"

namespace berth {

// m5.xlarge: 4 vCPU, 16 GiB, 1.25 GB/s; EC2 0.192 $/h, spot 0.0653 $/h, SageMaker 0.23 $/h.
inline Catalogue one_type_catalogue() {
  const auto price = [](double usd) {
    return PriceTag{.usd = usd, .as_of = "2026-07-20", .source = "test"};
  };
  Catalogue catalogue{.name = "test", .region = "us-east-1", .date = "2026-07-20"};
  catalogue.types.push_back({.name = "m5.xlarge",
                             .family = "m5",
                             .vcpu = 4,
                             .memory = {16 * kGiB},
                             .net_baseline = gigabits_per_second(10),
                             .net_burst = gigabits_per_second(10),
                             .allocatable = {.cpu_milli = 3920, .memory = {14 * kGiB}},
                             .max_pods = 58,
                             .sagemaker_training_offered = true,
                             .sagemaker_hosting_offered = true,
                             .ec2_on_demand = price(0.192),
                             .ec2_spot = price(0.0653),
                             .sagemaker_training = price(0.23),
                             .sagemaker_hosting = price(0.23),
                             .spot_reclaim_per_month = 0.5});
  catalogue.price(SimplePrice::eks_cluster_hour) = price(0.10);
  catalogue.price(SimplePrice::gp3_gb_month) = price(0.08);
  catalogue.price(SimplePrice::sagemaker_storage_gb_month) = price(0.14);
  catalogue.price(SimplePrice::ecr_gb_month) = price(0.10);
  catalogue.price(SimplePrice::cross_az_gb) = price(0.01);
  catalogue.price(SimplePrice::sagemaker_endpoint_data_gb) = price(0.016);
  catalogue.price(SimplePrice::nat_hour) = price(0.045);
  catalogue.price(SimplePrice::nat_gb) = price(0.045);
  return catalogue;
}

// Launches take 100 s, a warm start 10 s, data overhead 20 s, creating a container 2 s.
inline SageMaker test_sagemaker() {
  return {.name = "sagemaker",
          .default_training_quota = 1000,
          .create_jobs_per_second = 1000,
          .create_burst = 1000,
          .launch_cpu = constant(100),
          .launch_gpu = constant(200),
          .capacity_retry_cpu = constant(300),
          .capacity_retry_gpu = constant(300),
          .data_overhead_cpu = constant(20),
          .data_overhead_gpu = constant(20),
          .warm_start = constant(10),
          .container_create = constant(2),
          .endpoint_creation_cpu = constant(200),
          .endpoint_creation_gpu = constant(300),
          .s3_per_connection = megabytes_per_second(100)};
}

// One pool of m5.xlarge; a node takes 60 s, a pod 3 s, data overhead 5 s; an empty node may go after 30 s.
inline Cluster test_cluster(int min_nodes, int max_nodes) {
  return {.name = "eks",
          .pools = {{.name = "cpu",
                     .types = {{0}},
                     .min_nodes = min_nodes,
                     .max_nodes = max_nodes,
                     .volume = {100'000'000'000},
                     .consolidate_after = 30s}},
          .batch_idle = 1s,
          .batch_max = 10s,
          .scan_interval = 10s,
          .node_boot_cpu = constant(60),
          .node_boot_gpu = constant(90),
          .pod_overhead = constant(3),
          .data_overhead = constant(5),
          .image_disk = {100 * kGiB},
          .s3_per_connection = megabytes_per_second(100)};
}

inline TrainingClass test_class(Schedule schedule, Seconds duration) {
  return {.name = "train",
          .image = {0},
          .schedule = std::move(schedule),
          .needs = {.cpu_milli = 2000, .memory = {4 * kGiB}},
          .duration = constant(duration.count()),
          .volume = {30 * kGiB}};
}

// One class on SageMaker (platform 0) with a 100 MB image in one layer; a cluster is platform 1.
inline Scenario small_scenario(TrainingClass work) {
  Scenario scenario{.name = "small",
                    .catalogue = one_type_catalogue(),
                    .starts_at = 1'795'392'000,  // 2026-11-23, a Monday
                    .warm_up = 0s,
                    .horizon = 7200s,
                    .replications = 1};
  scenario.images.push_back({.name = "base",
                             .layers = {{.id = {0},
                                         .compressed = {100'000'000},
                                         .unpacked = {250'000'000}}}});
  scenario.layer_count = 1;
  scenario.training.push_back(std::move(work));
  scenario.platforms = {test_sagemaker(), test_cluster(0, 10)};
  scenario.placements.push_back(
      {.name = "sagemaker", .training = {{.platform = {0}, .type = {0}}}});
  scenario.placements.push_back(
      {.name = "kubernetes", .training = {{.platform = {1}, .pool = PoolId{0}, .type = {0}}}});
  return scenario;
}

}  // namespace berth
