// A ReplicaSet on its way to another number of pods: how fast it makes them, which it takes away.
//
// Taken first: not on a node yet; pending, then unknown, then running; not ready; lower deletion
// cost; on a node with more pods of the set (so removals spread); ready more recently; restarted
// more often; created more recently; lower id. Ages are compared on a log2 scale: pods ready for 60
// and 100 minutes are alike.
// Made in batches of 1, 2, 4, 8, ...; made and taken at most 500 in one sync.
//
// Source: kube-controller-manager 1.34, controller_utils.go and replica_set.go. Upstream lets the
// random UID decide between pods of one age class; here restarts, age class and id do, which is a
// total order. Left out: errors that stop a batch, other sets of the same Deployment.
// Tested by tests/models/kubernetes/replica_set_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/ids.h"
#include "models/kubernetes/hpa.h"

namespace berth {

struct ReplicaPod {
  PodId id;
  std::optional<NodeId> node = {};
  PodPhase phase = PodPhase::running;
  std::optional<Seconds> ready_since = {};  // absent: not ready
  Seconds created{0};
  int restarts = 0;
  std::int32_t deletion_cost = 0;
};
inline constexpr int kMostPerSync = 500;

// The pods to take away, first to last; at most 500.
std::vector<PodId> scale_down_victims(std::span<const ReplicaPod> pods, int count, Seconds now);
std::vector<int> creation_batches(int count);

}  // namespace berth
