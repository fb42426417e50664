#include "models/serving/idle_chance.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace berth;
using namespace std::chrono_literals;

namespace {

ReplicaPolicy from_zero(Autoscaler autoscaler) {
  return {.min = 0, .max = 10, .autoscaler = std::move(autoscaler)};
}

KedaPolicy keda(ServiceMetric trigger) {
  KedaPolicy policy;
  policy.hpa.metrics = {trigger};
  return policy;
}

}  // namespace

TEST_CASE("a Knative service sleeps when nobody comes in its window", "[serving]") {
  // A request in 30 s on average, 60 s of quiet and 15 more of each wait that is asked for.
  CHECK(idle_chance(from_zero(KnativePolicy{}), 1 / 30.0, 0.1) == Approx(std::exp(-2)));
  CHECK(idle_chance(from_zero(KnativePolicy{.scale_down_delay = 15s, .retention = 15s}), 1 / 30.0, 0.1) ==
        Approx(std::exp(-3)));
}

TEST_CASE("a KEDA service sleeps when no poll of its cooldown is active", "[serving]") {
  // Ten polls of 15 s each, 1/30 a second: half a request a poll.
  const ServiceMetric rate{.what = Measure::total_rate, .target = 1};
  CHECK(idle_chance(from_zero(keda(rate)), 1 / 30.0, 0.1) == Approx(std::exp(-5)));
  // Active above 1/15 a second, that is above one request a poll: P(N <= 1) = 1.5 exp(-0.5).
  const ServiceMetric lazier{.what = Measure::total_rate, .target = 1, .activation = 1 / 15.0};
  CHECK(idle_chance(from_zero(keda(lazier)), 1 / 30.0, 0.1) ==
        Approx(std::pow(1.5 * std::exp(-0.5), 10)));
  // Looks at who is there see 0.6 requests of 2 s at 0.3 a second.
  const ServiceMetric there{.what = Measure::outstanding, .target = 1};
  CHECK(idle_chance(from_zero(keda(there)), 0.3, 2) == Approx(std::exp(-6)));
  KedaPolicy both = keda(lazier);
  both.hpa.metrics.push_back(rate);
  CHECK(idle_chance(from_zero(both), 1 / 30.0, 0.1) == Approx(std::exp(-5)));
}

TEST_CASE("what keeps a pod does not sleep", "[serving]") {
  CHECK(idle_chance({.min = 1, .max = 10, .autoscaler = KnativePolicy{}}, 0, 0.1) == 0);
  CHECK(idle_chance(from_zero(TargetTrackingPolicy{}), 0, 0.1) == 0);
  KedaPolicy idles = keda({.what = Measure::total_rate, .target = 1});
  idles.idles = true;
  CHECK(idle_chance({.min = 1, .max = 10, .autoscaler = idles}, 0, 0.1) == 1);
}
