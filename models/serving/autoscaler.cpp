#include "models/serving/autoscaler.h"

namespace berth {

std::string_view name_of(Measure measure) {
  switch (measure) {
    case Measure::cpu:
      return "cpu";
    case Measure::container_cpu:
      return "container_cpu";
    case Measure::concurrency:
      return "concurrency";
    case Measure::requests_per_second:
      return "requests_per_second";
    case Measure::queue_length:
      return "queue_length";
    case Measure::outstanding:
      return "outstanding";
    case Measure::total_rate:
      return "total_rate";
  }
  return {};
}

std::string_view name_of(const Autoscaler& autoscaler) {
  constexpr std::string_view kNames[] = {"none", "hpa",         "knative",
                                         "keda", "utilisation", "target_tracking"};
  return kNames[autoscaler.index()];
}

bool never_scales_down(const Autoscaler& autoscaler) {
  const auto* keda = std::get_if<KedaPolicy>(&autoscaler);
  const HpaPolicy* hpa = keda != nullptr ? &keda->hpa : std::get_if<HpaPolicy>(&autoscaler);
  return hpa != nullptr && hpa->behaviour &&
         hpa->behaviour->down.choice == PolicyChoice::disabled;
}

}  // namespace berth
