#include "sim/serving/request_service.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "models/normal.h"

namespace berth::serving {
namespace {

// A formula's rate is the stretch's mean; where the rate moves more than this, in parts.
constexpr double kLevel = 0.02;
constexpr int kParts = 4;
// A queue this short turns requests away in ordinary times.
constexpr std::uint64_t kShortQueue = 1000;
constexpr double kWarmAfter = 7;  // e-foldings: 0.1 % of the slowness is left

}  // namespace

std::unique_ptr<ArrivalSource> arrivals_of(const RequestServiceSettings& settings,
                                           const StreamKey& key) {
  const RandomStream stream = request_stream(key, Purpose::arrival, 0);
  if (!settings.trace.empty()) return std::make_unique<TraceArrivals>(settings.trace);
  if (settings.bursts)
    return std::make_unique<PoissonArrivals>(settings.demand, *settings.bursts, 0, stream);
  if (settings.gaps)
    return std::make_unique<PoissonArrivals>(settings.demand, *settings.gaps, 0, stream);
  return std::make_unique<PoissonArrivals>(settings.demand, 0, stream);
}

RequestService::RequestService(RequestServiceSettings settings, StreamKey key)
    : settings_(std::move(settings)),
      key_(key),
      engine_(settings_.rules, arrivals_of(settings_, key), key),
      law_(queueing::service_law(settings_.load.value_or(settings_.rules.service_time))),
      points_(weighted_points(settings_.rules.service_time)),
      noise_(request_stream(key_, Purpose::resampling, 0)) {
  if (settings_.fidelity == Fidelity::fluid)
    throw std::invalid_argument("fluid serving looks at no requests");
}

// --- pods ----------------------------------------------------------------------------------------

void RequestService::join(Pod pod, int slots, Seconds now) {
  advance(now);
  engine_.join(pod, slots, now.count());
  const auto place = std::ranges::lower_bound(pods_, pod, {}, &Known::pod);
  pods_.insert(place, {.pod = pod, .slots = slots, .settled = {}, .mark = {}});
  slots_ += slots;
  const WarmUp& warm_up = settings_.rules.queue.warm_up;
  if (warm_up.extra > 0) warm_from_ = now + Seconds{kWarmAfter * warm_up.fades};
}

double RequestService::waiting() const {
  return up_to_date_ ? static_cast<double>(engine_.dispatcher().waiting(now_.count())) : 0;
}

void RequestService::forget(Pod pod) {
  const auto known = std::ranges::find(pods_, pod, &Known::pod);
  if (known == pods_.end()) return;
  settled_.busy += known->settled.busy;
  slots_ -= known->slots;
  pods_.erase(known);
}

Seconds RequestService::drain(Pod pod, Seconds now, Seconds grace) {
  advance(now);
  settle_engine();
  const double end = engine_.drain(pod, now.count(), grace.count());
  forget(pod);
  return up_to_date_ ? Seconds{end} : now + std::min(grace, Seconds{law_.mean});
}

void RequestService::kill(Pod pod, Seconds now) {
  advance(now);
  settle_engine();
  engine_.kill(pod, now.count());
  forget(pod);
}

// --- time ----------------------------------------------------------------------------------------

StretchLoad RequestService::load(Seconds to) const {
  StretchLoad load = load_between(settings_.demand, now_, to);
  const auto* balancer = std::get_if<BalancerRules>(&settings_.rules.dispatching);
  load.pods = static_cast<int>(pods_.size());
  load.slots_per_pod = pods_.empty() ? 1 : std::max(1, slots_ / load.pods);
  load.shared_queue = balancer == nullptr;
  load.random_pod = balancer != nullptr && balancer->balancing == Balancing::random;
  load.service_mean = law_.mean;
  load.service_scv = law_.scv;
  load.arrivals_have_memory = settings_.bursts || settings_.gaps || !settings_.trace.empty() ||
                              std::holds_alternative<BatchRules>(settings_.rules.dispatching);
  // Without a pod requests may be turned away, or wait for one.
  load.pods_warming = now_ < warm_from_;
  load.drops_matter =
      settings_.rules.queue.patience.has_value() || settings_.rules.queue.queue_limit < kShortQueue;
  load.backlog = up_to_date_ &&
                 engine_.dispatcher().waiting(now_.count()) > static_cast<std::uint64_t>(slots_);
  return load;
}

void RequestService::advance(Seconds to) {
  if (to <= now_) return;
  const StretchLoad here = load(to);
  look(decide_look(settings_.fidelity, here), here, to);
}

void RequestService::look(const LookDecision& decision, const StretchLoad& here, Seconds to) {
  const double requests = settings_.demand.expected_between(now_, to);
  switch (decision.look) {
    case Look::whole:
      look_whole(to);
      break;
    case Look::window:
      look_through_window(decision, here, to);
      break;
    case Look::formula:
      use_formula(here, to);
      break;
  }
  outcome_.error += decision.error * requests;
  outcome_.looked_at[static_cast<std::size_t>(decision.look)] += to - now_;
  if (here.utilisation() >= 1 && here.peak_rate > 0) outcome_.overloaded += to - now_;
  now_ = to;
}

// Any number will do that is the same in every placement: the second in which the stretch begins.
std::uint32_t RequestService::stretch_number() const {
  return static_cast<std::uint32_t>(now_.count()) + 1;
}

double RequestService::mean_busy(const StretchLoad& load) const {
  return std::min(load.mean_rate * law_.mean, double(slots_));
}

// --- use as it is seen from outside --------------------------------------------------------------

void RequestService::read_engine(std::vector<UseCounters>& by_pod) const {
  by_pod.assign(pods_.size(), {});
  parts_.clear();
  engine_.dispatcher().add_use(engine_.now(), parts_);
  std::size_t at = 0;
  for (const Dispatcher::PodUse& part : parts_) {
    if (at >= pods_.size() || pods_[at].pod != part.pod)
      at = static_cast<std::size_t>(std::ranges::lower_bound(pods_, part.pod, {}, &Known::pod) -
                                    pods_.begin());
    if (at < pods_.size() && pods_[at].pod == part.pod) by_pod[at] += part.use;
  }
}

void RequestService::count_by_engine() {
  if (engine_counts_) return;
  read_engine(by_pod_);
  for (std::size_t i = 0; i < pods_.size(); ++i) pods_[i].mark = by_pod_[i];
  mark_ = {.waiting = engine_.waited(), .requests = engine_.arrived()};
  engine_counts_ = true;
}

void RequestService::settle_engine() {
  if (!engine_counts_) return;
  read_engine(by_pod_);
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    pods_[i].settled += by_pod_[i] - pods_[i].mark;
    pods_[i].mark = by_pod_[i];
  }
  const UseCounters now{.waiting = engine_.waited(), .requests = engine_.arrived()};
  settled_ += now - mark_;
  mark_ = now;
}

double RequestService::mean_wait(double rate) const {
  const auto* balancer = std::get_if<BalancerRules>(&settings_.rules.dispatching);
  const auto queue = queueing::stationary_pods(
      rate, static_cast<int>(pods_.size()), std::max(1, slots_ / std::max(1, int(pods_.size()))),
      law_, balancer == nullptr ? queueing::Dispatch::shared_queue : queueing::Dispatch::random);
  return queue.stable ? queue.mean_wait : 0;
}

void RequestService::estimate_use(Seconds to, bool with_waiting) {
  settle_engine();
  engine_counts_ = false;
  if (to <= used_until_) return;
  const double seconds = (to - used_until_).count();
  const double expected = settings_.demand.expected_between(used_until_, to);
  used_until_ = to;
  const double came =
      std::max(0.0, expected + std::sqrt(expected) * normal_quantile(noise_.uniform()));
  const double spread =
      std::sqrt(expected * std::max(0.0, law_.second_moment - law_.mean * law_.mean));
  const double work = came * law_.mean + spread * normal_quantile(noise_.uniform());
  UseCounters use{.busy = std::clamp(work, 0.0, slots_ * seconds), .requests = came};
  if (with_waiting && expected > 0 && !pods_.empty())
    use.waiting = came * mean_wait(expected / seconds);
  for (Known& pod : pods_) pod.settled += use * (double(pod.slots) / slots_);
  settled_.waiting += use.waiting;
  settled_.requests += use.requests;
}

void RequestService::see(Seconds now, Seconds until, bool with_waiting, ServiceUse& out) {
  if (now > now_) {
    const StretchLoad here = load(std::max(now, until));
    const LookDecision decision = decide_look(settings_.fidelity, here);
    if (decision.look == Look::whole)
      look(decision, load(now), now);
    else
      estimate_use(now, with_waiting);
  }
  out.pods.clear();
  if (engine_counts_) read_engine(by_pod_);
  out.total = settled_;
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    UseCounters use = pods_[i].settled;
    if (engine_counts_) use += by_pod_[i] - pods_[i].mark;
    out.pods.push_back({pods_[i].pod, use});
    out.total.busy += use.busy;
  }
  if (engine_counts_) {
    out.total.waiting += engine_.waited() - mark_.waiting;
    out.total.requests += engine_.arrived() - mark_.requests;
    out.waiting = static_cast<double>(engine_.dispatcher().waiting(engine_.now()));
    out.in_service =
        with_waiting ? static_cast<double>(engine_.dispatcher().in_service(engine_.now())) : 0;
    return;
  }
  const StretchLoad here = load(now + Seconds{1});
  out.in_service = mean_busy(here);
  out.waiting = with_waiting && !pods_.empty() ? here.mean_rate * mean_wait(here.mean_rate) : 0;
}

void RequestService::look_whole(Seconds to) {
  if (!up_to_date_) {
    const StretchLoad start = load_between(settings_.demand, now_, now_ + Seconds{law_.mean});
    engine_.jump(now_.count(), stretch_number(), mean_busy(start));
    up_to_date_ = true;
  }
  if (!engine_counts_) {
    // What was estimated is not counted again.
    engine_.advance(std::min(std::max(used_until_, now_), to).count());
    count_by_engine();
  }
  engine_.advance(to.count());
  used_until_ = to;
}

// Whole stretches are counted together: a service that is looked at every few seconds for a day
// would otherwise spend its time adding up.
void RequestService::record_whole() {
  if (up_to_date_) record(engine_.take_counts(), 1);
}

void RequestService::look_through_window(const LookDecision& decision, const StretchLoad& load,
                                         Seconds to) {
  record_whole();
  estimate_use(to, false);
  const std::uint32_t number = stretch_number();
  RandomStream place = request_stream(key_, Purpose::resampling, number);
  const Seconds begin = place_window(decision, now_, to, place.uniform());
  engine_.jump(begin.count(), number, mean_busy(load));
  engine_.advance((begin + decision.warm_up).count());
  engine_.take_counts();
  engine_.advance((begin + decision.needed()).count());
  const ServingCounts counts = engine_.take_counts();
  const double expected = settings_.demand.expected_between(now_, to);
  if (counts.arrived > 0) record(counts, expected / static_cast<double>(counts.arrived));
  up_to_date_ = false;
}

void RequestService::use_formula(const StretchLoad& load, Seconds to) {
  record_whole();
  estimate_use(to, false);
  const int parts = load.peak_rate > (1 + kLevel) * load.mean_rate ? kParts : 1;
  const auto dispatch =
      load.shared_queue ? queueing::Dispatch::shared_queue : queueing::Dispatch::random;
  const Seconds length = (to - now_) / parts;
  for (int i = 0; i < parts; ++i) {
    const Seconds from = now_ + length * i;
    const double requests = settings_.demand.expected_between(from, from + length);
    if (requests <= 0) continue;
    const auto queue = queueing::stationary_pods(requests / length.count(), load.pods,
                                                 load.slots_per_pod, law_, dispatch);
    const auto law = queueing::sojourn_law(queue, law_);
    latencies_.record_curve(law, requests);
    outcome_.requests += requests;
    outcome_.good += requests * queueing::probability_at_most(law, settings_.slo_latency.count());
    outcome_.busy_slot_seconds += requests * law_.mean;
  }
  up_to_date_ = false;
}

void RequestService::record(const ServingCounts& counts, double weight) {
  add_weighted(waits_, counts.waits, weight);
  add_weighted(latencies_, counts.latencies, weight);
  const auto weighted = [weight](auto n) { return static_cast<double>(n) * weight; };
  outcome_.requests += weighted(counts.arrived);
  outcome_.rejected += weighted(counts.rejected);
  outcome_.abandoned += weighted(counts.abandoned);
  outcome_.failed += weighted(counts.failed);
  outcome_.busy_slot_seconds += weighted(counts.busy);
  outcome_.good += weighted(counts.served()) * share_within(counts, settings_.rules.service_time,
                                                            settings_.slo_latency.count());
}

RequestOutcome RequestService::take() {
  record_whole();
  RequestOutcome outcome = std::exchange(outcome_, {});
  outcome.latency = with_service(waits_, points_);
  outcome.latency.merge(latencies_);
  if (outcome.requests > 0) outcome.error /= outcome.requests;
  waits_ = {};
  latencies_ = {};
  return outcome;
}

}  // namespace berth::serving
