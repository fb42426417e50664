#include "models/kubernetes/scale_up.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "models/billing/node_share.h"

namespace berth {
namespace {

// Pods of one shape, one after another: the nodes before the one at hand are full for it.
class ShapeFilling {
 public:
  ShapeFilling(std::vector<OpenNode>& open, const Resources& request)
      : open_(open), request_(request) {}

  std::optional<NodeId> take_one() {
    while (at_ < open_.size() && !(open_[at_].free_pods > 0 && fits(request_, open_[at_].free)))
      ++at_;
    if (at_ == open_.size()) return std::nullopt;
    OpenNode& node = open_[at_];
    node.free = node.free - request_;
    --node.free_pods;
    return node.id;
  }

 private:
  std::vector<OpenNode>& open_;
  Resources request_;
  std::size_t at_ = 0;
};

// By position; where two are equally important, the earlier.
std::vector<std::size_t> by_importance(std::span<const PendingGroups> lines) {
  std::vector<std::size_t> order;
  for (std::size_t l = 0; l < lines.size(); ++l)
    if (lines[l].priority >= kExpendable) order.push_back(l);
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t l) { return lines[l].priority; });
  return order;
}

// Pods of whole groups among those that find room, on nodes that are there or on new ones.
int whole(const UnmetGroups& unmet, int placed) {
  const int groups = (unmet.placed + placed) / unmet.size;
  return std::max(0, groups * unmet.size - unmet.placed);
}

bool takes_the_same(const NodeGroup& other, const NodeGroup& chosen,
                    std::span<const UnmetGroups> unmet) {
  return std::ranges::all_of(unmet, [&](const UnmetGroups& groups) {
    return fits(groups.request, other.allocatable) || !fits(groups.request, chosen.allocatable);
  });
}

}  // namespace

std::vector<std::vector<NodeId>> fill_open_nodes(std::span<const PendingGroups> lines,
                                                 std::vector<OpenNode> open) {
  std::vector<std::vector<NodeId>> taken(lines.size());
  for (const std::size_t l : by_importance(lines)) {
    ShapeFilling filling(open, lines[l].request);
    for (int pods = lines[l].count * lines[l].size; pods > 0; --pods) {
      const auto node = filling.take_one();
      if (!node) break;
      taken[l].push_back(*node);
    }
  }
  return taken;
}

std::vector<UnmetGroups> unmet_groups(std::span<const PendingGroups> lines,
                                      std::span<const std::vector<NodeId>> taken) {
  std::vector<UnmetGroups> unmet;
  for (std::size_t l = 0; l < lines.size(); ++l) {
    const PendingGroups& line = lines[l];
    const auto placed = static_cast<int>(taken[l].size());
    const int left = line.count - placed / line.size;
    if (left > 0 && line.priority >= kExpendable)
      unmet.push_back({.line = l,
                       .request = line.request,
                       .size = line.size,
                       .count = left,
                       .placed = placed % line.size});
  }
  return unmet;
}

NodeEstimate estimate_for_groups(std::span<const UnmetGroups> unmet, const TemplateNode& node,
                                 int may_add) {
  NodeEstimate estimate;
  std::vector<AlikePods> pods;
  pods.reserve(unmet.size());
  for (const UnmetGroups& one : unmet) pods.push_back({.request = one.request, .count = one.pods()});
  const std::vector<std::size_t> order = estimate_order(pods, node.allocatable);
  // What a line is given hangs on those before it: of lines with a half the first is cut, and those after
  // it may be whole without that half.
  while (true) {
    estimate = estimate_nodes(pods, node, {}, std::min(may_add, kMostPerScaleUp));
    const auto half = std::ranges::find_if(order, [&](std::size_t g) {
      return whole(unmet[g], estimate.placed[g]) != estimate.placed[g];
    });
    if (half == order.end()) return estimate;
    pods[*half].count = whole(unmet[*half], estimate.placed[*half]);
  }
}

std::vector<int> helped_groups(std::span<const UnmetGroups> unmet, const NodeEstimate& estimate) {
  std::vector<int> helped;
  helped.reserve(unmet.size());
  for (std::size_t g = 0; g < unmet.size(); ++g)
    helped.push_back((unmet[g].placed + estimate.placed[g]) / unmet[g].size);
  return helped;
}

ExpansionOption expansion_option(std::span<const UnmetGroups> unmet, const NodeEstimate& estimate,
                                 const GroupNode& node, int rank) {
  ExpansionOption option{.capacity = node.capacity,
                         .price = node.price,
                         .nodes = estimate.nodes,
                         .pods = estimate.pods(),
                         .rank = rank};
  for (std::size_t g = 0; g < unmet.size(); ++g)
    for (int p = 0; p < estimate.placed[g]; ++p)
      option.requested = option.requested + unmet[g].request;
  option.pod_prices = resource_price(option.requested);
  return option;
}

std::vector<std::size_t> groups_to_grow(std::span<const NodeGroup> groups, std::size_t chosen,
                                        std::span<const UnmetGroups> unmet,
                                        const GrowthRule& rule) {
  if (!rule.balance_similar)
    return std::vector<std::size_t>(static_cast<std::size_t>(rule.new_nodes), chosen);
  std::vector<std::size_t> alike{chosen};
  for (std::size_t g = 0; g < groups.size(); ++g)
    if (g != chosen && groups[g].may_grow &&
        alike_groups(groups[g].capacity, groups[chosen].capacity) &&
        takes_the_same(groups[g], groups[chosen], unmet))
      alike.push_back(g);
  std::vector<GroupSize> sizes;
  sizes.reserve(alike.size());
  for (const std::size_t g : alike)
    sizes.push_back({.current = groups[g].nodes, .max = rule.max});
  const std::vector<int> grown = balance_groups(sizes, rule.new_nodes);
  std::vector<std::size_t> nodes;
  for (std::size_t a = 0; a < alike.size(); ++a)
    nodes.insert(nodes.end(), static_cast<std::size_t>(grown[a] - sizes[a].current), alike[a]);
  return nodes;
}

}  // namespace berth
