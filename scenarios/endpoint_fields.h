// A SageMaker endpoint as users write it: its kind, and the settings that kind knows.
// Tested by tests/scenarios/placement_test.cpp.
#pragma once

#include "scenarios/placement_fields.h"

namespace berth {

const Fields<EndpointText>& endpoint_fields();
Type<EndpointKind> endpoint_kind();

}  // namespace berth
