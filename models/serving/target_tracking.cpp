#include "models/serving/target_tracking.h"

#include <algorithm>
#include <cmath>

namespace berth {
namespace {

template <class Test>
bool all_of_last(const std::deque<std::optional<double>>& points, int count, Test test) {
  return std::ssize(points) >= count &&
         std::all_of(points.end() - count, points.end(),
                     [&](const std::optional<double>& point) { return point && test(*point); });
}

void keep_last(std::deque<std::optional<double>>& points, int count) {
  while (std::ssize(points) > count) points.pop_front();
}

int wished(double instances) {
  constexpr double kMost = 1e6, kRounding = 1e-9;
  return static_cast<int>(std::min(std::ceil(instances - kRounding), kMost));
}

}  // namespace

std::string_view name_of(TrackedMetric metric) {
  switch (metric) {
    case TrackedMetric::invocations:
      return "invocations_per_instance";
    case TrackedMetric::concurrency:
      return "concurrent_requests";
    case TrackedMetric::backlog:
      return "backlog_per_instance";
  }
  return "";
}

std::string_view name_of(TrackingReason reason) {
  switch (reason) {
    case TrackingReason::no_data:
      return "no_data";
    case TrackingReason::quiet:
      return "quiet";
    case TrackingReason::scaled_out:
      return "scaled_out";
    case TrackingReason::scaled_in:
      return "scaled_in";
    case TrackingReason::woken:
      return "woken";
    case TrackingReason::satisfied:
      return "satisfied";
    case TrackingReason::at_max:
      return "at_max";
    case TrackingReason::at_min:
      return "at_min";
    case TrackingReason::changing:
      return "changing";
    case TrackingReason::cooling_down:
      return "cooling_down";
    case TrackingReason::in_disabled:
      return "in_disabled";
  }
  return "";
}

Seconds period_of(TrackedMetric metric) {
  return metric == TrackedMetric::concurrency ? Seconds{10} : Seconds{60};
}

void TargetTracker::note(const TrackedEndpoint& seen, Seconds now) {
  high_.push_back(seen.per_instance);
  keep_last(high_, policy_.high_points);
  if (!low_since_) low_since_ = now - period_of(policy_.metric);
  low_missing_ |= !seen.per_instance;
  low_sum_ += seen.per_instance.value_or(0);
  ++low_count_;
  if (now - *low_since_ >= kLowPeriod) {
    low_.push_back(low_missing_ ? std::nullopt : std::optional(low_sum_ / low_count_));
    keep_last(low_, policy_.low_points);
    low_sum_ = 0, low_count_ = 0, low_missing_ = false, low_since_ = now;
  }
  // A change is complete when what was asked for is there.
  for (auto* change : {&out_, &in_})
    if (*change && !(*change)->complete && seen.active == seen.asked)
      (*change)->complete = true, (*change)->since = now;
}

bool TargetTracker::is_high() const {
  return all_of_last(high_, policy_.high_points, [&](double x) { return x > policy_.target; });
}

bool TargetTracker::is_low() const {
  return all_of_last(low_, policy_.low_points,
                     [&](double x) { return x < policy_.low_share * policy_.target; });
}

bool TargetTracker::wakes(const TrackedEndpoint& seen) {
  waking_ = seen.asked == 0 && seen.backlog > 0 ? waking_ + 1 : 0;
  return waking_ >= policy_.wake_points;
}

TrackingDecision TargetTracker::look(const TrackedEndpoint& seen, Seconds now) {
  note(seen, now);
  if (wakes(seen)) {
    out_ = Change{};
    waking_ = 0;
    return {.instances = std::clamp(1, min_, max_), .reason = TrackingReason::woken, .wish = 1};
  }
  if (is_high()) return out(seen, now);
  if (is_low()) return in(seen, now);
  return {.instances = seen.asked,
          .reason = seen.per_instance ? TrackingReason::quiet : TrackingReason::no_data};
}

TrackingDecision TargetTracker::out(const TrackedEndpoint& seen, Seconds) {
  const int wish = wished(std::max(seen.active, 1) * *seen.per_instance / policy_.target);
  TrackingDecision decision{
      .instances = seen.asked, .reason = TrackingReason::satisfied, .wish = wish};
  const int bounded = std::clamp(wish, min_, max_);
  if (bounded > seen.asked) {
    decision.instances = bounded;
    decision.reason = TrackingReason::scaled_out;
    out_ = Change{};
    in_.reset();
  } else if (wish > max_) {
    decision.reason = TrackingReason::at_max;
  }
  return decision;
}

TrackingDecision TargetTracker::in(const TrackedEndpoint& seen, Seconds now) {
  const double per_instance = *low_.back();
  const int wish = wished(seen.active * per_instance / policy_.target);
  TrackingDecision decision{
      .instances = seen.asked, .reason = TrackingReason::satisfied, .wish = wish};
  const int bounded = std::clamp(wish, min_, max_);
  const auto cooling = [&](const std::optional<Change>& change, Seconds cooldown) {
    return change && change->complete && now - change->since < cooldown;
  };
  if (!policy_.scale_in) {
    decision.reason = TrackingReason::in_disabled;
  } else if (bounded >= seen.asked) {
    if (wish < min_) decision.reason = TrackingReason::at_min;
  } else if (seen.active != seen.asked) {
    decision.reason = TrackingReason::changing;
  } else if (cooling(out_, policy_.scale_out_cooldown) || cooling(in_, policy_.scale_in_cooldown)) {
    decision.reason = TrackingReason::cooling_down;
  } else {
    decision.instances = bounded;
    decision.reason = TrackingReason::scaled_in;
    in_ = Change{};
  }
  return decision;
}

}  // namespace berth
