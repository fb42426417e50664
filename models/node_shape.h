// What an instance type is to an image pull. Images lie on the instance's own NVMe when it has
// some, else on a gp3 volume that moves so much. Tested by tests/models/pull_plan_test.cpp through
// the plans made of it.
#pragma once

#include "models/catalogue.h"
#include "models/image_pull.h"

namespace berth {

NodeShape node_shape(const InstanceType& type, NodeSystem system = NodeSystem::al2023,
                     BytesPerSecond volume = kGp3Baseline);

}  // namespace berth
