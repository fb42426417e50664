// The analytic stage of a plan (L0): what every option of every workload costs and how fast it is,
// by formulas, and how options meet on shared resources. Microseconds to milliseconds an option.
//
// Training class w on option k, `periods` equal parts of the measured window:
//   held      = data + pull + container + init + work / speed (longer on spot: models/spot.h) + upload
//   busy(t)   = mean number of jobs that hold something: arrivals convolved with P(held > u)
//   SageMaker   usd = jobs x held x instances x price, volumes, and with keep-alive the idle instances
//               min(rate x keep / 2, 2 sqrt(busy), quota): what fluctuation leaves unused;
//               loads the quota of its type with busy + idle
//   cluster     loads its pool with busy x instances / (pods of its shape a node holds) x spread, at
//               each period; spread: nodes are whole, boot before their pods come and stay after they
//               went (planner/node_walk.h). Over time it lies where nodes outlive
//               pods, as far as the largest of the periods before goes, so that no peak is higher for it.
//               Classes on one pool are walked together: a choice's loads are those of its company, a
//               bound's the least in any (planner/shared_pools.h, placement_problem.h)
//   start       sampled: kSamples joint draws of the laws the simulation draws from, all options under
//               the same draws; a pod waits for a node with the probability that its pool must grow
//               for it, in its company; forecasts and qualities are of the least in any. Where the pool may have
//               no more nodes, the class's own jobs wait for each other
// Service w on option k: replicas(t) by the autoscaler's rule, latency by FluidService over them;
//   loads its pool with replicas / (pods a node holds), or pays hosting for its instances.
//   serverless     GB-seconds of processing (cold starts and throttled requests are not billed),
//                  provisioned containers, GB moved; latency: service time, after the mean cold start
//                  where it is cold, both shares by models/serving/serverless.h
//   asynchronous   instances(t) = max(kept, work / what one takes at once) and, where it goes to zero,
//                  at least on / (on + off) of one: on = the points of the low alarm, off = until the
//                  next request, the points that wake it and an endpoint's creation W. Latency: service
//                  time, and for who comes while there is none a wait spread evenly up to W
//   lacks          load above the slots of the largest number of replicas, period by period (of a queue over the
//                  window: it waits); of requests with containers, those that are throttled
// Variants of a cluster exclude each other. Pause pods are nodes beside the load, and a period's growth
// meets them first.
// Resources: platforms (cluster hours, gateways, people), pools (kept nodes a floor, largest size
// the room, price with volume and Auto Mode fee), training quotas. Mixed shapes on one node are
// counted as if each filled nodes of its own: above the linear relaxation over patterns.
//
// Qualities of an option, as totals to add up: [0] its p95 of start latency x its share of all
// jobs, [1] its p99 of serving latency x its share of all requests.
//
// Left out: waiting for quotas and for other classes in a full pool, pods of services on nodes of jobs,
// rate limits, images already on nodes that are not new, transfers that share links, lower rates of
// plans than the best. Plans that are held are a resource: max(what they cover, list dollars an hour) less
// those dollars and what the plans save, at the best rate of any option or pool, so that it stays a
// bound. Nodes that a pool keeps count as used by Compute and EC2 Instance plans, whoever is there.
// Plans that may be bought are a resource that buys its best level (`discount` in placement_problem.h):
// SageMaker's for what options pay on demand, Compute's for every on-demand node that a pool pays for,
// kept ones too, at the least rate of the terms allowed. Where types differ in how far plan rates are below
// list prices the smallest such discount stands for all, so that it stays a bound. SageMaker plans that
// are held cover first; held plans of nodes then count as used to the full, whoever is there.
// How far it is from the simulation is measured in every plan and stated. Tested by
// tests/planner/analytic_test.cpp against the formulas by hand and the simulator's own cases, plans to buy by
// analytic_bought_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "models/plan_request.h"
#include "models/scenario.h"
#include "planner/levers.h"
#include "planner/placement_problem.h"

namespace berth {

struct TrainingForecast {
  double usd_per_month = 0;  // on SageMaker; on a cluster what its share of nodes comes to
  double start_mean_s = 0, start_p50_s = 0, start_p95_s = 0;
  std::optional<double> start_within_share;  // of the class's start_slo
  std::optional<double> deadline_missed_share;
  double interruptions_per_job = 0;
  double busy_mean = 0, busy_peak = 0;  // jobs at once
};
struct ServiceForecast {
  double usd_per_month = 0;
  double p99_s = 0;
  double slo_share = 1;
  double replicas_mean = 0;
  double lacks = 0;  // load that no capacity is there for at its most, of the load that is carried
};

// SageMaker's Savings Plans that are held, as a resource: in list dollars an hour, used or not.
inline constexpr std::string_view kSageMakerPlans = "Savings Plans of SageMaker";
// Compute or EC2 Instance plans that are held; a number follows. In list dollars an hour of nodes.
inline constexpr std::string_view kNodePlans = "Savings Plans of nodes";
// Those that may be bought, in dollars an hour at plan rates.
inline constexpr std::string_view kSageMakerPlansToBuy = "Savings Plans to buy for SageMaker";
inline constexpr std::string_view kNodePlansToBuy = "Savings Plans to buy for nodes";

struct Analysis {
  Options options;
  PlacementProblem problem;  // workloads: training classes, then services; options in their order
  std::vector<std::vector<TrainingForecast>> training;
  std::vector<std::vector<ServiceForecast>> services;
  std::vector<double> jobs_per_month, requests_per_s;  // by class, by service
  std::vector<std::size_t> platform_resource;          // by platform
  double held_usd = 0;  // part of the constant: what plans held save when they are used to the full
};

// What serving comes to under a policy, remembered over analyses of one scenario in several worlds:
// it depends on the service's demand and the policy alone.
struct Served {
  std::vector<double> replicas;  // by period
  double p99_s = 0, slo_share = 1, lacks = 0;
};
using ServedKey =
    std::tuple<std::size_t, int, bool, int, std::size_t, double, Seconds, Seconds, int, double, int>;
// On containers that come with requests: seconds in the window.
struct ServedServerless {
  double busy_s = 0, provisioned_busy_s = 0, answered = 0;
  double p99_s = 0, slo_share = 1, lacks = 0;
};
using ServerlessKey = std::tuple<std::size_t, int, int, Seconds, double,
                                 double>;  // service, most, provisioned, kept, cold, rate
struct AnalysisMemory {
  std::map<ServedKey, Served> services;
  std::map<ServerlessKey, ServedServerless> serverless;
};

// Nodes of a pool that pause pods keep free, as far as their shape goes.
double pause_nodes(const Scenario& scenario, const Cluster& cluster, const NodePool& pool);

Analysis analyse(const Scenario& scenario, const PlanRequest& request, Options options,
                 AnalysisMemory* memory = nullptr);

// The same options under another world: prices, demand and laws of `scenario` may differ, ids may
// not.
Placement placement_of(const Scenario& scenario, const Options& options, const Choice& choice,
                       const PlanRequest& request, std::string name);
// The choice that is this placement; nullopt when a home of it is none of the options.
std::optional<Choice> choice_of(const Options& options, const Placement& placement);

}  // namespace berth
