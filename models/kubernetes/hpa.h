// HorizontalPodAutoscaler: how many replicas a Service should have, one sync at a time.
//
// A pod is, per metric, one of
//   ignored   being deleted, or failed
//   unready   pending; for CPU also: no Ready condition or start time; within 5 min of its start
//             not ready or with a sample that reaches back before it was; later never ready yet
//   missing   without a sample
//   ready     all others
// Samples of ignored and unready pods are dropped. With r the ratio of the metric to its target,
// within(r) <=> 1 - down <= r <= 1 + up, and `current` the replicas of the spec:
//   utilisation      r = floor(100 usage / requests) / target percent, sums over pods with samples
//   average per pod  r = floor(usage / samples) / target
//     none missing, and no unready pod or r <= 1: current if within(r), else ceil(r ready pods);
//     otherwise missing pods are filled in (r < 1: with the target, utilisation with at least 100 %
//     of their request; r > 1: with 0), unready ones with 0 if r > 1, and with r' of all samples:
//     current if within(r'), if r' is on the other side of 1 or if it would move the wrong way,
//     else ceil(r' samples)
//   total            r = value / target; from 0 replicas ceil(r); within(r): current, else
//                    ceil(r pods running and ready)
//   total per pod    r = value / (target status replicas); within(r): those, else
//                    ceil(value / target)
// The greatest proposal wins. If some metrics fail, the others may scale up but not down.
//
// The proposal is then held against earlier ones, and limited:
//   without behaviour  the greatest of the last 300 s (exactly 300 s counts); at most
//                      max(2 current, 4) at once; then min and max
//   with behaviour     not above the greatest of the scale-down window nor below current or the
//                      least of the scale-up window (an age equal to the window does not count);
//                      per policy a limit from the replicas at the start of its period,
//                      current - added + removed (an event as old as the period does not count);
//                      then min and max
// Outside min and max it jumps there, without metrics and without limits. At its first sight of an
// autoscaler the controller notes the current replicas, so it scales nothing down for one window.
//
// Source: kube-controller-manager, replica_calculator.go of 1.33 and later (tolerance per
// direction, a ratio of exactly 1 + tolerance stays) and horizontal.go of 1.2x and later. Left out:
// the pipeline that brings the samples and its delay, failing writes, selectors that overlap.
// Tested by tests/models/kubernetes/hpa_test.cpp, the Kubernetes cases of hpa.json and family hpa.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "models/ids.h"
#include "models/units.h"

namespace berth {

// ---- Pods and what is measured ------------------------------------------------------------------

enum class PodPhase : std::uint8_t { pending, running, succeeded, failed, unknown };

struct HpaPod {
  PodId id;
  PodPhase phase = PodPhase::running;
  std::optional<bool> ready = true;  // absent: no Ready condition yet
  bool deleting = false;
  Seconds ready_since{0};            // last change of the Ready condition
  std::optional<Seconds> started = Seconds{0};
};

struct PodSample {
  PodId pod;
  std::int64_t value_milli = 0;
  Seconds taken{0};
  Seconds window{60};  // it averages over [taken - window, taken]
};

// What one metric reads. Pods and samples are in ascending order of their ids.
struct MetricReading {
  std::vector<PodSample> samples = {};
  // Of each pod, in the order of the pods, for utilisation; absent: it has no request.
  std::vector<std::optional<std::int64_t>> requests_milli = {};
  std::int64_t total_milli = 0;  // for totals
  bool failed = false;           // the metrics API gave no answer
};

struct PodClasses {
  std::vector<PodId> ready, unready, missing, ignored;
};
struct ReadinessRule {
  Seconds cpu_initialisation{300};
  Seconds readiness_delay{30};
};
PodClasses classify_pods(std::span<const HpaPod> pods, std::span<const PodSample> samples,
                         bool is_cpu, const ReadinessRule& rule, Seconds now);

// ---- One metric to replicas ---------------------------------------------------------------------

struct UtilisationTarget {
  std::int64_t percent = 80;
  bool is_cpu = true;
  bool one_container = false;
};
struct AverageTarget {  // of a pods metric, or of a resource (CPU has the readiness rule)
  std::int64_t milli = 0;
  bool is_resource = false, is_cpu = false;
};
enum class MetricOrigin : std::uint8_t { object, external };
struct TotalTarget {
  std::int64_t milli = 0;
  MetricOrigin origin = MetricOrigin::external;
};
struct TotalPerPodTarget {
  std::int64_t milli = 0;
  MetricOrigin origin = MetricOrigin::external;
};
struct UnknownTarget {};  // a kind of metric that does not exist: it always fails
using MetricTarget =
    std::variant<UtilisationTarget, AverageTarget, TotalTarget, TotalPerPodTarget, UnknownTarget>;

struct Tolerance {
  double down = 0.1, up = 0.1;
  bool holds(double ratio) const { return 1.0 - down <= ratio && ratio <= 1.0 + up; }
};

enum class MetricProblem : std::uint8_t {
  source_failed,
  no_samples,
  no_pods,
  only_unready,
  missing_request,
  no_known_pods,
  unknown_target,
};
std::string_view text(MetricProblem problem);

struct Proposal {
  std::int32_t replicas = 0;
  std::int64_t usage_milli = 0;  // average or total, before anything is filled in
  std::optional<std::int64_t> utilisation_percent = {};
  bool tolerated = false;  // the ratio is within the tolerance, so the replicas are the current ones
  // The ratio that decided, where pods without a sample or not ready were filled in.
  std::optional<double> filled_ratio = {};
};
struct Scaled {
  std::int32_t spec_replicas = 0, status_replicas = 0;
};
using ProposalOrProblem = std::variant<Proposal, MetricProblem>;
ProposalOrProblem propose(const MetricTarget& target, const MetricReading& reading,
                          std::span<const HpaPod> pods, const Scaled& current,
                          const Tolerance& tolerance, const ReadinessRule& rule, Seconds now);

// The series of an external metric, added up; stops at the greatest number there is.
std::int64_t saturating_sum(std::span<const std::int64_t> values);

// ---- Behaviour, events, recommendations ---------------------------------------------------------

enum class PolicyUnit : std::uint8_t { pods, percent };
struct ScalingPolicy {
  PolicyUnit unit = PolicyUnit::pods;
  std::int32_t value = 0;
  Seconds period{15};
};
enum class PolicyChoice : std::uint8_t { greatest_change, least_change, disabled };
struct ScalingRules {
  PolicyChoice choice = PolicyChoice::greatest_change;
  Seconds window{0};
  std::vector<ScalingPolicy> policies = {};
};
ScalingRules default_scale_up();                  // 4 pods or 100 % in 15 s, no window
ScalingRules default_scale_down(Seconds window);  // 100 % in 15 s
struct ScalingBehaviour {
  ScalingRules up = default_scale_up();
  ScalingRules down = default_scale_down(Seconds{300});
};

struct ScaleEvent {
  std::int32_t change = 0;  // always positive
  Seconds at{0};
  bool outdated = false;
};
struct Recommendation {
  std::int32_t replicas = 0;
  Seconds at{0};
};
struct HpaState {
  std::vector<Recommendation> recommendations = {};
  bool seen = false;  // the first sync notes the current replicas
  std::vector<ScaleEvent> ups, downs;
};

std::int32_t changed_within(std::span<const ScaleEvent> events, Seconds period, Seconds now);
// Overwrites the last event older than the longest period of the rules, if there is one.
void note_scale_event(std::vector<ScaleEvent>& events, const ScalingRules& rules,
                      std::int32_t change, Seconds now);

struct Replicas {
  std::int32_t min = 1, max = 1, current = 0;
};
// How far the rules let go from `current`; never to the other side of it in `limit_rate`.
std::int32_t scale_up_limit(const ScalingRules& rules, const HpaState& state, std::int32_t current,
                            Seconds now);
std::int32_t scale_down_limit(const ScalingRules& rules, const HpaState& state,
                              std::int32_t current, Seconds now);

enum class Limit : std::uint8_t {
  desired_within_range,
  too_many_replicas,
  too_few_replicas,
  scale_up_limit,
  scale_down_limit,
};
struct Limited {
  std::int32_t replicas = 0;
  Limit reason = Limit::desired_within_range;
};
Limited limit_rate(const Replicas& replicas, std::int32_t desired,
                   const ScalingBehaviour& behaviour, const HpaState& state, Seconds now);

struct LegacyLimit {
  double factor = 2, minimum = 4;
};
Limited limit_without_behaviour(const Replicas& replicas, std::int32_t desired,
                                const LegacyLimit& limit);

// Both note `desired` in the log, in the place of one too old to matter if there is one.
std::int32_t stabilise(std::vector<Recommendation>& log, std::int32_t desired, Seconds window,
                       Seconds now);
std::int32_t stabilise(std::vector<Recommendation>& log, std::int32_t current, std::int32_t desired,
                       const ScalingBehaviour& behaviour, Seconds now);

// Takes out of a log that is only asked for its greatest (without behaviour) what never is that any more:
// entries before `cutoff`, and those that the last one, at least as great, outlives.
void forget_outlived(std::vector<Recommendation>& log, Seconds cutoff);

// ---- One sync -----------------------------------------------------------------------------------

struct HpaSpec {
  // First, so that what says whether there is one lies by what every sync reads.
  std::optional<ScalingBehaviour> behaviour = {};
  std::int32_t min_replicas = 1, max_replicas = 1;
  std::vector<MetricTarget> metrics = {UtilisationTarget{}};
  Tolerance tolerance;
  ReadinessRule readiness;
  Seconds downscale_window{300};  // without behaviour
  LegacyLimit legacy;             // without behaviour
};
struct HpaInputs {
  Scaled current;
  std::vector<HpaPod> pods = {};
  std::vector<MetricReading> readings = {};  // one per metric of the spec, in its order
};

enum class AbleToScale : std::uint8_t {
  got_scale,
  ready_for_new_scale,
  scale_up_stabilised,
  scale_down_stabilised,
  rescaled,
};
enum class ScalingActive : std::uint8_t {
  not_asked,  // outside min and max metrics are not looked at
  valid_metric_found,
  disabled,
  failed_resource,
  failed_container_resource,
  failed_pods,
  failed_object,
  failed_external,
  invalid_source,
};
std::string_view text(AbleToScale reason);
std::string_view text(ScalingActive reason);  // empty when not asked
std::string_view text(Limit reason);

struct HpaDecision {
  std::int32_t replicas = 0;  // what the scale is now; unchanged if !rescaled
  bool rescaled = false;
  AbleToScale able = AbleToScale::got_scale;
  ScalingActive active = ScalingActive::not_asked;
  std::optional<Limit> limited = {};              // absent: not come so far
  std::vector<ProposalOrProblem> proposals = {};  // one per metric
  std::optional<std::size_t> winner = {};         // the metric that asked for most
  std::optional<std::int32_t> proposed = {};      // by the winner
  std::optional<std::int32_t> stabilised = {};
};
HpaDecision sync(const HpaSpec& spec, HpaState& state, const HpaInputs& inputs, Seconds now);
// The same into a decision that was there before: its room is used again.
void sync(const HpaSpec& spec, HpaState& state, const HpaInputs& inputs, Seconds now,
          HpaDecision& decision);

}  // namespace berth
