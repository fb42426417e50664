// The life of one instance behind a SageMaker endpoint: created in one go (capacity, image and
// model included), billed while it is in service, with as many copies of the service as fit on it.
// Tested by tests/sim/replication_test.cpp.
#pragma once

#include "sim/serving.h"

namespace berth {

class SageMakerPlatform;

Life run_instance(World& world, ServedService& service, SageMakerPlatform& platform, int copies);

}  // namespace berth
