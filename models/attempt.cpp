#include "models/attempt.h"

#include <algorithm>
#include <cmath>

namespace berth {

AttemptRun run_attempt(const AttemptWork& work, const std::optional<Checkpointing>& checkpoint,
                       std::optional<Seconds> reclaimed_after) {
  Seconds wall = work.lost + work.left + work.upload;
  Seconds restart{0};
  double checkpoints = 0;
  if (checkpoint) {
    checkpoints = std::max(std::ceil(work.left / checkpoint->interval) - 1, 0.0);
    if (work.done > 0s) restart = checkpoint->restart;
    wall += checkpoint->cost * checkpoints + restart;
  }
  if (!reclaimed_after || *reclaimed_after >= wall) return {true, wall, work.left};
  if (!checkpoint) return {false, *reclaimed_after, 0s};
  const Seconds segment = checkpoint->interval + checkpoint->cost;
  const double saved =
      std::clamp(std::floor((*reclaimed_after - restart - work.lost) / segment), 0.0, checkpoints);
  return {false, *reclaimed_after, checkpoint->interval * saved};
}

}  // namespace berth
