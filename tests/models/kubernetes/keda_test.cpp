#include "models/kubernetes/keda.h"

#include <catch2/catch.hpp>
#include <vector>

namespace berth {
namespace {

const std::vector<KedaTrigger> kBusy{{.value = 5}}, kQuiet{{.value = 0}}, kBroken{{.failed = true}};

TEST_CASE("an active trigger brings the first replica, or the minimum", "[keda]") {
  KedaState state;
  CHECK(keda_poll({}, state, 0, kBusy, Seconds{0}) == KedaDecision{1, KedaReason::activated});
  CHECK(keda_poll({.min_replicas = 3}, state, 0, kBusy, Seconds{0}) ==
        KedaDecision{3, KedaReason::activated});
}

TEST_CASE("exactly at its activation threshold a trigger is not active", "[keda]") {
  KedaState state;
  const std::vector<KedaTrigger> at{{.value = 5, .activation_threshold = 5}};
  CHECK(keda_poll({}, state, 0, at, Seconds{0}).replicas == 0);
}

TEST_CASE("above one replica scaling up is the autoscaler's", "[keda]") {
  KedaState state;
  CHECK(keda_poll({}, state, 4, kBusy, Seconds{0}) == KedaDecision{4, KedaReason::unchanged});
}

TEST_CASE("to zero only after the cooldown since a trigger was last active", "[keda]") {
  KedaState state;
  keda_poll({}, state, 2, kBusy, Seconds{100});
  CHECK(keda_poll({}, state, 2, kQuiet, Seconds{400}).replicas == 2);  // exactly 300 s
  CHECK(keda_poll({}, state, 2, kQuiet, Seconds{430}) == KedaDecision{0, KedaReason::deactivated});
}

TEST_CASE("one that was never active waits for the initial cooldown", "[keda]") {
  KedaState state{.created = Seconds{0}, .last_active = {}};
  const KedaSpec spec{.idle_replicas = {}, .initial_cooldown = Seconds{60}, .fallback = {}};
  CHECK(keda_poll(spec, state, 1, kQuiet, Seconds{60}).replicas == 1);
  CHECK(keda_poll(spec, state, 1, kQuiet, Seconds{90}).replicas == 0);
}

TEST_CASE("idle replicas stay, and an active trigger brings the minimum back", "[keda]") {
  const KedaSpec spec{.min_replicas = 4, .idle_replicas = 1, .fallback = {}};
  KedaState state;
  CHECK(keda_poll(spec, state, 6, kQuiet, Seconds{30}) == KedaDecision{1, KedaReason::idle});
  CHECK(keda_poll(spec, state, 1, kQuiet, Seconds{60}) == KedaDecision{1, KedaReason::unchanged});
  CHECK(keda_poll(spec, state, 1, kBusy, Seconds{90}) == KedaDecision{4, KedaReason::activated});
}

TEST_CASE("fewer replicas than the minimum are raised without any trigger", "[keda]") {
  KedaState state;
  CHECK(keda_poll({.min_replicas = 2}, state, 0, kQuiet, Seconds{0}) ==
        KedaDecision{2, KedaReason::raised_to_minimum});
}

TEST_CASE("a failing trigger keeps the replicas, then falls back", "[keda]") {
  KedaState state;
  CHECK(keda_poll({}, state, 2, kBroken, Seconds{1000}).replicas == 2);
  const KedaSpec spec{.idle_replicas = {},
                      .fallback = KedaFallback{.failure_threshold = 2, .replicas = 7}};
  CHECK(keda_poll(spec, state, 2, kBroken, Seconds{1030}).replicas == 2);  // the second
  CHECK(keda_poll(spec, state, 2, kBroken, Seconds{1060}) ==
        KedaDecision{7, KedaReason::fallback});
}

TEST_CASE("to the autoscaler a failing trigger is its target times the fallback's replicas", "[keda]") {
  const KedaFallback fallback{.failure_threshold = 3, .replicas = 6};
  CHECK_FALSE(keda_fallback_value(fallback, 3, 2.5));
  CHECK(keda_fallback_value(fallback, 4, 2.5) == 15.0);
  CHECK_FALSE(keda_fallback_value(std::nullopt, 4, 2.5));
}

}  // namespace
}  // namespace berth
