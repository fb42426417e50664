#include "sim/serving.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "models/fetch_ahead.h"
#include "models/serving/replica_forecast.h"
#include "models/serving/replicas_on.h"
#include "models/serving/scale_in.h"
#include "sim/endpoint_instance.h"
#include "sim/sagemaker_platform.h"
#include "sim/service_pod.h"

namespace berth {
namespace {

// A Deployment that gets no pod ready for so long has failed to progress: progressDeadlineSeconds.
constexpr Seconds kProgressDeadline{600};
constexpr Seconds kNotYet{std::numeric_limits<double>::infinity()};
// Spans of overload that a result lists; what comes after is joined to the last.
constexpr std::size_t kMostSpans = 1000;

Service as_served(const Service& service, const ServiceHome& home) {
  return home.endpoint ? served_by(*home.endpoint, service) : service;
}

}  // namespace

ServedService::ServedService(World& world, ServiceId id)
    : home_(world.placement.services[id.index()]),
      service_(as_served(world.scenario.services[id.index()], home_)),
      world_(world),
      id_(id),
      concurrency_(service_.concurrency),
      scaler_(make_scaler(home_.replicas, scaled())),
      requests_(std::in_place_type<FluidService>, service_, home_.replicas,
                world.scenario.warm_up, copies_each()),
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

void ServedService::begin_with(int replicas) {
  if (replicas > 0 && world_.scenario.warm_up > Seconds{0}) {
    start_ = replicas;
    if (auto* recorded = std::get_if<serving::RecordedRequests>(&requests_)) recorded->let_wait(false);
  }
  scale_to(replicas);
}

void ServedService::end_start() {
  if (!start_) return;
  if (ready_copies_ < std::min(*start_, desired_) && world_.now() < world_.scenario.warm_up) return;
  account_until_now();
  start_.reset();
  if (auto* recorded = std::get_if<serving::RecordedRequests>(&requests_)) recorded->let_wait(true);
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
  while (count > 0) {
    const auto left = static_cast<int>(count);
    const std::vector<PodId> victims = home_.pool ? scale_down_victims(pods, left, world_.now())
                                                  : instances_to_stop(pods, left);
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
  while (replicas > 0)  // a sync makes 500, and the next follows at once
    for (const int batch : creation_batches(replicas)) {
      replicas -= batch;
      for (int i = 0; i < batch; ++i) {
        const Seconds wait = cluster.wait_to_make_a_pod();
        if (wait <= Seconds{0})
          make_one();
        else
          make_later(world_, *this, world_.now() + wait);
      }
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
  end_start();
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
          .may_be_none = may_sleep() && !stuck_,
          .nobody_waits = start_.has_value()};
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

// Of bursts the mean of the phases that were since the load was looked at last: a curve says their mean
// over the years, which never floods what a burst does. A flow knows no phases.
double ServedService::rate_since_last_watch() {
  const Seconds now = world_.now();
  auto* recorded = std::get_if<serving::RecordedRequests>(&requests_);
  if (recorded != nullptr && service_.bursts) {
    const double expected = recorded->expected_by(now);
    if (now > watched_at_)
      watched_rate_ = (expected - expected_by_watch_) / (now - watched_at_).count();
    watched_at_ = now;
    expected_by_watch_ = expected;
    if (now > Seconds{0}) return watched_rate_;
  }
  if (now >= straight_.to) {
    straight_ = service_.demand.straight_from(now);
    straight_since_ = now;
  }
  return straight_.rate + straight_.slope * (now - straight_since_).count();
}

void ServedService::watch_overload() {
  const double offered = rate_since_last_watch() * mean_service_s_;
  const int slots = ready_copies_ * concurrency_;
  const bool is_stuck = wakes_in_vain();
  const bool asleep = ready_copies_ == 0 && may_sleep() && !is_stuck;
  const bool overloaded = offered > 0 && offered >= slots && !asleep;
  if (overloaded == overloaded_since_.has_value()) return watch_queue(slots);
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
                                      .slots = slots,
                                      .waiting = waiting()});
    note_overload();
    queue_left_since_ = world_.now();
    watch_queue(slots);
  }
}

double ServedService::waiting() const {
  if (const auto* fluid = std::get_if<FluidService>(&requests_)) return fluid->backlog();
  return std::get<serving::RecordedRequests>(requests_).waiting();
}

// That an overload left.
void ServedService::watch_queue(int slots) {
  if (!queue_left_since_ || overloaded_since_) return;
  account_until_now();
  if (waiting() > slots) return;
  const Seconds ended = *std::exchange(queue_left_since_, std::nullopt);
  if (world_.now() > ended)
    world_.tally.record(QueueGone{.at = world_.now(), .ended = ended, .service = id_});
  note_queue_gone(world_.now() - world_.scenario.warm_up);
}

void ServedService::note_queue_gone(Seconds at) {
  for (; with_queue_gone_ < overloads_.size(); ++with_queue_gone_)
    overloads_[with_queue_gone_].queue_gone = at;
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
  const OverloadSpan span{.from = std::max(from - begin, Seconds{0}), .to = world_.now() - begin};
  if (span.to <= span.from) return;
  const bool touches = !overloads_.empty() && span.from <= overloads_.back().to;
  if (!touches && overloads_.size() < kMostSpans)
    overloads_.push_back(span);
  else
    overloads_.back().to = span.to;
  with_queue_gone_ = std::min(with_queue_gone_, overloads_.size() - 1);
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
  const bool is_gone = !queue_left_since_ && waiting() <= ready_copies_ * concurrency_;
  if (overloaded_since_) note_overload();
  note_queue_gone(is_gone ? world_.now() - world_.scenario.warm_up : kNotYet);
  ServiceOutcome outcome = std::visit([](auto& requests) { return requests.take(); }, requests_);
  outcome.overloads = std::move(overloads_);
  return outcome;
}

}  // namespace berth
