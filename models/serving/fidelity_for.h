// How closely a service is looked at where `wish` is asked for: request by request, too, where readings that are
// right on average are not enough for its autoscaler, because only the highest of thousands counts (one that never
// scales down) or because of their chance (one that reads how many wait). See decision 0032.
// Tested by tests/models/serving/fidelity_for_test.cpp and tests/sim/serving_test.cpp.
#pragma once

#include "models/scenario.h"
#include "models/serving/autoscaler.h"
#include "models/serving/fidelity.h"

namespace berth {

Fidelity fidelity_for(const Service& service, const ReplicaPolicy& replicas, Fidelity wish);

}  // namespace berth
