#include "sim/cluster_autoscaler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "models/billing/node_share.h"
#include "models/kubernetes/cluster_autoscaler.h"
#include "sim/failed_groups.h"

namespace berth {
namespace {

constexpr int kMostPerScaleUp = 1000;  // --max-nodes-per-scaleup
const Resources kSmallPod{500, {500 * kMiB}, 0};

using Request = ClusterPlatform::Request;

// Pods of one shape that no node there or on its way has room for.
struct Unmet {
  std::vector<Request*> requests;  // the first may have room for some of its pods
  int placed = 0;                  // that many
  const PodGroup& shape() const { return requests.front()->group; }
  int pods() const { return static_cast<int>(requests.size()) * shape().pods - placed; }
};

struct Option {
  PoolId pool;
  std::size_t type = 0;  // position among the pool's
  NodeEstimate estimate;
  ExpansionOption value;
};

class NodeGroups {
 public:
  explicit NodeGroups(ClusterPlatform& cluster) : cluster_(cluster), failed_(cluster) {}

  // One scan's addition; false when there is nothing to add.
  bool scale_up();
  void scale_down();
  std::optional<Seconds> next_due() const;
  bool added_now() const { return last_add_ && *last_add_ == now(); }
  std::coroutine_handle<>& scanner() { return scanner_; }
  FailedGroups& failed() { return failed_; }

 private:
  Seconds now() const { return cluster_.world().now(); }
  const InstanceType& type(PoolId pool, std::size_t t) const {
    return cluster_.world().type(cluster_.pool(pool).types[t]);
  }
  std::vector<Unmet> unmet(PoolId pool) const;
  std::optional<Option> option(PoolId pool, std::size_t type, const std::vector<Unmet>& unmet,
                               int rank) const;
  const Option& choose(const std::vector<Option>& options);
  std::vector<TypeId> balanced(const Option& chosen, const std::vector<Unmet>& unmet) const;
  void add(const Option& chosen, const std::vector<Unmet>& unmet);
  std::vector<RemovableNode> removable(PoolId pool, const ClusterPlatform::Budgets& budgets) const;
  std::optional<Seconds> cools_until() const;
  void note_unneeded(PoolId pool);
  void remove_unneeded(PoolId pool, int& most, bool& draining);

  struct Note {
    Seconds since;
    Unneeded node;  // as last seen
  };

  ClusterPlatform& cluster_;
  FailedGroups failed_;
  std::optional<Seconds> last_add_;
  std::map<std::pair<PoolId, std::int64_t>, Note> unneeded_;
  std::map<std::pair<PoolId, std::int64_t>, Seconds> tried_in_vain_;  // when
  std::uint64_t draws_ = 0;
  std::int64_t next_command_ = 0;
  std::coroutine_handle<> scanner_;  // set while no scan is due
};

// ---- Adding ------------------------------------------------------------------------------------

// Fills nodes that are there or on their way, the most important first, and says who is left.
std::vector<Unmet> NodeGroups::unmet(PoolId pool) const {
  std::vector<OpenNode> open = cluster_.open_nodes(pool);
  std::vector<Unmet> unmet;
  for (const std::vector<Request*>& line : cluster_.waiting_lines(pool)) {
    if (line.front()->group.priority < kExpendable) continue;
    Unmet left;
    auto node = open.begin();  // those before are full for this shape
    const auto take_one = [&](const Resources& needs) -> const OpenNode* {
      node = std::find_if(node, open.end(), [&](const OpenNode& o) {
        return o.free_pods > 0 && fits(needs, o.free);
      });
      if (node == open.end()) return nullptr;
      node->free = node->free - needs;
      --node->free_pods;
      return &*node;
    };
    for (Request* request : line) {
      request->nominated.clear();
      if (!left.requests.empty()) {
        left.requests.push_back(request);
        continue;
      }
      int placed = 0;
      for (; placed < request->group.pods; ++placed) {
        const OpenNode* taken = take_one(request->group.needs);
        if (taken == nullptr) break;
        request->nominated.push_back(taken->id.value);
        if (!cluster_.find_node(pool, taken->id.value)->ready && !request->node_requested)
          request->node_requested = now();
      }
      if (placed == request->group.pods) continue;
      left.requests.push_back(request);
      left.placed = placed;
    }
    if (!left.requests.empty()) unmet.push_back(std::move(left));
  }
  return unmet;
}

// Groups that start together are helped whole or not at all: what would be half a group is left out
// and the rest counted again.
std::optional<Option> NodeGroups::option(PoolId pool, std::size_t t,
                                         const std::vector<Unmet>& unmet, int rank) const {
  const LaunchType& shape = cluster_.state(pool).types[t];
  const TemplateNode node{.allocatable = shape.allocatable, .max_pods = shape.max_pods};
  std::vector<AlikePods> groups;
  groups.reserve(unmet.size());
  for (const Unmet& one : unmet)
    groups.push_back({.request = one.shape().needs, .count = one.pods()});
  const int at_most = std::min(cluster_.may_add(pool), kMostPerScaleUp);
  Option result{.pool = pool, .type = t, .estimate = {}, .value = {}};
  bool halves = at_most > 0;
  while (halves) {
    halves = false;
    result.estimate = estimate_nodes(groups, node, {}, at_most);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const int size = unmet[g].shape().pods;
      const int sum = unmet[g].placed + result.estimate.placed[g];
      const int whole = std::max(0, sum / size * size - unmet[g].placed);
      if (whole == result.estimate.placed[g]) continue;
      groups[g].count = whole;
      halves = true;
    }
  }
  if (result.estimate.nodes == 0 || result.estimate.pods() == 0) return std::nullopt;
  const InstanceType& machine = type(pool, t);
  result.value = {
      .capacity = {machine.vcpu * std::int64_t{1000}, machine.memory, machine.gpus},
      .price = cluster_.price_of(pool, cluster_.pool(pool).types[t]),
      .nodes = result.estimate.nodes,
      .pods = result.estimate.pods(),
      .rank = rank
  };
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (int p = 0; p < result.estimate.placed[g]; ++p)
      result.value.requested = result.value.requested + groups[g].request;
  result.value.pod_prices = resource_price(result.value.requested);
  return result;
}

const Option& NodeGroups::choose(const std::vector<Option>& options) {
  std::vector<ExpansionOption> values;
  values.reserve(options.size());
  for (const Option& option : options) values.push_back(option.value);
  std::size_t nodes = 0;
  for (const PoolId pool : cluster_.used_pools()) nodes += cluster_.state(pool).nodes.size();
  const std::vector<std::size_t> best =
      best_options(values, {.expander = cluster_.settings().scaling.expander,
                            .cluster_nodes = static_cast<int>(nodes),
                            .small_pod_price = resource_price(kSmallPod)});
  RandomStream lots = cluster_.world().stream(Purpose::expander,
                                              std::uint64_t(cluster_.id().value) << 40 | draws_++);
  const auto lot = best.size() == 1
                       ? std::size_t{0}
                       : static_cast<std::size_t>(lots.uniform() * double(best.size()));
  const Option& chosen = options[best[lot]];
  cluster_.world().tally.record(ScaleUpChosen{.at = now(),
                                              .platform = cluster_.id(),
                                              .pool = chosen.pool,
                                              .type = cluster_.pool(chosen.pool).types[chosen.type],
                                              .options = static_cast<int>(options.size()),
                                              .ties = static_cast<int>(best.size()),
                                              .nodes = chosen.value.nodes,
                                              .pods = chosen.value.pods});
  return chosen;
}

// The types of the new nodes: all of the chosen one, or in turn those alike.
std::vector<TypeId> NodeGroups::balanced(const Option& chosen,
                                         const std::vector<Unmet>& unmet) const {
  const auto& types = cluster_.pool(chosen.pool).types;
  std::vector<TypeId> alike{types[chosen.type]};
  if (!cluster_.settings().scaling.balance_similar)
    return std::vector<TypeId>(static_cast<std::size_t>(chosen.value.nodes), alike.front());
  for (std::size_t t = 0; t < types.size(); ++t) {
    const InstanceType& machine = type(chosen.pool, t);
    const bool same =
        alike_groups({machine.vcpu * std::int64_t{1000}, machine.memory, machine.gpus},
                     chosen.value.capacity) &&
        std::ranges::all_of(unmet, [&](const Unmet& one) {
          return fits(one.shape().needs, cluster_.state(chosen.pool).types[t].allocatable) ||
                 !fits(one.shape().needs,
                       cluster_.state(chosen.pool).types[chosen.type].allocatable);
        });
    if (t != chosen.type && same && failed_.may_grow(chosen.pool, types[t]))
      alike.push_back(types[t]);
  }
  std::vector<GroupSize> sizes;
  sizes.reserve(alike.size());
  for (const TypeId one : alike)
    sizes.push_back({.current = static_cast<int>(std::ranges::count_if(
                         cluster_.state(chosen.pool).nodes,
                         [&](const auto& node) { return node->type == one; })),
                     .max = cluster_.pool(chosen.pool).max_nodes});
  const std::vector<int> grown = balance_groups(sizes, chosen.value.nodes);
  std::vector<TypeId> nodes;
  for (std::size_t g = 0; g < alike.size(); ++g)
    nodes.insert(nodes.end(), static_cast<std::size_t>(grown[g] - sizes[g].current), alike[g]);
  return nodes;
}

void NodeGroups::add(const Option& chosen, const std::vector<Unmet>& unmet) {
  last_add_ = now();
  const std::vector<TypeId> nodes = balanced(chosen, unmet);
  const auto count = static_cast<int>(nodes.size());
  for (int n = 0; n < count; ++n)
    failed_.launch(chosen.pool,
                   {.type = nodes[static_cast<std::size_t>(n)],
                    .pods = chosen.value.pods / count + (n < chosen.value.pods % count),
                    .by = NodeRequested::By::cluster_autoscaler});
  for (std::size_t g = 0; g < unmet.size(); ++g) {
    const int helped = (unmet[g].placed + chosen.estimate.placed[g]) / unmet[g].shape().pods;
    for (int i = 0; i < helped; ++i) {
      auto& requested = unmet[g].requests[static_cast<std::size_t>(i)]->node_requested;
      if (!requested) requested = now();
    }
  }
}

bool NodeGroups::scale_up() {
  failed_.forgive();
  std::vector<Option> options;
  std::map<PoolId, std::vector<Unmet>> left;
  int rank = 0;
  for (const PoolId pool : cluster_.used_pools()) {
    left[pool] = unmet(pool);
    for (std::size_t t = 0; t < cluster_.pool(pool).types.size(); ++t, ++rank)
      if (!left[pool].empty() && failed_.may_grow(pool, cluster_.pool(pool).types[t]))
        if (auto found = option(pool, t, left[pool], rank)) options.push_back(*std::move(found));
  }
  if (options.empty()) return false;
  const Option& chosen = choose(options);
  add(chosen, left[chosen.pool]);
  return true;
}

// ---- Giving back -------------------------------------------------------------------------------

// Those that were unneeded before come first, so that they stay so. Pods may move to room that
// nobody waits for and nobody was told to move to.
std::vector<RemovableNode> NodeGroups::removable(
    PoolId pool, const ClusterPlatform::Budgets& budgets) const {
  std::vector<RemovableNode> nodes;
  ClusterPlatform::SpokenFor spoken = cluster_.spoken_for(pool);
  std::ranges::sort(spoken.open, {}, &OpenNode::id);
  for (const auto& node : cluster_.state(pool).nodes) {
    if (node->leaving) continue;
    const NodeId id{static_cast<std::int32_t>(node->number)};
    const OpenNode& open = *std::ranges::lower_bound(spoken.open, id, {}, &OpenNode::id);
    RemovableNode& seen = nodes.emplace_back(
        RemovableNode{.id = id,
                      .allocatable = node->view.allocatable + cluster_.settings().daemonsets,
                      .daemons = cluster_.settings().daemonsets,
                      .free = open.free,
                      .free_pods = open.free_pods,
                      .blocked = spoken.holds(*node),
                      .tried = tried_in_vain_.contains({pool, node->number}),
                      .ready = node->ready});
    for (const KubePod& pod : node->pods) {
      if (pod.leaving) continue;
      seen.pods.push_back({pod.request.request, budgets.of(pod)});
      seen.holds_fast |= !pod.disruptable;
    }
  }
  std::ranges::stable_partition(nodes, [&](const RemovableNode& node) {
    return unneeded_.contains({pool, node.id.value});
  });
  return nodes;
}

void NodeGroups::note_unneeded(PoolId pool) {
  const ScaleDownRule rule{.threshold = cluster_.settings().scaling.threshold};
  const ClusterPlatform::Budgets budgets = cluster_.budgets_in(pool);
  std::erase_if(tried_in_vain_,
                [&](const auto& entry) { return now() >= entry.second + kRecheck; });
  const ScaleDownPlan plan = unneeded_nodes(removable(pool, budgets), rule, budgets.allowed);
  for (const NodeId id : plan.in_vain) tried_in_vain_[{pool, id.value}] = now();
  const std::vector<Unneeded>& found = plan.unneeded;
  std::erase_if(unneeded_, [&](const auto& entry) {
    return entry.first.first == pool &&
           std::ranges::find(found, entry.first.second, [](const Unneeded& u) {
             return std::int64_t{u.id.value};
           }) == found.end();
  });
  for (const Unneeded& node : found) {
    const auto [known, fresh] = unneeded_.try_emplace({pool, node.id.value}, Note{now(), node});
    known->second.node = node;
    if (fresh)
      cluster_.world().tally.record(
          NodeUnneeded{now(), cluster_.id(), pool, node.id.value, node.utilisation, node.pods});
  }
}

void NodeGroups::remove_unneeded(PoolId pool, int& most, bool& draining) {
  std::vector<UnneededSince> nodes;
  for (const auto& [key, note] : unneeded_)
    if (key.first == pool)
      nodes.push_back({note.node.id, note.node.pods, note.since, note.node.risky});
  const DeletionRule rule{.unneeded_after = cluster_.settings().scaling.unneeded_after,
                          .may_go = cluster_.may_give(pool),
                          .draining = draining,
                          .most = most};
  for (const NodeId id : nodes_to_delete(nodes, rule, now())) {
    KubeNode& node = *cluster_.find_node(pool, id.value);
    const bool empty = node.pods.empty();
    --most;
    draining |= !empty;
    cluster_.world().tally.record(
        DisruptionDecided{.at = now(),
                          .platform = cluster_.id(),
                          .pool = pool,
                          .command = next_command_,
                          .method = empty ? DisruptionDecided::Method::empty
                                          : DisruptionDecided::Method::underutilised,
                          .nodes = 1,
                          .pods = static_cast<int>(node.pods.size()),
                          .before = cluster_.price_of(pool, node.type)});
    cluster_.cordon(node, next_command_++);
    unneeded_.erase({pool, id.value});
    remove_node(cluster_.world(), cluster_,
                {.pool = pool,
                 .number = id.value,
                 .why = empty ? NodeGone::Why::empty : NodeGone::Why::consolidated,
                 .pods = {.why = PodEvicted::Why::scaled_down, .most_grace = kMostGrace},
                 .retry = kClusterAutoscalerRetry,
                 .before = kTaintDelay});
  }
}

// No node goes before this.
std::optional<Seconds> NodeGroups::cools_until() const {
  std::optional<Seconds> until;
  if (last_add_) until = *last_add_ + cluster_.settings().scaling.delay_after_add;
  if (const auto failed = cluster_.drained_in_vain())
    until = std::max(until.value_or(0s), *failed + kDelayAfterFailure);
  return until;
}

void NodeGroups::scale_down() {
  int most = DeletionRule{}.most;
  bool draining = false;
  for (const PoolId pool : cluster_.used_pools())
    for (const auto& node : cluster_.state(pool).nodes) {
      if (!node->leaving || node->interrupted) continue;  // those AWS takes are not its own
      --most;
      draining |= !node->pods.empty();
    }
  const bool cooling = cools_until() && now() < *cools_until();
  for (const PoolId pool : cluster_.used_pools()) {
    if (cluster_.state(pool).changed) note_unneeded(pool);
    cluster_.state(pool).changed = false;
    if (!cooling) remove_unneeded(pool, most, draining);
  }
}

std::optional<Seconds> NodeGroups::next_due() const {
  std::optional<Seconds> next;
  const ScalingRule& rule = cluster_.settings().scaling;
  for (const auto& [key, note] : unneeded_) {
    const Seconds due =
        std::max(note.since + rule.unneeded_after, cools_until().value_or(Seconds{0}));
    if (due > now() && (!next || due < *next)) next = due;
  }
  for (const auto& [key, tried] : tried_in_vain_)
    if (!next || tried + kRecheck < *next) next = tried + kRecheck;
  return next;
}

// ---- Lives -------------------------------------------------------------------------------------

Life hold_loop(World& world, ClusterPlatform& cluster, std::shared_ptr<NodeGroups> groups,
               Seconds date);

// One scan, or as many as follow each other at once. True when the last one added something.
bool scan_up(World& world, ClusterPlatform& cluster, const std::shared_ptr<NodeGroups>& groups) {
  bool added = groups->scale_up();
  if (cluster.settings().scaling.at_once)
    while (added) added = groups->scale_up();
  while (const auto date = groups->failed().next_loop()) hold_loop(world, cluster, groups, *date);
  return added;
}

// A loop in which launches may turn out to have failed, or a group that failed may grow again.
Life hold_loop(World& world, ClusterPlatform& cluster, std::shared_ptr<NodeGroups> groups,
               Seconds date) {
  auto begins = sleep_until(world.agenda, date, Instant::arrive);
  co_await begins;
  groups->failed().see_failures();
  auto looks = sleep_until(world.agenda, date, Instant::place);
  co_await looks;
  if (scan_up(world, cluster, groups) && groups->scanner())
    world.agenda.resume_now(std::exchange(groups->scanner(), {}), Instant::place);
}

// A new pod without room is looked at in the instant it is found to have none (`at_once`, the
// frequent loops of 1.35), and as long as a scan adds nodes the next one follows at once.
Life run_new_pods(World& world, ClusterPlatform& cluster, std::shared_ptr<NodeGroups> groups) {
  std::int64_t seen = 0;
  while (true) {
    SleepUntilWoken woken{cluster.provisioner()};
    co_await woken;
    const bool fresh = seen != cluster.unmet();
    seen = cluster.unmet();
    if (cluster.settings().scaling.at_once && fresh) {
      scan_up(world, cluster, groups);
    } else if (groups->scanner()) {
      world.agenda.resume_now(std::exchange(groups->scanner(), {}), Instant::place);
    }
  }
}

// Whoever else waits is looked at on multiples of the interval: one addition a scan, unless they
// follow each other at once.
Life run_scale_up(World& world, ClusterPlatform& cluster, std::shared_ptr<NodeGroups> groups) {
  const Seconds interval = cluster.settings().scan_interval;
  while (true) {
    SleepUntilWoken woken{groups->scanner()};
    co_await woken;
    bool added = true;
    while (added) {
      const Seconds next = interval * (std::floor(world.now() / interval) + 1);
      auto scan = sleep_until(world.agenda, next, Instant::place);
      co_await scan;
      added = scan_up(world, cluster, groups);
    }
  }
}

Life remind(World& world, ClusterPlatform& cluster, Seconds date) {
  auto due = sleep_until(world.agenda, date, Instant::observe);
  co_await due;
  for (const PoolId pool : cluster.used_pools()) cluster.mark_changed(pool);
}

Life run_scale_down(World& world, ClusterPlatform& cluster, std::shared_ptr<NodeGroups> groups) {
  const Seconds interval = cluster.settings().scan_interval;
  Seconds last{-1}, reminded{0};
  while (true) {
    if (!cluster.any_changed()) {
      SleepUntilWoken woken{cluster.disruptor()};
      co_await woken;
    }
    Seconds next = interval * std::ceil(world.now() / interval);
    if (next <= last) next = last + interval;
    auto scan = sleep_until(world.agenda, next, Instant::observe);
    co_await scan;
    last = next;
    if (groups->added_now()) continue;  // a scan that adds nodes looks no further
    groups->scale_down();
    const std::optional<Seconds> due = groups->next_due();
    const bool pending = reminded > world.now();
    if (due && (!pending || *due < reminded)) {
      reminded = *due;
      remind(world, cluster, *due);
    }
  }
}

}  // namespace

void run_cluster_autoscaler(World& world, ClusterPlatform& cluster) {
  const auto groups = std::make_shared<NodeGroups>(cluster);
  run_new_pods(world, cluster, groups);
  run_scale_up(world, cluster, groups);
  run_scale_down(world, cluster, groups);
}

}  // namespace berth
