// Pause pods: they do nothing but ask for room, at a priority below everybody's. A pod that finds no
// room takes theirs at once; they then wait, and a node is launched for them in advance of the next
// need. What they hold of a node is nobody's cost: headroom.
// Tested by tests/sim/cluster_test.cpp.
#pragma once

#include "sim/cluster.h"

namespace berth {

void run_pause_pods(World& world, ClusterPlatform& cluster, PoolId pool);

}  // namespace berth
