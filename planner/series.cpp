#include "planner/series.h"

#include <algorithm>
#include <numeric>

namespace berth {
namespace {

// `fold(slices of one step)` of each replication that reaches the step, then their mean.
template <class Fold>
Series over_steps(const Slices& by_replication, std::size_t width, Fold fold) {
  std::size_t longest = 0;
  for (const auto& slices : by_replication) longest = std::max(longest, slices.size());
  Series series;
  for (std::size_t from = 0; from < longest; from += width) {
    double sum = 0;
    int n = 0;
    for (const auto& slices : by_replication) {
      if (from >= slices.size()) continue;
      sum += fold(std::span(slices).subspan(from, std::min(width, slices.size() - from)));
      ++n;
    }
    series.push_back(sum / n);
  }
  return series;
}

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

std::size_t slices_a_step(std::size_t slices) {
  return std::max<std::size_t>(1, (slices + kMostSteps - 1) / kMostSteps);
}

Series mean_over_steps(const Slices& by_replication, std::size_t width) {
  return over_steps(by_replication, width, [](std::span<const double> values) {
    return sum_of(values) / static_cast<double>(values.size());
  });
}

Series worst_of_steps(const Slices& by_replication, std::size_t width) {
  return over_steps(by_replication, width, [](std::span<const double> values) {
    return *std::ranges::max_element(values);
  });
}

Series sum_over_steps(const Slices& by_replication, std::size_t width) {
  return over_steps(by_replication, width, sum_of);
}

}  // namespace berth
