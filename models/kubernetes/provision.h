// What Karpenter 1.14 looks at when it packs pods onto nodes (karpenter.h), and which empty nodes of
// a pool it gives back.
//
// Giving back: an initialised node without pods that nothing was nominated to, empty for
// `consolidate_after`, within the budget: ceil(10 %) of the pool's nodes less those already going
// or not ready, so one at a time up to 10 nodes. The longest empty goes first, then the lower id.
//
// Left out: the 15 s re-validation of a command and the 10 s poll (those are waits: sim/),
// consolidation of nodes that are not empty (karpenter.h), reasons other than those two.
// Tested by tests/models/kubernetes/provision_test.cpp and the kinds karpenter_budget*.
#pragma once

#include <array>
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

struct Nomination {
  PodId pod;
  NodeId node;
  bool operator==(const Nomination&) const = default;
};
enum class Refusal : std::uint8_t {
  too_large,  // for an empty node of every pool
  pool_full,
};
struct Refused {
  PodId pod;
  Refusal reason{};
  bool operator==(const Refused&) const = default;
};
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
  Seconds quiet_since{0};  // no pod came or went
  bool initialised = true;
  bool ready = true;
  bool nominated = false;
  bool deleting = false;
};
// Neither emptied already nor awaited by anybody, and quiet for `consolidate_after`.
bool may_be_disrupted(const PoolNode& node, Seconds consolidate_after, Seconds now);
struct EmptinessRule {
  Seconds consolidate_after{0};
  int min_nodes = 0;
  std::vector<Budget> budgets = {Budget{}};  // 10 %
};
std::vector<NodeId> empty_nodes_to_remove(std::span<const PoolNode> nodes,
                                          const EmptinessRule& rule, Seconds now);

// Karpenter's methods, in its order.
enum class DisruptionMethod : std::uint8_t { empty, several_nodes, one_node };
inline constexpr std::array kDisruptionMethods{
    DisruptionMethod::empty, DisruptionMethod::several_nodes, DisruptionMethod::one_node};
// Whether a pool is looked at by a method, after so many commands of earlier methods and of this one for
// other pools: the first method that finds something ends the round, with a command for every pool's empty
// nodes or one in all of the others, which only pools that consolidate have.
bool is_tried(DisruptionMethod method, bool consolidates, std::size_t by_earlier, std::size_t by_this);
// How many nodes of a command go after its pause, if `untouched` of its `leaving` are as they were: empty
// ones that still are, as far as the pool may become smaller by `may_give`; of others all or none.
int still_going(DisruptionMethod method, int leaving, int untouched, int may_give);

}  // namespace berth
