#include "models/serving/fidelity_for.h"

#include <algorithm>

namespace berth {
namespace {

// Whether it reads how many wait: counts that vary far more from look to look than their mean does, which no
// estimate has the chance of. Who waits before all pods is in no pod's concurrency.
bool goes_by_who_waits(const Service& service, const Autoscaler& autoscaler) {
  const bool one_queue = service.batching ? service.balancing != LoadBalancing::random
                                          : service.balancing == LoadBalancing::central_queue;
  const auto reads = [&](const HpaPolicy& hpa) {
    return std::ranges::any_of(hpa.metrics, [&](const ServiceMetric& metric) {
      return metric.what == Measure::queue_length || metric.what == Measure::outstanding ||
             (metric.what == Measure::concurrency && !one_queue);
    });
  };
  if (const auto* hpa = std::get_if<HpaPolicy>(&autoscaler)) return reads(*hpa);
  if (const auto* keda = std::get_if<KedaPolicy>(&autoscaler)) return reads(keda->hpa);
  if (const auto* knative = std::get_if<KnativePolicy>(&autoscaler))
    return knative->what == Measure::concurrency;
  const auto* tracking = std::get_if<TargetTrackingPolicy>(&autoscaler);
  return tracking != nullptr && tracking->metric == TrackedMetric::concurrency;
}

}  // namespace

Fidelity fidelity_for(const Service& service, const ReplicaPolicy& replicas, Fidelity wish) {
  const bool whole = never_scales_down(replicas.autoscaler) ||
                     goes_by_who_waits(service, replicas.autoscaler);
  return whole ? Fidelity::request : wish;
}

}  // namespace berth
