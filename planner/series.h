// What a window looked like over time: one number a step, the mean over replications, at most
// kMostSteps of them so that a result stays small. A step is a whole number of slices; the last one
// may be shorter. Replications that are missing do not count. Tested by
// tests/planner/series_test.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "planner/summary.h"

namespace berth {

inline constexpr std::size_t kMostSteps = 144;  // ten minutes of a day

std::size_t slices_a_step(std::size_t slices);

// By replication: one number a slice. Lists may differ in length; what is not there does not count.
using Slices = std::vector<std::vector<double>>;
Series mean_over_steps(const Slices& by_replication, std::size_t slices_a_step);
Series worst_of_steps(const Slices& by_replication,
                      std::size_t slices_a_step);  // the largest slice
Series sum_over_steps(const Slices& by_replication, std::size_t slices_a_step);

}  // namespace berth
