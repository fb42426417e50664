#include "models/serving/scaling.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/fetch_ahead.h"
#include "models/overloaded.h"

namespace berth {
namespace {

// cAdvisor's and the adapters' floats against whole milli-units: what is off by less is equal.
constexpr double kRounding = 1e-6;

std::int64_t milli_up(double value) {
  constexpr double kMost = 9e18;
  return static_cast<std::int64_t>(std::min(std::ceil(value * 1000 - kRounding), kMost));
}

constexpr Seconds kDateError{1e-6};  // of a date that durations add up to

// The next whole multiple of `period` after `now`.
Seconds next_multiple(Seconds period, Seconds now) {
  return period * (std::floor(now / period + kRounding) + 1);
}
bool is_multiple(Seconds period, Seconds now) {
  return std::abs(now / period - std::round(now / period)) < kRounding;
}

std::int32_t to_percent(double share) {
  return static_cast<std::int32_t>(std::lround(share * 100));
}

MetricTarget target_of(const ServiceMetric& metric) {
  const auto milli = static_cast<std::int64_t>(std::llround(metric.target * 1000));
  if (is_cpu(metric.what))
    return UtilisationTarget{.percent = to_percent(metric.target),
                             .one_container = metric.what == Measure::container_cpu};
  if (metric.by_value) return TotalTarget{.milli = milli};
  if (is_total(metric.what)) return TotalPerPodTarget{.milli = milli};
  return AverageTarget{.milli = milli};
}

int up_to_whole(double replicas) {
  constexpr double kSlack = 1e-9, kMost = 1e9;
  return static_cast<int>(std::min(std::ceil(replicas - kSlack), kMost));
}

bool needs_scrapes(const HpaPolicy& policy) {
  return std::ranges::any_of(policy.metrics, [](const ServiceMetric& metric) {
    return !is_total(metric.what) || metric.what == Measure::total_rate;
  });
}

double total_now(Measure what, const ServiceSeen& seen, const Scrapes& scrapes, Seconds now) {
  switch (what) {
    case Measure::queue_length:
      return seen.waiting;
    case Measure::outstanding:
      return seen.waiting + seen.in_service;
    default:
      break;
  }
  const auto difference = scrapes.total(now);
  return difference ? difference->use.requests / difference->seconds.count() : 0;
}

}  // namespace

namespace {

// n pods use what all requests take and n times what a sidecar takes by itself.
int replicas_with_sidecar(const ServiceMetric& metric, const ScaledService& service, double rate) {
  const double request = static_cast<double>(service.cpu_milli) / 1000;
  const double main = static_cast<double>(service.cpu_milli - service.sidecar_milli) / 1000;
  const double used = rate * (main * service.cpu_when_busy * service.service_s / service.slots +
                              service.sidecar_per_request);
  const double left = request * metric.target - service.sidecar_idle;
  return left > 0 ? up_to_whole(used / left) : up_to_whole(1e9);
}

// A total that is far from its target makes an HPA double or halve until it can no further; else as many
// as carry the load.
int replicas_by_value(const ServiceMetric& metric, const ScaledService& service, double rate) {
  constexpr double kTolerance = 0.1;
  const double busy = rate * service.service_s;
  const bool is_rate = metric.what == Measure::total_rate;
  const double total = is_rate ? rate : metric.what == Measure::outstanding ? busy : 0;
  if (total > (1 + kTolerance) * metric.target) return up_to_whole(1e9);
  if (is_rate && total < (1 - kTolerance) * metric.target) return total > 0 ? 1 : 0;
  return up_to_whole(busy / service.slots);
}

}  // namespace

int replicas_for(const ServiceMetric& metric, const ScaledService& service, double rate) {
  const double busy = rate * service.service_s;
  if (metric.by_value) return replicas_by_value(metric, service, rate);
  switch (metric.what) {
    case Measure::cpu:
      if (service.has_sidecar()) return replicas_with_sidecar(metric, service, rate);
      [[fallthrough]];
    case Measure::container_cpu:
      return up_to_whole(busy * service.cpu_when_busy / (service.slots * metric.target));
    case Measure::concurrency:
    case Measure::outstanding:
      return up_to_whole(busy / metric.target);
    case Measure::requests_per_second:
    case Measure::total_rate:
      return up_to_whole(rate / metric.target);
    case Measure::queue_length:
      return up_to_whole(busy / service.slots);
  }
  return 0;
}

int start_replicas(const ReplicaPolicy& policy, const ScaledService& service, double rate) {
  const auto greatest = [&](const std::vector<ServiceMetric>& metrics) {
    int most = 0;
    for (const ServiceMetric& metric : metrics)
      most = std::max(most, replicas_for(metric, service, rate));
    return most;
  };
  if (policy.start) return std::clamp(*policy.start, policy.min, policy.max);
  int wanted = policy.min;
  if (const auto* hpa = std::get_if<HpaPolicy>(&policy.autoscaler)) wanted = greatest(hpa->metrics);
  if (const auto* keda = std::get_if<KedaPolicy>(&policy.autoscaler))
    wanted = greatest(keda->hpa.metrics);
  if (const auto* knative = std::get_if<KnativePolicy>(&policy.autoscaler)) {
    ServiceMetric metric{.what = knative->what, .target = knative->target};
    if (!knative->absolute) metric.target *= service.slots;
    wanted = replicas_for(metric, service, rate);
  }
  if (const auto* share = std::get_if<UtilisationPolicy>(&policy.autoscaler))
    wanted = replicas_for({.what = Measure::cpu, .target = share->target}, service, rate);
  if (const auto* tracking = std::get_if<TargetTrackingPolicy>(&policy.autoscaler)) {
    const double per_instance = tracking->metric == TrackedMetric::invocations
                                    ? rate * period_of(tracking->metric).count()
                                    : rate * service.service_s;
    wanted = up_to_whole(per_instance / tracking->target) * service.copies;
  }
  if (wanted == 0 && policy.may_sleep()) return 0;
  return std::clamp(wanted, policy.min, policy.max);
}

// ---- HorizontalPodAutoscaler --------------------------------------------------------------------

HpaScaler::HpaScaler(const HpaPolicy& policy, const ReplicaPolicy& range,
                     const ScaledService& service)
    : resolution_(policy.pipeline.resolution),
      sync_period_(policy.sync_period),
      scrapes_needed_(needs_scrapes(policy)),
      may_fail_(!policy.outages.empty()),
      metrics_(policy.metrics),
      service_(service),
      scrapes_(policy.pipeline, policy.metrics, service.has_sidecar()),
      pipeline_(policy.pipeline),
      outages_(policy.outages),
      failures_(policy.outages.empty() ? 0 : policy.metrics.size()) {
  spec_.min_replicas = std::max(1, range.min);
  spec_.max_replicas = range.max;
  spec_.metrics.clear();
  for (const ServiceMetric& metric : policy.metrics) spec_.metrics.push_back(target_of(metric));
  spec_.behaviour = policy.behaviour;
  spec_.tolerance = policy.tolerance;
  spec_.readiness = policy.readiness;
  spec_.downscale_window = policy.downscale_window;
}

Needs HpaScaler::needs() const {
  Needs needs;
  for (const ServiceMetric& metric : metrics_) {
    needs.pods |= !is_total(metric.what) || metric.by_value;
    needs.waiting |= metric.what == Measure::concurrency || metric.what == Measure::queue_length ||
                     metric.what == Measure::outstanding;
    needs.requests |= metric.what == Measure::requests_per_second || metric.what == Measure::total_rate ||
                      (metric.what == Measure::cpu && service_.has_sidecar());
  }
  return needs;
}

// Whoever looks late, or for the first time, goes on with the next whole multiple.
Seconds HpaScaler::next_look(Seconds now) const {
  const auto next = [&](Seconds due, Seconds period) {
    return due > now + kDateError ? due : next_multiple(period, now);
  };
  const Seconds sync = next(next_sync_, sync_period_);
  return scrapes_needed_ ? std::min(sync, next(next_scrape_, resolution_)) : sync;
}

ScaleWish HpaScaler::look(const ServiceSeen& seen, ServiceId service, Seconds now) {
  const auto is_due = [&](Seconds& due, Seconds period) {
    if (now + kDateError < due) return false;
    const bool on_time = std::abs((now - due).count()) <= kDateError.count();
    due = next_multiple(period, now);
    return on_time || is_multiple(period, now);
  };
  if (scrapes_needed_ && is_due(next_scrape_, resolution_))
    scrapes_.take(seen, now);
  if (!is_due(next_sync_, sync_period_)) return {seen.current.spec_replicas, {}};
  return sync_now(seen, service, now);
}

void HpaScaler::read(const ServiceMetric& metric, const ServiceSeen& seen, Seconds now,
                     MetricReading& reading) const {
  reading.requests_milli.clear();
  reading.failed = false;
  const std::int64_t main_milli = service_.cpu_milli - service_.sidecar_milli;
  const double cpu_per_slot =
      static_cast<double>(main_milli) / 1000 * service_.cpu_when_busy / service_.slots;
  const auto main_used = [&](const UseCounters& use, double s) {
    return milli_up(use.busy / s * cpu_per_slot);
  };
  switch (metric.what) {
    case Measure::cpu:
      if (service_.has_sidecar())
        scrapes_.read_pods(
            now, seen.pods,
            [&](const UseCounters& use, double s) {
              return main_used(use, s) + milli_up(service_.sidecar_idle +
                                                  use.requests / s * service_.sidecar_per_request);
            },
            reading.samples);
      else
        scrapes_.read_pods(now, seen.pods, main_used, reading.samples);
      reading.requests_milli.assign(seen.pods.size(), service_.cpu_milli);
      return;
    case Measure::container_cpu:
      scrapes_.read_pods(now, seen.pods, main_used, reading.samples);
      reading.requests_milli.assign(seen.pods.size(), main_milli);
      return;
    case Measure::concurrency:
      scrapes_.read_pods(
          now, seen.pods,
          [](const UseCounters& use, double s) { return milli_up((use.busy + use.waiting) / s); },
          reading.samples);
      return;
    case Measure::requests_per_second:
      scrapes_.read_pods(
          now, seen.pods, [](const UseCounters& use, double s) { return milli_up(use.requests / s); },
          reading.samples);
      return;
    case Measure::queue_length:
    case Measure::outstanding:
    case Measure::total_rate:
      reading.samples.clear();
      reading.total_milli = milli_up(total_now(metric.what, seen, scrapes_, now));
      return;
  }
}

void HpaScaler::read_failing(std::size_t metric, MetricReading& reading, Seconds now) {
  const ServiceMetric& one = metrics_[metric];
  if (is_readable(one.what, pipeline_, outages_, now)) {
    failures_[metric] = 0;
    return;
  }
  reading.failed = true;
  const auto value = keda_fallback_value(fallback_, ++failures_[metric], one.target);
  if (!value || one.by_value) return;
  reading.failed = false;
  reading.total_milli = milli_up(*value);
}

ScaleWish HpaScaler::sync_now(const ServiceSeen& seen, ServiceId service, Seconds now) {
  // Room that a sync fills anew, one for all: it allocates nothing, and of a thousand autoscalers
  // with a room each none would find its own in the cache.
  thread_local HpaInputs inputs;
  inputs.current = seen.current;
  inputs.pods.clear();
  for (const PodSeen& pod : seen.pods) inputs.pods.push_back(pod.pod);
  if (inputs.readings.size() != metrics_.size())
    inputs.readings.assign(metrics_.size(), {});
  for (std::size_t i = 0; i < metrics_.size(); ++i)
    read(metrics_[i], seen, now, inputs.readings[i]);
  for (std::size_t i = 0; may_fail_ && i < metrics_.size(); ++i)
    read_failing(i, inputs.readings[i], now);
  thread_local HpaDecision decision;
  sync(spec_, state_, inputs, now, decision);
  // Of a window of 20 syncs one or two are left: all the others' cache lines are.
  if (!spec_.behaviour) forget_outlived(state_.recommendations, now - spec_.downscale_window);
  const Told told{decision.proposed, decision.stabilised, decision.limited, decision.able,
                  decision.active};
  ScaleWish wish{.replicas = decision.replicas};
  if (decision.rescaled || told_ != told) wish.why = describe(inputs, decision, seen, service, now);
  told_ = told;
  return wish;
}

void HpaScaler::fetch() const { fetch_between(&spec_.min_replicas, &state_.ups); }

void HpaScaler::fetch_behind() const {
  fetch_elements(metrics_, 24);
  fetch_elements(spec_.metrics, 32);
  fetch_elements(state_.recommendations, 64);
  scrapes_.fetch_behind();
}

HpaDecided HpaScaler::describe(const HpaInputs& inputs, const HpaDecision& decision,
                               const ServiceSeen& seen, ServiceId service, Seconds now) const {
  HpaDecided told{.at = now,
                  .service = service,
                  .current = seen.current.spec_replicas,
                  .pods = seen.current.status_replicas,
                  .winner = decision.winner,
                  .proposed = decision.proposed,
                  .stabilised = decision.stabilised,
                  .limited = decision.limited,
                  .able = decision.able,
                  .active = decision.active,
                  .replicas = decision.replicas};
  if (!metrics_.empty() && !is_total(metrics_.front().what)) {
    const PodClasses classes =
        classify_pods(inputs.pods, inputs.readings.front().samples,
                      is_cpu(metrics_.front().what), spec_.readiness, now);
    told.ready = static_cast<std::int32_t>(classes.ready.size());
    told.unready = static_cast<std::int32_t>(classes.unready.size());
    told.missing = static_cast<std::int32_t>(classes.missing.size());
  } else {
    told.ready = seen.ready;
  }
  for (std::size_t i = 0; i < metrics_.size() && i < decision.proposals.size(); ++i) {
    MetricRead read{.what = metrics_[i].what, .target = metrics_[i].target, .by_value = metrics_[i].by_value};
    if (const auto* proposal = std::get_if<Proposal>(&decision.proposals[i])) {
      read.value_milli = proposal->usage_milli;
      read.percent = proposal->utilisation_percent;
      read.proposal = proposal->replicas;
      read.tolerated = proposal->tolerated;
      if (proposal->filled_ratio) read.filled = *proposal->filled_ratio * metrics_[i].target;
      read.fallback = may_fail_ && failures_[i] > 0;
    } else {
      read.problem = std::get<MetricProblem>(decision.proposals[i]);
    }
    told.metrics.push_back(read);
  }
  return told;
}

// ---- Knative ------------------------------------------------------------------------------------

KnativeScaler::KnativeScaler(const KnativePolicy& policy, const ReplicaPolicy& range,
                             const ScaledService& service)
    : policy_(policy), min_(range.min), max_(range.max) {
  spec_.target = policy.absolute ? policy.target : policy.target * service.slots;
  // Of requests per second the target is taken for 70 % of what a pod can take.
  spec_.capacity = policy.what == Measure::concurrency ? service.slots : policy.target / 0.7;
  spec_.target_burst = policy.target_burst;
  spec_.panic_threshold = policy.panic_threshold;
  spec_.scale_up_rate = policy.scale_up_rate;
  spec_.scale_down_rate = policy.scale_down_rate;
  spec_.stable_window = policy.stable_window;
  spec_.scale_down_delay = policy.scale_down_delay;
  spec_.activation_scale = policy.activation_scale;
}

// Over the whole life of a service younger than the window.
double KnativeScaler::average(Seconds window, Seconds now) const {
  const Mark* from = &marks_.front();
  for (const Mark& mark : marks_)
    if (mark.at <= now - window + Seconds{kRounding}) from = &mark;
  if (from->at >= now) return 0;
  return std::max(0.0, marks_.back().counted - from->counted) / (now - from->at).count();
}

ScaleWish KnativeScaler::look(const ServiceSeen& seen, ServiceId service, Seconds now) {
  if (!state_) state_ = knative_start(seen.current.spec_replicas, now);
  const double counted = policy_.what == Measure::concurrency ? seen.total.busy + seen.total.waiting
                                                              : seen.total.requests;
  marks_.push_back({now, counted});
  while (marks_.size() > 1 && marks_[1].at <= now - policy_.stable_window + Seconds{kRounding})
    marks_.pop_front();
  const Seconds panic_window = std::max(policy_.stable_window * policy_.panic_window, kKnativeTick);
  const KnativeObserved observed{.ready_pods = seen.ready,
                                 .stable = average(policy_.stable_window, now),
                                 .panic = average(panic_window, now)};
  const int current = seen.current.spec_replicas;
  if (marks_.size() == 1) return {current, {}};
  const KnativeDecision decision = knative_tick(spec_, *state_, observed, now);

  int wanted = std::clamp(decision.pods, min_, max_);
  if (wanted > 0)
    idle_since_.reset();
  else if (!idle_since_)
    idle_since_ = now;
  if (wanted == 0 && current > 0 && now < *idle_since_ + policy_.retention + kKnativeTick)
    wanted = std::min(current, 1);
  ScaleWish wish{.replicas = wanted};
  if (wanted != current || told_panic_ != decision.in_panic)
    wish.why = KnativeDecided{.at = now,
                              .service = service,
                              .current = current,
                              .ready = seen.ready,
                              .what = policy_.what,
                              .target = spec_.target,
                              .stable = observed.stable,
                              .panic = observed.panic,
                              .stable_pods = decision.stable_pods,
                              .panic_pods = decision.panic_pods,
                              .in_panic = decision.in_panic,
                              .excess_burst_capacity = decision.excess_burst_capacity,
                              .replicas = wanted};
  told_panic_ = decision.in_panic;
  return wish;
}

// ---- KEDA ---------------------------------------------------------------------------------------

KedaScaler::KedaScaler(const KedaPolicy& policy, const ReplicaPolicy& range,
                       const ScaledService& service)
    : policy_(policy), hpa_(policy.hpa, range, service), scrapes_(policy.hpa.pipeline, policy.hpa.metrics) {
  spec_.min_replicas = range.min;
  spec_.max_replicas = range.max;
  spec_.polling_interval = policy.polling_interval;
  spec_.cooldown = policy.cooldown;
  spec_.initial_cooldown = policy.initial_cooldown;
  if (policy.idles) spec_.idle_replicas = 0;
  spec_.fallback = policy.fallback;
  hpa_.fall_back(policy.fallback);
}

Needs KedaScaler::needs() const {
  Needs needs = hpa_.needs();
  needs.waiting = needs.requests = true;
  return needs;
}

// At one instant KEDA polls first; what it starts or stops, the autoscaler sees as it is: it looks again then.
Seconds KedaScaler::next_look(Seconds now) const {
  if (again_) return now;
  return std::min(hpa_.next_look(now), next_multiple(policy_.polling_interval, now));
}

ScaleWish KedaScaler::look(const ServiceSeen& seen, ServiceId service, Seconds now) {
  if (std::exchange(again_, false) && now == acted_at_) return hpa_.look(seen, service, now);
  if (needs_scrapes(policy_.hpa) && is_multiple(policy_.hpa.pipeline.resolution, now))
    scrapes_.take(seen, now);
  const int current = seen.current.spec_replicas;
  if (is_multiple(policy_.polling_interval, now)) {
    std::vector<KedaTrigger> triggers;
    std::vector<MetricRead> read;
    for (const ServiceMetric& metric : policy_.hpa.metrics) {
      const double value = total_now(metric.what, seen, scrapes_, now);
      const bool failed =
          !is_readable(metric.what, policy_.hpa.pipeline, policy_.hpa.outages, now);
      triggers.push_back(
          {.value = value, .activation_threshold = metric.activation, .failed = failed});
      MetricRead& told =
          read.emplace_back(MetricRead{.what = metric.what, .target = metric.target, .by_value = metric.by_value});
      if (failed)
        told.problem = MetricProblem::source_failed;
      else
        told.value_milli = milli_up(value);
    }
    const KedaDecision decision = keda_poll(spec_, state_, current, triggers, now);
    if (decision.replicas != current) {
      again_ = true;
      acted_at_ = now;
      return {
          decision.replicas, KedaDecided{.at = now,
                                         .service = service,
                                         .current = current,
                                         .triggers = std::move(read),
                                         .reason = decision.reason,
                                         .replicas = decision.replicas}
      };
    }
  }
  return hpa_.look(seen, service, now);
}

// ---- Utilisation --------------------------------------------------------------------------------

UtilisationScaler::UtilisationScaler(const UtilisationPolicy& policy, const ReplicaPolicy& range,
                                     const ScaledService& service)
    : policy_(policy), service_(service), min_(range.min), max_(range.max) {}

ScaleWish UtilisationScaler::look(const ServiceSeen& seen, ServiceId, Seconds now) {
  marks_.push_back({now, seen.total.requests});
  const Seconds to = now - policy_.scale_up_lag;
  while (marks_.size() > 2 && marks_[2].at <= to) marks_.pop_front();
  int wish = seen.current.spec_replicas;
  if (marks_.size() > 1 && marks_[1].at <= to) {
    const double rate =
        (marks_[1].requests - marks_[0].requests) / (marks_[1].at - marks_[0].at).count();
    wish = std::clamp(
        replicas_for({.what = Measure::cpu, .target = policy_.target}, service_, rate), min_, max_);
  }
  while (!wishes_.empty() && wishes_.back().replicas <= wish) wishes_.pop_back();
  wishes_.push_back({now, wish});
  while (wishes_.front().at < now - policy_.scale_down_delay) wishes_.pop_front();
  return {wishes_.front().replicas, {}};
}

// ---- Target tracking ----------------------------------------------------------------------------

namespace {
int instances_for(int replicas, int copies) { return (replicas + copies - 1) / copies; }
}  // namespace

TrackingScaler::TrackingScaler(const TargetTrackingPolicy& policy, const ReplicaPolicy& range,
                               const ScaledService& service)
    : policy_(policy),
      copies_(service.copies),
      tracker_(policy, instances_for(range.min, service.copies),
               std::max(instances_for(range.min, service.copies), range.max / service.copies)) {}

Seconds TrackingScaler::next_look(Seconds now) const {
  return next_multiple(period_of(policy_.metric), now);
}

std::optional<double> TrackingScaler::per_instance(const ServiceSeen& seen, Seconds now) const {
  if (!mark_ || seen.ready == 0) return std::nullopt;
  const UseCounters use = seen.total - mark_->total;
  const double seconds = (now - mark_->at).count();
  switch (policy_.metric) {
    case TrackedMetric::invocations:
      // Without traffic SageMaker sends nothing.
      if (use.requests <= 0) return std::nullopt;
      return use.requests / seconds * period_of(policy_.metric).count() / seen.ready;
    case TrackedMetric::concurrency:
      return (use.busy + use.waiting) / seconds / seen.ready;
    case TrackedMetric::backlog:
      return (seen.waiting + seen.in_service) / seen.ready;
  }
  return std::nullopt;
}

ScaleWish TrackingScaler::look(const ServiceSeen& seen, ServiceId service, Seconds now) {
  const int asked = instances_for(seen.current.spec_replicas, copies_);
  const TrackedEndpoint point{.asked = asked,
                              .active = seen.ready,
                              .per_instance = per_instance(seen, now),
                              .backlog = seen.waiting + seen.in_service};
  const bool first = !mark_.has_value();
  mark_ = Mark{now, seen.total};
  if (first) return {.replicas = seen.current.spec_replicas};
  const TrackingDecision decision = tracker_.look(point, now);
  ScaleWish wish{.replicas = decision.instances == asked ? seen.current.spec_replicas
                                                         : decision.instances * copies_};
  const Told told{decision.reason, decision.wish};
  if (decision.instances == asked && told_ == told) return wish;
  told_ = told;
  wish.why = TrackingDecided{.at = now,
                             .service = service,
                             .current = asked,
                             .active = seen.ready,
                             .metric = policy_.metric,
                             .target = policy_.target,
                             .per_instance = point.per_instance,
                             .backlog = point.backlog,
                             .wish = decision.wish,
                             .reason = decision.reason,
                             .instances = decision.instances};
  return wish;
}

// ---- All ----------------------------------------------------------------------------------------

Scaler make_scaler(const ReplicaPolicy& policy, const ScaledService& service) {
  return std::visit(
      Overloaded{
          [&](const FixedReplicas& p) -> Scaler { return FixedScaler(p, policy, service); },
          [&](const HpaPolicy& p) -> Scaler { return HpaScaler(p, policy, service); },
          [&](const KnativePolicy& p) -> Scaler { return KnativeScaler(p, policy, service); },
          [&](const KedaPolicy& p) -> Scaler { return KedaScaler(p, policy, service); },
          [&](const UtilisationPolicy& p) -> Scaler {
            return UtilisationScaler(p, policy, service);
          },
          [&](const TargetTrackingPolicy& p) -> Scaler {
            return TrackingScaler(p, policy, service);
          }},
      policy.autoscaler);
}

void fetch_as_hpa(const Scaler& scaler) {
  reinterpret_cast<const HpaScaler*>(&scaler)->fetch();
}
void fetch_behind(const Scaler& scaler) {
  if (const auto* hpa = std::get_if<HpaScaler>(&scaler)) hpa->fetch_behind();
}

}  // namespace berth
