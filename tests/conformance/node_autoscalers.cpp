// Kinds of the Kubernetes cases about node autoscalers and Knative.
#include "tests/conformance/family.h"

namespace berth::conformance {

std::vector<Kind> node_autoscaler_kinds() { return {}; }

}  // namespace berth::conformance
