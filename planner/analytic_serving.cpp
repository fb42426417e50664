#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/serving/fluid_service.h"
#include "models/serving/replica_forecast.h"
#include "models/serving/replicas_on.h"
#include "planner/analyst.h"

namespace berth {

// Depends on the policy alone: whatever the platform, a slot is a slot.
const Served& Analyst::served(std::size_t i, const ReplicaPolicy& policy, int copies) {
  const Seconds lag = lag_of(policy), delay = delay_of(policy);
  const Service& work = scenario_.services[i];
  const ServedKey key{i,   policy.min, policy.max, policy.autoscaler.index(), target_of(policy),
                      lag, delay,      copies,     work.demand.mean_rate()};
  const auto known = memory_.services.find(key);
  if (known != memory_.services.end()) return known->second;
  ReplicaForecast controller(work, policy, copies);
  FluidService fluid(work, scenario_.warm_up);
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
    fluid.advance({.from = from,
                   .to = to,
                   .requests = work.demand.expected_between(from, to),
                   .ready = static_cast<int>(std::lround(sum / looks)),
                   .desired = largest});
    fluid.end_slice();
  }
  const ServiceOutcome outcome = fluid.take();
  if (outcome.latency.count() > 0) result.p99_s = outcome.latency.quantile(0.99);
  if (outcome.requests > 0) result.slo_share = outcome.good / outcome.requests;
  return memory_.services[key] = std::move(result);
}

void Analyst::serve(std::size_t i, double share_of_requests) {
  const Service& work = scenario_.services[i];
  std::vector<PlacementOption>& list = result_.problem.workloads.emplace_back();
  std::vector<ServiceForecast>& forecasts = result_.services.emplace_back();
  for (const ServiceHome& home : result_.options.services[i]) {
    const InstanceType& machine = type(home.type);
    const int copies = home.pool ? 1 : std::max(1, replicas_on(machine, work));
    const Served& what = served(i, home.replicas, copies);
    PlacementOption option;
    ServiceForecast forecast{.p99_s = what.p99_s, .slo_share = what.slo_share};
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
    } else {
      option.usd =
          forecast.replicas_mean / copies * machine.sagemaker_hosting.value().usd * kHoursPerMonth +
          gib * price_or_zero(scenario_.catalogue, SimplePrice::sagemaker_endpoint_data_gb);
      forecast.usd_per_month = option.usd;
      option.loads = {{platform_resource_[home.platform.index()], {}}};
      cover_by_plans(
          option, forecast.replicas_mean / copies * machine.sagemaker_hosting->usd * kHoursPerMonth,
          what.replicas);
    }
    option.qualities = {0, forecast.p99_s * share_of_requests};
    list.push_back(std::move(option));
    forecasts.push_back(forecast);
  }
}

}  // namespace berth
