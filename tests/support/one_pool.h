// Small clusters to tell stories of: one pool, who scales it, and the jobs and services it is for.
// A test says what it is about; the rest is as in builders.h.
//
//   story(one_pool({.scaled_by = kClusterAutoscaler, .horizon = 300s}, {jobs(1, 3000, 600s)}))
//
// A node takes 60 s. Images are on the nodes' disks (0.1 s to find them), so with 5 s for data and 3 s
// for the pod user code runs 8.1 s after a pod is bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/builders.h"

namespace berth {

// The big one is twice the node (7.9 cores) for 0.30 $/h, less than two small ones (3.9) at 0.384.
inline constexpr TypeId kSmall{0}, kBig{1};
inline constexpr NodeAutoscaler kNobody = NodeAutoscaler::none, kKarpenter = NodeAutoscaler::karpenter,
                                kClusterAutoscaler = NodeAutoscaler::cluster_autoscaler;

// A spot node's chance to be taken back in a month, which makes it about 26 or 21 hours to the next.
inline constexpr double kAboutDaily = 1 - 1e-12, kEvery21Hours = 1 - 1e-15;

struct OnePool {
  NodeAutoscaler scaled_by = kKarpenter;
  std::vector<TypeId> types = {kSmall};  // Cluster Autoscaler: the first that helps is added
  int kept = 0;                          // nodes, of the first type
  Seconds boot{60};
  std::optional<double> reclaimed_per_month = {};  // it is of spot nodes; the chance for each
  std::vector<Shortage> shortages = {};
  Seconds horizon{7200};
};
// A service of so many pods that hardly has anything to do.
struct ServicePods {
  int count = 1;
  std::int64_t cpu = 0;
  std::optional<DisruptionBudget> budget = {};
  Seconds init{0}, probe_period{10};
};

// ---- Work ----------------------------------------------------------------------------------------

inline TrainingClass jobs(int models, std::int64_t cpu, Seconds duration, Seconds offset = 0s) {
  TrainingClass work =
      test_class(Every{.interval = 100'000s, .offset = offset, .spread = false}, duration);
  work.models = models;
  work.needs = {.cpu_milli = cpu, .memory = {kGiB}};
  return work;
}
// For pools that only have to be there.
inline TrainingClass hardly_any_job() { return jobs(1, 100, 10s, 50'000s); }

inline TrainingClass every(Seconds interval, TrainingClass work) {
  work.schedule = Every{.interval = interval, .spread = false};
  return work;
}
inline TrainingClass in_groups_of(int instances, TrainingClass work) {
  work.instances = instances;
  return work;
}
inline TrainingClass with_priority(int priority, TrainingClass work) {
  work.priority = priority;
  return work;
}
inline TrainingClass with_checkpoints(Seconds interval, TrainingClass work) {
  work.checkpoint = Checkpointing{.interval = interval};
  return work;
}
inline TrainingClass movable(TrainingClass work) {
  work.disruptable = true;
  return with_checkpoints(100s, std::move(work));
}

// ---- The cluster ---------------------------------------------------------------------------------

inline Cluster& cluster_of(Scenario& scenario) { return std::get<Cluster>(scenario.platforms[1]); }
inline NodePool& pool_of(Scenario& scenario) { return cluster_of(scenario).pools[0]; }

inline void add_class(Scenario& scenario, TrainingClass work) {
  work.name += std::to_string(scenario.training.size());
  scenario.training.push_back(std::move(work));
  for (Placement& placement : scenario.placements)
    placement.training.push_back(placement.training[0]);
}
// A second pool like the first, for a class of its own.
inline void add_pool(Scenario& scenario, TrainingClass work) {
  cluster_of(scenario).pools.push_back(pool_of(scenario));
  cluster_of(scenario).pools[1].name = "other";
  add_class(scenario, std::move(work));
  scenario.placements[1].training.back().pool = PoolId{1};
}
// A further type like the small one, of another name.
inline TypeId add_type(Scenario& scenario) {
  scenario.catalogue.types.push_back(scenario.catalogue.types[0]);
  scenario.catalogue.types.back().name = "m5a.xlarge";
  return {static_cast<std::int32_t>(scenario.catalogue.types.size() - 1)};
}
inline Shortage none_of(TypeId type, Seconds from, Seconds lasts) {
  return {.types = {type}, .when = from, .lasts = lasts};
}

inline void set_up(Scenario& scenario, const OnePool& wanted) {
  Cluster& cluster = cluster_of(scenario);
  cluster.autoscaler = wanted.scaled_by;
  cluster.scaling.expander = Expander::priority;
  cluster.node_boot_cpu = constant(wanted.boot.count());
  cluster.shortages = wanted.shortages;
  cluster.pools[0].types = wanted.types;
  cluster.pools[0].min_nodes = wanted.kept;
  scenario.horizon = wanted.horizon;
  if (!wanted.reclaimed_per_month) return;
  cluster.pools[0].offering = Offering::spot;
  scenario.catalogue.types[0].spot_reclaim_per_month = *wanted.reclaimed_per_month;
}

// A class of jobs each, at least one. At equal times jobs come in the order of their classes.
inline Scenario one_pool(const OnePool& pool, std::vector<TrainingClass> work) {
  Scenario scenario = small_scenario(std::move(work.front()));
  InstanceType big = scenario.catalogue.types[0];
  big.name = "m5.2xlarge";
  big.vcpu = 8;
  big.memory = {32 * kGiB};
  big.allocatable = {7900, {30 * kGiB}, 0};
  big.ec2_on_demand->usd = 0.30;
  scenario.catalogue.types.push_back(big);
  scenario.placements[1].training[0].pull = PullMode::preloaded;
  for (std::size_t i = 1; i < work.size(); ++i) add_class(scenario, std::move(work[i]));
  set_up(scenario, pool);
  return scenario;
}

inline Scenario one_pool(const OnePool& pool, const ServicePods& pods,
                         std::vector<TrainingClass> work = {hardly_any_job()}) {
  Scenario scenario = one_pool(pool, std::move(work));
  scenario.services.push_back({.name = "eta",
                               .image = {0},
                               .demand = RateCurve::constant(1),
                               .service_time = constant(0.1),
                               .needs = {.cpu_milli = pods.cpu, .memory = {kGiB}},
                               .disruption_budget = pods.budget,
                               .init = pods.init,
                               .probe_period = pods.probe_period,
                               .slo_latency = 500ms});
  const ReplicaPolicy policy{.min = pods.count, .max = pods.count};
  scenario.placements[1].services.push_back({.platform = {1},
                                             .pool = PoolId{0},
                                             .type = {0},
                                             .pull = PullMode::preloaded,
                                             .replicas = policy});
  scenario.placements[0].services.push_back({.platform = {0}, .type = {0}, .replicas = policy});
  return scenario;
}

}  // namespace berth
