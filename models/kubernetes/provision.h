// Which nodes a pool adds for pods that found no room, and which empty ones it gives back, as
// Karpenter 1.14 decides for a pool of one instance type.
//
// Adding, one batch at a time: pods by CPU, then memory (both largest first), then age, then id.
// Each goes to the first existing or in-flight node it fits on; else to the planned node with the
// fewest pods it fits on; else a new node is planned while the pool may grow. Fit is by requests
// against allocatable less DaemonSets; a pod larger than an empty node is named as such.
//
// Giving back: an initialised node without pods that nothing was nominated to, empty for
// `consolidate_after`, within the budget: ceil(10 %) of the pool's nodes less those already going
// or not ready, so one at a time up to 10 nodes. All nodes cost the same, so the longest empty goes
// first, then the lower id.
//
// Left out: choice among types, spread and affinity, relaxed preferences, the 15 s re-validation of
// a command and the 10 s poll (those are waits: sim/), consolidation of nodes that are not empty.
// Tested by tests/models/kubernetes/provision_test.cpp and the kinds karpenter_budget*.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "models/ids.h"
#include "models/units.h"

namespace berth {

struct PendingPod {
  PodId id;
  Resources request;
  Seconds created{0};
};

// A node that exists or is on its way, in the order in which Karpenter looks: initialised first.
struct OpenNode {
  NodeId id;
  Resources free;
  int free_pods = 0;
};

struct NewNodeShape {
  Resources allocatable;  // less DaemonSets
  int max_pods = 0;       // less DaemonSets
  int at_most = 0;        // how many the pool may still add
};

struct Nomination {
  PodId pod;
  NodeId node;
  bool operator==(const Nomination&) const = default;
};
enum class Refusal : std::uint8_t {
  too_large,  // for an empty node of the pool
  pool_full,
};
struct Refused {
  PodId pod;
  Refusal reason{};
  bool operator==(const Refused&) const = default;
};
// Every pod is in exactly one of the three lists; lists are in the order of the decisions.
struct ProvisionPlan {
  std::vector<Nomination> nominated;          // to open nodes
  std::vector<std::vector<PodId>> new_nodes;  // what each node to be added is for
  std::vector<Refused> refused;
};
ProvisionPlan plan_nodes(std::vector<PendingPod> pods, std::vector<OpenNode> open,
                         const NewNodeShape& shape);

enum class Disruption : std::uint8_t { empty, underutilised, drifted };

struct Budget {
  int nodes = 10;       // or percent
  bool percent = true;  // rounded up
  bool active = true;
  std::vector<Disruption> reasons = {};  // none named: all
  bool operator==(const Budget&) const = default;
};
inline constexpr int kNoBudget = 2147483647;  // nothing limits

// The smallest of the active budgets for the reason.
int budget_for(Disruption reason, std::span<const Budget> budgets, int nodes);
// Less what is already going or not ready; never negative.
int allowed_disruptions(int budget, int deleting, int not_ready);

struct PoolNode {
  NodeId id;
  int pods = 0;  // without DaemonSets
  Seconds empty_since{0};
  bool initialised = true;
  bool ready = true;
  bool nominated = false;
  bool deleting = false;
};
struct EmptinessRule {
  Seconds consolidate_after{0};
  int min_nodes = 0;
  std::vector<Budget> budgets = {Budget{}};  // 10 %
};
std::vector<NodeId> empty_nodes_to_remove(std::span<const PoolNode> nodes,
                                          const EmptinessRule& rule, Seconds now);

}  // namespace berth
