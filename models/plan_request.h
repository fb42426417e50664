// What a user asks of a plan: which levers are free, what is good, what must hold, and what is not
// known for sure. No run needs it, so it is no part of a Scenario.
//
// Empty lists leave a lever to be derived (planner/levers.h lists what comes out). A limit that is
// absent is derived from the workloads' own goals (planner/limits.h). A world's inputs are factors
// on what the scenario says: 1 is as written. Read from the `plan:` section by
// scenarios/plan_fields.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/placement.h"
#include "models/scenario.h"
#include "models/units.h"

namespace berth {

// Values that may be tried for one workload ("*": for all). Names are those of the scenario.
struct TrainingLevers {
  std::vector<std::string> platforms, pools, instance_types;
  std::vector<Offering> offerings;
  std::vector<PullMode> pulls;
  std::vector<Seconds> keep_alives, checkpoint_intervals;
};
struct ServiceLevers {
  std::vector<std::string> platforms, pools, instance_types;
  std::vector<PullMode> pulls;
  std::vector<double> targets;  // share of busy slots the autoscaler aims at: headroom is the rest
  std::vector<int> minima;      // replicas kept
  std::vector<int> maxima;      // most replicas there may be
  std::vector<EndpointKind> endpoints;  // kinds of SageMaker endpoint
};
// Of one node pool of a cluster. Empty: as the scenario has it.
struct PoolLevers {
  std::vector<std::string> instance_types;
  std::vector<int> min_nodes, max_nodes;  // nodes kept warm, and the most there may be
  std::vector<int> pause_pods;            // room kept in advance, in pods
};
// What a cluster as a whole may be. Every combination is a variant of it, of which a placement uses
// one at most (planner/cluster_variants.h).
struct ClusterLevers {
  std::vector<NodeAutoscaler> autoscalers;
  std::vector<std::pair<std::string, PoolLevers>> pools;  // by the pool's name
};
inline constexpr std::size_t kMostVariants = 16;  // of one cluster, its own shape among them
// How many combinations these are, the scenario's own shape not counted.
inline std::size_t combinations(const ClusterLevers& levers) {
  const auto choices = [](const auto& list) { return list.empty() ? std::size_t{1} : list.size(); };
  std::size_t count = choices(levers.autoscalers);
  for (const auto& [name, pool] : levers.pools)
    count *= choices(pool.instance_types) * choices(pool.min_nodes) * choices(pool.max_nodes) *
             choices(pool.pause_pods);
  return count;
}
// Of the jobs of a class with a start goal, so many start in time, unless a plan's limits say otherwise.
inline constexpr double kStartWithin = 0.95;
// So many may miss their deadline, so many may use up every attempt and fail.
inline constexpr double kDeadlineMissed = 0.05, kFailedJobs = 0.01;

template <class Levers>
struct LeverRule {
  std::string workload;  // "*", "team:NAME" or a name
  Levers levers;
};

enum class Objective { cost, marginal_cost, start_latency, serving_p99 };
std::string_view name_of(Objective objective);  // "cost", as in files

// Hard: a placement that breaks one with the stated confidence is no answer.
struct PlanLimits {
  std::optional<double> cost_usd_per_month;
  std::optional<double> start_within_share;     // of starts that fell due, per class with a goal
  std::optional<double> deadline_missed_share;  // per class with a deadline
  std::optional<double> slo_share;              // per service, instead of its own target
  std::optional<double> interruptions_per_job;  // per class
  std::optional<double> unserved_share;         // growth of the backlog, per class, of its jobs
  std::optional<double> failed_share;           // of jobs that used up their attempts, per class
  std::optional<double> portable_share;         // of the spend, at least
  std::optional<double> people_hours_per_month;
};

// What a sampled world may change, as a factor on the scenario's figure.
enum class WorldInput {
  demand,  // requests of services
  jobs,    // submissions of training classes
  image_size,
  sagemaker_startup,   // launch, warm start, data overhead, container, endpoint creation, cold start
  kubernetes_startup,  // node boot, driver, pod and data overhead
  spot_price,
  spot_reclaims,
  sagemaker_price,
  ec2_price,
  toil,        // hours of people's work
  hour_price,  // what one such hour costs
};
inline constexpr int kWorldInputs = static_cast<int>(WorldInput::hour_price) + 1;
std::string_view name_of(WorldInput input);

// A range of factors: with this confidence the truth lies between low and high.
struct UncertainInput {
  WorldInput input{};
  double low = 1, likely = 1, high = 1;
  double confidence = 0.9;
};

struct PlanRequest {
  std::vector<LeverRule<TrainingLevers>> training;
  std::vector<LeverRule<ServiceLevers>> services;
  std::vector<std::pair<std::string, ClusterLevers>> clusters;  // by the cluster's name
  // Platforms that stand for one cluster: a placement uses one of each list at most, and its first is
  // the one the scenario wrote. Filled by add_cluster_variants.
  std::vector<std::vector<PlatformId>> variants;
  std::vector<std::string> variants_derived;  // those nobody asked for, in words
  Objective objective = Objective::cost;
  std::optional<double> confidence;
  PlanLimits limits;
  std::vector<UncertainInput> uncertain;
  int worlds = 20;                // sampled
  double under_provisioning = 3;  // a dollar too little capacity weighs this many too much
  Commitments held;               // Savings Plans that run on whatever is chosen
  // Terms of SageMaker and Compute Savings Plans that may be bought beside them; empty: none.
  std::vector<Commitment::Term> savings_plans;
  // Effort to move one workload to another platform, and what is called movable.
  double hours_per_move = 40;  // assumed; the pitfall users name is lock-in, nobody counts it
  double most_hours_to_move = 400;
  // What a plan calls the same: candidates within this share of the best are as good.
  double indifference = 0.01;
};

// Why scaling this input changes nothing; "" where it changes something. Placements count for the two
// inputs of spot machines only.
std::string unreached(const Scenario& scenario, const PlanRequest& request, WorldInput input);

}  // namespace berth
