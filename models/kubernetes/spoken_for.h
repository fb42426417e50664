// Whose room counts as taken though no pod is there: what an autoscaler must not give away.
//
//   kept       for a pod whose victims are still leaving: not open to anybody else
//   nominated  to a pod that waits: taken, and its node is somebody's
//   moving     pods of nodes that are leaving are put where they would go if no new node came, in
//              Karpenter's order, and take that room, too
//   awaited    a node that was launched for the pods of others is theirs until they are there
//
// Who moves: whoever has not been told to leave yet; and of those who have a job's pod, since the job asks
// again only when its attempt has ended. A service's successor waits in the queue by then.
// Source: Karpenter 1.14 (state.Cluster's nominations, scheduling of pods of deleting nodes), kube-scheduler's
// nominated pods. Left out: nominations by kube-scheduler where nothing is preempted.
// Tested by tests/models/kubernetes/spoken_for_test.cpp.
#pragma once

#include <span>
#include <vector>

#include "models/kubernetes/karpenter.h"
#include "models/kubernetes/provision.h"

namespace berth {

struct LeavingPod {
  PendingPod pod;
  bool told = false;              // to leave
  bool asks_when_it_ends = false;  // anew, and not when it is told
};
std::vector<PendingPod> pods_to_move(std::span<const LeavingPod> pods);

struct RoomClaim {  // of one pod
  NodeId node;
  Resources request;
};
// Claims on nodes that are not open take nothing.
std::vector<OpenNode> without_claims(std::vector<OpenNode> open, std::span<const RoomClaim> claims);

struct RoomClaims {
  std::vector<RoomClaim> nominated, kept;
  std::vector<PendingPod> moving;
  std::vector<NodeId> awaited;
};
struct SpokenFor {
  std::vector<OpenNode> open;  // what is left of it, in the order given
  std::vector<NodeId> nodes;   // that are somebody's, ascending
  bool holds(NodeId node) const;
};
// `open`: without what is kept.
SpokenFor spoken_for(std::vector<OpenNode> open, const RoomClaims& claims,
                     std::span<const LaunchType> types);

}  // namespace berth
