#include "models/serving/idle_chance.h"

#include <algorithm>
#include <cmath>

#include "models/poisson.h"

namespace berth {
namespace {

// One poll finds the trigger at or below its activation.
double inactive_chance(const ServiceMetric& metric, const MetricPipeline& pipeline, double rate,
                       double service_s) {
  if (metric.what == Measure::outstanding || metric.what == Measure::queue_length)
    return poisson_cdf(rate * service_s, metric.activation);
  const double window = pipeline.window.count();
  return poisson_cdf(rate * window, metric.activation * window);
}

double idle_chance(const KnativePolicy& knative, double rate, double) {
  const Seconds quiet = knative.stable_window + knative.scale_down_delay + knative.retention;
  return std::exp(-rate * quiet.count());
}

// All triggers see the same requests: the keenest decides.
double idle_chance(const KedaPolicy& keda, double rate, double service_s) {
  double least = 1;
  for (const ServiceMetric& metric : keda.hpa.metrics)
    least = std::min(least, inactive_chance(metric, keda.hpa.pipeline, rate, service_s));
  return std::pow(least, std::max(1.0, keda.cooldown / keda.polling_interval));
}

double idle_chance(const auto&, double, double) { return 0; }

}  // namespace

double idle_chance(const ReplicaPolicy& policy, double rate, double service_s) {
  if (!policy.may_sleep()) return 0;
  return std::visit([&](const auto& autoscaler) { return idle_chance(autoscaler, rate, service_s); },
                    policy.autoscaler);
}

}  // namespace berth
