#include "models/kubernetes/provision.h"

#include <algorithm>
#include <utility>

namespace berth {
namespace {

bool applies(const Budget& budget, Disruption reason) {
  return budget.active && (budget.reasons.empty() ||
                           std::ranges::find(budget.reasons, reason) != budget.reasons.end());
}

}  // namespace

bool may_be_disrupted(const PoolNode& node, Seconds consolidate_after, Seconds now) {
  return node.initialised && !node.nominated && !node.deleting &&
         now >= node.quiet_since + consolidate_after;
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
    if (node.pods == 0 && may_be_disrupted(node, rule.consolidate_after, now))
      removable.emplace_back(node.quiet_since, node.id);
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

bool is_tried(DisruptionMethod method, bool consolidates, std::size_t by_earlier,
              std::size_t by_this) {
  if (by_earlier > 0) return false;
  return method == DisruptionMethod::empty || (consolidates && by_this == 0);
}

int still_going(DisruptionMethod method, int leaving, int untouched, int may_give) {
  if (method == DisruptionMethod::empty) return std::clamp(may_give, 0, untouched);
  return untouched == leaving ? leaving : 0;
}

}  // namespace berth
