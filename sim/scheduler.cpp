// The scheduler of a cluster: who waits, in which order, and where they are put. The rules are in
// models/kubernetes (schedule_pod.h, preemption.h).
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "models/kubernetes/preemption.h"
#include "sim/cluster.h"

namespace berth {
namespace {

bool same_shape(const PodGroup& a, const PodGroup& b) {
  return a.pool == b.pool && a.needs == b.needs && a.pods == b.pods && a.priority == b.priority &&
         a.preempts == b.preempts && a.image == b.image;
}

int alike_on(const KubeNode& node, Holder holder) {
  const auto found = node.staying.find(holder);
  return found == node.staying.end() ? 0 : found->second;
}

}  // namespace

// ---- The queue ---------------------------------------------------------------------------------

void ClusterPlatform::Request::await_suspend(std::coroutine_handle<> waiting) {
  life = waiting;
  asked = cluster.world_.now();
  sequence = cluster.next_sequence_++;
  cluster.line_of(group).waiting.push_back(this);
  cluster.wake(cluster.scheduler_);
}

void ClusterPlatform::Request::withdraw() {
  if (answered) return;
  answered = true;
  std::erase(cluster.line_of(group).waiting, this);
  std::erase(cluster.preempting_, this);
  if (!nominated.empty()) cluster.mark_changed(group.pool);
  cluster.world_.agenda.resume_now(life);
}

ClusterPlatform::ShapeLine& ClusterPlatform::line_of(const PodGroup& group) {
  for (ShapeLine& line : lines_)
    if (same_shape(line.shape, group)) return line;
  return lines_.emplace_back(ShapeLine{group, {}});
}

// The line whose first request is next.
ClusterPlatform::ShapeLine* ClusterPlatform::next_line() {
  ShapeLine* best = nullptr;
  for (ShapeLine& line : lines_) {
    if (line.waiting.empty() || line.blocked) continue;
    if (best == nullptr || goes_before(line.waiting.front()->place(), best->waiting.front()->place()))
      best = &line;
  }
  return best;
}

std::vector<ClusterPlatform::Request*> ClusterPlatform::waiting_for(PoolId pool) const {
  std::vector<Request*> waiting;
  for (const ShapeLine& line : lines_)
    if (line.shape.pool == pool)
      waiting.insert(waiting.end(), line.waiting.begin(), line.waiting.end());
  return waiting;
}

std::vector<std::vector<ClusterPlatform::Request*>> ClusterPlatform::waiting_lines(
    PoolId pool) const {
  std::vector<std::vector<Request*>> lines;
  for (const ShapeLine& line : lines_)
    if (line.shape.pool == pool && !line.waiting.empty())
      lines.emplace_back(line.waiting.begin(), line.waiting.end());
  std::ranges::sort(lines, goes_before,
                    [](const std::vector<Request*>& line) { return line.front()->place(); });
  return lines;
}

// Of pods whose victims are still leaving.
std::vector<RoomClaim> ClusterPlatform::kept_room(PoolId pool) const {
  std::vector<RoomClaim> kept;
  for (const Request* request : preempting_)
    if (request->group.pool == pool)
      for (const std::int64_t number : request->preempting)
        kept.push_back({{static_cast<std::int32_t>(number)}, request->group.needs});
  return kept;
}

std::vector<OpenNode> ClusterPlatform::open_nodes(PoolId pool) const {
  std::vector<OpenNode> open;
  for (const bool ready : {true, false})
    for (const auto& node : state(pool).nodes)
      if (node->ready == ready && !node->leaving)
        open.push_back({.id = node->id(),
                        .free = node->view.allocatable - node->view.requested,
                        .free_pods = node->view.max_pods - node->view.pods});
  return without_claims(std::move(open), kept_room(pool));
}

std::vector<PendingPod> ClusterPlatform::pods_to_move(PoolId pool) const {
  std::vector<LeavingPod> pods;
  for (const auto& node : state(pool).nodes)
    if (node->leaving)
      for (const KubePod& pod : node->pods)
        pods.push_back({.pod = {.id = {static_cast<std::int32_t>(pod.id)},
                                .request = pod.request.request,
                                .created = pod.asked},
                        .told = pod.leaving,
                        .asks_when_it_ends = pod.holder.kind == Holder::Kind::training});
  return berth::pods_to_move(pods);
}

SpokenFor ClusterPlatform::spoken_for(PoolId pool) const {
  RoomClaims claims{.kept = kept_room(pool), .moving = pods_to_move(pool)};
  for (const ShapeLine& line : lines_) {
    if (line.shape.pool != pool) continue;
    for (const Request* request : line.waiting)
      for (const std::int64_t number : request->nominated)
        claims.nominated.push_back({{static_cast<std::int32_t>(number)}, request->group.needs});
  }
  for (const auto& node : state(pool).nodes)
    if (node->expecting > 0) claims.awaited.push_back(node->id());
  return berth::spoken_for(open_nodes(pool), claims, state(pool).types);
}

void ClusterPlatform::place_all_that_fit() {
  place_preempting();
  for (ShapeLine& line : lines_) line.blocked = false;
  bool left_over = false;
  while (ShapeLine* line = next_line()) {
    Request& first = *line->waiting.front();
    if (place(first)) {
      line->waiting.pop_front();
    } else if (preempt_for(first)) {
      line->waiting.pop_front();
      preempting_.push_back(&first);
    } else {
      line->blocked = true;
      tell_unschedulable(*line);
      left_over = true;
    }
  }
  if (left_over) wake(provisioner_);
}

// Those that pods were told to leave for, the most important first. Who finds no room although all
// of them are gone queues again.
void ClusterPlatform::place_preempting() {
  std::ranges::sort(preempting_, goes_before, &Request::place);
  const auto still_leaving = [this](const Request& request) {
    return std::ranges::any_of(request.victims, [&](const Request::Victim& victim) {
      const KubeNode* node = find_node(request.group.pool, victim.node);
      return node != nullptr &&
             std::ranges::find(node->pods, victim.pod, &KubePod::id) != node->pods.end();
    });
  };
  const std::vector<Request*> waiting = preempting_;
  for (Request* request : waiting) {
    const bool placed = place(*request);
    if (!placed && still_leaving(*request)) continue;
    std::erase(preempting_, request);
    if (!placed) put_back(*request);
  }
}

void ClusterPlatform::put_back(Request& request) {
  request.preempting.clear();
  request.victims.clear();
  auto& waiting = line_of(request.group).waiting;
  const auto place = std::ranges::lower_bound(waiting, request.sequence, {}, &Request::sequence);
  waiting.insert(place, &request);
}

// By what look_around() saw, and nodes of the type that holds the most of them.
int ClusterPlatform::nodes_beyond(const PodGroup& group) const {
  if (group.pods <= 1) return 0;
  const PodRequest pod = pod_request(group.needs);
  int left = group.pods, on_a_node = 0;
  for (const SchedulingNode& node : views_) left -= places_on(node.view, pod, left);
  for (const TypeId type : pool(group.pool).types)
    on_a_node = std::max(on_a_node, places_on(empty_view(type), pod, group.pods));
  if (left <= 0 || on_a_node == 0) return 0;
  return std::max(0, (left + on_a_node - 1) / on_a_node - std::max(0, may_add(group.pool)));
}

void ClusterPlatform::tell_unschedulable(ShapeLine& line) {
  const auto fresh =
      std::ranges::lower_bound(line.waiting, line.told_until, {}, &Request::sequence);
  if (fresh == line.waiting.end()) return;
  look_around(line.shape, nullptr);
  PodUnschedulable told{.at = world_.now(),
                        .platform = id_,
                        .pool = line.shape.pool,
                        .priority = line.shape.priority,
                        .pods = line.shape.pods,
                        .needs = line.shape.needs,
                        .nodes = static_cast<int>(views_.size()),
                        .failed = count_misfits(pod_request(line.shape.needs), views_),
                        .pool_is_full = may_add(line.shape.pool) <= 0,
                        .nodes_beyond = nodes_beyond(line.shape)};
  for (auto request = fresh; request != line.waiting.end(); ++request) {
    told.holder = (*request)->group.holder;
    world_.tally.record(told);
  }
  line.told_until = line.waiting.back()->sequence + 1;
  ++unmet_;
  unmet_at_ = world_.now();
}

// ---- Placing -----------------------------------------------------------------------------------

// The nodes that take pods, and in views_ how they look to the group: room that is kept for pods of
// at least its priority, whose victims are still leaving, counts as taken.
std::vector<KubeNode*> ClusterPlatform::look_around(const PodGroup& group, const Request* whose) {
  std::vector<KubeNode*> nodes;
  views_.clear();
  for (const auto& node : state(group.pool).nodes) {
    if (!node->takes_pods()) continue;
    nodes.push_back(node.get());
    SchedulingNode& seen =
        views_.emplace_back(SchedulingNode{.view = node->view, .zone = node->zone});
    if (group.spread) seen.alike = alike_on(*node, group.holder);
    if (group.image) seen.view.image_present = image_present(*node, *group.image);
  }
  for (const Request* other : preempting_) {
    if (other == whose || other->group.pool != group.pool || other->group.priority < group.priority)
      continue;
    for (const std::int64_t number : other->preempting) {
      const auto kept = std::ranges::lower_bound(nodes, number, {}, &KubeNode::number);
      if (kept != nodes.end() && (*kept)->number == number)
        put_on(views_[static_cast<std::size_t>(kept - nodes.begin())].view,
               pod_request(other->group.needs));
    }
  }
  return nodes;
}

// All pods of the group or none.
std::optional<std::vector<KubeNode*>> ClusterPlatform::nodes_for(const Request& request) {
  const PodGroup& group = request.group;
  const std::vector<KubeNode*> nodes = look_around(group, &request);
  const SchedulingRule rule{
      .scoring = settings_.scoring, .spread = group.spread, .prefer_image = true};
  std::size_t all = 0;
  for (const Pool& pool : pools_) all += pool.nodes.size();
  const auto found = schedule_group(pod_request(group.needs), group.pods, views_, rule,
                                    state(group.pool).next_start, nodes_to_find(all));
  if (!found) return std::nullopt;
  state(group.pool).next_start = found->next_start;
  std::vector<KubeNode*> chosen;
  for (const std::size_t n : found->nodes) chosen.push_back(nodes[n]);
  return chosen;
}

bool ClusterPlatform::place(Request& request) {
  auto nodes = nodes_for(request);
  if (!nodes) return false;
  bind(request, std::move(*nodes));
  return true;
}

void ClusterPlatform::bind(Request& request, std::vector<KubeNode*> nodes) {
  const PodGroup& group = request.group;
  const PodRequest pod = pod_request(group.needs);
  std::vector<std::int64_t> ids;
  for (KubeNode* node : nodes) {
    if (!node->takes_pods() || misfit(pod, node->view))
      throw std::logic_error("a pod is bound to a node that has no room for it");
    put_on(node->view, pod);
    ++node->staying[group.holder];
    node->pods.push_back({.id = next_pod_++,
                          .request = pod,
                          .priority = group.priority,
                          .disruptable = group.disruptable,
                          .grace = group.grace,
                          .image = group.image,
                          .holder = group.holder,
                          .resident = group.resident,
                          .asked = request.asked,
                          .bound = world_.now()});
    ids.push_back(node->pods.back().id);
    ++node->holders;
    node->touched = world_.now();
    ++node->changes;
    ++state(group.pool).priorities[group.priority];
    world_.tally.record(PodBound{world_.now(), world_.now() - request.asked, id_, group.pool,
                                 node->number, node->zone, group.holder, group.priority});
  }
  const Seconds launched = request.node_requested.value_or(world_.now());
  request.queued = launched - request.asked;
  request.provisioning = world_.now() - launched;
  request.answered = true;
  // Others are not needed for it; and a node that was unneeded is needed again.
  const bool counts_time = settings_.autoscaler == NodeAutoscaler::cluster_autoscaler;
  if (counts_time || !request.nominated.empty()) mark_changed(group.pool);
  request.bound = BoundPods(*this, group.pool, std::move(nodes), std::move(ids));
  world_.agenda.resume_now(request.life);
}

// ---- Preemption --------------------------------------------------------------------------------

// Pods of lower priority are told to leave where that makes room for the whole group; the room is
// kept for it until it is there. Whoever is leaving already is nobody's victim again.
bool ClusterPlatform::preempt_for(Request& request) {
  const PodGroup& group = request.group;
  const auto& priorities = state(group.pool).priorities;
  if (!group.preempts || priorities.empty() || priorities.begin()->first >= group.priority)
    return false;
  const std::vector<KubeNode*> nodes = look_around(group, &request);
  Budgets budgets = budgets_in(group.pool);
  std::vector<PreemptionNode> candidates;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    PreemptionNode& candidate = candidates.emplace_back(PreemptionNode{.view = views_[n].view});
    for (const KubePod& pod : nodes[n]->pods)
      if (!pod.leaving && pod.priority < group.priority)
        candidate.pods.push_back({.id = {static_cast<std::int32_t>(pod.id)},
                                  .request = pod.request,
                                  .priority = pod.priority,
                                  .started = pod.bound,
                                  .budget = budgets.of(pod)});
  }
  const auto found = preempt_for_group(pod_request(group.needs), group.pods, group.priority,
                                       std::move(candidates), std::move(budgets.allowed));
  if (!found) return false;
  request.preempting.clear();
  for (const std::size_t n : found->nodes) request.preempting.push_back(nodes[n]->number);
  request.victims.clear();
  for (const auto& victim : found->victims)
    request.victims.push_back({nodes[victim.node]->number, victim.pod.value});
  for (const auto& [at, id, breaks] : found->victims) {
    KubeNode& node = *nodes[at];
    const auto victim = std::ranges::find(node.pods, std::int64_t{id.value}, &KubePod::id);
    if (victim != node.pods.end())
      evict(node, *victim, {.why = PodEvicted::Why::preempted, .breaks_budget = breaks}, &request);
  }
  return true;
}

Life run_scheduler(World&, ClusterPlatform& cluster) {
  while (true) {
    SleepUntilWoken woken{cluster.scheduler_};
    co_await woken;
    cluster.place_all_that_fit();
  }
}

}  // namespace berth
