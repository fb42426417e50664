#include "sim/cluster.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/billing/node_share.h"

namespace berth {
namespace {

// From CreateFleet to a running (and billed) virtual machine: 12 s of the 45 s to Ready measured on
// c5.xlarge (amazon-eks-ami issue 1099, 2022).
constexpr Seconds kMachineRuns{12};
// A command to remove a node is held and validated again this long (Karpenter 1.14).
constexpr Seconds kValidation{15};

Resources minus_daemonsets(const InstanceType& type, const Cluster& settings) {
  return type.allocatable - settings.daemonsets;
}

bool same_shape(const PodGroup& a, const PodGroup& b) {
  return a.pool == b.pool && a.needs == b.needs && a.pods == b.pods && a.priority == b.priority &&
         a.image == b.image;
}

// Sleeps until somebody resumes the handle it leaves behind.
struct SleepUntilWoken {
  std::coroutine_handle<>& sleeper;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> life) { sleeper = life; }
  void await_resume() const {}
};

}  // namespace

// ---- Room, held --------------------------------------------------------------------------------

BoundPods& BoundPods::operator=(BoundPods&& other) noexcept {
  release();
  cluster_ = std::exchange(other.cluster_, nullptr);
  group_ = other.group_;
  nodes_ = std::move(other.nodes_);
  since_ = other.since_;
  return *this;
}

void BoundPods::release() {
  if (cluster_ != nullptr) std::exchange(cluster_, nullptr)->release(group_, nodes_, since_);
  nodes_.clear();
}

std::optional<Seconds> BoundPods::reclaimed_at() const {
  std::optional<Seconds> first;
  for (const KubeNode* node : nodes_)
    if (node->reclaimed_at && (!first || *node->reclaimed_at < *first)) first = node->reclaimed_at;
  return first;
}

// ---- A node's life -----------------------------------------------------------------------------

namespace {

Life boot_node(World& world, ClusterPlatform& cluster, PoolId pool, std::int64_t number,
               Seconds boot) {
  const Cluster& settings = cluster.settings();
  const NodePool& shape = cluster.pool(pool);
  auto runs = sleep(world.agenda, std::min(kMachineRuns, boot));
  co_await runs;
  KubeNode* node = cluster.find_node(pool, number);
  const auto kind = shape.offering == Offering::spot ? UsageKind::ec2_spot : UsageKind::ec2_on_demand;
  node->instance = std::make_unique<Lease>(
      world, UsageRecord{.kind = kind, .type = shape.type, .launch = true});
  node->volume = std::make_unique<Lease>(
      world, UsageRecord{.kind = UsageKind::ebs_gp3, .count = gibibytes(shape.volume)});
  if (settings.auto_mode)
    node->fee = std::make_unique<Lease>(
        world, UsageRecord{.kind = UsageKind::eks_auto_fee, .type = shape.type});
  auto joins = sleep(world.agenda, boot - std::min(kMachineRuns, boot));
  co_await joins;
  node = cluster.find_node(pool, number);
  cluster.node_is_ready(*node);
  if (!node->reclaimed_at) co_return;
  auto reclaim = sleep_until(world.agenda, *node->reclaimed_at);
  co_await reclaim;
  node = cluster.find_node(pool, number);
  if (node != nullptr) cluster.lose(*node, NodeGone::Why::reclaimed);
}

Life remove_when_empty(World& world, ClusterPlatform& cluster, PoolId pool, std::int64_t number,
                       std::int64_t changes) {
  // Looked at after everything else of the instant: a pod may just have been placed on it.
  auto idle = sleep(world.agenda, cluster.settings().remove_empty_after, Instant::observe);
  co_await idle;
  while (true) {
    using Emptiness = ClusterPlatform::Emptiness;
    const Emptiness verdict = cluster.check_emptiness(number, pool, changes);
    if (verdict == Emptiness::touched) co_return;
    if (verdict == Emptiness::remove) {
      cluster.lose(*cluster.find_node(pool, number), NodeGone::Why::empty);
      co_return;
    }
    auto again = sleep(world.agenda, kValidation, Instant::observe);
    co_await again;
  }
}

}  // namespace

// ---- Nodes -------------------------------------------------------------------------------------

ClusterPlatform::ClusterPlatform(World& world, PlatformId id, const Cluster& settings)
    : world_(world), id_(id), settings_(settings), pools_(settings.pools.size()) {
  if (settings.egress.shared_link)
    shared_link_ = world.network.add_shared_link(*settings.egress.shared_link);
  const auto mark = [&](const auto& homes) {
    for (const auto& home : homes)
      if (home.platform == id) pools_[home.pool->index()].used = true;
  };
  mark(world.placement.training);
  mark(world.placement.services);
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (!pools_[i].used) continue;
    const NodePool& pool = settings.pools[i];
    for (int n = 0; n < pool.max_nodes; ++n)
      pools_[i].free_machines.push_back(
          world.network.add_machine(world.type(pool.type).net_burst, shared_link_));
    std::ranges::reverse(pools_[i].free_machines);
  }
  add_standing_costs();
  for (std::size_t i = 0; i < pools_.size(); ++i)
    for (int n = 0; pools_[i].used && n < settings.pools[i].min_nodes; ++n)
      request_node(PoolId{static_cast<std::int32_t>(i)}, {.booted = true});
  run_scheduler(world, *this);
  if (settings.autoscaler == NodeAutoscaler::karpenter) run_karpenter(world, *this);
  if (settings.autoscaler == NodeAutoscaler::cluster_autoscaler)
    run_cluster_autoscaler(world, *this);
}

// What is left when the window closes is paid until then.
ClusterPlatform::~ClusterPlatform() {
  for (PoolState& pool : pools_)
    for (auto& node : pool.nodes) tell_gone(*node, NodeGone::Why::cut_off);
}

void ClusterPlatform::add_standing_costs() {
  const auto hold = [this](UsageKind kind, double count) {
    standing_.push_back(std::make_unique<Lease>(world_, UsageRecord{.kind = kind, .count = count}));
  };
  hold(settings_.extended_support ? UsageKind::eks_cluster_extended : UsageKind::eks_cluster, 1);
  if (settings_.egress.nat_gateways > 0)
    hold(UsageKind::nat_gateway, settings_.egress.nat_gateways);
}

NodeView ClusterPlatform::empty_view(const NodePool& pool) const {
  const InstanceType& type = world_.type(pool.type);
  return {.allocatable = minus_daemonsets(type, settings_),
          .max_pods = type.max_pods - settings_.daemonset_pods};
}

UsdPerHour ClusterPlatform::price_of(const KubeNode& node) const {
  const InstanceType& type = world_.type(node.type);
  const bool spot = settings_.pools[node.pool.index()].offering == Offering::spot;
  return (spot ? type.ec2_spot : type.ec2_on_demand).value().per_hour();
}

// Both EC2 Auto Scaling groups and EC2 Fleet keep zones even; the lowest of equals.
int ClusterPlatform::emptiest_zone(const PoolState& pool) const {
  std::vector<int> nodes(static_cast<std::size_t>(settings_.zones), 0);
  for (const auto& node : pool.nodes) ++nodes[static_cast<std::size_t>(node->zone)];
  return static_cast<int>(std::ranges::min_element(nodes) - nodes.begin());
}

void ClusterPlatform::tell_gone(const KubeNode& node, NodeGone::Why why) {
  world_.tally.record(NodeGone{world_.now(), node.requested, id_, node.pool, why, node.number,
                               node.type, price_of(node)});
}

KubeNode& ClusterPlatform::request_node(PoolId pool_id, const NodeOrder& order) {
  PoolState& pool = pools_[pool_id.index()];
  const NodePool& shape = settings_.pools[pool_id.index()];
  auto node = std::make_unique<KubeNode>(KubeNode{.number = pool.next_number++,
                                          .pool = pool_id,
                                          .type = shape.type,
                                          .zone = emptiest_zone(pool),
                                          .machine = pool.free_machines.back(),
                                          .view = empty_view(shape),
                                          .containers = std::vector<int>(world_.scenario.images.size(), 0),
                                          .requested = world_.now()});
  pool.free_machines.pop_back();
  KubeNode& requested = *node;
  pool.nodes.push_back(std::move(node));
  world_.tally.record(NodeRequested{world_.now(), id_, pool_id, requested.number, requested.type,
                                    shape.offering, price_of(requested), requested.zone, order.pods,
                                    order.by});

  const InstanceType& type = world_.type(shape.type);
  // Nodes are named by their order of birth in their pool; the top bit keeps them apart from jobs.
  const std::uint64_t entity = std::uint64_t{1} << 63 | std::uint64_t(id_.value) << 48 |
                               std::uint64_t(pool_id.value) << 32 | std::uint64_t(requested.number);
  RandomStream boots = world_.stream(Purpose::boot, entity);
  const Seconds boot =
      order.booted ? 0s : draw(type.gpus > 0 ? settings_.node_boot_gpu : settings_.node_boot_cpu, boots);
  if (shape.offering == Offering::spot) {
    RandomStream fates = world_.stream(Purpose::interruption, entity);
    const double hazard = reclaims_per_hour(type.spot_reclaim_per_month.value());
    requested.reclaimed_at =
        world_.now() + boot + Seconds{Hours{draw(exponential(1.0), fates).count() / hazard}};
  }
  boot_node(world_, *this, pool_id, requested.number, boot);
  return requested;
}

KubeNode* ClusterPlatform::find_node(PoolId pool, std::int64_t number) {
  auto& nodes = pools_[pool.index()].nodes;
  const auto found = std::ranges::lower_bound(nodes, number, {}, [](const auto& n) { return n->number; });
  return found != nodes.end() && (*found)->number == number ? found->get() : nullptr;
}

void ClusterPlatform::node_is_ready(KubeNode& node) {
  node.ready = true;
  world_.tally.record(NodeReady{world_.now(), node.requested, id_, node.pool, node.number,
                                node.type, node.zone});
  empty_again(node);
  wake(scheduler_);
}

void ClusterPlatform::empty_again(KubeNode& node) {
  node.empty_since = world_.now();
  if (settings_.autoscaler != NodeAutoscaler::none)
    remove_when_empty(world_, *this, node.pool, node.number, node.changes);
}

ClusterPlatform::Emptiness ClusterPlatform::check_emptiness(std::int64_t number, PoolId pool_id,
                                                            std::int64_t changes) const {
  std::vector<PoolNode> nodes;
  bool untouched = false;
  for (const auto& node : pools_[pool_id.index()].nodes) {
    untouched |= node->number == number && node->changes == changes;
    nodes.push_back({.id = {static_cast<std::int32_t>(node->number)},
                     .pods = node->view.pods,
                     .empty_since = node->empty_since,
                     .initialised = node->ready,
                     .ready = node->ready,
                     .nominated = nominated(pool_id, node->number)});
  }
  if (!untouched) return Emptiness::touched;
  const EmptinessRule rule{.consolidate_after = settings_.remove_empty_after,
                           .min_nodes = settings_.pools[pool_id.index()].min_nodes};
  const auto removable = empty_nodes_to_remove(nodes, rule, world_.now());
  const NodeId id{static_cast<std::int32_t>(number)};
  if (std::ranges::find(removable, id) != removable.end()) return Emptiness::remove;
  // At the minimum it stays; the next change of its pods starts the clock again.
  const bool at_minimum = std::ssize(nodes) <= settings_.pools[pool_id.index()].min_nodes;
  return at_minimum ? Emptiness::touched : Emptiness::wait;
}

void ClusterPlatform::lose(KubeNode& node, NodeGone::Why why) {
  tell_gone(node, why);
  if (why == NodeGone::Why::reclaimed && node.instance) node.instance->mark_reclaimed();
  node.instance.reset();
  node.volume.reset();
  node.fee.reset();
  node.gone = true;
  const PoolId pool_id = node.pool;
  PoolState& pool = pools_[pool_id.index()];
  const auto place = std::ranges::find_if(pool.nodes, [&](const auto& n) { return n.get() == &node; });
  std::unique_ptr<KubeNode> lost = std::move(*place);
  pool.nodes.erase(place);
  const std::vector<Resident*> residents = std::move(lost->residents);
  lost->residents.clear();
  if (lost->view.pods > 0)
    pool.lost.push_back(std::move(lost));
  else
    pool.free_machines.push_back(lost->machine);
  for (Resident* resident : residents) resident->lose_node();
  while (std::ssize(pool.nodes) < settings_.pools[pool_id.index()].min_nodes &&
         !pool.free_machines.empty())
    request_node(pool_id, {});
  ++unmet_;
  wake(autoscaler_);
}

void ClusterPlatform::refresh_layers(KubeNode& node) {
  node.cached = {};
  for (const ImageOnNode& held : node.images)
    node.cached.add(world_.scenario.images[held.image.index()]);
}

void ClusterPlatform::keep_image(KubeNode& node, ImageId image) {
  const auto held = std::ranges::find(node.images, image, &ImageOnNode::image);
  if (held != node.images.end()) {
    held->last_used = node.changes;
    return;
  }
  const Image& what = world_.scenario.images[image.index()];
  node.images.push_back({.image = image,
                         .unpacked = total_unpacked(what.layers),
                         .last_used = node.changes});
  for (ImageOnNode& image_held : node.images)
    image_held.containers = node.containers[image_held.image.index()];
  const auto removed = images_to_remove(node.images, settings_.image_disk);
  std::erase_if(node.images, [&](const ImageOnNode& i) {
    return std::ranges::find(removed, i.image) != removed.end();
  });
  refresh_layers(node);
}

// ---- Pods --------------------------------------------------------------------------------------

void ClusterPlatform::wake(std::coroutine_handle<>& sleeper) {
  if (sleeper) world_.agenda.resume_now(std::exchange(sleeper, {}), Instant::place);
}

void ClusterPlatform::Request::await_suspend(std::coroutine_handle<> waiting) {
  life = waiting;
  asked = cluster.world_.now();
  sequence = cluster.next_sequence_++;
  ++cluster.fresh_;
  cluster.line_of(group).waiting.push_back(this);
  cluster.wake(cluster.scheduler_);
}

void ClusterPlatform::Request::withdraw() {
  if (answered) return;
  answered = true;
  std::erase(cluster.line_of(group).waiting, this);
  cluster.world_.agenda.resume_now(life);
}

ClusterPlatform::ShapeLine& ClusterPlatform::line_of(const PodGroup& group) {
  for (ShapeLine& line : lines_)
    if (same_shape(line.shape, group)) return line;
  return lines_.emplace_back(ShapeLine{group, {}});
}

// The line whose first request is next: highest priority, then longest waiting.
ClusterPlatform::ShapeLine* ClusterPlatform::next_line(const std::vector<bool>& blocked) {
  ShapeLine* best = nullptr;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    ShapeLine& line = lines_[i];
    if (line.waiting.empty() || blocked[i]) continue;
    const auto rank = [](const ShapeLine& l) {
      return std::pair(-l.shape.priority, l.waiting.front()->sequence);
    };
    if (best == nullptr || rank(line) < rank(*best)) best = &line;
  }
  return best;
}

void ClusterPlatform::place_all_that_fit() {
  std::vector<bool> blocked(lines_.size(), false);
  bool left_over = false;
  while (ShapeLine* line = next_line(blocked)) {
    Request& first = *line->waiting.front();
    if (place(first)) {
      line->waiting.pop_front();
    } else {
      blocked[static_cast<std::size_t>(line - lines_.data())] = true;
      left_over = true;
    }
  }
  if (!left_over) return;
  if (std::exchange(fresh_, 0) > 0) ++unmet_;
  wake(autoscaler_);
}

bool ClusterPlatform::place(Request& request) {
  auto nodes = nodes_for(request.group);
  if (!nodes) return false;
  bind(request, std::move(*nodes));
  return true;
}

// All pods of the group or none.
std::optional<std::vector<KubeNode*>> ClusterPlatform::nodes_for(const PodGroup& group) {
  std::vector<KubeNode*> ready;
  std::vector<NodeView> views;
  const Image& image = world_.scenario.images[group.image.index()];
  for (const auto& node : pools_[group.pool.index()].nodes) {
    if (!node->ready) continue;
    ready.push_back(node.get());
    views.push_back(node->view);
    views.back().image_present =
        total_compressed(image.layers) - total_compressed(missing(image, node->cached));
  }
  const PodRequest pod = pod_request(group.needs);
  std::vector<KubeNode*> chosen;
  for (int i = 0; i < group.pods; ++i) {
    const auto at = choose_node(pod, views, {.strategy = settings_.scoring, .prefer_image = true});
    if (!at) return std::nullopt;
    views[*at].requested = views[*at].requested + pod.request;
    views[*at].scored = views[*at].scored + pod.scored;
    ++views[*at].pods;
    chosen.push_back(ready[*at]);
  }
  return chosen;
}

void ClusterPlatform::bind(Request& request, std::vector<KubeNode*> nodes) {
  const PodRequest pod = pod_request(request.group.needs);
  for (KubeNode* node : nodes) {
    node->view.requested = node->view.requested + pod.request;
    node->view.scored = node->view.scored + pod.scored;
    ++node->view.pods;
    ++node->containers[request.group.image.index()];
    ++node->changes;
  }
  const Seconds launched = request.node_requested.value_or(world_.now());
  request.queued = launched - request.asked;
  request.provisioning = world_.now() - launched;
  request.answered = true;
  request.bound = BoundPods(*this, request.group, std::move(nodes), world_.now());
  world_.agenda.resume_now(request.life);
}

void ClusterPlatform::release(const PodGroup& group, const std::vector<KubeNode*>& nodes,
                              Seconds since) {
  const PodRequest pod = pod_request(group.needs);
  const NodePool& shape = settings_.pools[group.pool.index()];
  PoolState& pool = pools_[group.pool.index()];
  const auto kind = shape.offering == Offering::spot ? UsageKind::ec2_spot : UsageKind::ec2_on_demand;
  for (KubeNode* node : nodes) {
    UsageRecord share{.kind = kind, .type = shape.type, .holder = group.holder, .from = since};
    share.to = node->gone ? std::min(world_.now(), *node->reclaimed_at) : world_.now();
    const double fraction = node_share(group.needs, world_.type(shape.type).allocatable);
    world_.meter.add_share(share, fraction);
    if (settings_.auto_mode) {
      share.kind = UsageKind::eks_auto_fee;
      world_.meter.add_share(share, fraction);
    }
    node->view.requested = node->view.requested - pod.request;
    node->view.scored = node->view.scored - pod.scored;
    --node->containers[group.image.index()];
    ++node->changes;
    if (--node->view.pods > 0) continue;
    if (node->gone) {
      pool.free_machines.push_back(node->machine);
      std::erase_if(pool.lost, [node](const auto& n) { return n.get() == node; });
      wake(autoscaler_);
    } else {
      empty_again(*node);
    }
  }
  wake(scheduler_);
}

// ---- Controllers -------------------------------------------------------------------------------

void ClusterPlatform::add_nodes() {
  for (std::size_t i = 0; i < pools_.size(); ++i)
    if (pools_[i].used) add_nodes(PoolId{static_cast<std::int32_t>(i)});
}

std::vector<ClusterPlatform::Request*> ClusterPlatform::waiting_for(PoolId pool) const {
  std::vector<Request*> waiting;
  for (const ShapeLine& line : lines_)
    if (line.shape.pool == pool) waiting.insert(waiting.end(), line.waiting.begin(), line.waiting.end());
  return waiting;
}

// Pods are numbered by their request: pod p of request i is i * most + p.
ProvisionPlan ClusterPlatform::plan_for(PoolId pool_id, const std::vector<Request*>& waiting) const {
  const PoolState& pool = pools_[pool_id.index()];
  std::vector<PendingPod> pods;
  for (std::size_t i = 0; i < waiting.size(); ++i)
    for (int p = 0; p < waiting[i]->group.pods; ++p)
      pods.push_back({.id = {static_cast<std::int32_t>(i)},
                      .request = waiting[i]->group.needs,
                      .created = waiting[i]->asked});
  std::vector<OpenNode> open;
  open.reserve(pool.nodes.size());
  for (const bool ready : {true, false})  // those that are there are filled first
    for (const auto& node : pool.nodes)
      if (node->ready == ready)
        open.push_back({.id = {static_cast<std::int32_t>(node->number)},
                        .free = node->view.allocatable - node->view.requested,
                        .free_pods = node->view.max_pods - node->view.pods});
  const NodeView empty = empty_view(settings_.pools[pool_id.index()]);
  return plan_nodes(std::move(pods), std::move(open),
                    {.allocatable = empty.allocatable,
                     .max_pods = empty.max_pods,
                     .at_most = static_cast<int>(pool.free_machines.size())});
}

// Nodes are added only for groups that then find room as a whole: half a group would keep its nodes
// idle for as long as the other half waits.
void ClusterPlatform::add_nodes(PoolId pool_id) {
  std::vector<Request*> waiting = waiting_for(pool_id);
  for (Request* request : waiting) request->nominated.clear();
  while (!waiting.empty()) {
    const ProvisionPlan plan = plan_for(pool_id, waiting);
    std::vector<bool> whole(waiting.size(), true);
    for (const Refused& refused : plan.refused) whole[refused.pod.index()] = false;
    if (std::ranges::all_of(whole, std::identity{})) {
      act_on(plan, pool_id, waiting);
      return;
    }
    std::vector<Request*> rest;
    for (std::size_t i = 0; i < waiting.size(); ++i)
      if (whole[i]) rest.push_back(waiting[i]);
    waiting = std::move(rest);
  }
}

void ClusterPlatform::act_on(const ProvisionPlan& plan, PoolId pool,
                             const std::vector<Request*>& waiting) {
  const auto nominate = [&](PodId pod, const KubeNode& node) {
    Request& request = *waiting[pod.index()];
    request.nominated.push_back(node.number);
    if (!node.ready && !request.node_requested) request.node_requested = world_.now();
  };
  for (const Nomination& nomination : plan.nominated)
    nominate(nomination.pod, *find_node(pool, nomination.node.value));
  for (const auto& for_pods : plan.new_nodes) {
    const auto by = settings_.autoscaler == NodeAutoscaler::karpenter
                        ? NodeRequested::By::karpenter
                        : NodeRequested::By::cluster_autoscaler;
    const KubeNode& node =
        request_node(pool, {.pods = static_cast<int>(for_pods.size()), .by = by});
    for (const PodId pod : for_pods) nominate(pod, node);
  }
}

bool ClusterPlatform::nominated(PoolId pool, std::int64_t number) const {
  for (const ShapeLine& line : lines_) {
    if (line.shape.pool != pool) continue;
    for (const Request* request : line.waiting)
      if (std::ranges::find(request->nominated, number) != request->nominated.end()) return true;
  }
  return false;
}

Life run_scheduler(World&, ClusterPlatform& cluster) {
  while (true) {
    SleepUntilWoken woken{cluster.scheduler_};
    co_await woken;
    cluster.place_all_that_fit();
  }
}

// A batch opens with the first pod that finds no room and closes after a quiet second, or ten.
Life run_karpenter(World& world, ClusterPlatform& cluster) {
  while (true) {
    SleepUntilWoken woken{cluster.autoscaler_};
    co_await woken;
    const Seconds opened = world.now();
    std::int64_t seen = 0;
    do {
      seen = cluster.unmet_;
      auto quiet = sleep(world.agenda, cluster.settings_.batch_idle, Instant::place);
      co_await quiet;
    } while (cluster.unmet_ != seen && world.now() - opened < cluster.settings_.batch_max);
    cluster.add_nodes();
  }
}

Life run_cluster_autoscaler(World& world, ClusterPlatform& cluster) {
  while (true) {
    SleepUntilWoken woken{cluster.autoscaler_};
    co_await woken;
    // Scans are at whole multiples of the interval.
    const Seconds interval = cluster.settings_.scan_interval;
    const Seconds next = interval * (std::floor(world.now() / interval) + 1);
    auto scan = sleep_until(world.agenda, next, Instant::place);
    co_await scan;
    cluster.add_nodes();
  }
}

}  // namespace berth
