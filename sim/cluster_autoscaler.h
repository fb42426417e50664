// Cluster Autoscaler: every instance type of a pool is a node group, and one of them grows at a
// time. The rules are in models/kubernetes (scale_up.h, cluster_autoscaler.h); here is when they are
// asked.
//
// Adding: a scan starts when a pod finds no room (or at the next multiple of the scan interval, as
// it was before 1.35). Pods that fit nodes that are there or on their way are left to them. For the
// others each type of each pool is an option; the expander's choice is added, and the next scan
// follows at once while there is one to add.
// Giving back, on multiples of the scan interval where something changed: nodes the cluster can do
// without are noted, and go when that lasted and the last addition is long enough ago: up to ten
// empty ones at a time, others one by one, 5 s after they are marked.
//
// Groups whose launches fail back off (sim/failed_groups.h).
//
// Source: Cluster Autoscaler 1.36.1. Left out: nodes that are not ready for long, priorities below
// the cut-off of -10 (only pause pods could have them, and those are refused when a scenario is
// read). Tested by tests/sim/cluster_test.cpp.
#pragma once

#include "sim/cluster.h"

namespace berth {

void run_cluster_autoscaler(World& world, ClusterPlatform& cluster);

}  // namespace berth
