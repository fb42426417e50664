// Karpenter: nodes for pods that find no room, and which nodes it gives back or replaces by a
// cheaper one. The rules are in models/kubernetes/karpenter.h and provision.h; here is when they
// are asked.
//
// Launching (sim/karpenter_launch.h): a batch opens with the first pod without room and closes
// after a quiet second, or ten; then one plan for each pool (a group names its pool), and nodes of
// the cheapest type of each that EC2 has. Disruption: looked at on multiples of 10 s, where
// something changed. Empty nodes first, then several at once, then one; the first that acts ends
// the look. A command is held for 15 s and checked again; then its nodes take no more pods, a
// replacement is launched and awaited, and their pods are told to leave. Where EC2 has nothing to
// replace them by, they stay and take pods as before. After a command it looks again at once.
//
// Source: Karpenter 1.14. Left out: drift and expiry, disruption of nodes of several pools by one
// command, the seconds between a launch and its failure. Tested by tests/sim/cluster_test.cpp and
// shortage_test.cpp.
#pragma once

#include "sim/cluster.h"

namespace berth {

void run_karpenter(World& world, ClusterPlatform& cluster);

}  // namespace berth
