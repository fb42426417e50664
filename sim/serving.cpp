#include "sim/serving.h"

#include <algorithm>
#include <utility>

#include "models/fetch_ahead.h"
#include "models/serving/replica_forecast.h"
#include "models/serving/replicas_on.h"
#include "sim/endpoint_instance.h"
#include "sim/sagemaker_platform.h"
#include "sim/service_pod.h"

namespace berth {
namespace {

// Load is held against the slots at least this often, between looks of a scaler.
constexpr Seconds kWatchPeriod{15};
// A Deployment that gets no pod ready for so long has failed to progress: progressDeadlineSeconds.
constexpr Seconds kProgressDeadline{600};
// Spans of overload that a result lists; what comes after is joined to the last.
constexpr std::size_t kMostSpans = 1000;

serving::Pod pod_of(const Replica& replica) { return static_cast<serving::Pod>(replica.number()); }

Service as_served(const Service& service, const ServiceHome& home) {
  return home.endpoint ? served_by(*home.endpoint, service) : service;
}

}  // namespace

// ---- One replica --------------------------------------------------------------------------------

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
  if (recorded == nullptr)
    return now() + std::min(service_.service_.drain_grace, Seconds{service_.mean_service_s_});
  if (!lost_) return recorded->drain(pod_of(*this), now());
  recorded->kill(pod_of(*this), now());
  return now();
}

void Replica::evict(PodEvicted::Why, Seconds) {
  if (stopped_) return;
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

// ---- The service --------------------------------------------------------------------------------

ServedService::ServedService(World& world, ServiceId id)
    : home_(world.placement.services[id.index()]),
      service_(as_served(world.scenario.services[id.index()], home_)),
      world_(world),
      id_(id),
      concurrency_(service_.concurrency),
      scaler_(make_scaler(home_.replicas, scaled())),
      requests_(std::in_place_type<FluidService>, service_, home_.replicas,
                world.scenario.warm_up),
      slice_began_(world.scenario.warm_up) {
  mean_service_s_ = mean(service_.service_time);
  expected_by_then_ = service_.demand.expected_by(Seconds{0});
  if (world.scenario.fidelity != Fidelity::fluid)
    requests_.emplace<serving::RecordedRequests>(
        service_, home_.replicas, world.scenario.fidelity,
        serving::StreamKey{world.replication.seed,
                           static_cast<std::uint32_t>(world.replication.number),
                           static_cast<std::uint32_t>(id.index())},
        serving::Recording{world.scenario.warm_up, world.scenario.horizon, world.scenario.slice});
}

ScaledService ServedService::scaled() const {
  ScaledService scaled = scaled_service(service_);
  scaled.copies = copies_each();
  return scaled;
}

// An asynchronous endpoint's instance is one server of its own number of slots.
int ServedService::copies_each() const {
  if (home_.pool) return 1;
  if (home_.endpoint && std::holds_alternative<AsyncEndpoint>(*home_.endpoint)) return 1;
  return replicas_on(world_.type(home_.type), service_);
}

void ServedService::scale_to(int wished) {
  if (wished != desired_) account_until_now();
  desired_ = wished;
  reconcile();
}

// Makes what is missing, takes away what is too much. Of the pods that the API has yet to make none
// is too much: they are counted again when their turn comes.
void ServedService::reconcile() {
  const int copies = copies_each();
  const std::ptrdiff_t wanted = (desired_ + copies - 1) / copies;
  const auto there = std::ssize(staying());
  if (there > wanted)
    stop_pods(static_cast<std::size_t>(there - wanted));
  else if (there + coming_ < wanted)
    make(static_cast<int>(wanted - there - coming_));
}

const std::vector<ServedService::Staying>& ServedService::staying() {
  if (!std::exchange(replicas_changed_, false)) return staying_;
  staying_.clear();
  joined_.clear();
  ready_ = 0;
  for (const Replica* replica : replicas_)
    if (!replica->stopped()) {
      staying_.push_back({replica->seen(), replica->containers_since_, replica->serves()});
      joined_.push_back(replica->joined_);
      ready_ += replica->was_ready() ? 1 : 0;
    }
  return staying_;
}

void ServedService::tell_budget_grew() {
  if (service_.disruption_budget && home_.pool)
    world_.clusters[home_.platform.index()]->mark_changed(*home_.pool);
}

void ServedService::stop_pods(std::size_t count) {
  std::vector<ReplicaPod> pods;
  for (const Replica* replica : replicas_)
    if (!replica->stopped()) pods.push_back(replica->victim());
  if (!home_.pool) {
    // Instances: those that do not serve yet first, then the newest.
    std::ranges::reverse(pods);
    std::ranges::stable_sort(pods, {},
                             [](const ReplicaPod& p) { return p.ready_since.has_value(); });
    pods.resize(count);
  }
  while (count > 0) {
    std::vector<PodId> victims;
    if (home_.pool)
      victims = scale_down_victims(pods, static_cast<int>(count), world_.now());
    else
      for (const ReplicaPod& pod : pods) victims.push_back(pod.id);
    for (const PodId victim : victims) {
      const auto number = static_cast<std::uint64_t>(victim.value);
      (*std::ranges::lower_bound(replicas_, number, {}, &Replica::number))->stop();
      std::erase_if(pods, [&](const ReplicaPod& pod) { return pod.id == victim; });
    }
    count -= victims.size();
  }
}

// A ReplicaSet's batches of 1, 2, 4, .. end before anything else happens; what takes time is the
// rate at which the API is called, for all ReplicaSets of a cluster.
void ServedService::make(int replicas) {
  if (!home_.pool) {
    for (; replicas > 0; --replicas) make_one();
    return;
  }
  ClusterPlatform& cluster = *world_.clusters[home_.platform.index()];
  for (const int batch : creation_batches(replicas))
    for (int i = 0; i < batch; ++i) {
      const Seconds wait = cluster.wait_to_make_a_pod();
      if (wait <= Seconds{0})
        make_one();
      else
        make_later(world_, *this, world_.now() + wait);
    }
}

Life make_later(World& world, ServedService& service, Seconds date) {
  ++service.coming_;
  auto turn = sleep_until(world.agenda, date, Instant::arrive);
  co_await turn;
  --service.coming_;
  if (std::ssize(service.staying()) < service.desired_) service.make_one();
}

void ServedService::make_one() {
  if (home_.pool)
    run_pod(world_, *this, *world_.clusters[home_.platform.index()]);
  else
    run_instance(world_, *this, *world_.sagemaker[home_.platform.index()], copies_each());
}

void ServedService::change_slots(int copies) {
  account_until_now();
  ready_copies_ += copies;
}

double ServedService::expected_until_now() {
  return walk_.expected_by(service_.demand, world_.now());
}

Stretch ServedService::stretch_until_now() {
  return {.from = accounted_,
          .to = world_.now(),
          .requests = expected_until_now() - expected_by_then_,
          .ready = ready_copies_,
          .desired = desired_,
          .may_be_none = may_sleep() && !stuck_};
}

void ServedService::see(const Needs& needs, Seconds until, ServiceSeen& seen) {
  const std::vector<Staying>& there = staying();
  seen.current = {desired_, static_cast<std::int32_t>(there.size())};
  seen.ready = serving_;
  seen.pods.clear();
  if (needs.pods)
    for (const Staying& one : there)
      seen.pods.push_back({.pod = one.pod, .containers_since = one.containers_since});
  if (auto* fluid = std::get_if<FluidService>(&requests_)) {
    const FluidService::Seen use = fluid->see(stretch_until_now(), needs.waiting);
    seen.total = use.total;
    seen.waiting = use.waiting;
    seen.in_service = use.in_service;
    for (std::size_t i = 0; i < seen.pods.size(); ++i)
      if (there[i].serves) seen.pods[i].use = use.per_pod - joined_[i];
    return;
  }
  static thread_local serving::ServiceUse use;  // one for all, as in control_service
  std::get<serving::RecordedRequests>(requests_).see(world_.now(), until, needs, use);
  seen.total = use.total;
  seen.waiting = use.waiting;
  seen.in_service = use.in_service;
  auto of = use.pods.begin();
  for (PodSeen& pod : seen.pods) {
    while (of != use.pods.end() && of->pod < pod.pod.id.value) ++of;
    if (of != use.pods.end() && of->pod == pod.pod.id.value) pod.use = of->use;
  }
}

void ServedService::watch_overload() {
  const Seconds now = world_.now();
  if (now >= straight_.to) {
    straight_ = service_.demand.straight_from(now);
    straight_since_ = now;
  }
  const double rate = straight_.rate + straight_.slope * (now - straight_since_).count();
  const double offered = rate * mean_service_s_;
  const int slots = ready_copies_ * concurrency_;
  const bool is_stuck = wakes_in_vain();
  const bool asleep = ready_copies_ == 0 && may_sleep() && !is_stuck;
  const bool overloaded = offered > 0 && offered >= slots && !asleep;
  if (overloaded == overloaded_since_.has_value()) return;
  account_until_now();
  stuck_ = is_stuck;
  if (overloaded) {
    overloaded_since_ = world_.now();
    world_.tally.record(
        OverloadBegan{.at = world_.now(), .service = id_, .offered = offered, .slots = slots});
  } else {
    world_.tally.record(OverloadEnded{.at = world_.now(),
                                      .began = *overloaded_since_,
                                      .service = id_,
                                      .offered = offered,
                                      .slots = slots});
    note_overload();
  }
}

bool ServedService::wakes_in_vain() {
  if (ready_copies_ > 0 || desired_ == 0)
    waking_since_.reset();
  else if (!waking_since_)
    waking_since_ = world_.now();
  return waking_since_ && world_.now() - *waking_since_ >= kProgressDeadline;
}

// The part of it in the measured window.
void ServedService::note_overload() {
  const Seconds from = *std::exchange(overloaded_since_, std::nullopt);
  const Seconds begin = world_.scenario.warm_up;
  if (world_.now() <= begin) return;
  const OverloadSpan span{std::max(from - begin, Seconds{0}), world_.now() - begin};
  if (span.to <= span.from) return;
  const bool touches = !overloads_.empty() && span.from <= overloads_.back().to;
  if (!touches && overloads_.size() < kMostSpans)
    overloads_.push_back(span);
  else
    overloads_.back().to = span.to;
}

void ServedService::end_slice() {
  const auto slice = std::visit([](auto& requests) { return requests.end_slice(); }, requests_);
  if (slice) world_.tally.record(ServiceObserved{world_.now(), slice_began_, id_, *slice});
  slice_began_ = world_.now();
}

void ServedService::account_until_now() {
  const Seconds now = world_.now();
  const Stretch stretch = stretch_until_now();
  std::visit([&](auto& model) { model.advance(stretch); }, requests_);
  if (now > accounted_ && accounted_ >= world_.scenario.warm_up) {
    const double gigabytes =
        stretch.requests * gibibytes(service_.request_bytes + service_.response_bytes);
    QuantityRecord moved{.what = SimplePrice::sagemaker_endpoint_data_gb,
                         .holder = Holder::of(id_),
                         .at = accounted_,
                         .amount = gigabytes};
    if (home_.pool) {
      // A GB that crosses a zone is billed where it leaves and where it arrives.
      const auto& cluster = std::get<Cluster>(world_.scenario.platforms[home_.platform.index()]);
      moved.what = SimplePrice::cross_az_gb;
      moved.amount = 2 * gigabytes * cluster.cross_zone_share;
    }
    if (moved.amount > 0) world_.meter.add(moved);
  }
  if (now > accounted_) expected_by_then_ = expected_until_now();
  accounted_ = now;
}

void ServedService::fetch_as(const ServedService& like) const {
  fetch_between(&id_, &scaler_);
  // A variant says at its end which it is: the scaler just before the requests, they just before what follows.
  const void* const ends = reinterpret_cast<const char*>(&overloaded_since_) - 1;
  if (like.is_fixed()) {
    fetch_ahead(reinterpret_cast<const char*>(&requests_) - 1, 1);
    return fetch_between(ends, &accounted_);
  }
  fetch_as_hpa(scaler_);
  fetch_ahead(reinterpret_cast<const char*>(&requests_) - 1, 1);
  if (std::holds_alternative<FluidService>(like.requests_)) {
    constexpr std::size_t kReadOfFlow = 256;
    fetch_ahead(&requests_, kReadOfFlow);
    fetch_between(ends, &joined_);
  } else {
    reinterpret_cast<const serving::RecordedRequests*>(&requests_)->fetch();
    fetch_between(ends, &accounted_);
  }
}

void ServedService::fetch_behind() const {
  if (is_fixed()) return;
  fetch_elements(staying_, 512);
  berth::fetch_behind(scaler_);
  if (const auto* recorded = std::get_if<serving::RecordedRequests>(&requests_))
    recorded->fetch_behind();
}

ServiceOutcome ServedService::take() {
  account_until_now();
  end_slice();
  if (overloaded_since_) note_overload();
  ServiceOutcome outcome = std::visit([](auto& requests) { return requests.take(); }, requests_);
  outcome.overloads = std::move(overloads_);
  return outcome;
}

// ---- The loop -----------------------------------------------------------------------------------

namespace {

// Services are looked at in turn: of those that are next the memory is asked for what the look will read,
// first themselves, then what they lead to.
void fetch_next(const World& world, const ServedService& service) {
  constexpr std::size_t kSoon = 2, kLater = 5;
  const auto of = [&](std::size_t place) {
    return place < world.services.size() ? world.services[place].get() : nullptr;
  };
  const std::size_t here = service.id().index();
  if (const ServedService* soon = of(here + kSoon)) soon->fetch_behind();
  if (const ServedService* later = of(here + kLater)) later->fetch_as(service);
}

// The loop's own memory: of a thousand loops none finds it in the cache, so it is small, and what a loop does
// is a function, whose variables do not lie in the coroutine's frame.
struct Control {
  Needs needs;
  Seconds next_slice{0}, next_look{0};
};

// Asks the scaler, and carries out what it wishes.
void look(World& world, ServedService& service, const Needs& needs, Seconds until, Seconds now) {
  // One for all, filled anew at every look.
  static thread_local ServiceSeen seen;
  service.see(needs, until, seen);
  ScaleWish wish =
      std::visit([&](auto& s) { return s.look(seen, service.id(), now); }, service.scaler());
  if (wish.why) std::visit([&](auto& why) { world.tally.record(std::move(why)); }, *wish.why);
  if (wish.replicas != seen.current.spec_replicas) service.scale_to(wish.replicas);
}

// What is due now; gives when something is due next.
Seconds control_now(World& world, ServedService& service, Control& control) {
  const Seconds now = world.now(), opens = world.scenario.warm_up;
  fetch_next(world, service);
  service.watch_overload();
  if (now >= control.next_look) {
    const Seconds until = now < opens ? std::min(opens, control.next_slice) : control.next_slice;
    if (!service.is_fixed()) look(world, service, control.needs, until, now);
    control.next_look = std::visit([&](const auto& s) { return s.next_look(now); }, service.scaler());
  }
  if (now == opens) service.account_until_now();
  if (now == control.next_slice) {
    service.account_until_now();
    service.end_slice();
    control.next_slice += world.scenario.slice;
  }
  const Seconds next = std::min({control.next_look, control.next_slice, now + kWatchPeriod});
  return now < opens ? std::min(next, opens) : next;
}

}  // namespace

Life control_service(World& world, ServedService& service) {
  Control control{.needs = std::visit([](const auto& s) { return s.needs(); }, service.scaler()),
                  .next_slice = world.scenario.warm_up + world.scenario.slice};
  const ReplicaPolicy& policy = service.home().replicas;
  service.scale_to(start_replicas(policy, service.scaled(), service.rate_at(Seconds{0})));
  while (true) {
    auto tick = sleep_until(world.agenda, control_now(world, service, control), Instant::observe);
    co_await tick;
  }
}

}  // namespace berth
