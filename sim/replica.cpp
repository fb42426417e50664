// One replica of a service: what its life (sim/service_pod.cpp, sim/endpoint_instance.cpp) tells the service,
// and what autoscalers, drains and disruption budgets see of it.
#include <algorithm>
#include <utility>

#include "sim/serving.h"

namespace berth {
namespace {

serving::Pod pod_of(const Replica& replica) { return static_cast<serving::Pod>(replica.number()); }

}  // namespace

Replica::Replica(ServedService& service, int copies)
    : service_(service),
      number_(service.next_number_++),
      copies_(copies),
      created_(service.world().now()) {
  service_.replicas_.push_back(this);
  service_.replicas_changed_ = true;
}

void Replica::bind(NodeId node) {
  node_ = node;
  bound_at_ = now();
  service_.replicas_changed_ = true;
}
void Replica::start_containers() {
  containers_since_ = now();
  service_.replicas_changed_ = true;
}
void Replica::pass_probe() {
  ready_since_ = now();
  service_.replicas_changed_ = true;
  service_.tell_budget_grew();
}

// One that still serves when the window closes leaves its slots: they count to the end.
Replica::~Replica() {
  std::erase(service_.replicas_, this);
  service_.replicas_changed_ = true;
}

Seconds Replica::now() const { return service_.world_.now(); }

void Replica::join() {
  serves_ = true;
  service_.replicas_changed_ = true;
  ++service_.serving_;
  service_.change_slots(copies_);
  if (auto* recorded = std::get_if<serving::RecordedRequests>(&service_.requests_))
    recorded->join(pod_of(*this), copies_, now());
  else
    joined_ =
        std::get<FluidService>(service_.requests_).see(service_.stretch_until_now(), false).per_pod;
  service_.watch_overload();
}

Seconds Replica::drain() {
  if (!std::exchange(serves_, false)) return now();
  service_.replicas_changed_ = true;
  --service_.serving_;
  service_.change_slots(-copies_);
  auto* recorded = std::get_if<serving::RecordedRequests>(&service_.requests_);
  service_.watch_overload();
  Seconds grace = service_.service_.drain_grace;
  if (killed_at_) grace = std::clamp(*killed_at_ - now(), Seconds{0}, grace);
  if (recorded == nullptr) return now() + std::min(grace, Seconds{service_.mean_service_s_});
  if (!lost_) return recorded->drain(pod_of(*this), now(), grace);
  recorded->kill(pod_of(*this), now());
  return now();
}

void Replica::evict(PodEvicted::Why, Seconds by) {
  if (stopped_) return;
  killed_at_ = by;
  stop();
  service_.reconcile();
}

std::optional<GuardedPod> Replica::guarded() const {
  const std::optional<DisruptionBudget>& budget = service_.settings().disruption_budget;
  if (!budget) return std::nullopt;
  service_.staying();  // counts who is ready
  return GuardedPod{.budget = *budget,
                    .status = status_of(*budget, service_.desired_, service_.ready_),
                    .runs = containers_since_.has_value(),
                    .ready = ready_since_.has_value()};
}

void Replica::stop() {
  if (stopped_) return;
  stopped_ = true;
  service_.replicas_changed_ = true;
  const ServiceHome& home = service_.home_;
  if (node_ && home.pool)
    service_.world_.clusters[home.platform.index()]->note_leaving(*home.pool, node_->value, *this);
  if (waiting != nullptr) waiting->withdraw();
  if (sleeper) service_.world_.agenda.resume_now(std::exchange(sleeper, {}));
}

// Also while it drains: what it still serves is lost then.
void Replica::lose_node() {
  const bool draining = stopped_ && !serves_ && was_ready();
  lost_ = true;
  service_.world_.tally.record(ReplicaLost{.at = now(),
                                           .service = service_.id_,
                                           .replica = static_cast<std::int64_t>(number_),
                                           .was_ready = was_ready()});
  if (draining)
    if (auto* recorded = std::get_if<serving::RecordedRequests>(&service_.requests_))
      recorded->kill(pod_of(*this), now());
  stop();
  service_.reconcile();
}

HpaPod Replica::seen() const {
  return {.id = PodId{static_cast<std::int32_t>(number_)},
          .phase = containers_since_ ? PodPhase::running : PodPhase::pending,
          .ready = ready_since_.has_value(),
          // Until it is ready the condition is what it was when the pod was made.
          .ready_since = ready_since_.value_or(created_),
          .started = bound_at_};
}

ReplicaPod Replica::victim() const {
  return {.id = PodId{static_cast<std::int32_t>(number_)},
          .node = node_,
          .phase = containers_since_ ? PodPhase::running : PodPhase::pending,
          .ready_since = ready_since_,
          .created = created_};
}

}  // namespace berth
