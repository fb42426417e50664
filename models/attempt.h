// How far one Attempt of a Job gets: to its end, or to the moment its machine is taken away.
//
//   wall = restart + lost + work + cost * n + upload    with checkpoints, n = ceil(work / interval) - 1
//   kept = interval * min(floor((reclaimed - restart - lost) / (interval + cost)), n)
//
// A checkpoint follows every `interval` of work except the last one. Time that is lost to reads of a
// lazily loaded image is no work: it comes first, where the reads are, and nobody keeps it. `restart`
// is paid only when there is something to load. Without checkpoints an interrupted attempt keeps nothing.
// Left out: a last checkpoint within the two minutes' notice.
// Tested by tests/models/attempt_test.cpp.
#pragma once

#include <optional>

#include "models/scenario.h"
#include "models/units.h"

namespace berth {

struct AttemptRun {
  bool finished = false;
  Seconds wall{};  // from user code running to its end or the interruption
  Seconds kept{};  // work that the next attempt need not repeat; all of it when finished
};

// work_left: user code still to run. work_done: kept by earlier attempts. upload: after the last
// work; an attempt that is interrupted in it is not finished. reclaimed_after: from user code
// running; absent: never. lost: on top of the work, at its beginning.
struct AttemptWork {
  Seconds left{}, done{0}, upload{0}, lost{0};
};
AttemptRun run_attempt(const AttemptWork& work, const std::optional<Checkpointing>& checkpoint,
                       std::optional<Seconds> reclaimed_after);

}  // namespace berth
