// Cluster Autoscaler, one addition: which pending pods still need a node, what new nodes of one
// group would do for them, and which groups the new nodes are of. The estimate itself, the expanders
// and balance_groups are in cluster_autoscaler.h.
//
// Who needs one: pending pods are put on nodes that are there or on their way, the most important
// first, each on the first it fits on. Pods that find room need no other node. Where one of a
// shape finds none, no later one of that shape does. Pods below kExpendable get no node at all.
// Whole groups: pods that start together or not at all are helped as a whole or not at all. Where an
// estimate places a part of a group, that part is left out, the first of such lines first, and the rest is
// estimated anew, until only whole groups are left. (Cluster Autoscaler itself helps pods one by one. Half a group would
// keep its nodes idle for as long as the other half waits.)
// Alike groups, if they are to be balanced: equal capacity (alike_groups), not backed off, and every
// shape of pending pod that fits the chosen one fits them too.
//
// Source: Cluster Autoscaler 1.36.1, core/podlistprocessor/filter_out_schedulable.go and
// filter_out_expendable.go, simulator/scheduling/similar_pods.go, core/scaleup/orchestrator/
// orchestrator.go (ComputeSimilarNodeGroups, matchingSchedulablePodGroups, balanceScaleUps). Left
// out: hints (a pod is tried first where it fitted in the loop before), the other rules of the
// scheduler (fit only). Tested by tests/models/kubernetes/scale_up_test.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/kubernetes/cluster_autoscaler.h"
#include "models/kubernetes/provision.h"

namespace berth {

// Pending groups of one shape, in the order in which they get room.
struct PendingGroups {
  Resources request;  // of a pod
  int size = 1;       // pods of a group
  int count = 0;      // groups
  int priority = 0;
};
// Of each line, the nodes its first pods find room on, group by group.
std::vector<std::vector<NodeId>> fill_open_nodes(std::span<const PendingGroups> lines,
                                                 std::vector<OpenNode> open);

// The groups of a line that did not all find room: its last ones.
struct UnmetGroups {
  std::size_t line = 0;  // position
  Resources request;     // of a pod
  int size = 1;          // pods of a group
  int count = 0;         // groups
  int placed = 0;        // pods of the first that have room
  int pods() const { return count * size - placed; }
};
// `taken` as fill_open_nodes gives it.
std::vector<UnmetGroups> unmet_groups(std::span<const PendingGroups> lines,
                                      std::span<const std::vector<NodeId>> taken);

inline constexpr int kMostPerScaleUp = 1000;  // --max-nodes-per-scaleup
// Empty nodes of that shape, at most `may_add`, for whole groups; `placed` is by unmet entry.
NodeEstimate estimate_for_groups(std::span<const UnmetGroups> unmet, const TemplateNode& node,
                                 int may_add);
// Of each entry, how many of its groups the estimate helps: the first ones.
std::vector<int> helped_groups(std::span<const UnmetGroups> unmet, const NodeEstimate& estimate);

struct GroupNode {
  Resources capacity;  // nominal
  UsdPerHour price;
};
// For the expander; `rank` as there.
ExpansionOption expansion_option(std::span<const UnmetGroups> unmet, const NodeEstimate& estimate,
                                 const GroupNode& node, int rank);

struct NodeGroup {
  Resources capacity;     // of a node, nominal
  Resources allocatable;  // for pods
  int nodes = 0;          // it has
  bool may_grow = true;   // it is not backed off
};
struct GrowthRule {
  bool balance_similar = false;
  int new_nodes = 0;
  int max = 0;  // nodes of a group
};
// The group of each new node, as a position; all are `chosen` unless alike ones are balanced.
std::vector<std::size_t> groups_to_grow(std::span<const NodeGroup> groups, std::size_t chosen,
                                        std::span<const UnmetGroups> unmet, const GrowthRule& rule);

}  // namespace berth
