// Platforms as users write them: SageMaker, or a Kubernetes cluster with its node pools.
// Tested by tests/scenarios/read_scenario_test.cpp.
#pragma once

#include "models/scenario.h"
#include "scenarios/fields.h"

namespace berth {

Type<Platform> platform();

}  // namespace berth
