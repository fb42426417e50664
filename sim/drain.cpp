// How pods of a cluster are told to leave, and how nodes are emptied: by their budgets, by AWS's
// notice, for good or in vain.
#include <algorithm>
#include <map>
#include <utility>

#include "models/kubernetes/karpenter.h"
#include "sim/cluster.h"

namespace berth {
namespace {

// kubelet kills what is still there when its grace is over.
Life kill_overdue(World& world, ClusterPlatform& cluster, PoolId pool, std::int64_t number,
                  std::int64_t pod, Seconds date) {
  auto grace = sleep_until(world.agenda, date);
  co_await grace;
  cluster.kill(pool, number, pod);
}

void tell_refused(World& world, const ClusterPlatform& cluster, const KubeNode& node,
                  const std::vector<Holder>& refused) {
  std::map<Holder, int> staying;
  for (const Holder holder : refused) ++staying[holder];
  for (const auto& [holder, pods] : staying)
    world.tally.record(
        EvictionRefused{world.now(), cluster.id(), node.pool, node.number, holder, pods});
}

}  // namespace

// ---- Pods --------------------------------------------------------------------------------------

void ClusterPlatform::kill(PoolId pool, std::int64_t number, std::int64_t pod) {
  KubeNode* node = find_node(pool, number);
  if (node == nullptr) return;
  const auto held = std::ranges::find(node->pods, pod, &KubePod::id);
  if (held == node->pods.end()) return;
  remove_pod(*node, static_cast<std::size_t>(held - node->pods.begin()));
  wake(scheduler_);
}

void ClusterPlatform::note_leaving(PoolId pool, std::int64_t number, const Resident& resident) {
  KubeNode* node = find_node(pool, number);
  if (node == nullptr) return;
  const auto held = std::ranges::find(node->pods, &resident, &KubePod::resident);
  if (held == node->pods.end() || held->leaving) return;
  held->leaving = true;
  node->staying[held->holder] -= 1;
  mark_changed(pool);
}

void ClusterPlatform::evict(KubeNode& node, KubePod& pod, const Eviction& eviction,
                            const Request* by) {
  if (pod.leaving) return;
  pod.leaving = true;
  node.staying[pod.holder] -= 1;
  Seconds until = world_.now() + std::min(pod.grace, eviction.most_grace.value_or(pod.grace));
  if (node.interrupted) until = std::min(until, *node.reclaimed_at);
  PodEvicted told{world_.now(), until,      id_,          node.pool,
                  node.number,  pod.holder, pod.priority, eviction.why};
  if (by != nullptr) told.by = by->group.holder, told.by_priority = by->group.priority;
  told.breaks_budget = eviction.breaks_budget;
  world_.tally.record(told);
  kill_overdue(world_, *this, node.pool, node.number, pod.id, until);
  if (pod.resident != nullptr) pod.resident->evict(eviction.why, until);
}

// Whoever is told may go at once, so the list changes under way.
std::vector<Holder> ClusterPlatform::evict_all(KubeNode& node, const Eviction& eviction) {
  std::vector<std::int64_t> ids;
  for (const KubePod& pod : node.pods)
    if (eviction.also_undisruptable || pod.disruptable) ids.push_back(pod.id);
  std::vector<Holder> refused;
  for (const std::int64_t id : ids) {
    const auto pod = std::ranges::find(node.pods, id, &KubePod::id);
    if (pod == node.pods.end() || pod->leaving) continue;
    const auto guarded = pod->guarded();
    if (guarded && !may_be_evicted(*guarded))
      refused.push_back(pod->holder);
    else
      evict(node, *pod, eviction, nullptr);
  }
  return refused;
}

ClusterPlatform::Budgets ClusterPlatform::budgets_in(PoolId pool) const {
  std::map<Holder, int> allowed;
  for (const auto& node : state(pool).nodes)
    for (const KubePod& pod : node->pods)
      if (!allowed.contains(pod.holder))
        if (const auto guarded = pod.guarded()) allowed[pod.holder] = guarded->status.allowed;
  Budgets budgets;
  for (const auto& [holder, disruptions] : allowed) {
    budgets.holders.push_back(holder);
    budgets.allowed.push_back(disruptions);
  }
  return budgets;
}

std::optional<std::size_t> ClusterPlatform::Budgets::of(const KubePod& pod) const {
  const auto found = std::ranges::lower_bound(holders, pod.holder);
  if (found == holders.end() || *found != pod.holder) return std::nullopt;
  return static_cast<std::size_t>(found - holders.begin());
}

// ---- Nodes -------------------------------------------------------------------------------------

Life remove_node(World& world, ClusterPlatform& cluster, Removal removal) {
  if (removal.before > Seconds{0}) {
    auto before = sleep(world.agenda, removal.before);
    co_await before;
  }
  KubeNode* node = cluster.find_node(removal.pool, removal.number);
  if (node == nullptr || std::exchange(node->draining, true)) co_return;
  const Seconds began = world.now();
  std::vector<Holder> refused = cluster.evict_all(*node, removal.pods);
  tell_refused(world, cluster, *node, refused);
  for (int attempts = 1; !refused.empty(); ++attempts) {
    auto again = sleep(world.agenda, removal.retry.wait_after(attempts));
    co_await again;
    node = cluster.find_node(removal.pool, removal.number);
    if (node == nullptr) co_return;
    if (removal.retry.over(world.now() - began) && !node->interrupted) {
      cluster.uncordon(*node);
      co_return;
    }
    refused = cluster.evict_all(*node, removal.pods);
  }
  if (!removal.why) co_return;
  auto least = sleep_until(world.agenda, std::max(world.now(), began + removal.least));
  co_await least;
  while ((node = cluster.find_node(removal.pool, removal.number)) != nullptr) {
    if (node->pods.empty()) {
      cluster.lose(*node, *removal.why);
      co_return;
    }
    SleepUntilWoken woken{node->waiter};
    co_await woken;
  }
}

// Karpenter and managed node groups drain a node that EC2 is about to take; what may not be
// disturbed runs on until the machine goes. Karpenter gives it back when its last pod has left. One that was
// cordoned before and waits for what is to replace it is drained, too.
void ClusterPlatform::interrupt(KubeNode& node) {
  world_.tally.record(
      NodeInterrupted{world_.now(), *node.reclaimed_at, id_, node.pool, node.number});
  node.interrupted = true;
  if (node.draining) return;
  if (!node.leaving) cordon(node, std::nullopt);
  Removal drain{
      .pool = node.pool,
      .number = node.number,
      .pods = {.why = PodEvicted::Why::interrupted, .also_undisruptable = false},
      .retry = kKubectlRetry
  };
  if (settings_.autoscaler == NodeAutoscaler::karpenter) {
    drain.why = NodeGone::Why::drained;
    drain.retry = kKarpenterRetry;
    drain.least = kLeastDrain;
  }
  remove_node(world_, *this, drain);
  keep_minimum(node.pool);
}

void ClusterPlatform::cordon(KubeNode& node, std::optional<std::int64_t> command) {
  node.leaving = true;
  world_.tally.record(NodeCordoned{world_.now(), id_, node.pool, node.number, command,
                                   static_cast<int>(node.pods.size())});
  if (settings_.autoscaler == NodeAutoscaler::karpenter && !node.pods.empty()) wake(provisioner_);
}

void ClusterPlatform::uncordon(KubeNode& node) {
  node.leaving = node.draining = false;
  drained_in_vain_ = world_.now();
  node.touched = world_.now();
  world_.tally.record(NodeUncordoned{world_.now(), id_, node.pool, node.number,
                                     static_cast<int>(node.pods.size())});
  mark_changed(node.pool);
  wake(scheduler_);
}

}  // namespace berth
