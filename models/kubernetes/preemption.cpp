#include "models/kubernetes/preemption.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace berth {
namespace {

auto importance(const PreemptiblePod& pod) {
  return std::tuple(-std::int64_t{pod.priority}, pod.started, pod.id);
}

// In order of importance, budgets let their first pods go freely.
std::vector<bool> breaking(std::span<const PreemptiblePod> pods, std::span<const int> allowed) {
  std::vector<int> left(allowed.begin(), allowed.end());
  std::vector<bool> breaks;
  for (const PreemptiblePod& pod : pods) breaks.push_back(pod.budget && --left.at(*pod.budget) < 0);
  return breaks;
}

bool would_fit(const PodRequest& pod, NodeView node, const PreemptiblePod& with) {
  put_on(node, with.request);
  return !misfit(pod, node);
}

// Lower is better, in this order; the node's position comes last.
auto badness(const Victims& victims) {
  constexpr std::int64_t kRaise = std::int64_t{1} << 31;
  std::int64_t sum = 0;
  for (const PreemptiblePod& pod : victims.pods) sum += pod.priority + kRaise;
  const PreemptiblePod& first = victims.pods.front();  // of the highest, the earliest started
  return std::tuple(victims.broken_budgets, first.priority, sum, victims.pods.size(),
                    -first.started);
}

}  // namespace

std::optional<Victims> victims_on(const PodRequest& pod, std::int32_t priority,
                                  const PreemptionNode& node, std::span<const int> allowed) {
  NodeView view = node.view;
  std::vector<PreemptiblePod> lower;
  for (const PreemptiblePod& running : node.pods)
    if (running.priority < priority) lower.push_back(running);
  for (const PreemptiblePod& running : lower) take_off(view, running.request);
  if (lower.empty() || misfit(pod, view)) return std::nullopt;

  std::ranges::sort(lower, {}, importance);
  const std::vector<bool> breaks = breaking(lower, allowed);
  Victims victims;
  for (const bool breaking_ones : {true, false})
    for (std::size_t i = 0; i < lower.size(); ++i) {
      if (breaks[i] != breaking_ones) continue;
      if (would_fit(pod, view, lower[i])) {
        put_on(view, lower[i].request);
        continue;
      }
      victims.pods.push_back(lower[i]);
      victims.broken_budgets += breaks[i] ? 1 : 0;
    }
  if (victims.pods.empty()) return std::nullopt;
  std::ranges::sort(victims.pods, {}, importance);
  return victims;
}

std::optional<Preemption> choose_preemption(const PodRequest& pod, std::int32_t priority,
                                            std::span<const PreemptionNode> nodes,
                                            std::span<const int> allowed) {
  std::optional<Preemption> best;
  std::size_t seen = 0;
  for (std::size_t n = 0; n < nodes.size() && seen < preemption_candidates(nodes.size()); ++n) {
    auto victims = victims_on(pod, priority, nodes[n], allowed);
    if (!victims) continue;
    ++seen;
    if (best && !(badness(*victims) < badness(best->victims))) continue;
    best = Preemption{n, *std::move(victims)};
  }
  return best;
}

std::optional<GroupPreemption> preempt_for_group(const PodRequest& pod, int count,
                                                 std::int32_t priority,
                                                 std::vector<PreemptionNode> nodes,
                                                 std::vector<int> allowed) {
  GroupPreemption result;
  for (int i = 0; i < count; ++i) {
    const auto free = std::ranges::find_if(
        nodes, [&](const PreemptionNode& node) { return !misfit(pod, node.view); });
    auto at = static_cast<std::size_t>(free - nodes.begin());
    if (free == nodes.end()) {
      const auto chosen = choose_preemption(pod, priority, nodes, allowed);
      if (!chosen) return std::nullopt;
      at = chosen->node;
      for (const PreemptiblePod& victim : chosen->victims.pods) {
        const bool breaks = victim.budget && --allowed[*victim.budget] < 0;
        take_off(nodes[at].view, victim.request);
        std::erase_if(nodes[at].pods, [&](const auto& p) { return p.id == victim.id; });
        result.victims.push_back({at, victim.id, breaks});
      }
    }
    put_on(nodes[at].view, pod);
    result.nodes.push_back(at);
  }
  return result;
}

std::size_t preemption_candidates(std::size_t nodes) {
  return std::min(std::max(nodes / 10, std::size_t{100}), nodes);
}

}  // namespace berth
