// A SageMaker as it was measured in an era: its laws out of models/platform_startup.h and the chances to
// find no capacity; quotas and limits are an account's own and stay as they are without one.
// Tested by tests/models/platform_startup_test.cpp.
#pragma once

#include "models/platform_startup.h"
#include "models/scenario.h"

namespace berth {

SageMaker measured_sagemaker(Era era = Era::from_2024);

}  // namespace berth
