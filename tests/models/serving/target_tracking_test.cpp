#include "models/serving/target_tracking.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace berth;

namespace {

// A minute's point each: what the tracker then asks for. Instances are in service `creation` points
// after they were asked for.
struct Endpoint {
  TargetTracker tracker;
  int asked, active;
  int creation = 4;  // minutes, about the median of a CPU endpoint (210 s)
  int coming = 0;
  int minute = 0;

  // Invocations of all instances in the minute that ends now.
  TrackingDecision minute_with(double invocations) {
    ++minute;
    if (coming > 0 && --coming == 0) active = asked;
    TrackedEndpoint seen{.asked = asked, .active = active};
    if (invocations > 0 && active > 0) seen.per_instance = invocations / active;
    const TrackingDecision decision = tracker.look(seen, Seconds{60.0 * minute});
    if (decision.instances > asked) coming = creation;
    if (decision.instances < asked) active = decision.instances;
    asked = decision.instances;
    return decision;
  }
  std::vector<int> minutes(int count, double invocations) {
    std::vector<int> all;
    for (int i = 0; i < count; ++i) all.push_back(minute_with(invocations).instances);
    return all;
  }
};

Endpoint endpoint(TargetTrackingPolicy policy, int start = 2, int max = 20) {
  return {.tracker = TargetTracker(policy, 1, max), .asked = start, .active = start};
}

constexpr TargetTrackingPolicy kSeventy{.target = 70};

}  // namespace

TEST_CASE("three points above the target scale out, in proportion") {
  // 2 instances with 350 invocations a minute: 175 each. ceil(2 x 175 / 70) = 5.
  Endpoint e = endpoint(kSeventy);
  CHECK(e.minutes(3, 350) == std::vector<int>{2, 2, 5});
}

TEST_CASE("two points above and one at the target are no alarm") {
  Endpoint e = endpoint(kSeventy);
  CHECK(e.minutes(2, 350) == std::vector<int>{2, 2});
  CHECK(e.minutes(1, 140) == std::vector<int>{2});  // exactly 70 each
  CHECK(e.minutes(2, 350) == std::vector<int>{2, 2});
}

TEST_CASE("what is being added counts as there: the same load asks for no more") {
  Endpoint e = endpoint(kSeventy);
  e.minutes(3, 350);
  // Still two active, 175 each: the wish is 5 again.
  CHECK(e.minute_with(350).reason == TrackingReason::satisfied);
  // More load goes beyond it at once: 2 active with 245 each, ceil(2 x 245 / 70) = 7.
  CHECK(e.minute_with(490).instances == 7);
}

TEST_CASE(
    "fifteen points below nine tenths of the target scale in, and the cooldown holds the next") {
  // 10 instances, 315 a minute: 31.5 each, below 63. ceil(10 x 31.5 / 70) = ceil(4.5) = 5.
  Endpoint e = endpoint(kSeventy, 10);
  std::vector<int> expected(14, 10);
  expected.push_back(5);
  CHECK(e.minutes(15, 315) == expected);
  // 5 instances at 63 each is not below 63: nothing more, however long.
  CHECK(e.minutes(30, 315) == std::vector<int>(30, 5));
  // 140 a minute are 28 each: alarm with the 15th of them, ceil(5 x 28 / 70) = 2.
  expected.assign(14, 5);
  expected.push_back(2);
  CHECK(e.minutes(15, 140) == expected);
}

TEST_CASE("within the scale-in cooldown nothing more goes, and then it does") {
  TargetTrackingPolicy policy = kSeventy;
  policy.scale_in_cooldown = 600s;
  Endpoint e = endpoint(policy, 10);
  e.minutes(15, 315);  // to 5 in minute 15; complete when minute 16 looks
  std::vector<int> seen;
  std::vector<TrackingReason> reasons;
  for (int i = 16; i <= 30; ++i) {
    const TrackingDecision decision = e.minute_with(70);  // 14 each: all 15 points are still low
    seen.push_back(decision.instances);
    reasons.push_back(decision.reason);
  }
  // Minutes 16 to 25 are less than 600 s after minute 16; in minute 26 ceil(5 x 14 / 70) = 1.
  CHECK(seen == std::vector<int>{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 1, 1, 1, 1, 1});
  CHECK(reasons[9] == TrackingReason::cooling_down);
  CHECK(reasons[10] == TrackingReason::scaled_in);
}

TEST_CASE("no traffic gives no points, so an idle endpoint is never scaled in") {
  Endpoint e = endpoint(kSeventy, 10);
  CHECK(e.minutes(120, 0) == std::vector<int>(120, 10));
  CHECK(e.minute_with(0).reason == TrackingReason::no_data);
}

TEST_CASE("bounds hold, and say so") {
  Endpoint e = endpoint(kSeventy, 2, 4);
  CHECK(e.minutes(3, 3500) == std::vector<int>{2, 2, 4});
  CHECK(e.minute_with(3500).reason == TrackingReason::at_max);
  Endpoint small = endpoint(kSeventy, 1);
  small.minutes(14, 7);
  // ceil(1 x 7 / 70) = 1 is what there is.
  CHECK(small.minute_with(7).reason == TrackingReason::satisfied);
}

TEST_CASE("scale-in can be switched off") {
  TargetTrackingPolicy policy = kSeventy;
  policy.scale_in = false;
  Endpoint e = endpoint(policy, 10);
  CHECK(e.minutes(40, 70) == std::vector<int>(40, 10));
  CHECK(e.minute_with(70).reason == TrackingReason::in_disabled);
}

TEST_CASE("high-resolution points scale out after half a minute and in no faster") {
  TargetTracker tracker({.metric = TrackedMetric::concurrency, .target = 4}, 1, 20);
  std::vector<int> asked;
  for (int i = 1; i <= 3; ++i)
    asked.push_back(
        tracker.look({.asked = 2, .active = 2, .per_instance = 10.0}, Seconds{10.0 * i}).instances);
  CHECK(asked == std::vector<int>{2, 2, 5});  // ceil(2 x 10 / 4)
  TargetTracker idle({.metric = TrackedMetric::concurrency, .target = 4}, 1, 20);
  int first = 0;
  for (int i = 1; i <= 120 && first == 0; ++i)
    if (idle.look({.asked = 5, .active = 5, .per_instance = 1.0}, Seconds{10.0 * i}).instances < 5)
      first = i;
  CHECK(first == 90);  // 15 minutes of 10 s points
}

TEST_CASE("an asynchronous endpoint goes to zero and is woken by two points of backlog") {
  TargetTracker tracker({.metric = TrackedMetric::backlog, .target = 5}, 0, 10);
  TrackingDecision decision;
  for (int i = 1; i <= 15; ++i)
    decision = tracker.look({.asked = 1, .active = 1, .per_instance = 0.0}, Seconds{60.0 * i});
  CHECK(decision.instances == 0);
  CHECK(decision.reason == TrackingReason::scaled_in);
  CHECK(tracker.look({.backlog = 0}, 960s).instances == 0);
  CHECK(tracker.look({.backlog = 3}, 1020s).instances == 0);
  decision = tracker.look({.backlog = 3}, 1080s);
  CHECK(decision.instances == 1);
  CHECK(decision.reason == TrackingReason::woken);
}
