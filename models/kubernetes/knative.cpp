#include "models/kubernetes/knative.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace berth {
namespace {

std::int32_t whole(double value) {
  constexpr auto kMost = std::numeric_limits<std::int32_t>::max();
  return value < kMost ? static_cast<std::int32_t>(value) : kMost;
}

struct Range {
  double least = 0, most = 0;
};

std::int32_t wanted(double pods, const Range& range, std::int32_t activation_scale) {
  const std::int32_t within = whole(std::min(std::max(pods, range.least), range.most));
  return pods > 0 ? std::max(within, activation_scale) : within;
}

void update_panic(const KnativeSpec& spec, KnativeState& state, bool over, Seconds now) {
  if (over) {
    state.panic_since = now;
  } else if (state.panic_since && *state.panic_since + spec.stable_window < now) {
    state.panic_since.reset();
    state.greatest_in_panic = 0;
  }
}

// The greatest of the last buckets. A smaller and older entry can never be the greatest again.
std::int32_t delay(const KnativeSpec& spec, KnativeState& state, std::int32_t pods, Seconds now) {
  const auto index =
      static_cast<std::int64_t>(now.count()) / static_cast<std::int64_t>(kKnativeTick.count());
  const auto buckets = static_cast<std::int64_t>(std::ceil(spec.scale_down_delay / kKnativeTick));
  auto& log = state.delayed;
  while (!log.empty() && log.back().pods <= pods) log.pop_back();
  std::erase_if(log, [&](const auto& entry) { return index - entry.index >= buckets; });
  if (log.empty() || log.back().index != index) log.push_back({index, pods});
  return log.front().pods;
}

double excess_burst(const KnativeSpec& spec, const KnativeObserved& observed) {
  if (spec.target_burst == 0) return 0;
  if (spec.target_burst < 0) return -1;
  return std::floor(observed.ready_pods * spec.capacity - spec.target_burst - observed.panic);
}

}  // namespace

KnativeState knative_start(std::int32_t ready_pods, Seconds now) {
  KnativeState state;
  if (ready_pods > 1) state.panic_since = now;
  state.greatest_in_panic = ready_pods;
  return state;
}

KnativeDecision knative_tick(const KnativeSpec& spec, KnativeState& state,
                             const KnativeObserved& observed, Seconds now) {
  const double ready = std::max(1, observed.ready_pods);
  // Rounded outwards, so that a rate near 1 still moves by a pod.
  const Range range{spec.reachable ? std::floor(ready / spec.scale_down_rate) : 0,
                    std::ceil(spec.scale_up_rate * ready)};
  const double stable = std::ceil(observed.stable / spec.target);
  const double panic = std::ceil(observed.panic / spec.target);

  KnativeDecision decision;
  decision.stable_pods = wanted(stable, range, spec.activation_scale);
  decision.panic_pods = wanted(panic, range, spec.activation_scale);
  update_panic(spec, state, panic / ready >= spec.panic_threshold, now);
  decision.in_panic = state.panic_since.has_value();
  decision.pods = decision.stable_pods;
  if (decision.in_panic) {
    state.greatest_in_panic =
        std::max({state.greatest_in_panic, decision.stable_pods, decision.panic_pods});
    decision.pods = state.greatest_in_panic;
  }
  if (spec.reachable && spec.scale_down_delay > Seconds{0})
    decision.pods = delay(spec, state, decision.pods, now);
  decision.excess_burst_capacity = static_cast<std::int32_t>(excess_burst(spec, observed));
  return decision;
}

}  // namespace berth
