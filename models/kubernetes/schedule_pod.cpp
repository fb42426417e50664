#include "models/kubernetes/schedule_pod.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "models/kubernetes/topology_spread.h"

namespace berth {
namespace {

constexpr std::int64_t kSpreadWeight = 2;

struct Found {
  std::vector<std::size_t> nodes;  // by position
  std::size_t looked_at = 0;
};

Found find_nodes(const PodRequest& pod, std::span<const SchedulingNode> nodes, std::size_t start,
                 std::size_t enough) {
  Found found;
  for (; found.looked_at < nodes.size() && found.nodes.size() < enough; ++found.looked_at) {
    const std::size_t at = (start + found.looked_at) % nodes.size();
    if (!misfit(pod, nodes[at].view)) found.nodes.push_back(at);
  }
  std::ranges::sort(found.nodes);
  return found;
}

// Pods of an owner count wherever they are; scores are for the nodes that were found.
std::vector<std::int64_t> scores_of_spread(std::span<const SchedulingNode> nodes,
                                           std::span<const std::size_t> found) {
  std::vector<SpreadNode> spread;
  spread.reserve(nodes.size());
  for (const SchedulingNode& node : nodes)
    spread.push_back({.zone = node.zone, .alike = node.alike, .feasible = false});
  for (const std::size_t at : found) spread[at].feasible = true;
  return spread_scores(spread, kDefaultSpread);
}

}  // namespace

std::size_t nodes_to_find(std::size_t nodes) {
  constexpr std::size_t kFewest = 100, kLeastPercent = 5, kMostPercent = 50, kNodesPerPercent = 125;
  if (nodes < kFewest) return std::max<std::size_t>(nodes, 1);
  const std::size_t off = std::min(nodes / kNodesPerPercent, kMostPercent - kLeastPercent);
  return std::max(kFewest, nodes * (kMostPercent - off) / 100);
}

std::optional<NodeChoice> schedule_pod(const PodRequest& pod, std::span<const SchedulingNode> nodes,
                                       const SchedulingRule& rule, std::size_t start,
                                       std::size_t find) {
  const Found found = find_nodes(pod, nodes, start, find);
  if (found.nodes.empty()) return std::nullopt;
  const std::vector<std::int64_t> spread =
      rule.spread ? scores_of_spread(nodes, found.nodes) : std::vector<std::int64_t>{};
  std::size_t best = found.nodes.front();
  std::optional<std::pair<std::int64_t, Bytes>> best_key;
  for (const std::size_t at : found.nodes) {
    const NodeView& view = nodes[at].view;
    const std::pair key{
        score(pod, view, rule.scoring) + (rule.spread ? kSpreadWeight * spread[at] : 0),
        rule.prefer_image ? view.image_present : Bytes{}};
    if (best_key && key <= *best_key) continue;
    best = at;
    best_key = key;
  }
  return NodeChoice{best, found.looked_at};
}

std::optional<GroupChoice> schedule_group(const PodRequest& pod, int count,
                                          std::span<SchedulingNode> nodes,
                                          const SchedulingRule& rule, std::size_t start,
                                          std::size_t find) {
  GroupChoice group{.next_start = start};
  for (int i = 0; i < count; ++i) {
    const auto choice = schedule_pod(pod, nodes, rule, group.next_start, find);
    if (!choice) return std::nullopt;
    group.next_start = (group.next_start + choice->looked_at) % nodes.size();
    put_on(nodes[choice->node].view, pod);
    ++nodes[choice->node].alike;
    group.nodes.push_back(choice->node);
  }
  return group;
}

std::array<int, kMisfits> count_misfits(const PodRequest& pod,
                                        std::span<const SchedulingNode> nodes) {
  std::array<int, kMisfits> counts{};
  for (const SchedulingNode& node : nodes)
    if (const auto reason = misfit(pod, node.view)) ++counts[static_cast<std::size_t>(*reason)];
  return counts;
}

}  // namespace berth
