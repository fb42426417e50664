// Which instances of an endpoint go when it is to have fewer: those that do not serve yet first, then the
// newest. Source: AWS does not say which; assumed, as those that serve longest are kept.
// Tested by tests/models/serving/scale_in_test.cpp.
#pragma once

#include <span>
#include <vector>

#include "models/kubernetes/replica_set.h"

namespace berth {

// First to last. `instances`: in the order in which they were asked for; count: at most as many as they are.
std::vector<PodId> instances_to_stop(std::span<const ReplicaPod> instances, int count);

}  // namespace berth
