#include "sim/serving/request_service.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "models/serving/batch_latency.h"

namespace berth::serving {
namespace {

// A formula's rate is the stretch's mean; where the rate moves more than this, in parts.
constexpr double kLevel = 0.02;
constexpr int kParts = 4;
// Two formulas of which the true one lies between are one where they differ by less.
constexpr double kAgreement = 0.03;

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
    : key_(key),
      expected_by_then_(settings.demand.expected_by(Seconds{0})),
      law_(queueing::service_law(settings.load.value_or(settings.rules.service_time))),
      settings_(std::move(settings)),
      engine_(settings_.rules, arrivals_of(settings_, key), key),
      points_(weighted_points(settings_.rules.service_time)),
      rough_points_(weighted_points(settings_.rules.service_time, 4, 1)),
      within_goal_(settings_.rules.service_time, settings_.slo_latency.count()) {
  if (settings_.gaps) arrival_scv_ = squared_cv(*settings_.gaps);
  has_variance_ =
      std::isfinite(raw_moment(settings_.load.value_or(settings_.rules.service_time), 2));
  if (settings_.fidelity == Fidelity::fluid)
    throw std::invalid_argument("fluid serving looks at no requests");
}

// --- pods ----------------------------------------------------------------------------------------

void RequestService::join(Pod pod, int slots, Seconds now) {
  advance(now);
  engine_.join(pod, slots, now.count());
  const auto place = std::ranges::lower_bound(pods_, pod, {}, &Known::pod);
  by_engine_.insert(by_engine_.begin() + (place - pods_.begin()), ByEngine{});
  pods_.insert(place, {.pod = pod, .slots = slots, .settled = per_slot_ * -double(slots)});
  slots_ += slots;
  note_change(slots, now);
  plan_ = {};
  const WarmUp& warm_up = settings_.rules.queue.warm_up;
  if (warm_up.extra > 0) warm_from_ = now + Seconds{kWarmAfter * warm_up.fades};
}

void RequestService::note_change(int slots, Seconds now) {
  if (settings_.bound || slots > kJump * slots_) changed_at_ = now;
}

void RequestService::let_wait(bool may) {
  may_wait_ = may;
  const std::uint64_t limit = settings_.rules.queue.queue_limit;
  const auto* batches = std::get_if<BatchRules>(&settings_.rules.dispatching);
  const std::uint64_t to_fill = batches != nullptr ? static_cast<std::uint64_t>(batches->max_batch) : 0;
  engine_.limit_queue(may ? limit : std::min(limit, to_fill));
}

double RequestService::waiting() const {
  if (flows_) return tank_->backlog();
  return up_to_date_ ? static_cast<double>(engine_.dispatcher().waiting(now_.count())) : 0;
}

void RequestService::forget(Pod pod) {
  const auto known = std::ranges::find(pods_, pod, &Known::pod);
  if (known == pods_.end()) return;
  settled_.busy += settled_of(*known).busy;
  slots_ -= known->slots;
  note_change(known->slots, now_);
  by_engine_.erase(by_engine_.begin() + (known - pods_.begin()));
  pods_.erase(known);
  plan_ = {};
}

Seconds RequestService::drain(Pod pod, Seconds now, Seconds grace) {
  advance(now);
  settle_engine();
  count_busy(false);
  const double end = engine_.drain(pod, now.count(), grace.count());
  forget(pod);
  return up_to_date_ ? Seconds{end} : now + std::min(grace, Seconds{law_.mean});
}

void RequestService::kill(Pod pod, Seconds now) {
  advance(now);
  settle_engine();
  count_busy(false);
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
  load.round_robin = balancer != nullptr && balancer->balancing == Balancing::round_robin;
  load.service_mean = law_.mean;
  load.service_scv = law_.scv;
  load.two_choices = balancer != nullptr && balancer->balancing == Balancing::choices;
  load.arrival_scv = arrival_scv_;
  if (const auto* batches = std::get_if<BatchRules>(&settings_.rules.dispatching)) {
    load.batched = true;
    load.shared_queue = !batches->queue_each;
    load.longest_service = batches->max_delay + batches->fixed + batches->per_item * batches->max_batch;
  }
  load.memory_is_short = !settings_.bursts && settings_.trace.empty();
  load.after_jump = settings_.in_phases;
  load.arrivals_have_memory = settings_.bursts || settings_.gaps || !settings_.trace.empty() ||
                              std::holds_alternative<BatchRules>(settings_.rules.dispatching);
  // Without a pod requests may be turned away, or wait for one.
  load.pods_warming = now_ < warm_from_;
  load.drops_matter = settings_.rules.queue.patience.has_value() ||
                      settings_.rules.queue.queue_limit < std::uint64_t{kShortQueue};
  load.window_requests = settings_.window_requests;
  return load;
}

// A balancer that takes turns or looks at several pods does no better than one queue and no worse than
// blind draws.
bool RequestService::formulas_agree(const StretchLoad& load) const {
  const auto* balancer = std::get_if<BalancerRules>(&settings_.rules.dispatching);
  if (balancer == nullptr || balancer->balancing == Balancing::random) return false;
  if (load.utilisation() > 0.5 || law_.scv > 1) return false;  // they would not
  const auto p99 = [&](queueing::Dispatch dispatch) {
    return queueing::sojourn_quantile(
        queueing::stationary_pods(load.peak_rate, load.pods, load.slots_per_pod, law_, dispatch),
        law_, 0.99);
  };
  return p99(queueing::Dispatch::random) <=
         (1 + kAgreement) * p99(queueing::Dispatch::shared_queue);
}

const RequestService::Plan& RequestService::plan(Seconds to) {
  if (plan_.from == now_ && plan_.asked == to) return plan_;
  plan_ = {.from = now_, .asked = to, .end = to, .decision = {}, .load = load(to)};
  const bool flowed = std::exchange(flows_, false);
  plan_.load.backlog = flowed && tank_->backlog() > slots_;
  // Where looks are dealt out that is weighed by deal_looks().
  constexpr Seconds kLongAgo{1e18};
  plan_.load.unchanged_for = settings_.bound ? kLongAgo : unchanged_for();
  if (settings_.fidelity != Fidelity::request && has_variance_) decide();
  if (settings_.flow && plan_is_overloaded())
    bound_looks(flowed);
  else if (settings_.bound)
    deal_looks();
  return plan_;
}

void RequestService::decide() {
  const bool is_cut = !plan_.load.arrivals_have_memory || (settings_.bound && plan_.load.memory_is_short);
  if (is_cut && !plan_.load.level())
    shorten_plan(level_until(settings_.demand, now_, plan_.end));
  plan_.load.formulas_agree =
      settings_.fidelity == Fidelity::automatic && formulas_agree(plan_.load);
  plan_.decision = decide_look(settings_.fidelity, plan_.load);
  // Whether requests are left over takes a count of them: only where it would change something.
  const bool remembers = plan_.load.arrivals_have_memory && !plan_.load.memory_is_short;
  const bool may_stop = settings_.bound && !remembers;
  if (!up_to_date_ || (plan_.decision.look == Look::whole && !may_stop)) return;
  plan_.load.backlog = static_cast<double>(engine_.dispatcher().waiting(now_.count())) > most_waiting();
  if (plan_.load.backlog) plan_.decision = decide_look(settings_.fidelity, plan_.load);
}

// More than that is left over from before: as many as there are slots and, where looks are dealt out, also
// what such a load makes wait by itself (a pod's own queue at 90 % is nine long), with four deviations. Of one
// queue for all that is exceeded for a 1000th of the time, of many hardly ever. A batch waits for its last.
double RequestService::most_waiting() const {
  constexpr double kDeviations = 4, kBatches = 2;
  const StretchLoad& load = plan_.load;
  if (!settings_.bound || load.utilisation() >= 1) return slots_;
  if (load.batched) return slots_ + kBatches * load.peak_rate * load.longest_service;
  const queueing::StationaryQueue queue = steady(load.peak_rate);
  if (!queue.stable || queue.p_wait <= 0) return slots_;
  // At each of n queues nobody, or with chance p a geometric number of mean m: of variance 2 p m^2 at most.
  const double queues = load.shared_queue ? 1 : load.pods;
  const double at_one = load.peak_rate * queue.mean_wait / queues;  // p m
  return slots_ + queues * at_one + kDeviations * at_one * std::sqrt(2 * queues / queue.p_wait);
}

void RequestService::shorten_plan(Seconds end) {
  const bool backlog = plan_.load.backlog;
  const Seconds unchanged = plan_.load.unchanged_for;
  plan_.end = end;
  plan_.load = load(end);
  plan_.load.backlog = backlog;
  plan_.load.unchanged_for = unchanged;
}

void RequestService::advance(Seconds to) {
  while (now_ < to) {
    const Plan next = plan(to);
    look(next.decision, next.load, next.end);
  }
}

void RequestService::look(const LookDecision& decision, const StretchLoad& here, Seconds to) {
  const double requests = here.mean_rate * (to - now_).count();
  double peak_rate = here.peak_rate;
  const double expected_before = expected_;
  expected_ += requests;
  switch (decision.look) {
    case Look::whole:
      if (const auto phases = look_whole(to); settings_.bursts) {
        expected_ = expected_before + phases;
        peak_rate = phases / (to - now_).count();
      }
      (plan_is_overloaded() ? overload_looked_at_ : bound_looked_at_) += requests;
      break;
    case Look::window:
      bound_looked_at_ += here.mean_rate * decision.needed().count();
      look_through_window(decision, here, to);
      break;
    case Look::formula:
      flows_ ? flow(to) : use_formula(here, to);
      break;
  }
  outcome_.error.add(decision.error, requests);
  outcome_.looked_at[static_cast<std::size_t>(decision.look)] += to - now_;
  const bool asleep = may_be_none_ && pods_.empty();
  if (peak_rate > 0 && peak_rate * law_.mean >= slots_ && !asleep)
    outcome_.overloaded += settings_.bursts
                               ? to - now_
                               : time_at_or_above(settings_.demand, slots_ / law_.mean, now_, to);
  now_ = to;
}

// Any number will do that is the same in every placement: the millisecond in which the stretch
// begins.
std::uint32_t RequestService::stretch_number() const {
  return static_cast<std::uint32_t>(std::llround(now_.count() * 1000)) + 1;
}

double RequestService::mean_busy(double rate) const {
  return std::min(rate * law_.mean, double(slots_));
}

// Of batches nobody knows how far they are: the warm-up has to fill the workers.
double RequestService::busy_at_jump(double rate) const {
  return std::holds_alternative<BatchRules>(settings_.rules.dispatching) ? 0 : mean_busy(rate);
}

// What the pods have done since the last time; `is_new`: the engine came from somewhere else.
void RequestService::count_busy(bool is_new) {
  if (!up_to_date_) return;
  read_engine(by_pod_);
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    if (!is_new) outcome_.busy_slot_seconds += by_pod_[i].busy - by_engine_[i].busy;
    by_engine_[i].busy = by_pod_[i].busy;
  }
}

// --- looks ---------------------------------------------------------------------------------------

// Gives what its arrivals let expect.
double RequestService::look_whole(Seconds to) {
  if (!up_to_date_) {
    const StretchLoad start = load_between(settings_.demand, now_, now_ + Seconds{law_.mean});
    engine_.jump(now_.count(), stretch_number(), busy_at_jump(start.mean_rate));
    up_to_date_ = true;
    count_busy(true);
  }
  const double before = engine_.expected();
  if (!engine_counts_) {
    // What was estimated is not counted again.
    engine_.advance(std::min(std::max(used_until_, now_), to).count());
    count_by_engine();
  }
  engine_.advance(to.count());
  use_until(to);
  return engine_.expected() - before;
}

double RequestService::expected_by(Seconds now) {
  while (now_ < now && settings_.bursts) {
    const Plan next = plan(now);
    if (next.decision.look != Look::whole) break;
    look(next.decision, next.load, next.end);
  }
  return expected_ + (now_ < now ? settings_.demand.expected_between(now_, now) : 0);
}

// Whole stretches are counted together: a service that is looked at every few seconds for a day
// would otherwise spend its time adding up.
void RequestService::record_whole() {
  if (!up_to_date_) return;
  count_busy(false);
  const ServingCounts& counts = engine_.take_counts();
  record(counts, 1);
  outcome_.requests += static_cast<double>(counts.arrived);
}

void RequestService::look_through_window(const LookDecision& decision, const StretchLoad& load,
                                         Seconds to) {
  record_whole();
  estimate_use(to);
  const std::uint32_t number = stretch_number();
  RandomStream place = request_stream(key_, Purpose::resampling, number);
  const Seconds begin = place_window(decision, now_, to, place.uniform());
  engine_.jump(begin.count(), number, busy_at_jump(load.mean_rate));
  engine_.advance((begin + decision.warm_up).count());
  engine_.take_counts();
  engine_.advance((begin + decision.needed()).count());
  const ServingCounts& counts = engine_.take_counts();
  // Others come than end within it. What became of those that ended is what becomes of all, so that nothing
  // ends that has not come; without any, of those that came it is not known.
  const auto ended =
      static_cast<double>(counts.served() + counts.rejected + counts.abandoned + counts.failed);
  if (counts.arrived > 0 && ended > 0) {
    const double length = (to - now_).count();
    const double expected = load.mean_rate * length;
    record(counts, expected / ended);
    outcome_.requests += expected;
    outcome_.busy_slot_seconds +=
        std::min(counts.busy * expected / static_cast<double>(counts.arrived), slots_ * length);
  }
  up_to_date_ = false;
}

void RequestService::use_formula(const StretchLoad& load, Seconds to) {
  record_whole();
  estimate_use(to);
  const int parts = load.peak_rate > (1 + kLevel) * load.mean_rate ? kParts : 1;
  const auto dispatch = load.random_pod    ? queueing::Dispatch::random
                        : load.round_robin ? queueing::Dispatch::round_robin
                                           : queueing::Dispatch::shared_queue;
  const Seconds length = (to - now_) / parts;
  for (int i = 0; i < parts; ++i) {
    const Seconds from = now_ + length * i;
    const double requests = settings_.demand.expected_between(from, from + length);
    if (requests <= 0) continue;
    const auto queue = queueing::stationary_pods(requests / length.count(), load.pods,
                                                 load.slots_per_pod, law_, dispatch, arrival_scv_);
    const auto* batches = std::get_if<BatchRules>(&settings_.rules.dispatching);
    const auto law =
        batches == nullptr
            ? queueing::sojourn_law(queue, law_)
            : batch_latency_law({.max_batch = batches->max_batch,
                                 .max_delay = Seconds{batches->max_delay},
                                 .fixed = Seconds{batches->fixed},
                                 .per_item = Seconds{batches->per_item}},
                                requests / length.count() / std::max(slots_, 1));
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
  outcome_.rejected += weighted(counts.rejected);
  outcome_.abandoned += weighted(counts.abandoned);
  outcome_.failed += weighted(counts.failed);
  outcome_.good += weighted(counts.served()) * within_goal_.share_of(counts);
}

RequestOutcome RequestService::take_raw() {
  record_whole();
  record_flow();
  RequestOutcome outcome = std::exchange(outcome_, {});
  outcome.waits = std::exchange(waits_, {});
  outcome.latencies = std::exchange(latencies_, {});
  return outcome;
}

RequestOutcome RequestService::take() {
  RequestOutcome outcome = take_raw();
  outcome.latency = latency_of(outcome.waits, outcome.latencies);
  return outcome;
}

WeightedHistogram RequestService::latency_of(const WeightedHistogram& waits,
                                             const WeightedHistogram& latencies) const {
  WeightedHistogram law = with_service(waits, points_);
  law.merge(latencies);
  return law;
}

double RequestService::rough_quantile(const WeightedHistogram& waits,
                                      const WeightedHistogram& latencies, double p) const {
  WeightedHistogram law = with_service_roughly(waits, rough_points_);
  law.merge(latencies);
  return law.count() > 0 ? law.quantile(p) : 0;
}

}  // namespace berth::serving
