// KEDA's part of scaling: between no replica and one. From one on the HorizontalPodAutoscaler that
// KEDA creates takes over, with a TotalPerPodTarget per trigger and a minimum of max(1, min).
//
// Every polling interval (30 s), with the triggers' activity (a trigger is active when its metric
// is above its activation threshold; exactly at it is not):
//   no replica (or idle), some trigger active  -> max(1, min) replicas
//   more replicas than idle, none active for longer than the cooldown (300 s) -> idle, if it is set
//   replicas, none active for longer than the cooldown, min 0                 -> 0
//     never active since it was created: the initial cooldown (0 s) counts instead
//   fewer replicas than min, none active, no idle                             -> min
// A trigger that fails is neither active nor not: while one fails and none is active, replicas
// stay; a fallback sets its replicas once polls failed more often in a row than its threshold.
// To the HPA a trigger that has failed more often in a row than the threshold when it was asked reads
// target x fallback replicas, so that it comes to those by its own rules; until then the metric fails.
// Only of triggers with an average per replica.
//
// Source: KEDA 2.20, scale_scaledobjects.go and pkg/fallback, in our own words. Left out: that a fallback
// takes the whole part of a target only, other behaviours of a fallback than `static`: pausing, scaling modifiers
// and formulas, ScaledJobs. Tested by tests/models/kubernetes/keda_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "models/units.h"

namespace berth {

struct KedaFallback {
  std::int32_t failure_threshold = 3, replicas = 0;
};
struct KedaSpec {
  std::int32_t min_replicas = 0, max_replicas = 100;
  std::optional<std::int32_t> idle_replicas = {};
  Seconds polling_interval{30};
  Seconds cooldown{300};
  Seconds initial_cooldown{0};
  std::optional<KedaFallback> fallback = {};
};

struct KedaTrigger {
  double value = 0, activation_threshold = 0;
  bool failed = false;
};
struct KedaState {
  Seconds created{0};
  std::optional<Seconds> last_active = {};
  std::int32_t failures_in_a_row = 0;
};

enum class KedaReason : std::uint8_t {
  unchanged,
  activated,
  deactivated,
  idle,
  raised_to_minimum,
  fallback,
};
std::string_view text(KedaReason reason);
// What the HPA is told of a trigger that failed for so many times in a row; absent: that it fails.
std::optional<double> keda_fallback_value(const std::optional<KedaFallback>& fallback,
                                          std::int32_t failures, double target);

struct KedaDecision {
  std::int32_t replicas = 0;
  KedaReason reason = KedaReason::unchanged;
  bool operator==(const KedaDecision&) const = default;
};
KedaDecision keda_poll(const KedaSpec& spec, KedaState& state, std::int32_t replicas,
                       std::span<const KedaTrigger> triggers, Seconds now);

}  // namespace berth
