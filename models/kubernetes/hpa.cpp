#include "models/kubernetes/hpa.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace berth {
namespace {

constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();

std::int32_t ceil_to_replicas(double value) {
  const double rounded = std::ceil(value);
  if (!(rounded < static_cast<double>(kMost))) return kMost;  // also for infinities and NaN
  return static_cast<std::int32_t>(rounded);
}

std::int64_t ceil_to_milli(double value) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  const double rounded = std::ceil(value);
  if (!(rounded < kTwoTo63)) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(rounded);
}

// ---- Pod classes --------------------------------------------------------------------------------

enum class PodClass : std::uint8_t { ready, unready, missing, ignored };

bool is_unready_for_cpu(const HpaPod& pod, const PodSample& sample, const ReadinessRule& rule,
                        Seconds now) {
  if (!pod.ready || !pod.started) return true;
  if (*pod.started + rule.cpu_initialisation > now)
    return !*pod.ready || sample.taken < pod.ready_since + sample.window;
  return !*pod.ready && *pod.started + rule.readiness_delay > pod.ready_since;
}

PodClass class_of(const HpaPod& pod, const PodSample* sample, bool is_cpu,
                  const ReadinessRule& rule, Seconds now) {
  if (pod.deleting || pod.phase == PodPhase::failed) return PodClass::ignored;
  if (pod.phase == PodPhase::pending) return PodClass::unready;
  if (!sample) return PodClass::missing;
  if (is_cpu && is_unready_for_cpu(pod, *sample, rule, now)) return PodClass::unready;
  return PodClass::ready;
}

// Calls on_pod(position, sample or null) for every pod, on_stray(sample) for samples of none.
template <class OnPod, class OnStray>
void merge(std::span<const HpaPod> pods, std::span<const PodSample> samples, OnPod on_pod,
           OnStray on_stray) {
  auto sample = samples.begin();
  for (std::size_t i = 0; i < pods.size(); ++i) {
    for (; sample != samples.end() && sample->pod < pods[i].id; ++sample) on_stray(*sample);
    const bool has_sample = sample != samples.end() && sample->pod == pods[i].id;
    on_pod(i, has_sample ? &*sample : nullptr);
    if (has_sample) ++sample;
  }
  for (; sample != samples.end(); ++sample) on_stray(*sample);
}

// ---- Metrics per pod ----------------------------------------------------------------------------

// One pass over the pods; `kept` samples are those neither of ignored nor of unready pods.
struct Counted {
  std::int64_t ready = 0, unready = 0, missing = 0;
  std::int64_t kept = 0, kept_known = 0;
  std::int64_t usage = 0, usage_known = 0;  // of kept samples, and of those with a known pod
  std::int64_t requests = 0, requests_unready = 0, requests_missing = 0;
  std::int64_t missing_at_target = 0;  // what the missing use if they use `percent` of requests
};

struct PodFigures {
  std::int64_t request = 0;
  std::int64_t fill_percent = 0;
};

void count_pod(Counted& sum, PodClass pod_class, const PodSample* sample, PodFigures figures) {
  switch (pod_class) {
    case PodClass::ready:
      ++sum.ready, ++sum.kept, ++sum.kept_known;
      sum.usage += sample->value_milli;
      sum.usage_known += sample->value_milli;
      sum.requests += figures.request;
      break;
    case PodClass::unready:
      ++sum.unready;
      sum.requests_unready += figures.request;
      break;
    case PodClass::missing:
      ++sum.missing;
      sum.requests_missing += figures.request;
      sum.missing_at_target += figures.request * figures.fill_percent / 100;
      break;
    case PodClass::ignored:
      break;
  }
}

struct PerPod {
  std::span<const HpaPod> pods;
  const MetricReading& reading;
  const ReadinessRule& rule;
  Seconds now;
};

Counted count_pods(const PerPod& in, bool is_cpu, std::int64_t fill_percent) {
  Counted sum;
  merge(
      in.pods, in.reading.samples,
      [&](std::size_t i, const PodSample* sample) {
        const auto& requests = in.reading.requests_milli;
        const std::int64_t request = i < requests.size() ? requests[i].value_or(0) : 0;
        count_pod(sum, class_of(in.pods[i], sample, is_cpu, in.rule, in.now), sample,
                  {request, fill_percent});
      },
      [&](const PodSample& stray) {
        ++sum.kept;
        sum.usage += stray.value_milli;
      });
  return sum;
}

std::optional<MetricProblem> problem_before(const PerPod& in) {
  if (in.reading.failed) return MetricProblem::source_failed;
  if (in.reading.samples.empty()) return MetricProblem::no_samples;
  if (in.pods.empty()) return MetricProblem::no_pods;
  return std::nullopt;
}

// What is common to both: ratio(filled) computes r, with the missing and unready filled in or not.
struct Fill {
  bool missing = false, unready = false;
};
struct Asked {
  std::int32_t replicas = 0;
  bool tolerated = false;
  std::optional<double> filled = {};
};
template <class Ratio>
Asked replicas_from(const Counted& sum, std::int32_t current, const Tolerance& tolerance,
                    Ratio ratio_with) {
  const double ratio = ratio_with(Fill{}, 1.0);
  const bool unready_matter = sum.unready > 0 && ratio > 1;
  if (!unready_matter && sum.missing == 0) {
    if (tolerance.holds(ratio)) return {current, true};
    return {ceil_to_replicas(ratio * static_cast<double>(sum.ready))};
  }
  const Fill fill{.missing = sum.missing > 0 && ratio != 1, .unready = unready_matter};
  const double filled = ratio_with(fill, ratio);
  if (tolerance.holds(filled)) return {current, true, filled};
  if ((ratio < 1 && filled > 1) || (ratio > 1 && filled < 1)) return {current, false, filled};
  const std::int64_t samples =
      sum.kept + (fill.missing ? sum.missing : 0) + (fill.unready ? sum.unready : 0);
  const std::int32_t wanted = ceil_to_replicas(filled * static_cast<double>(samples));
  const bool wrong_way = (filled < 1 && wanted > current) || (filled > 1 && wanted < current);
  return {wrong_way ? current : wanted, false, filled};
}

ProposalOrProblem propose_one(const UtilisationTarget& target, const PerPod& in,
                              const Scaled& current, const Tolerance& tolerance) {
  if (const auto problem = problem_before(in)) return *problem;
  const Counted sum = count_pods(in, target.is_cpu, std::max<std::int64_t>(100, target.percent));
  if (sum.kept == 0) return MetricProblem::only_unready;
  const auto has_request = [](const auto& request) { return request.has_value(); };
  if (in.reading.requests_milli.size() < in.pods.size() ||
      !std::ranges::all_of(in.reading.requests_milli, has_request))
    return MetricProblem::missing_request;
  if (sum.requests == 0) return MetricProblem::no_known_pods;

  const auto ratio_with = [&](Fill fill, double ratio) {
    const std::int64_t usage =
        sum.usage_known + (fill.missing && ratio < 1 ? sum.missing_at_target : 0);
    const std::int64_t requests = sum.requests + (fill.missing ? sum.requests_missing : 0) +
                                  (fill.unready ? sum.requests_unready : 0);
    const std::int64_t percent = usage * 100 / requests;  // cut off, as upstream does
    return static_cast<double>(percent) / static_cast<double>(target.percent);
  };
  const Asked asked = replicas_from(sum, current.spec_replicas, tolerance, ratio_with);
  return Proposal{.replicas = asked.replicas,
                  .usage_milli = sum.usage_known / sum.kept_known,
                  .utilisation_percent = sum.usage_known * 100 / sum.requests,
                  .tolerated = asked.tolerated,
                  .filled_ratio = asked.filled};
}

ProposalOrProblem propose_one(const AverageTarget& target, const PerPod& in, const Scaled& current,
                              const Tolerance& tolerance) {
  if (const auto problem = problem_before(in)) return *problem;
  const Counted sum = count_pods(in, target.is_resource && target.is_cpu, 100);
  if (sum.kept == 0) return MetricProblem::only_unready;
  const auto ratio_with = [&](Fill fill, double ratio) {
    const std::int64_t usage =
        sum.usage + (fill.missing && ratio < 1 ? sum.missing * target.milli : 0);
    const std::int64_t samples =
        sum.kept + (fill.missing ? sum.missing : 0) + (fill.unready ? sum.unready : 0);
    const std::int64_t average = usage / samples;  // cut off, as upstream does
    return static_cast<double>(average) / static_cast<double>(target.milli);
  };
  const Asked asked = replicas_from(sum, current.spec_replicas, tolerance, ratio_with);
  return Proposal{.replicas = asked.replicas,
                  .usage_milli = sum.usage / sum.kept,
                  .utilisation_percent = std::nullopt,
                  .tolerated = asked.tolerated,
                  .filled_ratio = asked.filled};
}

// ---- Totals -------------------------------------------------------------------------------------

ProposalOrProblem propose_one(const TotalTarget& target, const PerPod& in, const Scaled& current,
                              const Tolerance& tolerance) {
  if (in.reading.failed) return MetricProblem::source_failed;
  const std::int64_t total = in.reading.total_milli;
  const double ratio = static_cast<double>(total) / static_cast<double>(target.milli);
  const auto proposal = [&](std::int32_t replicas, bool tolerated = false) {
    return Proposal{replicas, total, std::nullopt, tolerated};
  };
  if (current.spec_replicas == 0) return proposal(ceil_to_replicas(ratio));
  if (tolerance.holds(ratio)) return proposal(current.spec_replicas, true);
  if (in.pods.empty()) return MetricProblem::no_pods;
  const auto serving = std::ranges::count_if(in.pods, [](const HpaPod& pod) {
    return pod.phase == PodPhase::running && pod.ready.value_or(false);
  });
  return proposal(ceil_to_replicas(ratio * static_cast<double>(serving)));
}

ProposalOrProblem propose_one(const TotalPerPodTarget& target, const PerPod& in,
                              const Scaled& current, const Tolerance& tolerance) {
  if (in.reading.failed) return MetricProblem::source_failed;
  const auto total = static_cast<double>(in.reading.total_milli);
  const auto per_pod = static_cast<double>(target.milli);
  const double ratio = total / (per_pod * current.status_replicas);
  const bool tolerated = tolerance.holds(ratio);
  const std::int32_t replicas =
      tolerated ? current.status_replicas : ceil_to_replicas(total / per_pod);
  return Proposal{replicas, ceil_to_milli(total / current.status_replicas), std::nullopt,
                  tolerated};
}

ProposalOrProblem propose_one(const UnknownTarget&, const PerPod&, const Scaled&,
                              const Tolerance&) {
  return MetricProblem::unknown_target;
}

// ---- Rates --------------------------------------------------------------------------------------

Seconds longest_period(const ScalingRules& rules) {
  Seconds longest{0};
  for (const ScalingPolicy& policy : rules.policies) longest = std::max(longest, policy.period);
  return longest;
}

std::int32_t period_start(const ScalingPolicy& policy, const HpaState& state, std::int32_t current,
                          Seconds now) {
  return current - changed_within(state.ups, policy.period, now) +
         changed_within(state.downs, policy.period, now);
}

// Rounded up, so that a few per cent of few replicas still lets one more come.
std::int32_t up_limit_of(const ScalingPolicy& policy, std::int32_t start) {
  if (policy.unit == PolicyUnit::pods)
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(kMost, std::int64_t{start} + policy.value));
  return ceil_to_replicas(start * (1 + static_cast<double>(policy.value) / 100));
}

std::int32_t down_limit_of(const ScalingPolicy& policy, std::int32_t start) {
  if (policy.unit == PolicyUnit::pods) return start - policy.value;
  return static_cast<std::int32_t>(start * (1 - static_cast<double>(policy.value) / 100));
}

ScalingActive failure_of(const UtilisationTarget& target) {
  return target.one_container ? ScalingActive::failed_container_resource
                              : ScalingActive::failed_resource;
}
ScalingActive failure_of(const AverageTarget& target) {
  return target.is_resource ? ScalingActive::failed_resource : ScalingActive::failed_pods;
}
ScalingActive failure_of_total(MetricOrigin origin) {
  return origin == MetricOrigin::object ? ScalingActive::failed_object
                                        : ScalingActive::failed_external;
}
ScalingActive failure_of(const TotalTarget& target) { return failure_of_total(target.origin); }
ScalingActive failure_of(const TotalPerPodTarget& target) {
  return failure_of_total(target.origin);
}
ScalingActive failure_of(const UnknownTarget&) { return ScalingActive::invalid_source; }

// ---- One sync -----------------------------------------------------------------------------------

// Fills proposals, winner and the reason; false when nothing may be done.
bool ask_metrics(const HpaSpec& spec, const HpaInputs& inputs, Seconds now, HpaDecision& decision) {
  if (spec.metrics.empty()) return false;
  std::optional<std::size_t> first_failed;
  decision.proposals.reserve(spec.metrics.size());
  for (std::size_t i = 0; i < spec.metrics.size(); ++i) {
    decision.proposals.push_back(propose(spec.metrics[i], inputs.readings.at(i), inputs.pods,
                                         inputs.current, spec.tolerance, spec.readiness, now));
    const auto* proposal = std::get_if<Proposal>(&decision.proposals.back());
    if (!proposal) {
      if (!first_failed) first_failed = i;
    } else if (!decision.winner || proposal->replicas > *decision.proposed) {
      decision.winner = i;
      decision.proposed = proposal->replicas;
    }
  }
  const bool blocked =
      first_failed && (!decision.winner || *decision.proposed < inputs.current.spec_replicas);
  decision.active = ScalingActive::valid_metric_found;
  if (blocked)
    decision.active = std::visit([](const auto& target) { return failure_of(target); },
                                 spec.metrics[*first_failed]);
  return !blocked && decision.winner;
}

void stabilise_and_limit(const HpaSpec& spec, HpaState& state, std::int32_t current, Seconds now,
                         HpaDecision& decision) {
  const std::int32_t proposed = *decision.proposed;
  const Replicas range{spec.min_replicas, spec.max_replicas, current};
  Limited limited;
  decision.able = AbleToScale::ready_for_new_scale;
  if (spec.behaviour) {
    decision.stabilised = stabilise(state.recommendations, current, proposed, *spec.behaviour, now);
    if (decision.stabilised != proposed)
      decision.able = proposed >= current ? AbleToScale::scale_up_stabilised
                                          : AbleToScale::scale_down_stabilised;
    limited = limit_rate(range, *decision.stabilised, *spec.behaviour, state, now);
  } else {
    decision.stabilised = stabilise(state.recommendations, proposed, spec.downscale_window, now);
    if (decision.stabilised != proposed) decision.able = AbleToScale::scale_down_stabilised;
    limited = limit_without_behaviour(range, *decision.stabilised, spec.legacy);
  }
  decision.replicas = limited.replicas;
  decision.limited = limited.reason;
}

void rescale(const HpaSpec& spec, HpaState& state, std::int32_t current, Seconds now,
             HpaDecision& decision) {
  decision.rescaled = true;
  decision.able = AbleToScale::rescaled;
  if (!spec.behaviour) return;
  if (decision.replicas > current)
    note_scale_event(state.ups, spec.behaviour->up, decision.replicas - current, now);
  else
    note_scale_event(state.downs, spec.behaviour->down, current - decision.replicas, now);
}

}  // namespace

PodClasses classify_pods(std::span<const HpaPod> pods, std::span<const PodSample> samples,
                         bool is_cpu, const ReadinessRule& rule, Seconds now) {
  PodClasses classes;
  merge(
      pods, samples,
      [&](std::size_t i, const PodSample* sample) {
        switch (class_of(pods[i], sample, is_cpu, rule, now)) {
          case PodClass::ready:
            return classes.ready.push_back(pods[i].id);
          case PodClass::unready:
            return classes.unready.push_back(pods[i].id);
          case PodClass::missing:
            return classes.missing.push_back(pods[i].id);
          case PodClass::ignored:
            return classes.ignored.push_back(pods[i].id);
        }
      },
      [](const PodSample&) {});
  return classes;
}

ProposalOrProblem propose(const MetricTarget& target, const MetricReading& reading,
                          std::span<const HpaPod> pods, const Scaled& current,
                          const Tolerance& tolerance, const ReadinessRule& rule, Seconds now) {
  const PerPod in{pods, reading, rule, now};
  return std::visit([&](const auto& kind) { return propose_one(kind, in, current, tolerance); },
                    target);
}

std::int64_t saturating_sum(std::span<const std::int64_t> values) {
  std::int64_t sum = 0;
  for (const std::int64_t value : values)
    if (__builtin_add_overflow(sum, value, &sum)) return std::numeric_limits<std::int64_t>::max();
  return sum;
}

ScalingRules default_scale_up() {
  return {
      .policies = {{PolicyUnit::pods, 4, Seconds{15}}, {PolicyUnit::percent, 100, Seconds{15}}}
  };
}
ScalingRules default_scale_down(Seconds window) {
  return {.window = window, .policies = {{PolicyUnit::percent, 100, Seconds{15}}}};
}

std::int32_t changed_within(std::span<const ScaleEvent> events, Seconds period, Seconds now) {
  std::int32_t changed = 0;
  for (const ScaleEvent& event : events)
    if (event.at > now - period) changed += event.change;
  return changed;
}

void note_scale_event(std::vector<ScaleEvent>& events, const ScalingRules& rules,
                      std::int32_t change, Seconds now) {
  const Seconds cutoff = now - longest_period(rules);
  ScaleEvent* reusable = nullptr;
  for (ScaleEvent& event : events) {
    event.outdated = event.outdated || event.at < cutoff;
    if (event.outdated) reusable = &event;
  }
  if (reusable)
    *reusable = {change, now};
  else
    events.push_back({change, now});
}

std::int32_t scale_up_limit(const ScalingRules& rules, const HpaState& state, std::int32_t current,
                            Seconds now) {
  if (rules.choice == PolicyChoice::disabled) return current;
  const bool least = rules.choice == PolicyChoice::least_change;
  std::int32_t limit = least ? kMost : kLeast;
  for (const ScalingPolicy& policy : rules.policies) {
    const std::int32_t one = up_limit_of(policy, period_start(policy, state, current, now));
    limit = least ? std::min(limit, one) : std::max(limit, one);
  }
  return limit;
}

std::int32_t scale_down_limit(const ScalingRules& rules, const HpaState& state,
                              std::int32_t current, Seconds now) {
  if (rules.choice == PolicyChoice::disabled) return current;
  const bool least = rules.choice == PolicyChoice::least_change;
  std::int32_t limit = least ? kLeast : kMost;
  for (const ScalingPolicy& policy : rules.policies) {
    const std::int32_t one = down_limit_of(policy, period_start(policy, state, current, now));
    limit = least ? std::max(limit, one) : std::min(limit, one);
  }
  return limit;
}

Limited limit_rate(const Replicas& replicas, std::int32_t desired,
                   const ScalingBehaviour& behaviour, const HpaState& state, Seconds now) {
  const auto [min, max, current] = replicas;
  if (desired > current) {
    const std::int32_t rate = std::max(scale_up_limit(behaviour.up, state, current, now), current);
    if (desired > std::min(max, rate))
      return {std::min(max, rate), max > rate ? Limit::scale_up_limit : Limit::too_many_replicas};
  } else if (desired < current) {
    const std::int32_t rate =
        std::min(scale_down_limit(behaviour.down, state, current, now), current);
    if (desired < std::max(min, rate))
      return {std::max(min, rate), min < rate ? Limit::scale_down_limit : Limit::too_few_replicas};
  }
  return {desired, Limit::desired_within_range};
}

Limited limit_without_behaviour(const Replicas& replicas, std::int32_t desired,
                                const LegacyLimit& limit) {
  const auto rate =
      static_cast<std::int32_t>(std::max(limit.factor * replicas.current, limit.minimum));
  if (desired < replicas.min) return {replicas.min, Limit::too_few_replicas};
  if (desired > std::min(replicas.max, rate))
    return {std::min(replicas.max, rate),
            replicas.max > rate ? Limit::scale_up_limit : Limit::too_many_replicas};
  return {desired, Limit::desired_within_range};
}

std::int32_t stabilise(std::vector<Recommendation>& log, std::int32_t desired, Seconds window,
                       Seconds now) {
  std::int32_t greatest = desired;
  Recommendation* reusable = nullptr;
  const Seconds cutoff = now - window;
  // Without a branch: which entry is too old is a matter of chance.
  for (Recommendation& entry : log) {
    const bool outdated = entry.at < cutoff;
    reusable = outdated ? &entry : reusable;
    greatest = std::max(greatest, outdated ? desired : entry.replicas);
  }
  if (reusable)
    *reusable = {desired, now};
  else
    log.push_back({desired, now});
  return greatest;
}

void forget_outlived(std::vector<Recommendation>& log, Seconds cutoff) {
  if (log.empty()) return;
  const Recommendation last = *std::ranges::max_element(log, {}, &Recommendation::at);
  std::erase_if(log, [&](const Recommendation& entry) {
    return entry.at < cutoff || (entry.at < last.at && entry.replicas <= last.replicas);
  });
}

std::int32_t stabilise(std::vector<Recommendation>& log, std::int32_t current, std::int32_t desired,
                       const ScalingBehaviour& behaviour, Seconds now) {
  const Seconds up_cutoff = now - behaviour.up.window, down_cutoff = now - behaviour.down.window;
  std::int32_t least = desired, greatest = desired;
  Recommendation* reusable = nullptr;
  for (Recommendation& entry : log) {
    if (entry.at > up_cutoff) least = std::min(least, entry.replicas);
    if (entry.at > down_cutoff) greatest = std::max(greatest, entry.replicas);
    if (entry.at < up_cutoff && entry.at < down_cutoff) reusable = &entry;
  }
  if (reusable)
    *reusable = {desired, now};
  else
    log.push_back({desired, now});
  return std::min(std::max(current, least), greatest);
}

HpaDecision sync(const HpaSpec& spec, HpaState& state, const HpaInputs& inputs, Seconds now) {
  HpaDecision decision;
  sync(spec, state, inputs, now, decision);
  return decision;
}

void sync(const HpaSpec& spec, HpaState& state, const HpaInputs& inputs, Seconds now,
          HpaDecision& decision) {
  const std::int32_t current = inputs.current.spec_replicas;
  if (!state.seen) state.recommendations.push_back({current, now});
  state.seen = true;

  // One by one: to copy a fresh one over it would wait for the stores that made that.
  decision.replicas = current;
  decision.rescaled = false;
  decision.able = AbleToScale::got_scale;
  decision.active = ScalingActive::not_asked;
  decision.limited.reset();
  decision.proposals.clear();
  decision.winner.reset();
  decision.proposed.reset();
  decision.stabilised.reset();
  if (current == 0 && spec.min_replicas != 0) {
    decision.active = ScalingActive::disabled;
  } else if (current > spec.max_replicas) {
    decision.replicas = spec.max_replicas;
  } else if (current < spec.min_replicas) {
    decision.replicas = spec.min_replicas;
  } else if (ask_metrics(spec, inputs, now, decision)) {
    stabilise_and_limit(spec, state, current, now, decision);
  }
  if (decision.replicas != current) rescale(spec, state, current, now, decision);
}

}  // namespace berth
