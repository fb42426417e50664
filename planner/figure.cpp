#include "planner/figure.h"

#include <algorithm>
#include <functional>

namespace berth {

namespace {

// Values that are all the same have exactly that mean and an interval of no width; summing and
// dividing would blur both in the last digits.
std::optional<Estimate> estimate_of(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  Estimate estimate = t_interval(values);
  if (std::ranges::adjacent_find(values, std::not_equal_to{}) != values.end()) return estimate;
  estimate.mean = values.front();
  if (estimate.interval) estimate.interval = Interval{values.front(), values.front()};
  return estimate;
}

}  // namespace

std::optional<Estimate> Figure::estimate() const {
  std::vector<double> spoke;
  for (const std::optional<double>& value : values)
    if (value) spoke.push_back(*value);
  return estimate_of(spoke);
}

bool Figure::any_above(double limit) const {
  return std::ranges::any_of(values, [&](const auto& value) { return value && *value > limit; });
}

double mean_or_zero(const Figure& figure) {
  const auto estimate = figure.estimate();
  return estimate ? estimate->mean : 0;
}

std::optional<Estimate> difference(const Figure& before, const Figure& after) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(before.values.size(), after.values.size()); ++i) {
    if (!before.values[i] || !after.values[i]) continue;
    differences.push_back(*after.values[i] - *before.values[i]);
  }
  return estimate_of(differences);
}

}  // namespace berth
