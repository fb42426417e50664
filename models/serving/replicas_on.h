// How many replicas of a Service one machine holds.
// Tested by tests/models/serving/scaling_test.cpp.
#pragma once

#include "models/catalogue.h"
#include "models/scenario.h"

namespace berth {

// 0 when not even one fits.
int replicas_on(const InstanceType& machine, const Service& service);

}  // namespace berth
