#include "sim/cluster_autoscaler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include "models/billing/node_share.h"
#include "models/kubernetes/cluster_autoscaler.h"
#include "models/kubernetes/scale_up.h"
#include "sim/failed_groups.h"

namespace berth {
namespace {

const Resources kSmallPod{500, {500 * kMiB}, 0};

using Request = ClusterPlatform::Request;

// Who waits in a pool, by shape, and for which groups of theirs no node there or coming has room.
struct Waiting {
  std::vector<std::vector<Request*>> lines;
  std::vector<UnmetGroups> unmet;
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
  Resources capacity(PoolId pool, std::size_t t) const {
    const InstanceType& machine = type(pool, t);
    return {machine.vcpu * std::int64_t{1000}, machine.memory, machine.gpus};
  }
  Waiting look_who_waits(PoolId pool) const;
  std::optional<Option> option(PoolId pool, std::size_t type,
                               const std::vector<UnmetGroups>& unmet, int rank) const;
  const Option& choose(const std::vector<Option>& options);
  std::vector<NodeGroup> groups_of(PoolId pool) const;
  void add(const Option& chosen, const Waiting& waiting);
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

// Whoever finds room on nodes that are there or on their way is nominated to them.
Waiting NodeGroups::look_who_waits(PoolId pool) const {
  Waiting waiting{.lines = cluster_.waiting_lines(pool), .unmet = {}};
  std::vector<PendingGroups> pending;
  for (const std::vector<Request*>& line : waiting.lines) {
    const PodGroup& shape = line.front()->group;
    pending.push_back({.request = shape.needs,
                       .size = shape.pods,
                       .count = static_cast<int>(line.size()),
                       .priority = shape.priority});
  }
  const auto taken = fill_open_nodes(pending, cluster_.open_nodes(pool));
  for (std::size_t l = 0; l < pending.size(); ++l) {
    for (Request* request : waiting.lines[l]) request->nominated.clear();
    for (std::size_t p = 0; p < taken[l].size(); ++p) {
      Request& request = *waiting.lines[l][p / static_cast<std::size_t>(pending[l].size)];
      request.nominated.push_back(taken[l][p].value);
      if (!cluster_.find_node(pool, taken[l][p].value)->ready && !request.node_requested)
        request.node_requested = now();
    }
  }
  waiting.unmet = unmet_groups(pending, taken);
  return waiting;
}

std::optional<Option> NodeGroups::option(PoolId pool, std::size_t t,
                                         const std::vector<UnmetGroups>& unmet, int rank) const {
  const LaunchType& shape = cluster_.state(pool).types[t];
  Option result{.pool = pool,
                .type = t,
                .estimate = estimate_for_groups(
                    unmet, {.allocatable = shape.allocatable, .max_pods = shape.max_pods},
                    cluster_.may_add(pool)),
                .value = {}};
  if (result.estimate.nodes == 0 || result.estimate.pods() == 0) return std::nullopt;
  result.value = expansion_option(
      unmet, result.estimate,
      {capacity(pool, t), cluster_.price_of(pool, cluster_.pool(pool).types[t])}, rank);
  return result;
}

const Option& NodeGroups::choose(const std::vector<Option>& options) {
  std::vector<ExpansionOption> values;
  values.reserve(options.size());
  for (const Option& option : options) values.push_back(option.value);
  std::size_t nodes = 0;
  for (const PoolId pool : cluster_.used_pools()) nodes += cluster_.state(pool).nodes.size();
  const ExpansionRule rule{.expander = cluster_.settings().scaling.expander,
                           .cluster_nodes = static_cast<int>(nodes),
                           .small_pod_price = resource_price(kSmallPod)};
  const std::vector<std::size_t> best = best_options(values, rule);
  RandomStream lots = cluster_.world().stream(Purpose::expander,
                                              std::uint64_t(cluster_.id().value) << 40 | draws_++);
  const auto lot = best.size() == 1
                       ? std::size_t{0}
                       : static_cast<std::size_t>(lots.uniform() * double(best.size()));
  const Option& chosen = options[best[lot]];
  const double score = expansion_score(chosen.value, rule);
  std::optional<double> next_score;
  for (const ExpansionOption& value : values)
    if (const double other = expansion_score(value, rule); other > score)
      next_score = std::min(other, next_score.value_or(other));
  cluster_.world().tally.record(ScaleUpChosen{.at = now(),
                                              .platform = cluster_.id(),
                                              .pool = chosen.pool,
                                              .type = cluster_.pool(chosen.pool).types[chosen.type],
                                              .options = static_cast<int>(options.size()),
                                              .ties = static_cast<int>(best.size()),
                                              .nodes = chosen.value.nodes,
                                              .pods = chosen.value.pods,
                                              .expander = rule.expander,
                                              .score = score,
                                              .next_score = next_score});
  return chosen;
}

std::vector<NodeGroup> NodeGroups::groups_of(PoolId pool) const {
  std::vector<NodeGroup> groups;
  const auto& types = cluster_.pool(pool).types;
  groups.reserve(types.size());
  for (std::size_t t = 0; t < types.size(); ++t)
    groups.push_back({.capacity = capacity(pool, t),
                      .allocatable = cluster_.state(pool).types[t].allocatable,
                      .nodes = static_cast<int>(std::ranges::count(
                          cluster_.state(pool).nodes, types[t],
                          [](const auto& node) { return node->type; })),
                      .may_grow = failed_.may_grow(pool, types[t])});
  return groups;
}

void NodeGroups::add(const Option& chosen, const Waiting& waiting) {
  last_add_ = now();
  const NodePool& pool = cluster_.pool(chosen.pool);
  const std::vector<std::size_t> grown =
      groups_to_grow(groups_of(chosen.pool), chosen.type, waiting.unmet,
                     {.balance_similar = cluster_.settings().scaling.balance_similar,
                      .new_nodes = chosen.value.nodes,
                      .max = pool.max_nodes});
  const auto count = static_cast<int>(grown.size());
  for (int n = 0; n < count; ++n)
    failed_.launch(chosen.pool,
                   {.type = pool.types[grown[static_cast<std::size_t>(n)]],
                    .pods = chosen.value.pods / count + (n < chosen.value.pods % count),
                    .by = NodeRequested::By::cluster_autoscaler});
  const std::vector<int> helped = helped_groups(waiting.unmet, chosen.estimate);
  for (std::size_t g = 0; g < helped.size(); ++g) {
    const UnmetGroups& unmet = waiting.unmet[g];
    const auto first = waiting.lines[unmet.line].end() - unmet.count;
    for (Request* request : std::span(first, static_cast<std::size_t>(helped[g])))
      if (!request->node_requested) request->node_requested = now();
  }
}

bool NodeGroups::scale_up() {
  failed_.forgive();
  std::vector<Option> options;
  std::map<PoolId, Waiting> waiting;
  int rank = 0;
  for (const PoolId pool : cluster_.used_pools()) {
    const std::vector<UnmetGroups>& unmet = (waiting[pool] = look_who_waits(pool)).unmet;
    for (std::size_t t = 0; t < cluster_.pool(pool).types.size(); ++t, ++rank)
      if (!unmet.empty() && failed_.may_grow(pool, cluster_.pool(pool).types[t]))
        if (auto found = option(pool, t, unmet, rank)) options.push_back(*std::move(found));
  }
  if (options.empty()) return false;
  const Option& chosen = choose(options);
  add(chosen, waiting[chosen.pool]);
  return true;
}

// ---- Giving back -------------------------------------------------------------------------------

// Pods may move to room that nobody waits for and nobody was told to move to.
std::vector<RemovableNode> NodeGroups::removable(
    PoolId pool, const ClusterPlatform::Budgets& budgets) const {
  std::vector<RemovableNode> nodes;
  SpokenFor spoken = cluster_.spoken_for(pool);
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
                      .blocked = spoken.holds(node->id()),
                      .tried = tried_in_vain_.contains({pool, node->number}),
                      .ready = node->ready,
                      .was_unneeded = unneeded_.contains({pool, node->number})});
    // Also those that are leaving: only pods long past their grace are none, and no kubelet leaves any.
    for (const KubePod& pod : node->pods) {
      seen.pods.push_back({pod.request.request, budgets.of(pod)});
      seen.holds_fast |= !pod.disruptable;
    }
  }
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
  return scale_down_cools_until(last_add_, cluster_.drained_in_vain(),
                                cluster_.settings().scaling.delay_after_add);
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
