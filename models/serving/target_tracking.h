// Application Auto Scaling's target tracking of a SageMaker endpoint: how many instances there
// should be, from one metric per instance that CloudWatch collects a point of every period.
//
//   high alarm   the last `high_points` points are all above the target
//   low alarm    the last `low_points` points are all below `low_share` of the target
//   wish         ceil(instances x point / target), within [min, max]; the newest point counts
//
// While an alarm lasts, every point is acted on. Out: when the wish is more than what is asked for
// already. Until the cooldown after a scale-out is over, what that one added counts as there, so a
// wish has to go beyond it. In: only when the cooldowns of the last change in and out are over, and
// never while the endpoint is being changed; a scale-out ends the cooldown of a scale-in. Cooldowns
// begin when a change is complete. A missing point means no alarm: SageMaker sends no invocations
// where there are none, so an endpoint without any traffic is never scaled in.
//
// Where it is from, and how sure:
//   cooldowns 300 s, meaning of both        Application Auto Scaling API reference         A
//   no points without traffic, no scale-in  SageMaker developer guide                      A
//   3 points of 60 s above, 15 below 90 %   alarms as created for ECS (target 30, low 27);
//                                           several published consoles and labs           B
//   10 s points of ConcurrentRequests,      SageMaker developer guide and announcement of
//   scale-in no faster                      July 2024; that three of them suffice          A; D
//   backlog without capacity wakes one      developer guide's example policy: 2 points     A
//   the proportional wish, the newest point "proportionally to the metric"                 B; D
// Left out: step and scheduled scaling, several policies on one endpoint, CloudWatch's own delay of
// about a minute, alarm noise. Tested by tests/models/serving/target_tracking_test.cpp.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "models/units.h"

namespace berth {

enum class TrackedMetric : std::uint8_t {
  invocations,  // SageMakerVariantInvocationsPerInstance: a minute's sum
  concurrency,  // ConcurrentRequestsPerModel: mean requests in an instance, every 10 s
  backlog,      // ApproximateBacklogSizePerInstance: of an asynchronous endpoint, a minute's look
};
std::string_view name_of(TrackedMetric metric);

struct TargetTrackingPolicy {
  TrackedMetric metric = TrackedMetric::invocations;
  double target = 0;  // per instance
  Seconds scale_out_cooldown{300}, scale_in_cooldown{300};
  bool scale_in = true;
  int high_points = 3, low_points = 15;
  double low_share = 0.9;
  // From zero: so many points in a row with a backlog and no instance. Only where min is 0.
  int wake_points = 2;
  bool operator==(const TargetTrackingPolicy&) const = default;
};
// Between two points. Those for the low alarm are a minute apart whatever the metric.
Seconds period_of(TrackedMetric metric);
inline constexpr Seconds kLowPeriod{60};

// What a point finds.
struct TrackedEndpoint {
  int asked = 0;                       // instances wished for by the last decision
  int active = 0;                      // in service
  std::optional<double> per_instance;  // of the period that ends now
  double backlog = 0;                  // requests that wait, for waking from zero
};

enum class TrackingReason : std::uint8_t {
  no_data,  // a point is missing: neither alarm
  quiet,    // between the alarms
  scaled_out,
  scaled_in,
  woken,      // from zero
  satisfied,  // an alarm, but as many are asked for already
  at_max,
  at_min,
  changing,      // in: the endpoint is being changed
  cooling_down,  // in: too soon after a change
  in_disabled,
};
std::string_view name_of(TrackingReason reason);

struct TrackingDecision {
  int instances = 0;  // to be asked for at this look
  TrackingReason reason = TrackingReason::quiet;
  std::optional<int> wish;  // before the bounds and the cooldowns
};

// Remembers points and changes.
class TargetTracker {
 public:
  TargetTracker(const TargetTrackingPolicy& policy, int min, int max)
      : policy_(policy), min_(min), max_(max) {}

  TrackingDecision look(const TrackedEndpoint& seen, Seconds now);

 private:
  using Points = std::deque<std::optional<double>>;
  void note(const TrackedEndpoint& seen, Seconds now);
  bool is_high() const;
  bool is_low() const;
  bool wakes(const TrackedEndpoint& seen);
  TrackingDecision out(const TrackedEndpoint& seen, Seconds now);
  TrackingDecision in(const TrackedEndpoint& seen, Seconds now);

  TargetTrackingPolicy policy_;
  int min_, max_;
  Points high_, low_;
  double low_sum_ = 0;  // of the points since the last one for the low alarm
  int low_count_ = 0;
  bool low_missing_ = false;
  std::optional<Seconds> low_since_;
  int waking_ = 0;
  // The last change each way: under way, or complete since.
  struct Change {
    bool complete = false;
    Seconds since{0};
  };
  std::optional<Change> out_, in_;
};

}  // namespace berth
