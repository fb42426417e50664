#include "models/serving/fluid_service.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/serving/batch_latency.h"
#include "models/serving/idle_chance.h"

namespace berth {
namespace {

using queueing::Dispatch;

Dispatch dispatch_of(LoadBalancing balancing) {
  switch (balancing) {
    case LoadBalancing::random:
      return Dispatch::random;
    case LoadBalancing::round_robin:
      return Dispatch::round_robin;
    case LoadBalancing::central_queue:
    case LoadBalancing::power_of_two:
    case LoadBalancing::least_outstanding:
      return Dispatch::shared_queue;
  }
  return Dispatch::shared_queue;
}

// Water levels at which a filling or emptying tank is read off in one stretch.
constexpr int kReadings = 16;

}  // namespace

FluidService::FluidService(const Service& service, const ReplicaPolicy& replicas, Seconds begin,
                           int copies)
    : service_(service),
      replicas_(replicas),
      law_(queueing::service_law(service.service_time)),
      begin_(begin),
      copies_(copies) {
  outcome_.fidelity = "fluid";
  if (service_.batching)
    full_batch_ = batch_latency_law(*service_.batching, std::numeric_limits<double>::infinity());
}

queueing::StationaryQueue FluidService::queue_of(double rate, int ready) const {
  const int pods = queues(ready);
  const int slots = pods > 0 ? ready * service_.concurrency / pods : service_.concurrency;
  const Dispatch dispatch = dispatch_of(service_.balancing);
  const auto queue =
      queueing::stationary_pods(rate, pods, slots, law_, dispatch, service_.arrival_scv);
  const bool shared = dispatch == Dispatch::shared_queue;
  return queueing::begun(queue, elapsed_.count(), shared ? rate : rate / std::max(pods, 1),
                         shared ? pods * slots : slots, law_, service_.arrival_scv);
}

// With its load a queue moves along, or begins anew.
void FluidService::note_load(double load, const Stretch& stretch) {
  if (!(std::abs(load - last_load_) <= kJump * last_load_)) changed_at_ = stretch.from;
  last_load_ = load;
  elapsed_ = stretch.to - changed_at_;
}

void FluidService::advance(const Stretch& stretch) {
  double left = stretch.requests;
  for (Seconds from = stretch.from; from < stretch.to;) {
    Stretch part = stretch;
    part.from = from;
    part.to = level_until(service_.demand, from, stretch.to);
    if (part.to < stretch.to)
      part.requests = std::min(left, service_.demand.expected_between(from, part.to));
    else
      part.requests = left;
    left -= part.requests;
    from = part.to;
    advance_level(part);
  }
}

void FluidService::advance_level(const Stretch& stretch) {
  if (!std::exchange(recording_, stretch.from >= begin_)) outcome_.waiting_at_begin = backlog_;
  if (stretch.ready > std::exchange(last_ready_, stretch.ready) && service_.warm_up.extra > 0)
    warm_from_ = stretch.from + kWarmAfter * service_.warm_up.fades;
  const int slots = stretch.ready * service_.concurrency;
  const double seconds = (stretch.to - stretch.from).count();
  const double offered = stretch.requests / seconds * law_.mean;
  const bool overloaded = offered >= slots;
  note_load(slots > 0 ? offered / slots : 0, stretch);
  state_error(stretch);
  const bool asleep = stretch.may_be_none && stretch.ready == 0;
  record_usage(stretch, slots, overloaded && stretch.requests > 0 && !asleep);
  const double begin = backlog_;
  double end = begin;
  UseCounters use = use_of(stretch, end);
  if (overloaded || begin > 0) {
    serve_backlog(stretch, slots);
  } else if (stretch.requests > 0) {
    const auto queue = queue_of(stretch.requests / seconds, stretch.ready);
    if (queue.stable && end == 0) use.waiting = stretch.requests * queue.mean_wait;
    serve_steadily(stretch, slots, queue);
  }
  total_ += use;
  per_pod_ += of_a_pod(use, stretch.ready);
}

UseCounters FluidService::of_a_pod(UseCounters use, int ready) const {
  if (ready == 0) return {};
  if (!has_a_queue_each()) use.waiting = 0;
  return use * (1.0 / ready);
}

void FluidService::take_over(Seconds now, double waiting, std::optional<Seconds> unrecorded_for) {
  constexpr Seconds kLeast{1e-6};  // a stretch has a length
  backlog_ = waiting;
  held_ = {};
  if (unrecorded_for) held_.add(now - std::max(2 * *unrecorded_for, kLeast), now, waiting);
}

// The wait of a steady queue is left out where nobody asks for it: it takes a formula.
FluidService::Seen FluidService::see(const Stretch& stretch, bool with_waiting) {
  double backlog = backlog_;
  UseCounters use = use_of(stretch, backlog);
  Seen seen{.waiting = backlog};
  const double rate = walk_.rate_at(service_.demand, stretch.to);
  const double slots = stretch.ready * service_.concurrency;
  seen.in_service = backlog > 0 ? slots : std::min(rate * law_.mean, slots);
  const double seconds = (stretch.to - stretch.from).count();
  if (with_waiting && backlog_ == 0 && backlog == 0) {
    const double mean_rate = seconds > 0 ? stretch.requests / seconds : rate;
    const auto queue = queue_of(mean_rate, stretch.ready);
    if (queue.stable) {
      use.waiting = stretch.requests * queue.mean_wait;
      seen.waiting = rate * queue.mean_wait;
    }
  }
  seen.total = total_ + use;
  seen.per_pod = per_pod_ + of_a_pod(use, stretch.ready);
  return seen;
}

// Waiting of a backlog only.
UseCounters FluidService::use_of(const Stretch& stretch, double& backlog) const {
  const double seconds = (stretch.to - stretch.from).count();
  if (seconds <= 0) return {};
  const int slots = stretch.ready * service_.concurrency;
  const double begin = backlog > 0 ? std::min(backlog, room_of(stretch).requests) : 0;
  const double work = stretch.requests * law_.mean + begin * law_.mean;
  backlog = std::max(0.0, (work - slots * seconds) / law_.mean);
  if (backlog > 0) backlog = std::min(backlog, room_of(stretch).requests);
  return {.busy = std::min(work, slots * seconds),
          .waiting = (begin + backlog) / 2 * seconds,
          .requests = stretch.requests};
}

bool FluidService::has_a_queue_each() const {
  if (service_.batching) return service_.balancing == LoadBalancing::random;  // others form them in one queue
  return service_.balancing != LoadBalancing::central_queue;
}

// At Knative's activator they wait.
bool FluidService::refuses(const Stretch& stretch) const {
  return stretch.ready == 0 && has_a_queue_each() &&
         !std::holds_alternative<KnativePolicy>(replicas_.autoscaler);
}

FluidService::Room FluidService::room_of(const Stretch& stretch) const {
  if (refuses(stretch) || stretch.nobody_waits) return {};
  Room room{double(service_.queue_limit) * (has_a_queue_each() ? std::max(queues(stretch.ready), 1) : 1), false};
  if (!service_.timeout) return room;
  double patient = service_.timeout->count() * stretch.ready * service_.concurrency / law_.mean;
  if (stretch.ready == 0) {
    const Seconds length = stretch.to - stretch.from;
    patient = held_.came_since(stretch.to - *service_.timeout) +
              stretch.requests * std::min(1.0, *service_.timeout / length);
  }
  return patient < room.requests ? Room{patient, true} : room;
}

void FluidService::state_error(const Stretch& stretch) {
  if (!recording_) return;
  const Seconds length = stretch.to - stretch.from;
  outcome_.looked_at[static_cast<std::size_t>(Look::formula)] += length;
  if (refuses(stretch)) return;
  const double rate = stretch.requests / length.count();
  const StretchLoad curve = load_between(service_.demand, stretch.from, stretch.to);
  const int pods = queues(stretch.ready);
  const StretchLoad load{
      .length = length,
      .mean_rate = rate,
      .peak_rate = std::max(rate, curve.peak_rate),
      .least_rate = curve.least_rate,
      .steepest = curve.steepest,
      .pods = pods,
      .slots_per_pod = pods > 0 ? stretch.ready * service_.concurrency / pods : service_.concurrency,
      .shared_queue = service_.balancing == LoadBalancing::central_queue,
      .random_pod = service_.balancing == LoadBalancing::random,
      .round_robin = service_.balancing == LoadBalancing::round_robin,
      .two_choices = service_.balancing == LoadBalancing::power_of_two,
      .service_mean = law_.mean,
      .service_scv = law_.scv,
      .arrival_scv = service_.arrival_scv,
      .arrivals_have_memory = service_.arrival_scv != 1,
      .pods_warming = stretch.from < warm_from_,
      .drops_matter = service_.timeout.has_value() || service_.queue_limit < kShortQueue,
      .backlog = backlog_ > 0};
  // Of bursts, of a trace and of batches the formulas know nothing.
  const bool blind =
      service_.bursts || !service_.recorded.empty() || service_.batching ||
      (stretch.may_be_none && idle_chance(replicas_, rate, law_.mean) >= ErrorOfP99::kMatters);
  StretchLoad since = load;
  since.unchanged_for = elapsed_ - length;
  error_.add(blind ? 1 : error_since_change(decide_look(Fidelity::fluid, load).error, since),
             stretch.requests);
}

void FluidService::serve_steadily(const Stretch& stretch, int slots,
                                  const queueing::StationaryQueue& queue) {
  if (!recording_) return;
  const double seconds = (stretch.to - stretch.from).count();
  const Dispatch dispatch = dispatch_of(service_.balancing);
  const int servers =
      dispatch == Dispatch::shared_queue ? slots : slots / std::max(queues(stretch.ready), 1);
  const double memory =
      queueing::relaxation_time(queue, servers, law_.mean, law_.scv, service_.arrival_scv);
  const bool few_and_variable = law_.scv > 1 && servers < 16;
  if (memory > seconds || few_and_variable)
    outcome_.doubtful += stretch.to - stretch.from;
  if (service_.batching)
    record(batch_latency_law(*service_.batching, stretch.requests / seconds / std::max(slots, 1)), 0,
           stretch.requests);
  else
    record(queueing::sojourn_law(queue, law_), 0, stretch.requests);
}

void FluidService::hold(const Stretch& stretch) {
  if (refuses(stretch)) {
    backlog_ = 0;  // it went with the pods
    return lose(stretch.requests, &ServiceOutcome::rejected, &ServiceSlice::rejected);
  }
  held_.add(stretch.from, stretch.to, stretch.requests);
  backlog_ += stretch.requests;
  if (service_.timeout) {
    const double gone = held_.drop_before(stretch.to - *service_.timeout);
    backlog_ -= gone;
    lose(gone, &ServiceOutcome::timed_out, &ServiceSlice::timed_out);
  }
  const double over = held_.drop_newest(backlog_ - (stretch.nobody_waits ? 0 : service_.queue_limit));
  backlog_ -= over;
  lose(over, &ServiceOutcome::rejected, &ServiceSlice::rejected);
}

// Behind those who are recorded already.
void FluidService::release(Seconds now, double capacity) {
  double before = std::max(0.0, backlog_ - held_.count());
  for (const auto& [came, requests] : held_.release()) {
    const double wait = (now - came).count() + before / capacity;
    if (service_.timeout && wait > service_.timeout->count()) {
      lose(requests, &ServiceOutcome::timed_out, &ServiceSlice::timed_out);
      continue;
    }
    record(full_law(), wait, requests);
    before += requests;
  }
  backlog_ = before;
}

void FluidService::lose(double requests, double ServiceOutcome::*in_all, double ServiceSlice::*in_slice) {
  if (!recording_) return;
  outcome_.*in_all += requests;
  current_.*in_slice += requests;
}

// The backlog goes in a straight line until it is gone, and what arrives after that is served steadily;
// or until there is no more room.
void FluidService::serve_backlog(const Stretch& stretch, int slots) {
  if (slots == 0) return hold(stretch);
  const double seconds = (stretch.to - stretch.from).count();
  const double rate = stretch.requests / seconds;
  const double capacity = slots / law_.mean;
  const double slope = rate - capacity;
  if (held_.count() > 0) release(stretch.from, capacity);
  const Room room = room_of(stretch);
  backlog_ = std::min(backlog_, room.requests);
  const double until_turn = slope < 0   ? backlog_ / -slope
                            : slope > 0 ? (room.requests - backlog_) / slope
                                        : seconds;
  const double length = std::min(until_turn, seconds);
  const double end_level = std::clamp(backlog_ + slope * length, 0.0, room.requests);
  for (int i = 0; i < kReadings && length > 0; ++i) {
    const double part = (i + 0.5) / kReadings;
    const double level = backlog_ + (end_level - backlog_) * part;
    record(full_law(), level / capacity, rate * length / kReadings);
  }
  if (recording_) outcome_.doubtful += Seconds{length};
  backlog_ = end_level;
  if (length >= seconds) return;
  Stretch rest = stretch;
  rest.from += Seconds{length};
  rest.requests = rate * (seconds - length);
  if (slope > 0) return serve_full(rest, capacity, room);
  backlog_ = 0;
  if (rate > 0) serve_steadily(rest, slots, queue_of(rate, rest.ready));
}

// As many get in as are served, and wait as long as all that is before them takes.
void FluidService::serve_full(const Stretch& stretch, double capacity, const Room& room) {
  const double served = capacity * (stretch.to - stretch.from).count();
  record(full_law(), backlog_ / capacity, served);
  const double lost = stretch.requests - served;
  if (room.clients_give_up)
    lose(lost, &ServiceOutcome::timed_out, &ServiceSlice::timed_out);
  else
    lose(lost, &ServiceOutcome::rejected, &ServiceSlice::rejected);
  if (recording_) outcome_.doubtful += stretch.to - stretch.from;
}

void FluidService::record(const std::vector<CdfPoint>& law, double shift, double requests) {
  if (!recording_ || requests <= 0) return;
  if (shift > 0)
    current_latency_.record_curve(queueing::shifted(law, shift), requests);
  else
    current_latency_.record_curve(law, requests);
  outcome_.good +=
      requests * queueing::probability_at_most(law, service_.slo_latency.count() - shift);
}

void FluidService::record_usage(const Stretch& stretch, int slots, bool overloaded) {
  if (!recording_) return;
  const double seconds = (stretch.to - stretch.from).count();
  const double busy =
      std::min(stretch.requests * law_.mean + backlog_ * law_.mean, slots * seconds);
  outcome_.requests += stretch.requests;
  outcome_.replica_time += (stretch.to - stretch.from) * stretch.ready;
  outcome_.busy_slot_seconds += busy;
  outcome_.slot_seconds += slots * seconds;
  if (overloaded) outcome_.overloaded += stretch.to - stretch.from;
  current_.overloaded |= overloaded;
  current_.ready += stretch.ready * seconds;
  current_.desired += stretch.desired * seconds;
  current_requests_ += stretch.requests;
  current_seconds_ += seconds;
  current_busy_ += busy;
  current_slots_ += slots * seconds;
}

std::optional<ServiceSlice> FluidService::end_slice() {
  std::optional<ServiceSlice> ended;
  if (current_seconds_ > 0) {
    current_.request_rate = current_requests_ / current_seconds_;
    current_.ready /= current_seconds_;
    current_.desired /= current_seconds_;
    current_.utilisation = current_slots_ > 0 ? current_busy_ / current_slots_ : 0;
    current_.p99_s = current_latency_.count() > 0 ? current_latency_.quantile(0.99) : 0;
    outcome_.slices.push_back(current_);
    ended = current_;
  }
  // Laws are spread over the slice's buckets only: the whole is the sum of its slices.
  outcome_.latency.merge(current_latency_);
  current_ = {};
  current_latency_.clear();
  current_requests_ = current_seconds_ = current_busy_ = current_slots_ = 0;
  return ended;
}

ServiceOutcome FluidService::take() {
  end_slice();
  outcome_.error = error_.value();
  outcome_.waiting_at_end = backlog_;
  return std::exchange(outcome_, {});
}

}  // namespace berth
