#include "sim/karpenter_launch.h"

#include <algorithm>
#include <utility>

namespace berth {
namespace {

AllowedCapacity capacity_of(Offering offering) {
  return {.spot = offering == Offering::spot, .on_demand = offering == Offering::on_demand};
}

}  // namespace

TypeId cheapest(const ClusterPlatform& cluster, PoolId pool, const PlannedNode& planned) {
  const LaunchRequest request = launch_request(planned, cluster.state(pool).types);
  return cluster.pool(pool).types[request.types.front()];
}

// ---- What EC2 has --------------------------------------------------------------------------------

LaunchPool KarpenterLaunches::launch_pool(PoolId id, int at_most) const {
  const NodePool& shape = cluster_.pool(id);
  LaunchPool pool{.capacity = capacity_of(shape.offering), .at_most = at_most};
  for (std::size_t t = 0; t < shape.types.size(); ++t)
    if (!left_out_.holds(shape.types[t], shape.offering, cluster_.world().now()))
      pool.types.push_back(t);
  return pool;
}

std::optional<TypeId> KarpenterLaunches::choose(PoolId id, const PlannedNode& planned,
                                                NodeRequested::By by) {
  const NodePool& pool = cluster_.pool(id);
  const Seconds now = cluster_.world().now();
  std::vector<TypeId> types;
  std::vector<LaunchTry> tries;
  for (const std::size_t t : launch_request(planned, cluster_.state(id).types).types) {
    const TypeId type = types.emplace_back(pool.types[t]);
    const bool left_out = left_out_.holds(type, pool.offering, now);
    tries.push_back({.left_out = left_out, .is_short = !left_out && cluster_.is_short(id, type)});
  }
  const LaunchChoice choice = choose_launch(tries);
  for (const std::size_t t : choice.found_short) left_out_.mark(types[t], pool.offering, now);
  const std::optional<TypeId> taken =
      choice.taken ? std::optional(types[*choice.taken]) : std::nullopt;
  if (choice.is_told())
    cluster_.world().tally.record(
        LaunchFailed{.at = now,
                     .asked = now,
                     .platform = cluster_.id(),
                     .pool = id,
                     .type = types.front(),
                     .offering = pool.offering,
                     .by = by,
                     .pods = static_cast<int>(planned.pods.size()),
                     .short_types = choice.passed_over,
                     .instead = taken,
                     .not_before = *left_out_.first_end({{types.front()}}, pool.offering, now)});
  failed_ |= !taken;
  return taken;
}

// ---- Nodes that do not register ------------------------------------------------------------------

namespace {

Life ask_again(World& world, ClusterPlatform& cluster, Seconds date) {
  auto later = sleep_until(world.agenda, date, Instant::place);
  co_await later;
  if (cluster.provisioner())
    world.agenda.resume_now(std::exchange(cluster.provisioner(), {}), Instant::place);
}

// Nobody is told that it goes: the pods that were to have it ask as they do as long as they wait.
Life give_up(World& world, ClusterPlatform& cluster, PoolId pool, std::int64_t number, Seconds date) {
  auto late = sleep_until(world.agenda, date, Instant::place);
  co_await late;
  KubeNode* node = cluster.find_node(pool, number);
  if (node == nullptr) co_return;
  std::optional<Seconds> next;
  for (const ClusterPlatform::Request* request : cluster.waiting_for(pool)) {
    if (std::ranges::find(request->nominated, number) == request->nominated.end()) continue;
    const Seconds asks = asks_again(request->asked, date);
    if (!next || asks < *next) next = asks;
  }
  const bool replaces = node->expecting > 0;  // then what it was to replace comes first
  cluster.give_up_unregistered(*node);
  if (!replaces) cluster.keep_minimum(pool);
  if (next) ask_again(world, cluster, *next);
}

}  // namespace

KubeNode& KarpenterLaunches::launch(PoolId pool, const ClusterPlatform::NodeOrder& order) {
  KubeNode& node = cluster_.request_node(pool, order);
  const Seconds ends = registration_ends(node.requested, cluster_.settings().register_within);
  if (node.registers > ends) give_up(cluster_.world(), cluster_, pool, node.number, ends);
  return node;
}

// ---- Nodes for pods ------------------------------------------------------------------------------

// A pod is numbered by its request's position; those that move come after all requests. For pods of
// nodes that are going there is a node before they ask for it.
LaunchPlan KarpenterLaunches::plan_for(PoolId id, const Requests& waiting) const {
  std::vector<PendingPod> pods = cluster_.pods_to_move(id);
  for (std::size_t i = 0; i < pods.size(); ++i)
    pods[i].id = {static_cast<std::int32_t>(waiting.size() + i)};
  for (std::size_t i = 0; i < waiting.size(); ++i)
    for (int p = 0; p < waiting[i]->group.pods; ++p)
      pods.push_back({.id = {static_cast<std::int32_t>(i)},
                      .request = waiting[i]->group.needs,
                      .created = waiting[i]->asked});
  const std::vector<LaunchPool> pools{launch_pool(id, cluster_.may_add(id))};
  return plan_for_groups(std::move(pods), cluster_.open_nodes(id),
                         {cluster_.state(id).types, pools});
}

void KarpenterLaunches::act_on(const LaunchPlan& plan, PoolId pool, const Requests& waiting) {
  const auto nominate = [&](PodId pod, const KubeNode& node) {
    if (pod.index() >= waiting.size()) return;  // it does not wait yet
    ClusterPlatform::Request& request = *waiting[pod.index()];
    request.nominated.push_back(node.number);
    if (!node.ready && !request.node_requested) request.node_requested = cluster_.world().now();
  };
  for (const Nomination& nomination : plan.nominated)
    nominate(nomination.pod, *cluster_.find_node(pool, nomination.node.value));
  for (const PlannedNode& planned : plan.nodes) {
    const auto type = choose(pool, planned, NodeRequested::By::karpenter);
    if (!type) continue;
    const KubeNode& node = launch(pool, {.type = *type,
                                         .pods = static_cast<int>(planned.pods.size()),
                                         .by = NodeRequested::By::karpenter});
    for (const PodId pod : planned.pods) nominate(pod, node);
  }
}

void KarpenterLaunches::add_nodes(PoolId pool) {
  const Requests waiting = cluster_.waiting_for(pool);
  std::vector<std::vector<std::int64_t>> before;
  for (ClusterPlatform::Request* request : waiting)
    before.push_back(std::exchange(request->nominated, {}));
  // On the nodes that are there the scheduler has found none; so it is in vain while none can come.
  if (cluster_.may_add(pool) > 0 ||
      !std::ranges::all_of(cluster_.state(pool).nodes, &KubeNode::ready))
    act_on(plan_for(pool, waiting), pool, waiting);
  for (std::size_t i = 0; i < waiting.size(); ++i)
    if (!before[i].empty() && before[i] != waiting[i]->nominated) {
      cluster_.mark_changed(pool);  // a node may be nobody's nomination any more
      break;
    }
}

void KarpenterLaunches::provision() {
  failed_ = false;
  for (const PoolId pool : cluster_.used_pools()) add_nodes(pool);
}

// A pass comes `batch_idle` after the pod that opens it has asked.
std::optional<Seconds> KarpenterLaunches::next_pass() const {
  const Seconds now = cluster_.world().now();
  if (!left_out_.any(now)) return std::nullopt;
  std::optional<Seconds> next;
  for (const PoolId pool : cluster_.used_pools()) {
    const NodePool& shape = cluster_.pool(pool);
    const auto end = left_out_.first_end(shape.types, shape.offering, now);
    if (!end) continue;
    const Seconds after = failed_ ? now : std::max(now, *end - cluster_.settings().batch_idle);
    for (const ClusterPlatform::Request* request : cluster_.waiting_for(pool)) {
      if (static_cast<int>(request->nominated.size()) >= request->group.pods) continue;
      const Seconds asks = asks_again(request->asked, after);
      if (!next || asks < *next) next = asks;
    }
  }
  return next;
}

// A batch closes after a quiet `batch_idle` without a new pod that finds no room, or when it is
// `batch_max` old.
Life run_provisioner(World& world, std::shared_ptr<KarpenterLaunches> launches) {
  ClusterPlatform& cluster = launches->cluster();
  const Seconds idle = cluster.settings().batch_idle, most = cluster.settings().batch_max;
  Seconds asked_again{-1};
  while (true) {
    SleepUntilWoken woken{cluster.provisioner()};
    co_await woken;
    const Seconds opened = world.now();
    Seconds closes = opened;
    do {
      closes = std::min(opened + most, std::max(opened, cluster.unmet_at()) + idle);
      auto quiet = sleep_until(world.agenda, closes, Instant::place);
      co_await quiet;
    } while (std::min(opened + most, std::max(opened, cluster.unmet_at()) + idle) > closes);
    launches->provision();
    const std::optional<Seconds> next = launches->next_pass();
    if (!next || (asked_again > world.now() && asked_again <= *next)) continue;
    asked_again = *next;
    ask_again(world, cluster, *next);
  }
}

}  // namespace berth
