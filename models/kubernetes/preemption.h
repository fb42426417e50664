// Which pods have to go for one of higher priority, and on which node.
//
// On a node: all pods of lower priority are taken off; if the pod then fits, they are put back
// where it still does, first those whose disruption budget would be broken, then the others, each
// the most important first (higher priority, then started earlier). What cannot be put back are the
// victims. A node too small altogether is none.
//
// Among nodes: fewest victims that break a budget; lowest priority of the highest victim; smallest
// sum of priorities (each raised by 2^31, so that more victims never look better); fewest victims;
// latest start of the earliest started of its highest victims; the first.
// Looked at are max(10 %, 100) nodes that would do, from where the caller starts.
//
// Source: kube-scheduler 1.34, plugin DefaultPreemption, which preempts for one pod at a time. Left
// out: affinities, the random start, the grace period of victims and the nomination (waits: sim/).
// Tested by tests/models/kubernetes/preemption_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/ids.h"
#include "models/kubernetes/fit_and_score.h"

namespace berth {

struct PreemptiblePod {
  PodId id;
  PodRequest request;
  std::int32_t priority = 0;
  Seconds started{0};
  std::optional<std::size_t> budget = {};  // its disruption budget
};
struct PreemptionNode {
  NodeView view;  // with all its pods on it
  std::vector<PreemptiblePod> pods = {};
};

struct Victims {
  std::vector<PreemptiblePod> pods = {};  // the most important first
  int broken_budgets = 0;
};
// `allowed` disruptions of each budget. Absent: it does not fit even then, or nobody needs to go.
std::optional<Victims> victims_on(const PodRequest& pod, std::int32_t priority,
                                  const PreemptionNode& node, std::span<const int> allowed);

struct Preemption {
  std::size_t node = 0;  // position
  Victims victims;
};
std::optional<Preemption> choose_preemption(const PodRequest& pod, std::int32_t priority,
                                            std::span<const PreemptionNode> nodes,
                                            std::span<const int> allowed);
std::size_t preemption_candidates(std::size_t nodes);

// Room for a group of alike pods that start together or not at all: one after another, each on the
// first node that has room for it, else where it preempts. The victims of one are gone for the next,
// and use up their budgets. Absent: not for all of them, so nobody goes.
struct GroupPreemption {
  struct Victim {
    std::size_t node = 0;  // position
    PodId pod;
    bool breaks_budget = false;
  };
  std::vector<std::size_t> nodes = {};  // of each pod of the group
  std::vector<Victim> victims = {};
};
std::optional<GroupPreemption> preempt_for_group(const PodRequest& pod, int count,
                                                 std::int32_t priority,
                                                 std::vector<PreemptionNode> nodes,
                                                 std::vector<int> allowed);

}  // namespace berth
