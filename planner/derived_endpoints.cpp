#include "planner/derived_endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/serving/replicas_on.h"
#include "models/serving/serverless.h"
#include "planner/unit_costs.h"

namespace berth {
namespace {

constexpr double kThrottledOfMisses = 0.1;
constexpr double kLeastMisses = 1e-6;  // of a goal of 100 %
constexpr double kBusyAtPeak = 0.8;
constexpr double kBacklog = 5;

double may_miss(const Service& service) { return std::max(1 - service.slo_target, kLeastMisses); }

// With bursts: that of a burst, by the same mean.
double peak_rate(const Service& service) {
  const double rate = service.demand.peak_rate();
  if (!service.bursts) return rate;
  const auto& [ratio, on, off] = *service.bursts;
  return rate * ratio * (on + off) / (ratio * on + off);
}

bool is_longer(const Distribution& law, Seconds limit, double share) {
  return 1 - cdf(law, limit.count()) > share;
}

double throttled_at(int most, const Service& service, const ServerlessEndpoint& endpoint) {
  return serverless_shares({.max_concurrency = most}, peak_rate(service),
                           mean(service.service_time), mean(endpoint.cold_start),
                           endpoint.keep_warm.count())
      .throttled;
}

// The fewest at once that throttle little enough; beyond the limit: there is none.
int concurrency_for(const Service& service, const ServerlessEndpoint& endpoint) {
  int low = 1, high = kServerlessConcurrency + 1;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (throttled_at(middle, service, endpoint) <= kThrottledOfMisses * may_miss(service))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

// What the least instance on which it fits costs by the hour: some endpoint keeps one at least.
double kept_instance(const Scenario& scenario, const Service& service) {
  double least = std::numeric_limits<double>::infinity();
  for (const InstanceType& machine : scenario.catalogue.types)
    if (machine.sagemaker_hosting_offered && machine.sagemaker_hosting && !machine.arm &&
        replicas_on(machine, service) >= 1)
      least = std::min(least, machine.sagemaker_hosting->usd);
  return least;
}

// Its work by the hour, cold starts and throttled requests not billed.
double containers_by_the_hour(const Scenario& scenario, const Service& service,
                              const ServerlessEndpoint& endpoint) {
  return service.demand.mean_rate() * mean(service.service_time) * endpoint.memory_gb * 3600 *
         price_or_zero(scenario.catalogue, SimplePrice::sagemaker_serverless_gb_s);
}

std::string why_no_container(const Service& service, const ServerlessEndpoint& endpoint) {
  if (service.batching) return "works in batches, and a container takes one request at a time";
  if (service.warm_up.extra > 0) return "is slow at first, and in new containers nobody knows how";
  if (endpoint.memory_gb > kServerlessMemoryGb)
    return fmt::format("needs more than {} GB, memory or what brings its CPU", kServerlessMemoryGb);
  if (is_longer(service.service_time, kInvocation, may_miss(service)))
    return "has more requests of over 60 s than its goal lets go wrong";
  const Seconds cold{mean(endpoint.cold_start)};
  if (cold > kServerlessStart) return "starts in more than the 3 min a container has";
  if (service.timeout && cold > *service.timeout)
    return "has requests that do not wait as long as a container starts";
  return "";
}

// An answer that is fetched later is for those who wait longer than a realtime endpoint answers.
std::string why_not_later(const Service& service) {
  if (service.slo_latency > kInvocation) return "";
  return "has a goal within the 60 s that a caller waits for an answer";
}

}  // namespace

DerivedHome serverless_home(const Scenario& scenario, PlatformId sagemaker, const Service& service,
                            bool stated) {
  const Image& image = scenario.images[service.image.index()];
  if (const auto reasons = no_serverless(service, image); !reasons.empty())
    return std::string(reasons.front());
  const auto& platform = std::get<SageMaker>(scenario.platforms[sagemaker.index()]);
  ServerlessEndpoint endpoint{
      .memory_gb = serverless_memory_gb(service),
      .cold_start = cold_start_of(platform.container_create, image, platform.s3_per_connection,
                                  service.init)};
  if (std::string why = why_no_container(service, endpoint); !why.empty()) return why;
  if (!stated && containers_by_the_hour(scenario, service, endpoint) >
                     kept_instance(scenario, service))
    return "keeps containers so busy that an instance costs less";
  endpoint.max_concurrency = concurrency_for(service, endpoint);
  if (endpoint.max_concurrency > kServerlessConcurrency)
    return fmt::format("has more than {} requests at once at its peak", kServerlessConcurrency);
  return ServiceHome{
      .platform = sagemaker,
      .type = {0},
      .replicas = {.min = 1, .max = endpoint.max_concurrency, .autoscaler = FixedReplicas{}},
      .endpoint = endpoint};
}

DerivedHome async_home(const Scenario& scenario, PlatformId sagemaker, const Service& service,
                       TypeId type) {
  if (service.batching) return "works in batches, and its queue would fill none";
  if (std::max(service.request_bytes, service.response_bytes) > kAsyncPayload)
    return "has requests or answers of more than 1 GB";
  if (is_longer(service.service_time, kAsyncInvocation, may_miss(service)))
    return "has more requests of over an hour than its goal lets go wrong";
  const InstanceType& machine = scenario.catalogue.types[type.index()];
  const int copies = replicas_on(machine, service);
  if (copies < 1) return "fits on no instance";
  const AsyncEndpoint queue{.max_concurrent = copies * service.concurrency};
  const TargetTrackingPolicy tracking{.metric = TrackedMetric::backlog, .target = kBacklog};
  const auto& platform = std::get<SageMaker>(scenario.platforms[sagemaker.index()]);
  const Distribution& creation =
      machine.gpus > 0 ? platform.endpoint_creation_gpu : platform.endpoint_creation_cpu;
  const double in_time = 1 - may_miss(service);
  const double woken = tracking.wake_points * period_of(tracking.metric).count() +
                       quantile(creation, in_time) + quantile(service.service_time, in_time);
  const int least = Seconds{woken} <= service.slo_latency ? 0 : 1;
  const double at_peak = peak_rate(service) * mean(service.service_time) /
                         queue.max_concurrent / kBusyAtPeak;
  const int most = std::max({1, least, static_cast<int>(std::ceil(at_peak))});
  return ServiceHome{.platform = sagemaker,
                     .type = type,
                     .replicas = {.min = least, .max = most, .autoscaler = tracking},
                     .endpoint = queue};
}

bool is_free(const std::vector<EndpointKind>& stated, EndpointKind kind) {
  return stated.empty() || std::ranges::find(stated, kind) != stated.end();
}

namespace {

std::vector<ServiceHome> placed_homes(const Scenario& scenario, PlatformId sagemaker,
                                      std::size_t service, EndpointKind kind) {
  std::vector<ServiceHome> homes;
  for (const Placement& placement : scenario.placements) {
    const ServiceHome& home = placement.services[service];
    if (home.platform == sagemaker && home.endpoint &&
        home.endpoint->index() == static_cast<std::size_t>(kind))
      homes.push_back(home);
  }
  return homes;
}

void note(EndpointTrials& trials, std::string_view kind, const Service& service,
          const std::vector<DerivedHome>& tried, std::string_view how) {
  const auto before = trials.homes.size();
  std::string why;
  for (const DerivedHome& one : tried)
    if (const auto* home = std::get_if<ServiceHome>(&one))
      trials.homes.push_back(*home);
    else if (why.empty())
      why = std::get<std::string>(one);
  if (trials.homes.size() > before) {
    trials.derived.push_back(fmt::format("{} endpoints that no placement names, {}", kind, how));
  } else if (!why.empty()) {
    trials.refused.push_back(fmt::format("{} endpoint: {} {}", kind, service.name, why));
    trials.derived.push_back(fmt::format("no {} endpoint for what {}", kind, why));
  }
}

}  // namespace

EndpointTrials endpoint_trials(const Scenario& scenario, PlatformId sagemaker, std::size_t service,
                               const std::vector<EndpointKind>& stated,
                               const std::vector<TypeId>& types) {
  const Service& work = scenario.services[service];
  EndpointTrials trials;
  if (is_free(stated, EndpointKind::serverless)) {
    trials.homes = placed_homes(scenario, sagemaker, service, EndpointKind::serverless);
    if (trials.homes.empty())
      note(trials, "serverless", work, {serverless_home(scenario, sagemaker, work, !stated.empty())},
           "containers kept for 5 min (assumed)");
  }
  if (!is_free(stated, EndpointKind::async)) return trials;
  const auto queues = placed_homes(scenario, sagemaker, service, EndpointKind::async);
  trials.homes.insert(trials.homes.end(), queues.begin(), queues.end());
  if (!queues.empty()) return trials;
  std::vector<DerivedHome> tried;
  if (const std::string why = why_not_later(work); stated.empty() && !why.empty())
    tried.emplace_back(why);
  else
    for (const TypeId type : types) tried.push_back(async_home(scenario, sagemaker, work, type));
  note(trials, "asynchronous", work, tried, "for goals of more than 60 s or where stated");
  return trials;
}

}  // namespace berth
