// Knative's pod autoscaler (KPA): how many pods a revision should have, every 2 s.
//
//   ready     max(1, ready pods)
//   wanted    ceil(observed / target), not below floor(ready / scale-down rate) (0 if the revision
//             is unreachable) and not above ceil(scale-up rate ready); for the average over the
//             stable window and for the one over the panic window. A wanted number above zero is at
//             least the activation scale.
//   panic     begins, or is renewed, when ceil(panic / target) / ready >= threshold; ends when more
//             than the stable window has passed since. In panic: the greatest of stable and panic
//             so far, never fewer. A revision that starts with more than one pod starts in panic.
//   delay     the greatest decision of the scale-down delay, in buckets of 2 s; not consulted for
//             an unreachable revision
//   excess burst capacity  floor(ready pods capacity - target burst - panic); negative: requests go
//             through the activator, which buffers them
//
// Source: Knative Serving, autoscaler.go of August 2026. Left out: how concurrency is averaged, and
// the waits on the way to zero (stable window, activator's probe, grace, retention).
// Tested by tests/models/kubernetes/knative_test.cpp and the Kubernetes cases knative_scale.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/units.h"

namespace berth {

inline constexpr Seconds kKnativeTick{2};

struct KnativeSpec {
  double target = 70;         // of concurrency or requests per second a pod: 70 % of the total
  double capacity = 100;      // the total a pod can take
  double target_burst = 211;  // 0: none is asked for; negative: always through the activator
  double panic_threshold = 2;
  double scale_up_rate = 1000, scale_down_rate = 2;
  Seconds stable_window{60};
  Seconds scale_down_delay{0};
  std::int32_t activation_scale = 1;
  bool reachable = true;
};

struct KnativeState {
  std::optional<Seconds> panic_since = {};  // last time over the threshold
  std::int32_t greatest_in_panic = 0;
  // Decisions that may still be the greatest of the delay: buckets ascending, pods descending.
  struct Bucket {
    std::int64_t index = 0;
    std::int32_t pods = 0;
  };
  std::vector<Bucket> delayed = {};
};
KnativeState knative_start(std::int32_t ready_pods, Seconds now);

struct KnativeObserved {
  std::int32_t ready_pods = 0;
  double stable = 0, panic = 0;  // averages over the two windows
};
struct KnativeDecision {
  std::int32_t pods = 0;
  std::int32_t excess_burst_capacity = 0;
  bool in_panic = false;
  std::int32_t stable_pods = 0, panic_pods = 0;  // what either window wants
};
KnativeDecision knative_tick(const KnativeSpec& spec, KnativeState& state,
                             const KnativeObserved& observed, Seconds now);

}  // namespace berth
