// Cluster Autoscaler: how many nodes of a group pending pods need, which group grows, which node
// may go.
//
// Estimate, per node group, on its template node (allocatable less DaemonSets): groups of alike
// pods by cpu share + memory share of the template, greatest first. Each group's pods go to any
// node added so far, until one fits on none; the rest only to the last node added, else a node is
// added (and nothing more once the last one is still empty). A pod spread over hosts that its
// constraint keeps off the last node may go to any other, existing ones too. Counted is every node
// that took a pod, so an existing node can count: that is what the source does.
//
// Expanders, best options with all ties (the caller draws lots):
//   least waste  sum of unused shares of cpu and memory over count x capacity
//   most pods    pods helped
//   price        unfitness (nodes price + s) / (pod prices + s), s the price of a small pod;
//                unfitness (u - 1)(1 - tanh((nodes - 1) / 15)) + 1 with u = max(pref / cpu,
//                cpu / pref), 1000 for GPU groups; twice the score for a group that does not exist;
//                pref = 1, 2, 4, 8, 16, 32 cores for <= 2, 6, 20, 60, 200, more nodes
// balance_groups spreads new nodes over alike groups: one at a time to the smallest below its max.
//
// Scale-down: utilisation = the greater share of allocatable that requests take of cpu and memory
// (a GPU node: of GPUs), pods long past their termination aside; DaemonSet and mirror pods count
// unless they are ignored, then they leave both sides. A node above the threshold (0.5) stays.
//
// A node is unneeded when its pods find room on the others; it goes when that lasted.
// What one addition is: scale_up.h. Groups whose launches fail: launch_failures.h.
//
// Source: Cluster Autoscaler 1.36.1. Left out: blockers by name (the caller says what may not be
// moved), the scheduler's other rules where pods are placed again (fit
// only), the fast path of the estimator. Tested by tests/models/kubernetes/cluster_autoscaler_test.cpp and the Kubernetes
// cases of kind ca_*.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "models/ids.h"
#include "models/kubernetes/topology_spread.h"
#include "models/units.h"

namespace berth {

// --node-delete-delay-after-taint: between marking a node and telling its pods to leave.
inline constexpr Seconds kTaintDelay{5};
// After a drain that was given up no node is given back for so long (--scale-down-delay-after-failure).
inline constexpr Seconds kDelayAfterFailure{180};
// --expendable-pods-priority-cutoff: pods below it get no node of their own.
inline constexpr int kExpendable = -10;
// --max-graceful-termination-sec: however long a pod's own grace.
inline constexpr Seconds kMostGrace{600};

// ---- How many nodes -----------------------------------------------------------------------------

struct AlikePods {
  Resources request;
  int count = 0;
  std::optional<int> host_port = {};
  std::optional<HardSpread> spread = {};
};
struct TemplateNode {
  Resources allocatable;
  int max_pods = 110;
  int zone = 0;
};
struct NodeEstimate {
  int nodes = 0;
  std::vector<int> placed = {};  // pods of each group, in the order given
  int pods() const;
};
// In which order, by position: the greatest share of a node first.
std::vector<std::size_t> estimate_order(std::span<const AlikePods> groups, const Resources& node);
// `at_most` new nodes; absent: as many as it takes.
NodeEstimate estimate_nodes(std::span<const AlikePods> groups, const TemplateNode& shape,
                            std::span<const TemplateNode> existing, std::optional<int> at_most);

// ---- Which group --------------------------------------------------------------------------------

struct WasteOption {
  Resources node;
  int nodes = 0;
  Resources requested = {};  // by the pods it helps
};
// Positions of the best options; all of those that tie.
std::vector<std::size_t> least_waste(std::span<const WasteOption> options);
std::vector<std::size_t> most_pods(std::span<const int> pods);

struct PriceOption {
  double node_price = 0;
  std::int64_t node_cpu_milli = 0;
  int nodes = 0;
  double pod_prices = 0;  // of all pods it helps
  bool exists = true;
  bool has_gpu = false;
};
struct PriceRule {
  std::int64_t preferred_cpu_milli = 1000;
  double small_pod_price = 0;  // of half a core and 500 MiB: keeps small differences small
};
double price_score(const PriceOption& option, const PriceRule& rule);
std::vector<std::size_t> lowest_price(std::span<const PriceOption> options, const PriceRule& rule);
std::int64_t preferred_node_cpus(int cluster_nodes);
double unfitness(std::int64_t preferred_cpu_milli, std::int64_t node_cpu_milli);

// In the file's order, which a user can choose: random takes any, priority the first that helps.
enum class Expander : std::uint8_t { least_waste, most_pods, price, random, priority };
struct ExpansionOption {
  Resources capacity;  // of a node, nominal
  UsdPerHour price;    // of a node
  int nodes = 0, pods = 0;
  Resources requested;    // by the pods it helps
  double pod_prices = 0;  // of those, per hour
  int rank = 0;           // lower is better, for `priority`
};
struct ExpansionRule {
  Expander expander = Expander::least_waste;
  int cluster_nodes = 0;
  double small_pod_price = 0;
};
std::string_view name_of(Expander expander);  // as in a file
// What an expander seeks the least of: the unused shares of CPU and of memory added up (0 to 2), minus the
// pods it helps, price_score, for `random` 0 of all, or its rank.
double expansion_score(const ExpansionOption& option, const ExpansionRule& rule);
// Positions of the best options; all of those that tie.
std::vector<std::size_t> best_options(std::span<const ExpansionOption> options,
                                      const ExpansionRule& rule);
// Nodes of the one could be of the other group: equal cores and GPUs, memory within 1.5 %.
bool alike_groups(const Resources& a, const Resources& b);

struct GroupSize {
  int current = 0, max = 0;
};
// The new sizes, in the order given; nodes that fit in no group are dropped.
std::vector<int> balance_groups(std::span<const GroupSize> groups, int new_nodes);

// ---- Which node may go --------------------------------------------------------------------------

struct PodOnNode {
  Resources request;
  bool is_daemon = false, is_mirror = false;
  bool long_terminating = false;  // well past its grace period
};
struct UtilisationRule {
  bool ignore_daemons = false, ignore_mirrors = false;
  bool is_gpu_node = false;
};
struct NodeUtilisation {
  double cpu = 0, memory = 0, gpu = 0;
  double value = 0;  // the one that decides
};
NodeUtilisation node_utilisation(const Resources& allocatable, std::span<const PodOnNode> pods,
                                 const UtilisationRule& rule);

enum class Keep : std::uint8_t { no, unready_and_disabled, not_underutilised };
struct ScaleDownRule {
  double threshold = 0.5;
  bool unready_may_go = true;
};
Keep reason_to_keep(const NodeUtilisation& utilisation, bool ready, const ScaleDownRule& rule);

// Nodes a cluster can do without, all at once: those that may not be moved from stay, and those
// with a pod whose disruption budget allows none (any more: a node that goes uses it up); the pods
// of the others are put, first fit, on the nodes that stay, and take room there. Nodes are tried and
// filled in the order given, but those that were unneeded before come first.
struct MovablePod {
  Resources request;
  std::optional<std::size_t> budget = {};  // its disruption budget: disruption_budget.h
};
struct RemovableNode {
  NodeId id;
  Resources allocatable;       // DaemonSets included
  Resources daemons;           // what those ask for
  std::vector<MovablePod> pods = {};  // that would have to move
  Resources free;              // for other pods
  int free_pods = 0;
  bool blocked = false;        // it is on its way already, or somebody waits for its room
  bool holds_fast = false;     // a pod may not be moved
  bool tried = false;          // in vain, less than kRecheck ago: not again, even if it is empty now
  bool ready = true;
  bool was_unneeded = false;   // at the last look: such nodes are tried first, so that they stay so
};
struct Unneeded {
  NodeId id;
  double utilisation = 0;
  int pods = 0;
  bool risky = false;  // more of them at once than a budget allows: some will have to wait
};
inline constexpr int kMostToDrain = 30;  // candidates with pods
// Before a node that was tried in vain is tried again (--unremovable-node-recheck-timeout).
inline constexpr Seconds kRecheck{300};
struct ScaleDownPlan {
  std::vector<Unneeded> unneeded;
  std::vector<NodeId> in_vain;  // used little, but a pod may not go, or has no other room
};
// `allowed` disruptions of each budget.
ScaleDownPlan unneeded_nodes(std::vector<RemovableNode> nodes, const ScaleDownRule& rule,
                             std::span<const int> allowed = {});

// Of those that were unneeded long enough, which go now: up to ten less those that are going
// already (--max-scale-down-parallelism), empty ones first, and one with pods unless one is being
// drained (--max-drain-parallelism), risky ones last.
struct UnneededSince {
  NodeId id;
  int pods = 0;
  Seconds since{0};
  bool risky = false;
};
struct DeletionRule {
  Seconds unneeded_after{600};
  int may_go = 0;         // to the group's minimum
  bool draining = false;
  int most = 10;        // less those going already
};
std::vector<NodeId> nodes_to_delete(std::span<const UnneededSince> nodes, const DeletionRule& rule,
                                    Seconds now);
// Until when no node goes, after nodes were added and after a drain was given up; absent: neither was.
std::optional<Seconds> scale_down_cools_until(std::optional<Seconds> added,
                                              std::optional<Seconds> failed,
                                              Seconds delay_after_add);

}  // namespace berth
