#include "sim/cluster.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "models/billing/node_share.h"
#include "models/platform_startup.h"
#include "sim/cluster_autoscaler.h"
#include "sim/karpenter.h"
#include "sim/pause_pods.h"

namespace berth {
namespace {

UsageKind kind_of(Offering offering) {
  return offering == Offering::spot ? UsageKind::ec2_spot : UsageKind::ec2_on_demand;
}

LaunchType launch_type(const NodeView& empty, Offering offering, UsdPerHour price) {
  return {
      .allocatable = empty.allocatable,
      .max_pods = empty.max_pods,
      .offerings = {{.capacity = offering == Offering::spot ? Capacity::spot : Capacity::on_demand,
                     .price = price}}};
}

}  // namespace

// ---- Room, held --------------------------------------------------------------------------------

BoundPods& BoundPods::operator=(BoundPods&& other) noexcept {
  release();
  cluster_ = std::exchange(other.cluster_, nullptr);
  pool_ = other.pool_;
  nodes_ = std::move(other.nodes_);
  pods_ = std::move(other.pods_);
  return *this;
}

void BoundPods::release() {
  if (cluster_ != nullptr) std::exchange(cluster_, nullptr)->release(pool_, nodes_, pods_);
  nodes_.clear();
  pods_.clear();
}

std::optional<Seconds> BoundPods::reclaimed_at() const {
  std::optional<Seconds> first;
  for (const KubeNode* node : nodes_)
    if (node->reclaimed_at && (!first || *node->reclaimed_at < *first)) first = node->reclaimed_at;
  return first;
}

// ---- Nodes -------------------------------------------------------------------------------------

ClusterPlatform::ClusterPlatform(World& world, PlatformId id, const Cluster& settings)
    : world_(world), id_(id), settings_(settings), pools_(settings.pools.size()) {
  if (settings.egress.shared_link)
    shared_link_ = world.network.add_shared_link(*settings.egress.shared_link);
  const auto mark = [&](const auto& homes) {
    for (const auto& home : homes)
      if (home.platform == id) pools_[home.pool->index()].used = true;
  };
  for (const Shortage& one : settings.shortages)
    shortages_.emplace_back(
        one, ShortageSpans::Clock{world.scenario.starts_at, world.scenario.warm_up},
        world.stream(Purpose::shortage, entity_of(one, world.scenario.catalogue)));
  mark(world.placement.training);
  mark(world.placement.services);
  add_machines();
  add_standing_costs();
  for (const PoolId pool : used_pools()) keep_minimum(pool);
  run_scheduler(world, *this);
  if (settings.autoscaler == NodeAutoscaler::karpenter) run_karpenter(world, *this);
  if (settings.autoscaler == NodeAutoscaler::cluster_autoscaler)
    run_cluster_autoscaler(world, *this);
  for (const PoolId pool : used_pools()) run_pause_pods(world, *this, pool);
}

// What is left when the window closes is paid until then.
ClusterPlatform::~ClusterPlatform() {
  for (Pool& pool : pools_)
    for (auto& node : pool.nodes) {
      if (node->never_comes) continue;
      tell_gone(*node, NodeGone::Why::cut_off);
      bill_throughput(*node);
    }
}

// gp3 beyond its 125 MiB/s is billed by the MiB/s-month, while the volume is there.
void ClusterPlatform::bill_throughput(const KubeNode& node) {
  const double extra = (pool(node.pool).volume_throughput.rate - kGp3Baseline.rate) / kMiB;
  if (!node.volume_since || extra <= 0) return;
  const Seconds from = std::max(*node.volume_since, world_.scenario.warm_up);
  if (world_.now() <= from) return;
  world_.meter.add(QuantityRecord{.what = SimplePrice::gp3_mbps_month,
                                  .at = from,
                                  .amount = extra * ((world_.now() - from) / kMonth)});
}

void ClusterPlatform::add_standing_costs() {
  const auto hold = [this](UsageKind kind, double count) {
    standing_.push_back(std::make_unique<Lease>(world_, UsageRecord{.kind = kind, .count = count}));
  };
  hold(settings_.extended_support ? UsageKind::eks_cluster_extended : UsageKind::eks_cluster, 1);
  if (settings_.egress.nat_gateways > 0)
    hold(UsageKind::nat_gateway, settings_.egress.nat_gateways);
}

// SimGrid's platform is fixed before the run: a pool gets as many machines of each speed of network
// among its types as it may have nodes.
void ClusterPlatform::add_machines() {
  for (const PoolId id : used_pools()) {
    Pool& pool = state(id);
    const NodePool& shape = this->pool(id);
    for (const TypeId type : shape.types) {
      pool.types.push_back(launch_type(empty_view(type), shape.offering, price_of(id, type)));
      const BytesPerSecond rate = world_.type(type).net_burst;
      if (std::ranges::find(pool.cards, rate, &Pool::Card::rate) != pool.cards.end()) continue;
      Pool::Card& card = pool.cards.emplace_back(Pool::Card{.rate = rate, .free = {}});
      for (int n = 0; n < shape.max_nodes; ++n)
        card.free.push_back(world_.network.add_machine(rate, shared_link_));
      std::ranges::reverse(card.free);
    }
  }
}

ClusterPlatform::Pool::Card& ClusterPlatform::card_of(Pool& pool, TypeId type) {
  return *std::ranges::find(pool.cards, world_.type(type).net_burst, &Pool::Card::rate);
}

std::vector<PoolId> ClusterPlatform::used_pools() const {
  std::vector<PoolId> used;
  for (std::size_t i = 0; i < pools_.size(); ++i)
    if (pools_[i].used) used.push_back(PoolId{static_cast<std::int32_t>(i)});
  return used;
}

NodeView ClusterPlatform::empty_view(TypeId type_id) const {
  const InstanceType& type = world_.type(type_id);
  return {.allocatable = type.allocatable - settings_.daemonsets,
          .daemons = requests_of(settings_.daemonsets, settings_.daemonset_pods),
          .max_pods = type.max_pods - settings_.daemonset_pods};
}

UsdPerHour ClusterPlatform::price_of(PoolId pool_id, TypeId type_id) const {
  const InstanceType& type = world_.type(type_id);
  const bool spot = pool(pool_id).offering == Offering::spot;
  const auto& price = spot ? type.ec2_spot : type.ec2_on_demand;
  if (!price)  // the reader refuses such a placement
    throw std::logic_error("no price for " + type.name + (spot ? " as spot" : " on demand"));
  return price->per_hour();
}

int ClusterPlatform::may_add(PoolId pool) const {
  return this->pool(pool).max_nodes -
         static_cast<int>(state(pool).nodes.size() + state(pool).lost.size());
}

int ClusterPlatform::may_give(PoolId pool) const {
  const auto staying =
      std::ranges::count_if(state(pool).nodes, [](const auto& n) { return !n->leaving; });
  return static_cast<int>(staying) - this->pool(pool).min_nodes;
}

KubeNode* ClusterPlatform::find_node(PoolId pool, std::int64_t number) const {
  const auto& nodes = state(pool).nodes;
  const auto found =
      std::ranges::lower_bound(nodes, number, {}, [](const auto& n) { return n->number; });
  return found != nodes.end() && (*found)->number == number ? found->get() : nullptr;
}

void ClusterPlatform::start_billing(KubeNode& node) {
  const NodePool& shape = pool(node.pool);
  node.instance = std::make_unique<Lease>(
      world_, UsageRecord{.kind = kind_of(shape.offering), .type = node.type, .launch = true});
  node.volume = std::make_unique<Lease>(
      world_, UsageRecord{.kind = UsageKind::ebs_gp3, .count = gibibytes(shape.volume)});
  node.volume_since = world_.now();
  if (settings_.auto_mode)
    node.fee = std::make_unique<Lease>(
        world_, UsageRecord{.kind = UsageKind::eks_auto_fee, .type = node.type});
}

void ClusterPlatform::node_is_ready(KubeNode& node) {
  node.ready = true;
  node.touched = world_.now();
  world_.tally.record(
      NodeReady{world_.now(), node.requested, id_, node.pool, node.number, node.type, node.zone});
  mark_changed(node.pool);
  wake(scheduler_);
  wake(node.waiter);
}

void ClusterPlatform::expect(KubeNode& node, int commands) {
  node.expecting += commands;
  if (node.expecting == 0) mark_changed(node.pool);
}

void ClusterPlatform::lose(KubeNode& node, NodeGone::Why why) {
  tell_gone(node, why);
  if (why == NodeGone::Why::reclaimed && node.instance) node.instance->mark_reclaimed();
  bill_throughput(node);
  node.instance.reset();
  node.volume.reset();
  node.fee.reset();
  node.lazy.end();
  node.gone_at = world_.now();
  const PoolId pool_id = node.pool;
  Pool& pool = state(pool_id);
  for (const KubePod& pod : node.pods) --pool.priorities[pod.priority];
  std::erase_if(pool.priorities, [](const auto& entry) { return entry.second == 0; });
  const auto place =
      std::ranges::find_if(pool.nodes, [&](const auto& n) { return n.get() == &node; });
  pool.lost.push_back(std::move(*place));
  pool.nodes.erase(place);
  wake(node.waiter);
  std::vector<Resident*> residents;
  for (const KubePod& pod : node.pods)
    if (std::ranges::find(residents, pod.resident) == residents.end() && pod.resident != nullptr)
      residents.push_back(pod.resident);
  forget_if_done(node);
  for (Resident* resident : residents) resident->lose_node();
  mark_changed(pool_id);
  // Nothing tells Karpenter of a machine that no node stands for: its pods ask by themselves. And what
  // it was to replace may count again, so whoever gives it up sees to the minimum.
  if (why == NodeGone::Why::unregistered) return;
  keep_minimum(pool_id);
  wake(provisioner_);
}

// A lost node is forgotten when the last life that held room on it let go.
bool ClusterPlatform::forget_if_done(KubeNode& node) {
  if (!node.gone() || node.holders > 0) return false;
  Pool& pool = state(node.pool);
  card_of(pool, node.type).free.push_back(node.machine);
  std::erase_if(pool.lost, [&node](const auto& n) { return n.get() == &node; });
  return true;
}

void ClusterPlatform::tell_gone(const KubeNode& node, NodeGone::Why why) {
  world_.tally.record(NodeGone{world_.now(), node.requested, id_, node.pool, why, node.number,
                               node.type, price_of(node.pool, node.type)});
}

void ClusterPlatform::mark_changed(PoolId pool) {
  state(pool).changed = true;
  wake(disruptor_);
}

bool ClusterPlatform::any_changed() const { return std::ranges::any_of(pools_, &Pool::changed); }

// ---- What a start costs and waits for ------------------------------------------------------------

UsdPerHour ClusterPlatform::rate_of(const PodGroup& group,
                                    const std::vector<KubeNode*>& nodes) const {
  UsdPerHour rate;
  for (const KubeNode* node : nodes) {
    const double share = node_share(group.needs, world_.type(node->type).allocatable);
    rate.rate += price_of(node->pool, node->type).rate * share;
  }
  return rate;
}

Seconds ClusterPlatform::wait_to_make_a_pod() {
  constexpr CallLimit kApiCalls{.per_second = 20, .burst = 30};
  return wait_for_call(api_calls_, kApiCalls, world_.now());
}

Seconds ClusterPlatform::billed_wait(Seconds provisioning) const {
  return std::max(provisioning - kMachineRuns, Seconds{0});
}

// ---- Pods --------------------------------------------------------------------------------------

void ClusterPlatform::wake(std::coroutine_handle<>& sleeper) {
  if (sleeper) world_.agenda.resume_now(std::exchange(sleeper, {}), Instant::place);
}

// Its share of the node is charged, its room is free.
void ClusterPlatform::remove_pod(KubeNode& node, std::size_t at) {
  const KubePod pod = node.pods[at];
  node.pods.erase(node.pods.begin() + static_cast<std::ptrdiff_t>(at));
  if (pod.holder != Holder::nobody()) {
    UsageRecord share{.kind = kind_of(pool(node.pool).offering),
                      .type = node.type,
                      .holder = pod.holder,
                      .from = pod.bound,
                      .to = node.gone_at.value_or(world_.now())};
    const double fraction = node_share(pod.request.request, world_.type(node.type).allocatable);
    world_.meter.add_share(share, fraction);
    if (settings_.auto_mode) {
      share.kind = UsageKind::eks_auto_fee;
      world_.meter.add_share(share, fraction);
    }
  }
  take_off(node.view, pod.request);
  ++node.changes;
  // The kubelet sees an image in use for as long as a container of it runs.
  if (pod.image) {
    const auto held = std::ranges::find(node.images, *pod.image, &ImageOnNode::image);
    if (held != node.images.end()) held->last_used = node.changes;
  }
  if (!pod.leaving) node.staying[pod.holder] -= 1;
  if (node.gone()) return;
  node.touched = world_.now();
  auto& priorities = state(node.pool).priorities;
  if (--priorities[pod.priority] == 0) priorities.erase(pod.priority);
  if (node.pods.empty()) wake(node.waiter);
  mark_changed(node.pool);
}

void ClusterPlatform::release(PoolId, const std::vector<KubeNode*>& nodes,
                              const std::vector<std::int64_t>& pods) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    --nodes[i]->holders;
    const auto held = std::ranges::find(nodes[i]->pods, pods[i], &KubePod::id);
    if (held == nodes[i]->pods.end()) continue;  // killed before
    remove_pod(*nodes[i], static_cast<std::size_t>(held - nodes[i]->pods.begin()));
  }
  for (std::size_t i = 0; i < nodes.size(); ++i)  // two pods of a group may share a node
    if (std::find(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(i), nodes[i]) ==
            nodes.begin() + static_cast<std::ptrdiff_t>(i) &&
        forget_if_done(*nodes[i]))
      wake(provisioner_);
  wake(scheduler_);
}

}  // namespace berth
