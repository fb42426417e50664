// How many replicas a service has, as users write it: bounds, who scales them, by which metrics and
// with which settings.
// Tested by tests/scenarios/placement_test.cpp.
#pragma once

#include "scenarios/placement_fields.h"

namespace berth {

Fields<ServiceRule> replica_fields();

}  // namespace berth
