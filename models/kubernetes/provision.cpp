#include "models/kubernetes/provision.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace berth {
namespace {

// Like fits(), except that what is not asked for need not be there (a node may be over-full).
bool has_room(const Resources& want, const Resources& free, int free_pods) {
  return free_pods > 0 && (want.cpu_milli <= 0 || want.cpu_milli <= free.cpu_milli) &&
         (want.memory.count <= 0 || want.memory <= free.memory) &&
         (want.gpus <= 0 || want.gpus <= free.gpus);
}

void sort_for_packing(std::vector<PendingPod>& pods) {
  std::ranges::sort(pods, {}, [](const PendingPod& pod) {
    return std::tuple(-pod.request.cpu_milli, -pod.request.memory.count, pod.created, pod.id);
  });
}

class Packing {
 public:
  Packing(std::vector<OpenNode> open, const NewNodeShape& shape)
      : open_(std::move(open)), shape_(shape) {}

  void place(const PendingPod& pod) {
    if (place_on_open(pod) || place_on_planned(pod)) return;
    if (!has_room(pod.request, shape_.allocatable, shape_.max_pods))
      plan_.refused.push_back({pod.id, Refusal::too_large});
    else if (static_cast<int>(planned_.size()) >= shape_.at_most)
      plan_.refused.push_back({pod.id, Refusal::pool_full});
    else
      place_on_new(pod);
  }

  ProvisionPlan finish() && { return std::move(plan_); }

 private:
  struct Room {
    Resources free;
    int free_pods = 0;
  };

  bool place_on_open(const PendingPod& pod) {
    const auto node = std::ranges::find_if(open_, [&](const OpenNode& candidate) {
      return has_room(pod.request, candidate.free, candidate.free_pods);
    });
    if (node == open_.end()) return false;
    node->free = node->free - pod.request;
    --node->free_pods;
    plan_.nominated.push_back({pod.id, node->id});
    return true;
  }

  bool place_on_planned(const PendingPod& pod) {
    const auto found = std::ranges::find_if(by_pods_, [&](const auto& entry) {
      const Room& room = planned_[entry.second];
      return has_room(pod.request, room.free, room.free_pods);
    });
    if (found == by_pods_.end()) return false;
    const std::size_t node = found->second;
    by_pods_.erase(found);
    put(pod, node);
    return true;
  }

  void place_on_new(const PendingPod& pod) {
    planned_.push_back({shape_.allocatable, shape_.max_pods});
    plan_.new_nodes.emplace_back();
    put(pod, planned_.size() - 1);
  }

  void put(const PendingPod& pod, std::size_t node) {
    Room& room = planned_[node];
    room.free = room.free - pod.request;
    --room.free_pods;
    plan_.new_nodes[node].push_back(pod.id);
    by_pods_.emplace(plan_.new_nodes[node].size(), node);
  }

  std::vector<OpenNode> open_;
  NewNodeShape shape_;
  std::vector<Room> planned_;
  std::set<std::pair<std::size_t, std::size_t>>
      by_pods_;  // (pods, node): fewest first, then oldest
  ProvisionPlan plan_;
};

bool applies(const Budget& budget, Disruption reason) {
  return budget.active && (budget.reasons.empty() ||
                           std::ranges::find(budget.reasons, reason) != budget.reasons.end());
}

bool is_removable(const PoolNode& node, const EmptinessRule& rule, Seconds now) {
  return node.pods == 0 && node.initialised && !node.nominated && !node.deleting &&
         now - node.empty_since >= rule.consolidate_after;
}

}  // namespace

ProvisionPlan plan_nodes(std::vector<PendingPod> pods, std::vector<OpenNode> open,
                         const NewNodeShape& shape) {
  sort_for_packing(pods);
  Packing packing(std::move(open), shape);
  for (const PendingPod& pod : pods) packing.place(pod);
  return std::move(packing).finish();
}

int budget_for(Disruption reason, std::span<const Budget> budgets, int nodes) {
  int least = kNoBudget;
  for (const Budget& budget : budgets)
    if (applies(budget, reason))
      least = std::min(least, budget.percent ? (nodes * budget.nodes + 99) / 100 : budget.nodes);
  return least;
}

int allowed_disruptions(int budget, int deleting, int not_ready) {
  return std::max(budget - deleting - not_ready, 0);
}

std::vector<NodeId> empty_nodes_to_remove(std::span<const PoolNode> nodes,
                                          const EmptinessRule& rule, Seconds now) {
  std::vector<std::pair<Seconds, NodeId>> removable;
  int managed = 0, deleting = 0, not_ready = 0;
  for (const PoolNode& node : nodes) {
    managed += node.initialised ? 1 : 0;
    deleting += node.initialised && node.deleting ? 1 : 0;
    not_ready += node.initialised && !node.deleting && !node.ready ? 1 : 0;
    if (is_removable(node, rule, now)) removable.emplace_back(node.empty_since, node.id);
  }
  std::ranges::sort(removable);
  const int budget = budget_for(Disruption::empty, rule.budgets, managed);
  const int staying = static_cast<int>(nodes.size()) -
                      static_cast<int>(std::ranges::count_if(nodes, &PoolNode::deleting));
  const int allowed = std::min(allowed_disruptions(budget, deleting, not_ready),
                               std::max(staying - rule.min_nodes, 0));
  std::vector<NodeId> chosen;
  for (const auto& [since, id] : removable)
    if (static_cast<int>(chosen.size()) < allowed) chosen.push_back(id);
  return chosen;
}

}  // namespace berth
