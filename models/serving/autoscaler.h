// Who decides how many replicas a Service has, and by what: the settings a placement gives a
// Service.
//
//   FixedReplicas       nobody: as many as the minimum says
//   HpaPolicy           HorizontalPodAutoscaler (models/kubernetes/hpa.h), every 15 s
//   KnativePolicy       Knative's pod autoscaler (models/kubernetes/knative.h), every 2 s, to zero
//   KedaPolicy          KEDA between none and one (models/kubernetes/keda.h), an HPA above
//   UtilisationPolicy   of SageMaker endpoints: ceil(offered load / (slots x target)), delayed
//   TargetTrackingPolicy  of SageMaker endpoints: Application Auto Scaling (target_tracking.h)
//
// The rules with their memory are in models/serving/scaling.h. Defaults are the language's, too.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "models/kubernetes/hpa.h"
#include "models/kubernetes/keda.h"
#include "models/kubernetes/knative.h"
#include "models/serving/metrics_outage.h"
#include "models/serving/target_tracking.h"
#include "models/units.h"

namespace berth {

// What a metric counts.
enum class Measure : std::uint8_t {
  cpu,                  // of a pod: share of its CPU request that is used; the target is a share
  container_cpu,        // likewise, of its main container: its sidecar left out
  concurrency,          // of a pod: requests in it, served or queued there
  requests_per_second,  // of a pod: that it begins
  queue_length,         // of the service at this moment: requests that wait; the target is per pod
  outstanding,          // of the service at this moment: waiting or served; the target is per pod
  total_rate,           // of the service: requests per second that come; the target is per pod
};
std::string_view name_of(Measure measure);
constexpr bool is_total(Measure m) { return m >= Measure::queue_length; }
constexpr bool is_cpu(Measure m) { return m <= Measure::container_cpu; }

struct ServiceMetric {
  Measure what = Measure::cpu;
  double target = 0.8;
  double activation = 0;  // KEDA: a total above this keeps the service from going to zero
  bool by_value = false;  // the target is of the total itself, not of a replica's part of it
  bool operator==(const ServiceMetric&) const = default;
};

// How a reading comes about: whoever scrapes does so at multiples of `resolution`; what he read can
// be asked for `delay` later; a rate or an average is taken over the last `window` of scrapes.
struct MetricPipeline {
  Seconds resolution{15};
  Seconds window{15};
  Seconds delay{10};
};

struct FixedReplicas {};

struct HpaPolicy {
  std::vector<ServiceMetric> metrics = {ServiceMetric{}};
  std::optional<ScalingBehaviour> behaviour = {};
  Tolerance tolerance = {};
  ReadinessRule readiness = {};
  Seconds downscale_window{300};
  Seconds sync_period{15};
  MetricPipeline pipeline = {};
  std::vector<MetricsOutage> outages = {};  // on the simulation's clock
};

struct KnativePolicy {
  Measure what = Measure::concurrency;  // or requests_per_second
  double target = 0.7;                  // per pod if `absolute`, else share of its slots
  bool absolute = false;
  Seconds stable_window{60};
  double panic_window = 0.1;  // of the stable one
  double panic_threshold = 2;
  double target_burst = 211;
  double scale_up_rate = 1000, scale_down_rate = 2;
  Seconds scale_down_delay{0};
  Seconds retention{0};  // the last pod stays this much longer
  int activation_scale = 1;
};

struct KedaPolicy {
  HpaPolicy hpa;  // its metrics are totals: the triggers
  Seconds polling_interval{30};
  Seconds cooldown{300};
  Seconds initial_cooldown{0};
  std::optional<KedaFallback> fallback = {};
  bool idles = false;  // without an active trigger none at all, whatever the minimum
};

struct UtilisationPolicy {
  double target = 0.8;
  Seconds scale_up_lag{37.5};  // metric window and control period before a decision acts
  Seconds scale_down_delay{300};
};

using Autoscaler = std::variant<FixedReplicas, HpaPolicy, KnativePolicy, KedaPolicy,
                                UtilisationPolicy, TargetTrackingPolicy>;
std::string_view name_of(const Autoscaler& autoscaler);  // "none", "hpa", "knative", "keda", ..
// It may never lower a number of replicas above its least: the highest of all its readings decides.
bool never_scales_down(const Autoscaler& autoscaler);

struct ReplicaPolicy {
  int min = 1;
  int max = 1;
  std::optional<int> start = {};  // replicas at the first instant; absent: what the target asks for
  Autoscaler autoscaler = HpaPolicy{};

  bool may_sleep() const {
    const auto* keda = std::get_if<KedaPolicy>(&autoscaler);
    return min == 0 || (keda != nullptr && keda->idles);
  }
};

}  // namespace berth
