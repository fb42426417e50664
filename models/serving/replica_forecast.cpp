#include "models/serving/replica_forecast.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "models/overloaded.h"

namespace berth {

ScaledService scaled_service(const Service& service) {
  return {.cpu_milli = service.needs.cpu_milli,
          .cpu_when_busy = service.cpu_when_busy,
          .sidecar_milli = service.sidecar ? service.sidecar->cpu_milli : 0,
          .sidecar_idle = service.sidecar ? static_cast<double>(service.sidecar->idle_milli) / 1000 : 0,
          .sidecar_per_request = service.sidecar ? service.sidecar->per_request.count() : 0,
          .slots = service.concurrency,
          .service_s = mean(service.service_time)};
}

double target_of(const ReplicaPolicy& policy) {
  return std::visit(Overloaded{[](const FixedReplicas&) { return 1.0; },
                               [](const HpaPolicy& p) { return p.metrics.front().target; },
                               [](const KnativePolicy& p) { return p.target; },
                               [](const KedaPolicy& p) { return p.hpa.metrics.front().target; },
                               [](const UtilisationPolicy& p) { return p.target; },
                               [](const TargetTrackingPolicy&) { return 1.0; }},
                    policy.autoscaler);
}

bool target_is_share(const ReplicaPolicy& policy) {
  return std::visit(
      Overloaded{[](const FixedReplicas&) { return false; },
                 [](const HpaPolicy& p) { return is_cpu(p.metrics.front().what); },
                 [](const KnativePolicy& p) { return !p.absolute; },
                 [](const KedaPolicy&) { return false; },
                 [](const UtilisationPolicy&) { return true; },
                 [](const TargetTrackingPolicy&) { return false; }},
      policy.autoscaler);
}

std::string target_words(const ReplicaPolicy& policy) {
  const auto number = [](double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                   std::chars_format::general, 6);
    return std::string(text.data(), end.ptr);
  };
  if (target_is_share(policy)) return number(100 * target_of(policy)) + " %";
  const auto of_metric = [&](const ServiceMetric& metric) {
    return number(metric.target) + " " + std::string(name_of(metric.what)) +
           (metric.by_value ? " in all" : " a pod");
  };
  return std::visit(
      Overloaded{[](const FixedReplicas&) { return std::string("none"); },
                 [&](const HpaPolicy& p) { return of_metric(p.metrics.front()); },
                 [&](const KnativePolicy& p) {
                   return number(p.target) + " " + std::string(name_of(p.what)) + " a pod";
                 },
                 [&](const KedaPolicy& p) { return of_metric(p.hpa.metrics.front()); },
                 [](const UtilisationPolicy&) { return std::string(); },
                 [&](const TargetTrackingPolicy& p) { return number(p.target) + " an instance"; }},
      policy.autoscaler);
}

void aim_at(ReplicaPolicy& policy, double target) {
  std::visit(
      Overloaded{[](FixedReplicas&) {}, [&](HpaPolicy& p) { p.metrics.front().target = target; },
                 [&](KnativePolicy& p) { p.target = target; },
                 [&](KedaPolicy& p) { p.hpa.metrics.front().target = target; },
                 [&](UtilisationPolicy& p) { p.target = target; }, [](TargetTrackingPolicy&) {}},
      policy.autoscaler);
}

// Of a loop that reads scrapes: half a window, the scrape's age and half a period of either.
Seconds lag_of(const ReplicaPolicy& policy) {
  const auto of_hpa = [](const HpaPolicy& p) {
    return p.pipeline.window / 2 + p.pipeline.resolution + p.sync_period / 2;
  };
  return std::visit(
      Overloaded{[](const FixedReplicas&) { return Seconds{0}; },
                 [&](const HpaPolicy& p) { return Seconds{of_hpa(p)}; },
                 [](const KnativePolicy& p) { return Seconds{p.stable_window / 2}; },
                 [&](const KedaPolicy& p) { return Seconds{of_hpa(p.hpa)}; },
                 [](const UtilisationPolicy& p) { return p.scale_up_lag; },
                 [](const TargetTrackingPolicy& p) { return period_of(p.metric) * p.high_points; }},
      policy.autoscaler);
}

Seconds delay_of(const ReplicaPolicy& policy) {
  const auto of_hpa = [](const HpaPolicy& p) {
    return p.behaviour ? p.behaviour->down.window : p.downscale_window;
  };
  return std::visit(
      Overloaded{[](const FixedReplicas&) { return Seconds{0}; },
                 [&](const HpaPolicy& p) { return of_hpa(p); },
                 [](const KnativePolicy& p) { return p.stable_window + p.scale_down_delay; },
                 [&](const KedaPolicy& p) { return of_hpa(p.hpa); },
                 [](const UtilisationPolicy& p) { return p.scale_down_delay; },
                 [](const TargetTrackingPolicy& p) { return Seconds{kLowPeriod * p.low_points}; }},
      policy.autoscaler);
}

ReplicaForecast::ReplicaForecast(const Service& service, const ReplicaPolicy& policy, int copies)
    : service_(scaled_service(service)), policy_(policy), delay_(delay_of(policy)) {
  service_.copies = copies;
  policy_.start.reset();
}

int ReplicaForecast::desired(Seconds now, double rate) {
  const int wish = start_replicas(policy_, service_, rate);
  while (!wishes_.empty() && wishes_.back().replicas <= wish) wishes_.pop_back();
  wishes_.push_back({now, wish});
  while (wishes_.front().at < now - delay_) wishes_.pop_front();
  return wishes_.front().replicas;
}

}  // namespace berth
