#include "sim/karpenter.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "sim/karpenter_launch.h"

namespace berth {
namespace {

// ---- Disruption --------------------------------------------------------------------------------

DisruptionDecided::Method told_as(DisruptionMethod method) {
  switch (method) {
    case DisruptionMethod::empty: return DisruptionDecided::Method::empty;
    case DisruptionMethod::several_nodes: return DisruptionDecided::Method::several_nodes;
    case DisruptionMethod::one_node: break;
  }
  return DisruptionDecided::Method::one_node;
}

struct Leaving {
  std::int64_t number = 0, changes = 0;
};
struct Command {
  PoolId pool;
  std::int64_t number = 0;
  DisruptionMethod method{};
  std::vector<Leaving> nodes;
  std::optional<PlannedNode> replacement;
};

class Disruptor {
 public:
  explicit Disruptor(std::shared_ptr<KarpenterLaunches> launches)
      : launches_(std::move(launches)), cluster_(launches_->cluster()) {}

  // What to do next; told to the journal.
  std::vector<Command> decide() {
    std::vector<Command> commands;
    const std::vector<PoolId> pools = changed_pools();
    for (const DisruptionMethod method : kDisruptionMethods) {
      const std::size_t earlier = commands.size();
      for (const PoolId pool : pools)
        if (is_tried(method, cluster_.pool(pool).consolidates, earlier, commands.size() - earlier))
          if (auto command = find(method, pool)) commands.push_back(*std::move(command));
    }
    if (commands.empty())
      for (const PoolId pool : pools) cluster_.state(pool).changed = false;
    for (Command& command : commands) tell(command);
    return commands;
  }

  // True when its nodes go. They stay where EC2 has nothing to replace them by.
  bool act_on(Command& command) {
    if (still_holds(command) && execute(command)) return true;
    cluster_.world().tally.record(
        DisruptionDropped{now(), cluster_.id(), command.pool, command.number});
    return false;
  }

  // When the next node will have been quiet long enough, or what EC2 has may be another.
  std::optional<Seconds> next_due() const {
    std::optional<Seconds> next;
    if (launches_->leaves_out_any()) next = now() + kConsolidationLooksAgain;
    for (const PoolId pool : cluster_.used_pools())
      for (const auto& node : cluster_.state(pool).nodes) {
        const Seconds due = node->touched + cluster_.pool(pool).consolidate_after;
        if (node->takes_pods() && due > now() && (!next || due < *next)) next = due;
      }
    return next;
  }

 private:
  struct View {
    std::vector<ConsolidationCandidate> candidates;  // best first
    std::vector<OpenNode> rest;
  };

  Seconds now() const { return cluster_.world().now(); }

  std::vector<PoolId> changed_pools() const {
    std::vector<PoolId> pools = cluster_.used_pools();
    std::erase_if(pools, [&](PoolId pool) { return !cluster_.state(pool).changed; });
    return pools;
  }

  static PoolNode seen(const KubeNode& node, const SpokenFor& spoken) {
    return {.id = {static_cast<std::int32_t>(node.number)},
            .pods = static_cast<int>(node.pods.size()),
            .quiet_since = node.touched,
            .initialised = node.ready,
            .ready = node.ready,
            .nominated = spoken.holds(node.id()),
            .deleting = node.leaving};
  }
  bool may_go(const KubeNode& node, const SpokenFor& spoken) const {
    return may_be_disrupted(seen(node, spoken), cluster_.pool(node.pool).consolidate_after, now());
  }
  bool is_candidate(const KubeNode& node, const SpokenFor& spoken) const {
    return may_go(node, spoken) && std::ranges::all_of(node.pods, [](const KubePod& pod) {
             if (pod.leaving) return true;
             const auto guarded = pod.guarded();
             return pod.disruptable && !(guarded && blocks_consolidation(*guarded));
           });
  }

  // Nodes that are not initialised yet are not counted, as Karpenter does.
  int allowed(PoolId pool, Disruption reason) const {
    const auto& nodes = cluster_.state(pool).nodes;
    const auto ready = std::ranges::count_if(nodes, [](const auto& n) { return n->ready; });
    const auto going =
        std::ranges::count_if(nodes, [](const auto& n) { return n->ready && n->leaving; });
    return allowed_disruptions(
        budget_for(reason, cluster_.pool(pool).budgets, static_cast<int>(ready)),
        static_cast<int>(going), 0);
  }

  std::optional<Command> empty_nodes(PoolId pool) const {
    const SpokenFor spoken = cluster_.spoken_for(pool);
    std::vector<PoolNode> nodes;
    for (const auto& node : cluster_.state(pool).nodes)
      nodes.push_back(seen(*node, spoken));
    const EmptinessRule rule{.consolidate_after = cluster_.pool(pool).consolidate_after,
                             .min_nodes = cluster_.pool(pool).min_nodes,
                             .budgets = cluster_.pool(pool).budgets};
    const std::vector<NodeId> going = empty_nodes_to_remove(nodes, rule, now());
    if (going.empty()) return std::nullopt;
    return command_of(pool, DisruptionMethod::empty, going, std::nullopt);
  }

  // Pods may move to room that nobody waits for and nobody was told to move to.
  View look(PoolId pool) const {
    View view;
    const auto& types = cluster_.pool(pool).types;
    const SpokenFor spoken = cluster_.spoken_for(pool);
    for (const OpenNode& open : spoken.open) {
      const KubeNode& node = *cluster_.find_node(pool, open.id.value);
      // Room on nodes that are not there yet is for the pods they were launched for.
      if (!node.ready) continue;
      if (!is_candidate(node, spoken)) {
        view.rest.push_back(open);
        continue;
      }
      ConsolidationCandidate candidate{
          .node = open,
          .type = static_cast<std::size_t>(std::ranges::find(types, node.type) - types.begin()),
          .capacity =
              cluster_.pool(pool).offering == Offering::spot ? Capacity::spot : Capacity::on_demand,
          .price = cluster_.price_of(pool, node.type)};
      for (const KubePod& pod : node.pods)
        if (!pod.leaving)
          candidate.pods.push_back({
              .pod = {.id = {static_cast<std::int32_t>(pod.id)},
                      .request = pod.request.request,
                      .created = pod.asked},
              .priority = static_cast<double>(pod.priority)
          });
      if (may_be_consolidated(candidate))
        view.candidates.push_back(std::move(candidate));
      else
        view.rest.push_back(open);
    }
    sort_candidates(view.candidates);
    return view;
  }

  // A node of the only type, or of spot where spot is not replaced, never makes way for a new one:
  // then none is planned, which comes to the same and is quick.
  std::vector<LaunchPool> replacements(PoolId pool) const {
    const bool cheaper_ones = cluster_.pool(pool).types.size() > 1;
    const bool spot = cluster_.pool(pool).offering == Offering::spot;
    const bool possible = cheaper_ones && (!spot || cluster_.settings().spot_to_spot);
    return {launches_->launch_pool(pool, possible ? cluster_.may_add(pool) : 0)};
  }
  ConsolidationRule rule_for(PoolId pool) const {
    return {.spot_to_spot = cluster_.settings().spot_to_spot,
            .may_give = std::max(cluster_.may_give(pool), 0),
            .allowed = allowed(pool, Disruption::underutilised)};
  }

  std::optional<Command> find(DisruptionMethod method, PoolId pool) const {
    if (method == DisruptionMethod::empty) return empty_nodes(pool);
    const View view = look(pool);
    const auto pools = replacements(pool);
    const auto consolidate =
        method == DisruptionMethod::several_nodes ? consolidate_several : consolidate_one;
    const auto found = consolidate(view.candidates, view.rest, {cluster_.state(pool).types, pools},
                                   rule_for(pool));
    if (!found) return std::nullopt;
    return command_of(pool, method, found->nodes, found->replacement);
  }

  Command command_of(PoolId pool, DisruptionMethod method, const std::vector<NodeId>& nodes,
                     std::optional<PlannedNode> replacement) const {
    Command command{
        .pool = pool, .method = method, .nodes = {}, .replacement = std::move(replacement)};
    for (const NodeId id : nodes)
      command.nodes.push_back({id.value, cluster_.find_node(pool, id.value)->changes});
    return command;
  }

  void tell(Command& command) {
    command.number = next_command_++;
    DisruptionDecided told{.at = now(),
                           .platform = cluster_.id(),
                           .pool = command.pool,
                           .command = command.number,
                           .method = told_as(command.method),
                           .nodes = static_cast<int>(command.nodes.size()),
                           .replacement = std::nullopt};
    if (command.replacement)
      told.replacement = cheapest(cluster_, command.pool, *command.replacement);
    for (const Leaving& leaving : command.nodes) {
      const KubeNode& node = *cluster_.find_node(command.pool, leaving.number);
      told.pods += static_cast<int>(node.pods.size());
      told.before.rate += cluster_.price_of(command.pool, node.type).rate;
    }
    if (told.replacement) told.after = cluster_.price_of(command.pool, *told.replacement);
    cluster_.world().tally.record(told);
  }

  // After its pause: of its nodes those stay in it that still go. Of a consolidation the sums must come out
  // as before, too.
  bool still_holds(Command& command) const {
    const SpokenFor spoken = cluster_.spoken_for(command.pool);
    const auto touched = [&](const Leaving& leaving) {
      const KubeNode* node = cluster_.find_node(command.pool, leaving.number);
      return node == nullptr || node->changes != leaving.changes || !may_go(*node, spoken);
    };
    const auto before = static_cast<int>(command.nodes.size());
    std::erase_if(command.nodes, touched);
    command.nodes.resize(static_cast<std::size_t>(
        still_going(command.method, before, static_cast<int>(command.nodes.size()),
                    cluster_.may_give(command.pool))));
    if (command.nodes.empty()) return false;
    if (command.method == DisruptionMethod::empty) return true;
    const View view = look(command.pool);
    std::vector<NodeId> leaving;
    leaving.reserve(command.nodes.size());
    for (const Leaving& node : command.nodes)
      leaving.push_back({static_cast<std::int32_t>(node.number)});
    const auto pools = replacements(command.pool);
    return consolidates_still(view.candidates, leaving, command.replacement.has_value(), view.rest,
                              {cluster_.state(command.pool).types, pools}, rule_for(command.pool));
  }

  bool execute(const Command& command);

  std::shared_ptr<KarpenterLaunches> launches_;
  ClusterPlatform& cluster_;
  std::int64_t next_command_ = 0;
};

// Pods are told to leave once the new node is there; it is nominated for them as long as Karpenter
// nominates nodes. Where it does not come, the command is given up and they stay.
Life replace_nodes(World& world, ClusterPlatform& cluster, std::int64_t command, PoolId pool,
                   std::int64_t launched, std::vector<Removal> removals) {
  KubeNode* node = cluster.find_node(pool, launched);
  while (node != nullptr && !node->ready) {
    SleepUntilWoken woken{node->waiter};
    co_await woken;
    node = cluster.find_node(pool, launched);
  }
  if (node == nullptr) {
    world.tally.record(DisruptionDropped{world.now(), cluster.id(), pool, command});
    for (const Removal& removal : removals) {
      KubeNode* stays = cluster.find_node(pool, removal.number);
      if (stays != nullptr && !stays->interrupted) cluster.uncordon(*stays);
    }
    cluster.keep_minimum(pool);
    co_return;
  }
  for (const Removal& removal : removals) remove_node(world, cluster, removal);
  auto nominated = sleep(world.agenda, std::max(2 * cluster.settings().batch_max, kDisruptionPoll));
  co_await nominated;
  node = cluster.find_node(pool, launched);
  if (node != nullptr) cluster.expect(*node, -1);
}

bool Disruptor::execute(const Command& command) {
  const bool empty = command.method == DisruptionMethod::empty;
  std::optional<TypeId> replacement;
  if (command.replacement) {
    replacement =
        launches_->choose(command.pool, *command.replacement, NodeRequested::By::consolidation);
    if (!replacement) return false;
  }
  std::vector<Removal> removals;
  for (const Leaving& leaving : command.nodes) {
    KubeNode& node = *cluster_.find_node(command.pool, leaving.number);
    cluster_.cordon(node, command.number);
    removals.push_back({.pool = command.pool,
                        .number = leaving.number,
                        .why = empty         ? NodeGone::Why::empty
                               : replacement ? NodeGone::Why::replaced
                                             : NodeGone::Why::consolidated,
                        .pods = {.why = PodEvicted::Why::consolidated},
                        .retry = kKarpenterRetry,
                        .least = node.pods.empty() ? 0s : kLeastDrain});
  }
  if (!replacement) {
    for (const Removal& removal : removals) remove_node(cluster_.world(), cluster_, removal);
    return true;
  }
  int pods = 0;
  for (const Leaving& leaving : command.nodes)
    pods += static_cast<int>(cluster_.find_node(command.pool, leaving.number)->pods.size());
  KubeNode& node = launches_->launch(
      command.pool,
      {.type = *replacement, .pods = pods, .by = NodeRequested::By::consolidation});
  cluster_.expect(node, 1);
  replace_nodes(cluster_.world(), cluster_, command.number, command.pool, node.number,
                std::move(removals));
  return true;
}

Life remind(World& world, ClusterPlatform& cluster, Seconds date) {
  auto quiet = sleep_until(world.agenda, date, Instant::observe);
  co_await quiet;
  for (const PoolId pool : cluster.used_pools()) cluster.mark_changed(pool);
}

Life run_disruptor(World& world, std::shared_ptr<KarpenterLaunches> launches) {
  ClusterPlatform& cluster = launches->cluster();
  Disruptor disruptor(launches);
  Seconds last{-1}, reminded{0};
  while (true) {
    if (!cluster.any_changed()) {
      SleepUntilWoken woken{cluster.disruptor()};
      co_await woken;
    }
    Seconds next = kDisruptionPoll * std::ceil(world.now() / kDisruptionPoll);
    if (next <= last) next = last + kDisruptionPoll;
    auto poll = sleep_until(world.agenda, next, Instant::observe);
    co_await poll;
    bool acted = true;
    while (acted) {
      acted = false;
      last = kDisruptionPoll * std::floor(world.now() / kDisruptionPoll);
      std::vector<Command> commands = disruptor.decide();
      if (commands.empty()) break;
      auto held = sleep(world.agenda, kValidation, Instant::observe);
      co_await held;
      for (Command& command : commands)
        if (disruptor.act_on(command)) acted = true;
      last = kDisruptionPoll * std::floor(world.now() / kDisruptionPoll);
    }
    const std::optional<Seconds> due = disruptor.next_due();
    const bool pending = reminded > world.now();
    if (due && (!pending || *due < reminded)) {
      reminded = *due;
      remind(world, cluster, *due);
    }
  }
}

}  // namespace

void run_karpenter(World& world, ClusterPlatform& cluster) {
  const auto launches = std::make_shared<KarpenterLaunches>(cluster);
  run_provisioner(world, launches);
  run_disruptor(world, launches);
}

}  // namespace berth
