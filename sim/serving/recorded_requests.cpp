#include "sim/serving/recorded_requests.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/serving/fidelity_for.h"

namespace berth::serving {
namespace {

Dispatching dispatching_of(LoadBalancing balancing) {
  switch (balancing) {
    case LoadBalancing::central_queue: return Kernel::fastest;
    case LoadBalancing::random: return BalancerRules{.balancing = Balancing::random};
    case LoadBalancing::round_robin: return BalancerRules{.balancing = Balancing::round_robin};
    case LoadBalancing::least_outstanding:
      return BalancerRules{.balancing = Balancing::least_outstanding};
    case LoadBalancing::power_of_two: return BalancerRules{.balancing = Balancing::choices};
  }
  return Kernel::fastest;
}

// A law of mean 1: H2 with balanced means above a Poisson stream's variance, gamma below.
std::optional<Distribution> gaps_of(double scv) {
  if (scv == 1) return std::nullopt;
  if (scv == 0) return constant(1);
  return scv > 1 ? hyperexponential_from_mean_cv(1, std::sqrt(scv))
                 : gamma_from_mean_cv(1, std::sqrt(scv));
}

// The factors of a two-state rate whose mean is 1.
std::optional<Bursts> bursts_of(const std::optional<BurstRates>& rates) {
  if (!rates) return std::nullopt;
  const double on = rates->on.count(), off = rates->off.count();
  const double low = (on + off) / (rates->ratio * on + off);
  return Bursts{.factor = {rates->ratio * low, low}, .mean_stay = {on, off}};
}

}  // namespace

RequestServiceSettings request_settings(const Service& service, Fidelity fidelity, bool buffers) {
  QueueRules queue{.queue_limit = static_cast<std::uint64_t>(service.queue_limit)};
  queue.warm_up = {service.warm_up.extra, service.warm_up.fades.count()};
  queue.buffers = buffers;
  queue.cut_off = service.cut_off;
  if (service.batching) {
    const Batching& b = *service.batching;
    return {.rules = {.service_time = constant(1),
                      .dispatching = BatchRules{.max_batch = b.max_batch,
                                                .max_delay = b.max_delay.count(),
                                                .fixed = b.fixed.count(),
                                                .per_item = b.per_item.count(),
                                                .queue_limit = queue.queue_limit,
                                                .cut_off = queue.cut_off,
                                                .queue_each = service.balancing == LoadBalancing::random,
                                                .buffers = buffers},
                      .queue = queue},
            .demand = service.demand,
            .bursts = bursts_of(service.bursts),
            .gaps = gaps_of(service.arrival_scv),
            .trace = service.recorded,
            .load = service.service_time,
            .fidelity = fidelity,
            .slo_latency = service.slo_latency};
  }
  if (service.timeout) queue.patience = constant(service.timeout->count());
  return {.rules = {.service_time = service.service_time,
                    .dispatching = dispatching_of(service.balancing),
                    .queue = queue},
          .demand = service.demand,
          .bursts = bursts_of(service.bursts),
          .gaps = gaps_of(service.arrival_scv),
          .trace = service.recorded,
          .fidelity = fidelity,
          .slo_latency = service.slo_latency};
}

namespace {

RequestServiceSettings recorded_settings(const Service& service, const ReplicaPolicy& replicas,
                                         Fidelity wish, const Recording& recording,
                                         const StreamKey& key) {
  RequestServiceSettings settings =
      request_settings(service, fidelity_for(service, replicas, wish),
                       std::holds_alternative<KnativePolicy>(replicas.autoscaler));
  settings.window_requests = window_requests(recording.horizon, recording.slice);
  if (wish != Fidelity::automatic) return settings;
  settings.flow = {.service = &service, .replicas = &replicas};
  bound_requests(settings, recording.begin + recording.horizon, key);
  // An autoscaler that every request should be looked at for, or that reads how busy workers are that fill
  // their batches only in part, is not given what it would be.
  const bool is_fixed = std::holds_alternative<FixedReplicas>(replicas.autoscaler);
  const bool is_misled = fidelity_for(service, replicas, wish) != wish || (service.batching && !is_fixed);
  if (settings.bound && is_misled) settings.bound->error_is_known = false;
  return settings;
}

}  // namespace

RecordedRequests::RecordedRequests(const Service& service, const ReplicaPolicy& replicas,
                                   Fidelity wish, StreamKey key, const Recording& recording)
    : settings_(service),
      requests_(recorded_settings(service, replicas, wish, recording, key), key),
      begin_(recording.begin) {
  outcome_.fidelity = name_of(requests_.is_bounded() ? wish : fidelity_for(service, replicas, wish));
  recording_ = begin_ <= Seconds{0};
}

void RecordedRequests::join(Pod pod, int copies, Seconds now) {
  requests_.join(pod, copies * settings_.concurrency, now);
}

void RecordedRequests::begin_recording() {
  requests_.take_raw();
  outcome_.waiting_at_begin = requests_.waiting();
  recording_ = true;
}

void RecordedRequests::advance(const Stretch& stretch) {
  if (stretch.to <= stretch.from) return;
  requests_.let_be_none(stretch.may_be_none);
  // Of recorded requests the first may come at the very instant at which recording begins.
  const bool opens = !recording_ && stretch.to >= begin_ && !settings_.recorded.empty();
  requests_.advance(opens ? Seconds{std::nextafter(begin_.count(), 0.0)} : stretch.to);
  if (!recording_) {
    if (stretch.to >= begin_) begin_recording();
    return;
  }
  const double seconds = (stretch.to - stretch.from).count();
  outcome_.replica_time += (stretch.to - stretch.from) * stretch.ready;
  current_.ready += stretch.ready * seconds;
  current_.desired += stretch.desired * seconds;
  current_seconds_ += seconds;
  current_slots_ += stretch.ready * settings_.concurrency * seconds;
}

void RecordedRequests::add(const RequestOutcome& seen) {
  outcome_.requests += seen.requests;
  outcome_.good += seen.good;
  outcome_.rejected += seen.rejected;
  outcome_.timed_out += seen.abandoned;
  outcome_.cut_off += seen.failed;
  outcome_.overloaded += seen.overloaded;
  outcome_.doubtful += seen.doubtful;
  outcome_.slot_seconds += current_slots_;
  outcome_.busy_slot_seconds += seen.busy_slot_seconds;
  waits_.merge(seen.waits);
  latencies_.merge(seen.latencies);
  for (std::size_t i = 0; i < seen.looked_at.size(); ++i)
    outcome_.looked_at[i] += seen.looked_at[i];
  error_.add(seen.error);
}

std::optional<ServiceSlice> RecordedRequests::end_slice() {
  if (current_seconds_ <= 0) return std::nullopt;
  const RequestOutcome seen = requests_.take_raw();
  add(seen);
  current_.request_rate = seen.requests / current_seconds_;
  current_.ready /= current_seconds_;
  current_.desired /= current_seconds_;
  current_.utilisation =
      current_slots_ > 0 ? std::min(seen.busy_slot_seconds / current_slots_, 1.0) : 0;
  current_.p99_s = requests_.rough_quantile(seen.waits, seen.latencies, 0.99);
  current_.overloaded = seen.overloaded > Seconds{0};
  current_.rejected = seen.rejected;
  current_.timed_out = seen.abandoned;
  current_.cut_off = seen.failed;
  outcome_.slices.push_back(std::exchange(current_, {}));
  current_seconds_ = current_slots_ = 0;
  return outcome_.slices.back();
}

ServiceOutcome RecordedRequests::take() {
  end_slice();
  outcome_.waiting_at_end = requests_.waiting();
  outcome_.latency = requests_.latency_of(waits_, latencies_);
  outcome_.error = error_.value();
  // Who waited when recording began is answered within it, and was not counted when it came.
  outcome_.good = std::min(outcome_.good, outcome_.requests);
  return std::move(outcome_);
}

}  // namespace berth::serving
