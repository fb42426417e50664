// What Kubernetes calls the outcomes of a sync: reasons of conditions and messages of events.
#include "models/kubernetes/hpa.h"

namespace berth {

std::string_view text(MetricProblem problem) {
  switch (problem) {
    case MetricProblem::source_failed:
      return "the metrics API gave no answer";
    case MetricProblem::no_samples:
      return "no metrics returned from resource metrics API";
    case MetricProblem::no_pods:
      return "no pods returned by selector while calculating replica count";
    case MetricProblem::only_unready:
      return "did not receive metrics for targeted pods (pods might be unready)";
    case MetricProblem::missing_request:
      return "missing request for a container of a pod";
    case MetricProblem::no_known_pods:
      return "no metrics returned matched known pods";
    case MetricProblem::unknown_target:
      return "unknown kind of metric";
  }
  return {};
}

std::string_view text(AbleToScale reason) {
  switch (reason) {
    case AbleToScale::got_scale:
      return "SucceededGetScale";
    case AbleToScale::ready_for_new_scale:
      return "ReadyForNewScale";
    case AbleToScale::scale_up_stabilised:
      return "ScaleUpStabilized";
    case AbleToScale::scale_down_stabilised:
      return "ScaleDownStabilized";
    case AbleToScale::rescaled:
      return "SucceededRescale";
  }
  return {};
}

std::string_view text(ScalingActive reason) {
  switch (reason) {
    case ScalingActive::not_asked:
      return "";
    case ScalingActive::valid_metric_found:
      return "ValidMetricFound";
    case ScalingActive::disabled:
      return "ScalingDisabled";
    case ScalingActive::failed_resource:
      return "FailedGetResourceMetric";
    case ScalingActive::failed_container_resource:
      return "FailedGetContainerResourceMetric";
    case ScalingActive::failed_pods:
      return "FailedGetPodsMetric";
    case ScalingActive::failed_object:
      return "FailedGetObjectMetric";
    case ScalingActive::failed_external:
      return "FailedGetExternalMetric";
    case ScalingActive::invalid_source:
      return "InvalidMetricSourceType";
  }
  return {};
}

std::string_view text(Limit reason) {
  switch (reason) {
    case Limit::desired_within_range:
      return "DesiredWithinRange";
    case Limit::too_many_replicas:
      return "TooManyReplicas";
    case Limit::too_few_replicas:
      return "TooFewReplicas";
    case Limit::scale_up_limit:
      return "ScaleUpLimit";
    case Limit::scale_down_limit:
      return "ScaleDownLimit";
  }
  return {};
}

}  // namespace berth
