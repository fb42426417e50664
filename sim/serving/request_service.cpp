#include "sim/serving/request_service.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace berth::serving {
namespace {

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

// A formula's rate is the stretch's mean; where the rate moves more than this, in parts.
constexpr double kLevel = 0.02;
constexpr int kParts = 4;
// A queue this short turns requests away in ordinary times.
constexpr std::uint64_t kShortQueue = 1000;
constexpr double kWarmAfter = 7;  // e-foldings: 0.1 % of the slowness is left

}  // namespace

RequestService::RequestService(RequestServiceSettings settings, StreamKey key)
    : settings_(std::move(settings)),
      key_(key),
      engine_(settings_.rules, arrivals_of(settings_, key), key),
      law_(queueing::service_law(settings_.rules.service_time)),
      points_(weighted_points(settings_.rules.service_time)) {
  if (settings_.fidelity == Fidelity::fluid)
    throw std::invalid_argument("fluid serving looks at no requests");
}

// --- pods ----------------------------------------------------------------------------------------

void RequestService::join(Pod pod, int slots, Seconds now) {
  advance(now);
  engine_.join(pod, slots, now.count());
  pods_.push_back({pod, slots});
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
  slots_ -= known->slots;
  pods_.erase(known);
}

void RequestService::drain(Pod pod, Seconds now, Seconds grace) {
  advance(now);
  engine_.drain(pod, now.count(), grace.count());
  forget(pod);
}

void RequestService::kill(Pod pod, Seconds now) {
  advance(now);
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
  const LookDecision decision = decide_look(settings_.fidelity, here);
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

void RequestService::look_whole(Seconds to) {
  if (!up_to_date_) {
    const StretchLoad start = load_between(settings_.demand, now_, now_ + Seconds{law_.mean});
    engine_.jump(now_.count(), stretch_number(), mean_busy(start));
    up_to_date_ = true;
  }
  engine_.advance(to.count());
}

// Whole stretches are counted together: a service that is looked at every few seconds for a day
// would otherwise spend its time adding up.
void RequestService::record_whole() {
  if (up_to_date_) record(engine_.take_counts(), 1);
}

void RequestService::look_through_window(const LookDecision& decision, const StretchLoad& load,
                                         Seconds to) {
  record_whole();
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
