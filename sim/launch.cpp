// How nodes of a cluster are launched: when EC2 has them, and what stands for one that it has not;
// their life up to the day AWS takes them back; and the nodes a pool keeps.
//
// A node registers when it has booted, and is ready when its GPU driver is built; kubelet registers it
// some seconds before it is ready (39 of 45 s measured), which is left out. One that registers too late is
// given up (models/kubernetes/launch_failures.h) by whoever asked for it: Karpenter
// (sim/karpenter_launch.h), Cluster Autoscaler (sim/failed_groups.h). A kept node's group waits for it.
//
// A launch meets a shortage or not in the instant it is asked for. Karpenter is told at once and
// asks before (is_short); Cluster Autoscaler's group stays a node short, which counts as coming
// until that is seen (ask_in_vain, give_up). The groups' own attempts in between are left out. Kept
// nodes are asked for until they come. Tested by tests/sim/shortage_test.cpp.
#include <algorithm>
#include <utility>

#include "models/kubernetes/launch_failures.h"
#include "models/platform_startup.h"
#include "models/spot.h"
#include "sim/cluster.h"

namespace berth {
namespace {

Life boot_node(World& world, ClusterPlatform& cluster, PoolId pool, std::int64_t number,
               Seconds boot) {
  auto runs = sleep(world.agenda, std::min(kMachineRuns, boot));
  co_await runs;
  KubeNode* node = cluster.find_node(pool, number);
  if (node == nullptr) co_return;  // given up
  cluster.start_billing(*node);
  auto joins = sleep(world.agenda, boot - std::min(kMachineRuns, boot));
  co_await joins;
  node = cluster.find_node(pool, number);
  if (node == nullptr) co_return;
  cluster.node_is_ready(*node);
  if (!node->reclaimed_at) co_return;
  const Seconds reclaimed_at = *node->reclaimed_at;
  auto notice = sleep_until(world.agenda, std::max(world.now(), reclaimed_at - kSpotNotice));
  co_await notice;
  node = cluster.find_node(pool, number);
  if (node == nullptr) co_return;
  cluster.interrupt(*node);
  auto reclaim = sleep_until(world.agenda, reclaimed_at);
  co_await reclaim;
  node = cluster.find_node(pool, number);
  if (node != nullptr) cluster.lose(*node, NodeGone::Why::reclaimed);
}

Life ask_for_minimum(World& world, ClusterPlatform& cluster, PoolId pool) {
  auto later = sleep(world.agenda, kGroupTriesAgain);
  co_await later;
  cluster.state(pool).asks_again = false;
  cluster.keep_minimum(pool);
}

}  // namespace

bool ClusterPlatform::is_short(PoolId pool, TypeId type) {
  bool any = false;
  for (std::size_t i = 0; i < shortages_.size(); ++i)
    any |= settings_.shortages[i].concerns(type, this->pool(pool).offering) &&
           shortages_[i].holds(world_.now());
  return any;
}

// Both EC2 Auto Scaling groups and EC2 Fleet keep zones even; the lowest of equals.
int ClusterPlatform::emptiest_zone(const Pool& pool) const {
  std::vector<int> nodes(static_cast<std::size_t>(settings_.zones), 0);
  for (const auto& node : pool.nodes) ++nodes[static_cast<std::size_t>(node->zone)];
  return static_cast<int>(std::ranges::min_element(nodes) - nodes.begin());
}

KubeNode& ClusterPlatform::add_node(PoolId pool_id, const NodeOrder& order) {
  Pool& pool = state(pool_id);
  const InstanceType& type = world_.type(order.type);
  auto& machines = card_of(pool, order.type).free;
  auto node = std::make_unique<KubeNode>(
      KubeNode{.number = pool.next_number++,
               .pool = pool_id,
               .type = order.type,
               .zone = emptiest_zone(pool),
               .machine = machines.back(),
               .view = empty_view(order.type),
               .lazy = LazyMounts(world_, settings_.egress, 1),
               .unpacking = std::make_shared<UnpackSharing>(double(type.vcpu)),
               .present = std::vector<std::optional<Bytes>>(world_.scenario.images.size()),
               .requested = world_.now(),
               .by = order.by});
  machines.pop_back();
  pool.nodes.push_back(std::move(node));
  return *pool.nodes.back();
}

KubeNode& ClusterPlatform::request_node(PoolId pool_id, const NodeOrder& order) {
  const NodePool& shape = this->pool(pool_id);
  const InstanceType& type = world_.type(order.type);
  KubeNode& requested = add_node(pool_id, order);
  world_.tally.record(NodeRequested{world_.now(), id_, pool_id, requested.number, order.type,
                                    shape.offering, price_of(pool_id, order.type), requested.zone,
                                    order.pods, order.by});

  // Nodes are named by their order of birth in their pool; the top bit keeps them apart from jobs.
  const std::uint64_t entity = std::uint64_t{1} << 63 | std::uint64_t(id_.value) << 48 |
                               std::uint64_t(pool_id.value) << 32 | std::uint64_t(requested.number);
  RandomStream boots = world_.stream(Purpose::boot, entity);
  Seconds boot =
      order.booted ? 0s
                   : draw(type.gpus > 0 ? settings_.node_boot_gpu : settings_.node_boot_cpu, boots);
  requested.registers = world_.now() + boot;
  if (!order.booted && type.gpus > 0) boot += draw(settings_.gpu_driver, boots);
  requested.comes = world_.now() + boot;
  if (shape.offering == Offering::spot) {
    RandomStream fates = world_.stream(Purpose::interruption, entity);
    const double hazard = reclaims_per_hour(type.spot_reclaim_per_month.value());
    requested.reclaimed_at =
        world_.now() + boot + Seconds{Hours{draw(exponential(1.0), fates).count() / hazard}};
  }
  boot_node(world_, *this, pool_id, requested.number, boot);
  return requested;
}

void ClusterPlatform::ask_in_vain(PoolId pool, const NodeOrder& order) {
  KubeNode& node = add_node(pool, order);
  node.never_comes = true;
  node.asked_for = order.pods;
}

ClusterPlatform::GivenUp ClusterPlatform::give_up(PoolId pool_id, TypeId type) {
  Pool& pool = state(pool_id);
  GivenUp given;
  std::erase_if(pool.nodes, [&](const std::unique_ptr<KubeNode>& node) {
    if (!node->never_comes || node->type != type) return false;
    if (given.nodes++ == 0) given.asked = node->requested;
    given.pods += node->asked_for;
    card_of(pool, type).free.push_back(node->machine);
    return true;
  });
  if (given.nodes > 0) mark_changed(pool_id);
  return given;
}

void ClusterPlatform::give_up_unregistered(KubeNode& node) {
  world_.tally.record(NodeUnregistered{world_.now(), node.requested, id_, node.pool, node.number,
                                       node.type, node.by});
  const PoolId pool = node.pool;
  lose(node, NodeGone::Why::unregistered);
  forget_missing(pool);
}

void ClusterPlatform::forget_missing(PoolId pool) {
  for (Request* request : waiting_for(pool)) {
    const auto missing = std::erase_if(request->nominated, [&](std::int64_t number) {
      return find_node(pool, number) == nullptr;
    });
    if (missing > 0 || request->nominated.empty()) request->node_requested.reset();
  }
}

// Those the cluster begins with are there; what is lost later is launched and has to boot.
void ClusterPlatform::keep_minimum(PoolId pool) {
  const NodePool& shape = this->pool(pool);
  const TypeId type = shape.types.front();
  const Seconds now = world_.now();
  const int missing = std::min(-may_give(pool), may_add(pool));
  if (missing <= 0 || state(pool).asks_again) return;
  const bool begins = now == Seconds{0};
  if (!begins && is_short(pool, type)) {
    world_.tally.record(LaunchFailed{.at = now,
                                     .asked = now,
                                     .platform = id_,
                                     .pool = pool,
                                     .type = type,
                                     .offering = shape.offering,
                                     .by = NodeRequested::By::minimum,
                                     .nodes = missing,
                                     .not_before = now + kGroupTriesAgain});
    state(pool).asks_again = true;
    ask_for_minimum(world_, *this, pool);
    return;
  }
  for (int n = 0; n < missing; ++n) request_node(pool, {.type = type, .booted = begins});
}

}  // namespace berth
