#include "models/attempt.h"

#include <algorithm>
#include <cmath>

namespace berth {

AttemptRun run_attempt(const AttemptWork& work, const std::optional<Checkpointing>& checkpoint,
                       std::optional<Seconds> reclaimed_after) {
  Seconds wall = work.left + work.upload;
  Seconds restart{0};
  if (checkpoint) {
    const double segments = std::ceil(work.left / checkpoint->interval);
    wall += checkpoint->cost * std::max(segments - 1, 0.0);
    if (work.done > 0s) restart = checkpoint->restart;
    wall += restart;
  }
  if (!reclaimed_after || *reclaimed_after >= wall) return {true, wall, work.left};
  if (!checkpoint) return {false, *reclaimed_after, 0s};
  const Seconds segment = checkpoint->interval + checkpoint->cost;
  const double saved = std::max(std::floor((*reclaimed_after - restart) / segment), 0.0);
  return {false, *reclaimed_after, std::min(checkpoint->interval * saved, work.left)};
}

}  // namespace berth
