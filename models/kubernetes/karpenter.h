// Karpenter with a choice of instance types: what it launches for pending pods, and which nodes it
// removes or replaces by a cheaper one. Empty nodes and budgets: provision.h.
//
// Packing, one batch: pods by CPU, memory (largest first), age, id. Each goes to the first
// existing node it fits on; else to the planned node with the fewest pods that still has a type it
// fits on; else a new node is planned, from the pools by weight. A planned node carries all types
// of its pool that have an offering and hold its pods; adding a pod shrinks the set. A pool's
// limit leaves out types larger than what is left of it, and a new node takes the largest of its
// types off; a limit on its number of nodes is one of those. Launched is the cheapest type left, by
// its cheapest offering, then by its position in the list. With spot and on demand both allowed,
// spot offerings dearer than the cheapest on demand are left out; types with GPUs are when types without fit; at most 600 types are passed
// on, 60 to EC2.
//
// Consolidation. A node's disruption cost is 1 + sum max(0, eviction cost) over its pods, eviction
// cost = 1 + deletion cost / 2^27 + priority / 2^25 within [-10, 10]. Candidates by price /
// disruption cost, greatest first. The pods of some of them are packed on the rest:
//   all fit                     delete
//   exactly one new node        replace, by types whose worst launch price (the dearest offering of
//                               the capacity it would launch: reserved, else spot, else on demand)
//                               is below the sum of the candidates' prices
//   a pod without a place, more nothing
// A pool that may become smaller by g nodes gives up g for none or g + 1 for one.
// Replacing only spot by spot is off by default; if on, a single node needs 15 cheaper types and is
// launched from those 15. Several nodes: binary search for the longest prefix of the first 100;
// a type that is also among the removed must be cheaper than the cheapest of that type, and with it
// all others. One node: the first that works.
// Balanced policy: approve when (savings / pool's cost) / (disruption / pool's disruption) >= 1/k.
//
// Source: Karpenter 1.14 (core and AWS provider). Left out: affinities and their relaxation,
// topology spread, zones, the 15 s of validation and the launch itself (waits: sim/), budgets
// (provision.h). Tested by tests/models/kubernetes/karpenter_test.cpp and the Kubernetes cases
// karpenter_pack, _replacement_allowed, _savings_ratio and _balanced_score.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/kubernetes/provision.h"

namespace berth {

// It looks for nodes that may go this often, holds a command and validates it again this long, and
// terminates a node with pods no sooner than this after they were told to leave.
inline constexpr Seconds kDisruptionPoll{10}, kValidation{15}, kLeastDrain{5};

enum class Capacity : std::uint8_t { reserved, spot, on_demand };
struct AllowedCapacity {
  bool reserved = false, spot = false, on_demand = true;
  bool holds(Capacity capacity) const {
    return capacity == Capacity::reserved ? reserved
           : capacity == Capacity::spot   ? spot
                                          : on_demand;
  }
};
struct LaunchOffering {
  Capacity capacity = Capacity::on_demand;
  UsdPerHour price;
  bool available = true;
};

struct LaunchType {
  Resources allocatable;  // less DaemonSets
  int max_pods = 110;     // less DaemonSets
  std::vector<LaunchOffering> offerings = {};
};
// The cheapest available offering; absent: none is compatible.
std::optional<UsdPerHour> cheapest_price(const LaunchType& type, const AllowedCapacity& allowed);
// What it costs at most, whichever zone it comes from.
std::optional<UsdPerHour> worst_launch_price(std::span<const LaunchOffering> offerings,
                                             const AllowedCapacity& allowed);
bool may_replace(std::span<const LaunchOffering> offerings, const AllowedCapacity& allowed,
                 UsdPerHour removed);

struct LaunchPool {
  int weight = 0;
  std::vector<std::size_t> types = {};  // positions among the instance types
  AllowedCapacity capacity = {};
  std::optional<Resources> limit_left = {};
  std::optional<int> at_most = {};  // new nodes
};
struct Fleet {
  std::span<const LaunchType> types;
  std::span<const LaunchPool> pools;
};

struct PlannedNode {
  std::size_t pool = 0;
  AllowedCapacity capacity = {};
  std::vector<std::size_t> types = {};  // cheapest first: the first is launched
  std::vector<PodId> pods = {};
};
struct LaunchPlan {
  std::vector<Nomination> nominated = {};
  std::vector<PlannedNode> nodes = {};
  std::vector<Refused> refused = {};
};
LaunchPlan plan_launches(std::vector<PendingPod> pods, std::vector<OpenNode> open,
                         const Fleet& fleet);
// Alike pods of one id are a group that starts together or not at all. A group of which a pod is refused
// has no room, and takes none from those after it: half a group would keep its nodes idle for as long as
// the other half waits. (Karpenter itself plans pod by pod.)
LaunchPlan plan_for_groups(std::vector<PendingPod> pods, std::vector<OpenNode> open,
                           const Fleet& fleet);

// What is passed to EC2 Fleet for a planned node.
inline constexpr std::size_t kMostTypes = 600, kMostFleetTypes = 60;
struct LaunchRequest {
  std::vector<std::size_t> types = {};
  Capacity capacity = Capacity::on_demand;  // the one tried first
};
LaunchRequest launch_request(const PlannedNode& node, std::span<const LaunchType> types);

// ---- Consolidation ------------------------------------------------------------------------------

struct EvictablePod {
  PendingPod pod = {};
  double deletion_cost = 0;
  double priority = 0;
};
double eviction_cost(const EvictablePod& pod);
double disruption_cost(std::span<const EvictablePod> pods);
double savings_ratio(UsdPerHour price, double disruption);

struct ConsolidationCandidate {
  OpenNode node;  // with what is free on it
  std::size_t type = 0;
  Capacity capacity = Capacity::on_demand;
  UsdPerHour price;
  std::vector<EvictablePod> pods = {};
};
// Empty nodes are left to the method before: where it took none of them, a budget was why.
bool may_be_consolidated(const ConsolidationCandidate& candidate);
// By price / disruption cost, greatest first; then by node.
void sort_candidates(std::vector<ConsolidationCandidate>& candidates);

struct ConsolidationRule {
  bool spot_to_spot = false;
  int may_give = kNoBudget;  // nodes by which the pool may become smaller
  int allowed = kNoBudget;   // disruptions, by the pool's budget
  std::size_t most_candidates = 100;
};
inline constexpr std::size_t kSpotToSpotTypes = 15;

enum class ConsolidationAction : std::uint8_t {
  none_no_room,        // a pod would find no place
  none_several_nodes,  // it would take more than one new node
  none_not_cheaper,
  none_spot_to_spot,  // switched off, or fewer than 15 cheaper types
  none_at_minimum,    // the pool would become too small
  remove,
  replace,
};
struct Consolidation {
  ConsolidationAction action = ConsolidationAction::none_no_room;
  std::vector<NodeId> nodes = {};               // to be removed
  std::optional<PlannedNode> replacement = {};  // launched first
  bool acts() const {
    return action == ConsolidationAction::remove || action == ConsolidationAction::replace;
  }
};
// The first `count` candidates at once; the others and `rest` take their pods.
Consolidation consolidate(std::span<const ConsolidationCandidate> candidates, std::size_t count,
                          std::span<const OpenNode> rest, const Fleet& fleet,
                          const ConsolidationRule& rule);
// Candidates in order. Absent: nothing to do.
std::optional<Consolidation> consolidate_several(std::span<const ConsolidationCandidate> candidates,
                                                 std::span<const OpenNode> rest, const Fleet& fleet,
                                                 const ConsolidationRule& rule);
std::optional<Consolidation> consolidate_one(std::span<const ConsolidationCandidate> candidates,
                                             std::span<const OpenNode> rest, const Fleet& fleet,
                                             const ConsolidationRule& rule);

// Whether a command still stands after its pause: the same nodes may go, in the same way.
bool consolidates_still(std::vector<ConsolidationCandidate> candidates,
                        std::span<const NodeId> leaving, bool replaced,
                        std::span<const OpenNode> rest, const Fleet& fleet,
                        const ConsolidationRule& rule);

struct PoolTotals {
  double cost = 0, disruption = 0;
};
struct BalancedScore {
  double score = 0;
  bool approved = false;
};
BalancedScore balanced_score(double savings, double disruption, const PoolTotals& pool, int k);

}  // namespace berth
