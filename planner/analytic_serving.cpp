#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/queueing/stationary.h"
#include "models/serving/fluid_service.h"
#include "models/serving/replica_forecast.h"
#include "models/serving/replicas_on.h"
#include "models/serving/serverless.h"
#include "models/serving/target_tracking.h"
#include "planner/analyst.h"

namespace berth {
namespace {

// Requests by how long they take, and how many of them take no longer than the goal.
class Latencies {
 public:
  explicit Latencies(Seconds goal) : goal_(goal.count()) {}
  void add(const std::vector<CdfPoint>& law, double weight) {
    if (weight <= 0) return;
    latency_.record_curve(law, weight);
    good_ += weight * queueing::probability_at_most(law, goal_);
  }
  double p99() const { return latency_.count() > 0 ? latency_.quantile(0.99) : 0; }
  double good_of(double requests) const { return requests > 0 ? good_ / requests : 1; }

 private:
  double goal_, good_ = 0;
  WeightedHistogram latency_;
};

// Load in the window, and what of it there is no capacity for.
struct Lack {
  double carried = 0, lacking = 0;
  void add(double load, double most) {
    carried += std::min(load, most);
    lacking += std::max(0.0, load - most);
  }
  double of_carried() const { return carried > 0 ? lacking / carried : 0; }
};

// Its routing makes a difference to who waits for whom.
int routing_of(const ServiceHome& home) {
  const auto* realtime = home.endpoint ? std::get_if<RealtimeEndpoint>(&*home.endpoint) : nullptr;
  return realtime == nullptr ? -1 : static_cast<int>(realtime->routing);
}

}  // namespace

// Depends on the policy alone: whatever the platform, a slot is a slot.
const Served& Analyst::served(std::size_t i, const ServiceHome& home, int copies) {
  const ReplicaPolicy& policy = home.replicas;
  const Seconds lag = lag_of(policy), delay = delay_of(policy);
  const Service work =
      home.endpoint ? served_by(*home.endpoint, scenario_.services[i]) : scenario_.services[i];
  // Of target tracking the target is no share: its number counts.
  const auto* tracking = std::get_if<TargetTrackingPolicy>(&policy.autoscaler);
  const ServedKey key{i,
                      policy.min,
                      policy.may_sleep(),
                      policy.max,
                      policy.autoscaler.index(),
                      tracking != nullptr ? tracking->target : target_of(policy),
                      lag,
                      delay,
                      copies,
                      work.demand.mean_rate(),
                      routing_of(home)};
  const auto known = memory_.services.find(key);
  if (known != memory_.services.end()) return known->second;
  ReplicaForecast controller(work, policy, copies);
  FluidService fluid(work, policy, scenario_.warm_up, copies);
  const double work_s = queueing::service_law(work.service_time).mean;
  const int most_slots = (policy.max + copies - 1) / copies * copies * work.concurrency;
  Lack lack;
  Served result;
  constexpr Seconds kLook{60};
  const Seconds start = std::max(Seconds{0}, scenario_.warm_up - delay - kLook);
  for (Seconds t = start; t < scenario_.warm_up; t += kLook)
    controller.desired(t, work.demand.rate_at(std::max(Seconds{0}, t - lag)));
  for (std::size_t period = 0; period < grid_.periods; ++period) {
    const Seconds from = scenario_.warm_up + grid_.step * double(period), to = from + grid_.step;
    double sum = 0;
    int looks = 0, largest = 0;
    for (Seconds t = from; t < to; t += kLook, ++looks) {
      const int wish = controller.desired(t, work.demand.rate_at(std::max(Seconds{0}, t - lag)));
      const int whole = (wish + copies - 1) / copies * copies;
      sum += whole;
      largest = std::max(largest, whole);
    }
    result.replicas.push_back(sum / looks);
    lack.add(work.demand.expected_between(from, to) * work_s / grid_.step.count(), most_slots);
    // One that sleeps for a part of the period serves in the other.
    const int ready = sum > 0 ? std::max(1, static_cast<int>(std::lround(sum / looks))) : 0;
    fluid.advance({.from = from,
                   .to = to,
                   .requests = work.demand.expected_between(from, to),
                   .ready = ready,
                   .desired = largest});
    fluid.end_slice();
  }
  const ServiceOutcome outcome = fluid.take();
  if (outcome.latency.count() > 0) result.p99_s = outcome.latency.quantile(0.99);
  if (outcome.requests > 0) result.slo_share = outcome.good / outcome.requests;
  result.lacks = lack.of_carried();
  return memory_.services[key] = std::move(result);
}

const ServedServerless& Analyst::served_serverless(std::size_t i,
                                                   const ServerlessEndpoint& endpoint) {
  const Service& work = scenario_.services[i];
  const queueing::ServiceLaw law = queueing::service_law(work.service_time);
  const double cold = mean(endpoint.cold_start);
  const ServerlessKey key{i,    endpoint.max_concurrency, endpoint.provisioned, endpoint.keep_warm,
                          cold, work.demand.mean_rate()};
  const auto known = memory_.serverless.find(key);
  if (known != memory_.serverless.end()) return known->second;
  ServedServerless result;
  Latencies latencies(work.slo_latency);
  const std::vector<CdfPoint> after_cold = queueing::shifted(law.points, cold);
  double requests = 0;
  for (std::size_t period = 0; period < grid_.periods; ++period) {
    const Seconds from = scenario_.warm_up + grid_.step * double(period), to = from + grid_.step;
    const double here = work.demand.expected_between(from, to);
    const ServerlessUse use = serverless_use(
        {.max_concurrency = endpoint.max_concurrency, .provisioned = endpoint.provisioned}, here,
        grid_.step.count(), law.mean, cold, endpoint.keep_warm.count());
    requests += here;
    result.busy_s += use.busy_s;
    result.provisioned_busy_s += use.provisioned_busy_s;
    result.answered += here * (1 - use.shares.throttled);
    latencies.add(law.points, here * use.shares.warm);
    latencies.add(after_cold, here * use.shares.cold);
  }
  result.p99_s = latencies.p99();
  result.slo_share = latencies.good_of(requests);
  if (result.answered > 0) result.lacks = requests / result.answered - 1;
  return memory_.serverless[key] = result;
}

Served Analyst::served_queue(std::size_t i, const ServiceHome& home,
                             const AsyncEndpoint& endpoint) const {
  const Service& work = scenario_.services[i];
  const auto& platform = std::get<SageMaker>(scenario_.platforms[home.platform.index()]);
  const queueing::ServiceLaw law = queueing::service_law(work.service_time);
  const auto* tracking = std::get_if<TargetTrackingPolicy>(&home.replicas.autoscaler);
  const bool to_zero = home.replicas.min == 0 && tracking != nullptr;
  const double creation = mean(type(home.type).gpus > 0 ? platform.endpoint_creation_gpu
                                                        : platform.endpoint_creation_cpu);
  // A request waits for the next point and those after it; on average half a period goes before the first.
  const double wake =
      to_zero ? (tracking->wake_points - 0.5) * period_of(tracking->metric).count() + creation : 0;
  const double on = to_zero ? tracking->low_points * kLowPeriod.count() : 0;
  Served result;
  Latencies latencies(work.slo_latency);
  double requests = 0, needed = 0;  // instances, over all periods
  for (std::size_t period = 0; period < grid_.periods; ++period) {
    const Seconds from = scenario_.warm_up + grid_.step * double(period), to = from + grid_.step;
    const double here = work.demand.expected_between(from, to);
    const double rate = here / grid_.step.count();
    needed += rate * law.mean / std::max(endpoint.max_concurrent, 1);
    double instances = rate * law.mean / std::max(endpoint.max_concurrent, 1);
    double waiting = 0;  // share that comes while there is no instance
    if (to_zero && rate > 0) {
      const double there = on / (on + 1 / rate + wake);
      if (instances < there) waiting = (1 + rate * wake) / (1 + rate * (wake + on));
      instances = std::max(instances, there);
    }
    result.replicas.push_back(
        std::clamp(instances, double(home.replicas.min), double(home.replicas.max)));
    requests += here;
    latencies.add(law.points, here * (1 - waiting));
    constexpr int kParts = 8;
    for (int part = 0; part < kParts && waiting > 0; ++part)
      latencies.add(queueing::shifted(law.points, wake * (part + 0.5) / kParts),
                    here * waiting / kParts);
  }
  result.p99_s = latencies.p99();
  result.slo_share = latencies.good_of(requests);
  Lack lack;
  lack.add(needed, double(home.replicas.max) * double(grid_.periods));
  result.lacks = lack.of_carried();
  return result;
}

void Analyst::serve_serverless(std::size_t i, const ServiceHome& home, PlacementOption& option,
                               ServiceForecast& forecast) {
  const auto& endpoint = std::get<ServerlessEndpoint>(*home.endpoint);
  const ServedServerless& what = served_serverless(i, endpoint);
  const Service& work = scenario_.services[i];
  const auto price = [&](SimplePrice of) { return price_or_zero(scenario_.catalogue, of); };
  const double gb = endpoint.memory_gb;
  const double window =
      (what.busy_s - what.provisioned_busy_s) * gb * price(SimplePrice::sagemaker_serverless_gb_s) +
      what.provisioned_busy_s * gb * price(SimplePrice::sagemaker_serverless_provisioned_use_gb_s) +
      endpoint.provisioned * gb * scenario_.horizon.count() *
          price(SimplePrice::sagemaker_serverless_provisioned_gb_s) +
      what.answered * gibibytes(work.request_bytes + work.response_bytes) *
          price(SimplePrice::sagemaker_endpoint_data_gb);
  option.usd = window / months_;
  option.loads = {{platform_resource_[home.platform.index()], {}}};
  forecast = {.usd_per_month = option.usd,
              .p99_s = what.p99_s,
              .slo_share = what.slo_share,
              .replicas_mean = what.busy_s / scenario_.horizon.count(),
              .lacks = what.lacks};
}

// Pods on nodes, or instances behind an endpoint.
void Analyst::serve_instances(std::size_t i, const ServiceHome& home, PlacementOption& option,
                              ServiceForecast& forecast) {
  const Service& work = scenario_.services[i];
  const InstanceType& machine = type(home.type);
  const auto* queue = home.endpoint ? std::get_if<AsyncEndpoint>(&*home.endpoint) : nullptr;
  const int copies = home.pool || queue != nullptr ? 1 : std::max(1, replicas_on(machine, work));
  const Served what = queue != nullptr ? served_queue(i, home, *queue) : served(i, home, copies);
  forecast = {.p99_s = what.p99_s, .slo_share = what.slo_share, .lacks = what.lacks};
  forecast.replicas_mean =
      std::accumulate(what.replicas.begin(), what.replicas.end(), 0.0) / double(grid_.periods);
  const double gib = result_.requests_per_s[i] * kMonth.count() *
                     gibibytes(work.request_bytes + work.response_bytes);
  if (home.pool) {
    const auto& cluster = std::get<Cluster>(scenario_.platforms[home.platform.index()]);
    const NodePool& pool = cluster.pools[home.pool->index()];
    const int fit = pods_on(scenario_, cluster, pool, work.needs);
    std::vector<double> load = what.replicas;
    for (double& one : load) one /= fit;
    option.usd = 2 * gib * cluster.cross_zone_share *
                 price_or_zero(scenario_.catalogue, SimplePrice::cross_az_gb);
    forecast.usd_per_month = option.usd + forecast.replicas_mean / fit *
                                              node_usd_per_hour(scenario_, cluster, pool) *
                                              kHoursPerMonth;
    option.loads = {{pool_resource(home.platform, *home.pool), std::move(load)}};
    use_node_plans(option, home.platform, *home.pool);
    return;
  }
  const double hosted =
      forecast.replicas_mean / copies * machine.sagemaker_hosting.value().usd * kHoursPerMonth;
  option.usd =
      hosted + gib * price_or_zero(scenario_.catalogue, SimplePrice::sagemaker_endpoint_data_gb);
  forecast.usd_per_month = option.usd;
  option.loads = {{platform_resource_[home.platform.index()], {}}};
  cover_by_plans(option, hosted, what.replicas, machine, machine.sagemaker_hosting);
}

void Analyst::serve(std::size_t i, double share_of_requests) {
  std::vector<PlacementOption>& list = result_.problem.workloads.emplace_back();
  std::vector<ServiceForecast>& forecasts = result_.services.emplace_back();
  for (const ServiceHome& home : result_.options.services[i]) {
    PlacementOption option;
    ServiceForecast forecast;
    if (home.is_serverless())
      serve_serverless(i, home, option, forecast);
    else
      serve_instances(i, home, option, forecast);
    option.qualities = {0, forecast.p99_s * share_of_requests};
    list.push_back(std::move(option));
    forecasts.push_back(forecast);
  }
}

}  // namespace berth
