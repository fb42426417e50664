#include "models/kubernetes/cluster_autoscaler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace berth {
namespace {

double share(const Resources& request, const Resources& of) {
  const auto part = [](std::int64_t a, std::int64_t b) {
    return b > 0 ? static_cast<double>(a) / static_cast<double>(b) : 0.0;
  };
  return part(request.cpu_milli, of.cpu_milli) + part(request.memory.count, of.memory.count);
}

enum class Fit : std::uint8_t { yes, no_room, spread };

// The simulated cluster: existing nodes first, then those added.
class Packing {
 public:
  Packing(const TemplateNode& shape, std::span<const TemplateNode> existing,
          std::optional<int> at_most)
      : shape_(shape), existing_(existing.size()), at_most_(at_most) {
    for (const TemplateNode& node : existing) add(node);
  }

  int place(const AlikePods& group) {
    begin_group(group);
    int left = group.count;
    while (left > 0 && place_on_any(group, [&](std::size_t n) { return n >= existing_; })) --left;
    while (left > 0 && place_on_last_or_new(group)) --left;
    return group.count - left;
  }

  int used() const {
    return static_cast<int>(std::ranges::count_if(nodes_, [](const Node& n) { return n.used; }));
  }

 private:
  struct Node {
    Resources free;
    int free_pods = 0;
    int zone = 0;
    bool used = false;
    bool has_port = false;  // of the group at hand
    int of_group = 0;       // pods of the group at hand
  };

  void add(const TemplateNode& shape) {
    nodes_.push_back({.free = shape.allocatable, .free_pods = shape.max_pods, .zone = shape.zone});
    ports_.emplace_back();
  }

  void begin_group(const AlikePods& group) {
    in_zone_.clear();
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      nodes_[n].of_group = 0;
      in_zone_[nodes_[n].zone] = 0;
      nodes_[n].has_port =
          group.host_port && std::ranges::find(ports_[n], *group.host_port) != ports_[n].end();
    }
  }

  DomainCounts count_domains(const HardSpread& spread, const Node& node) const {
    const bool over_hosts = spread.over == SpreadDomain::host;
    DomainCounts counts{.here = over_hosts ? node.of_group : in_zone_.at(node.zone),
                        .least = std::numeric_limits<int>::max()};
    const auto see = [&](int pods) {
      counts.least = std::min(counts.least, pods);
      ++counts.domains;
    };
    if (over_hosts)
      for (const Node& other : nodes_) see(other.of_group);
    else
      for (const auto& [zone, pods] : in_zone_) see(pods);
    return counts;
  }

  Fit fit(const AlikePods& group, const Node& node) const {
    const bool room = node.free_pods > 0 && fits(group.request, node.free) && !node.has_port;
    if (!room) return Fit::no_room;
    const bool allowed =
        !group.spread || spread_allows(*group.spread, count_domains(*group.spread, node));
    return allowed ? Fit::yes : Fit::spread;
  }

  void put(const AlikePods& group, std::size_t n) {
    Node& node = nodes_[n];
    node.free = node.free - group.request;
    --node.free_pods;
    node.used = true;
    ++node.of_group;
    ++in_zone_[node.zone];
    if (!group.host_port) return;
    node.has_port = true;
    ports_[n].push_back(*group.host_port);
  }

  // Starts behind where the last such search ended, as the source does.
  template <class Accepts>
  bool place_on_any(const AlikePods& group, Accepts accepts) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const std::size_t n = (next_ + i) % nodes_.size();
      if (!accepts(n) || fit(group, nodes_[n]) != Fit::yes) continue;
      put(group, n);
      next_ = (n + 1) % nodes_.size();
      return true;
    }
    return false;
  }

  bool place_on_last_or_new(const AlikePods& group) {
    if (nodes_.size() > existing_) {
      const std::size_t last = nodes_.size() - 1;
      const Fit on_last = fit(group, nodes_[last]);
      if (on_last == Fit::yes) return put(group, last), true;
      const bool elsewhere = on_last == Fit::spread && group.spread->over == SpreadDomain::host;
      if (elsewhere && place_on_any(group, [&](std::size_t n) { return n != last; })) return true;
      if (!nodes_[last].used) return false;  // a further empty one would not help either
    }
    if (full_ || (at_most_ && static_cast<int>(nodes_.size() - existing_) >= *at_most_))
      return full_ = true, false;
    add(shape_);
    in_zone_.try_emplace(shape_.zone, 0);
    if (fit(group, nodes_.back()) != Fit::yes) return false;
    return put(group, nodes_.size() - 1), true;
  }

  TemplateNode shape_;
  std::size_t existing_;
  std::optional<int> at_most_;
  std::vector<Node> nodes_;
  std::vector<std::vector<int>> ports_;  // taken on each node
  std::map<int, int> in_zone_;           // pods of the group at hand
  std::size_t next_ = 0;
  bool full_ = false;
};

// All positions with the least key.
std::vector<std::size_t> least(std::span<const double> keys) {
  std::vector<std::size_t> best;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!best.empty() && keys[i] < keys[best.front()]) best.clear();
    if (best.empty() || keys[i] == keys[best.front()]) best.push_back(i);
  }
  return best;
}

double unused_share(std::int64_t requested, std::int64_t node, int nodes) {
  const auto offered = static_cast<double>(node * nodes);
  return (offered - static_cast<double>(requested)) / offered;
}

}  // namespace

int NodeEstimate::pods() const { return std::accumulate(placed.begin(), placed.end(), 0); }

std::vector<std::size_t> estimate_order(std::span<const AlikePods> groups, const Resources& node) {
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{},
                           [&](std::size_t g) { return share(groups[g].request, node); });
  return order;
}

NodeEstimate estimate_nodes(std::span<const AlikePods> groups, const TemplateNode& shape,
                            std::span<const TemplateNode> existing, std::optional<int> at_most) {
  Packing packing(shape, existing, at_most);
  NodeEstimate estimate;
  estimate.placed.resize(groups.size());
  for (const std::size_t g : estimate_order(groups, shape.allocatable))
    estimate.placed[g] = packing.place(groups[g]);
  estimate.nodes = packing.used();
  return estimate;
}

namespace {

double waste_of(const WasteOption& option) {
  return unused_share(option.requested.cpu_milli, option.node.cpu_milli, option.nodes) +
         unused_share(option.requested.memory.count, option.node.memory.count, option.nodes);
}

}  // namespace

std::vector<std::size_t> least_waste(std::span<const WasteOption> options) {
  std::vector<double> waste;
  for (const WasteOption& option : options) waste.push_back(waste_of(option));
  return least(waste);
}

std::vector<std::size_t> most_pods(std::span<const int> pods) {
  std::vector<double> keys;
  for (const int count : pods) keys.push_back(-count);
  return least(keys);
}

double unfitness(std::int64_t preferred_cpu_milli, std::int64_t node_cpu_milli) {
  const auto preferred = static_cast<double>(preferred_cpu_milli);
  const auto node = static_cast<double>(node_cpu_milli);
  return std::max(preferred / node, node / preferred);
}

std::int64_t preferred_node_cpus(int cluster_nodes) {
  struct Row {
    int nodes;
    std::int64_t cpus;
  };
  constexpr std::array<Row, 5> kRows{{{2, 1}, {6, 2}, {20, 4}, {60, 8}, {200, 16}}};
  for (const auto [nodes, cpus] : kRows)
    if (cluster_nodes <= nodes) return cpus;
  return 32;
}

double price_score(const PriceOption& option, const PriceRule& rule) {
  constexpr double kGpuUnfitness = 1000, kNewGroup = 2, kGroupScale = 15;
  const double ratio = (option.nodes * option.node_price + rule.small_pod_price) /
                       (option.pod_prices + rule.small_pod_price);
  // The shape of nodes matters less the more of them there are.
  const double suppressed = (unfitness(rule.preferred_cpu_milli, option.node_cpu_milli) - 1) *
                                (1 - std::tanh((option.nodes - 1) / kGroupScale)) +
                            1;
  return (option.has_gpu ? kGpuUnfitness : suppressed) * ratio * (option.exists ? 1 : kNewGroup);
}

std::vector<std::size_t> lowest_price(std::span<const PriceOption> options, const PriceRule& rule) {
  std::vector<double> scores;
  for (const PriceOption& option : options) scores.push_back(price_score(option, rule));
  return least(scores);
}

std::vector<int> balance_groups(std::span<const GroupSize> groups, int new_nodes) {
  std::vector<int> sizes;
  for (const GroupSize& group : groups) sizes.push_back(group.current);
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t g) { return groups[g].current; });
  for (; new_nodes > 0; --new_nodes) {
    const std::size_t* smallest = nullptr;
    for (const std::size_t& g : order)
      if (sizes[g] < groups[g].max && (!smallest || sizes[g] < sizes[*smallest])) smallest = &g;
    if (!smallest) break;
    ++sizes[*smallest];
  }
  return sizes;
}

NodeUtilisation node_utilisation(const Resources& allocatable, std::span<const PodOnNode> pods,
                                 const UtilisationRule& rule) {
  Resources used, aside;
  for (const PodOnNode& pod : pods) {
    if ((rule.ignore_daemons && pod.is_daemon) || (rule.ignore_mirrors && pod.is_mirror))
      aside = aside + pod.request;
    else if (!pod.long_terminating)
      used = used + pod.request;
  }
  const Resources of = allocatable - aside;
  const auto part = [](std::int64_t a, std::int64_t b) {
    return b > 0 ? static_cast<double>(a) / static_cast<double>(b) : 0.0;
  };
  NodeUtilisation result{.cpu = part(used.cpu_milli, of.cpu_milli),
                         .memory = part(used.memory.count, of.memory.count),
                         .gpu = part(used.gpus, of.gpus)};
  // A GPU node whose GPU is not there yet counts as unused, so that it can go.
  result.value = rule.is_gpu_node ? result.gpu : std::max(result.cpu, result.memory);
  return result;
}

Keep reason_to_keep(const NodeUtilisation& utilisation, bool ready, const ScaleDownRule& rule) {
  if (!ready && !rule.unready_may_go) return Keep::unready_and_disabled;
  return utilisation.value > rule.threshold ? Keep::not_underutilised : Keep::no;
}

std::string_view name_of(Expander expander) {
  switch (expander) {
    case Expander::least_waste: return "least_waste";
    case Expander::most_pods: return "most_pods";
    case Expander::price: return "price";
    case Expander::random: return "random";
    case Expander::priority: return "priority";
  }
  return "";
}

double expansion_score(const ExpansionOption& option, const ExpansionRule& rule) {
  switch (rule.expander) {
    case Expander::least_waste: return waste_of({option.capacity, option.nodes, option.requested});
    case Expander::most_pods: return -option.pods;
    case Expander::price:
      return price_score({.node_price = option.price.rate,
                          .node_cpu_milli = option.capacity.cpu_milli,
                          .nodes = option.nodes,
                          .pod_prices = option.pod_prices,
                          .has_gpu = option.capacity.gpus > 0},
                         {.preferred_cpu_milli = preferred_node_cpus(rule.cluster_nodes) * 1000,
                          .small_pod_price = rule.small_pod_price});
    case Expander::random: return 0;
    case Expander::priority: return option.rank;
  }
  return 0;
}

std::vector<std::size_t> best_options(std::span<const ExpansionOption> options,
                                      const ExpansionRule& rule) {
  std::vector<double> scores;
  for (const ExpansionOption& option : options) scores.push_back(expansion_score(option, rule));
  return least(scores);
}

bool alike_groups(const Resources& a, const Resources& b) {
  constexpr double kMemory = 0.015;  // MaxCapacityMemoryDifferenceRatio
  const auto more = static_cast<double>(std::max(a.memory.count, b.memory.count));
  const auto less = static_cast<double>(std::min(a.memory.count, b.memory.count));
  return a.cpu_milli == b.cpu_milli && a.gpus == b.gpus && more - less <= kMemory * more;
}

namespace {

// Disruptions that budgets still allow while nodes are taken out one after another. May fall below
// none: a node may go whose pods have to wait for each other.
class RemainingBudgets {
 public:
  explicit RemainingBudgets(std::span<const int> allowed) : left_(allowed.begin(), allowed.end()) {}

  bool spent(std::span<const MovablePod> pods) const {
    return std::ranges::any_of(
        pods, [&](const MovablePod& pod) { return pod.budget && left_.at(*pod.budget) < 1; });
  }
  // False where they are not allowed all at once.
  bool take(std::span<const MovablePod> pods) {
    bool at_once = true;
    for (const MovablePod& pod : pods)
      if (pod.budget) at_once &= --left_.at(*pod.budget) >= 0;
    return at_once;
  }

 private:
  std::vector<int> left_;
};

}  // namespace

ScaleDownPlan unneeded_nodes(std::vector<RemovableNode> nodes, const ScaleDownRule& rule,
                             std::span<const int> allowed) {
  std::ranges::stable_partition(nodes, &RemovableNode::was_unneeded);
  RemainingBudgets budgets(allowed);
  std::vector<RemovableNode> left = nodes;
  std::vector<bool> gone(nodes.size(), false);
  ScaleDownPlan plan;
  int to_drain = 0;
  std::vector<std::size_t> to;  // where the pods of one node went, to take them back
  const auto move_away = [&](std::size_t from) {
    to.clear();
    for (const MovablePod& pod : left[from].pods) {
      std::size_t n = 0;
      while (n < left.size() && (n == from || gone[n] || !left[n].ready || left[n].free_pods < 1 ||
                                 !fits(pod.request, left[n].free)))
        ++n;
      if (n < left.size()) {
        left[n].free = left[n].free - pod.request;
        --left[n].free_pods;
        left[n].pods.push_back(pod);
        to.push_back(n);
        continue;
      }
      for (; !to.empty(); to.pop_back()) {
        RemovableNode& back = left[to.back()];
        back.free = back.free + back.pods.back().request;
        ++back.free_pods;
        back.pods.pop_back();
      }
      return false;
    }
    return true;
  };
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    const RemovableNode& node = nodes[n];
    if (node.blocked || node.tried || !node.ready) continue;
    std::vector<PodOnNode> pods{{.request = node.daemons, .is_daemon = true}};
    for (const MovablePod& pod : node.pods) pods.push_back({.request = pod.request});
    const NodeUtilisation used =
        node_utilisation(node.allocatable, pods, {.is_gpu_node = node.allocatable.gpus > 0});
    if (reason_to_keep(used, node.ready, rule) != Keep::no) continue;
    if (!node.pods.empty() && to_drain == kMostToDrain) continue;
    if (node.holds_fast || budgets.spent(left[n].pods) ||
        (!left[n].pods.empty() && !move_away(n))) {
      plan.in_vain.push_back(node.id);
      continue;
    }
    to_drain += node.pods.empty() ? 0 : 1;
    gone[n] = true;
    const bool at_once = budgets.take(left[n].pods);
    plan.unneeded.push_back({.id = node.id,
                             .utilisation = used.value,
                             .pods = static_cast<int>(node.pods.size()),
                             .risky = !at_once});
  }
  return plan;
}

std::vector<NodeId> nodes_to_delete(std::span<const UnneededSince> nodes, const DeletionRule& rule,
                                    Seconds now) {
  std::vector<NodeId> going;
  int may_go = std::min(rule.may_go, rule.most), drained = rule.draining ? 0 : 1;
  const auto rank = [](const UnneededSince& node) {
    return node.pods == 0 ? 0 : node.risky ? 2 : 1;
  };
  for (const int turn : {0, 1, 2})
    for (const UnneededSince& node : nodes) {
      if (rank(node) != turn || (turn > 0 && drained == 0) || may_go <= 0 ||
          now < node.since + rule.unneeded_after)
        continue;
      going.push_back(node.id);
      --may_go;
      if (turn > 0) --drained;
    }
  return going;
}

std::optional<Seconds> scale_down_cools_until(std::optional<Seconds> added,
                                              std::optional<Seconds> failed,
                                              Seconds delay_after_add) {
  if (added) *added += delay_after_add;
  if (failed) *failed += kDelayAfterFailure;
  return std::max(added, failed);  // absent is less than any
}

}  // namespace berth
