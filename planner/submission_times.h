// When the jobs of a class are submitted in one history, as far as that is known before anybody says
// where they run. A class with a clock of its own submits by it, jitter included. A job that comes
// after others is taken to come when they have run, `init` and the mean of `duration` on a type of
// speed 1 after their own submission: what their start-up and their machine make of it is left to the
// simulation. Tested by tests/planner/submission_times_test.cpp.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "models/scenario.h"

namespace berth {

// Seconds of the simulated clock before the window's end, ascending; of a clock the first `most`.
std::vector<double> submission_times(const Scenario& scenario, TrainingId id, std::uint32_t history,
                                     std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace berth
