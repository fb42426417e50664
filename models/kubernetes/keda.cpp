#include "models/kubernetes/keda.h"

#include <algorithm>

namespace berth {
namespace {

bool is_active(const KedaTrigger& trigger) {
  return !trigger.failed && trigger.value > trigger.activation_threshold;
}

bool has_cooled_down(const KedaSpec& spec, const KedaState& state, Seconds now) {
  if (state.last_active) return *state.last_active + spec.cooldown < now;
  return state.created + spec.initial_cooldown < now;
}

KedaDecision go_up(const KedaSpec& spec, std::int32_t replicas) {
  const bool is_idle = spec.idle_replicas && replicas < spec.min_replicas;
  if (!is_idle && replicas > 0) return {replicas, KedaReason::unchanged};
  return {std::max(1, spec.min_replicas), KedaReason::activated};
}

KedaDecision bear_failure(const KedaSpec& spec, const KedaState& state, std::int32_t replicas) {
  const bool falls_back = spec.fallback && spec.fallback->replicas != 0 &&
                          spec.fallback->replicas != replicas &&
                          state.failures_in_a_row > spec.fallback->failure_threshold;
  if (!falls_back) return {replicas, KedaReason::unchanged};
  return {spec.fallback->replicas, KedaReason::fallback};
}

KedaDecision go_down(const KedaSpec& spec, const KedaState& state, std::int32_t replicas,
                     Seconds now) {
  const bool to_idle = spec.idle_replicas && replicas > *spec.idle_replicas;
  if (to_idle || (replicas > 0 && spec.min_replicas == 0)) {
    if (!has_cooled_down(spec, state, now)) return {replicas, KedaReason::unchanged};
    if (spec.idle_replicas) return {*spec.idle_replicas, KedaReason::idle};
    return {0, KedaReason::deactivated};
  }
  if (replicas < spec.min_replicas && !spec.idle_replicas)
    return {spec.min_replicas, KedaReason::raised_to_minimum};
  return {replicas, KedaReason::unchanged};
}

}  // namespace

KedaDecision keda_poll(const KedaSpec& spec, KedaState& state, std::int32_t replicas,
                       std::span<const KedaTrigger> triggers, Seconds now) {
  const bool failed = std::ranges::any_of(triggers, &KedaTrigger::failed);
  state.failures_in_a_row = failed ? state.failures_in_a_row + 1 : 0;
  if (std::ranges::any_of(triggers, is_active)) {
    state.last_active = now;
    return go_up(spec, replicas);
  }
  return failed ? bear_failure(spec, state, replicas) : go_down(spec, state, replicas, now);
}

std::optional<double> keda_fallback_value(const std::optional<KedaFallback>& fallback,
                                          std::int32_t failures, double target) {
  if (!fallback || failures <= fallback->failure_threshold) return std::nullopt;
  return target * fallback->replicas;
}

std::string_view text(KedaReason reason) {
  switch (reason) {
    case KedaReason::unchanged:
      return "unchanged";
    case KedaReason::activated:
      return "a trigger is active";
    case KedaReason::deactivated:
      return "no trigger active for the cooldown";
    case KedaReason::idle:
      return "no trigger active for the cooldown, idle replicas stay";
    case KedaReason::raised_to_minimum:
      return "below the minimum";
    case KedaReason::fallback:
      return "triggers keep failing";
  }
  return {};
}

}  // namespace berth
