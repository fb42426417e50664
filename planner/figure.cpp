#include "planner/figure.h"

#include <algorithm>

namespace berth {

std::optional<Estimate> Figure::estimate() const {
  std::vector<double> spoke;
  for (const std::optional<double>& value : values)
    if (value) spoke.push_back(*value);
  if (spoke.empty()) return std::nullopt;
  return t_interval(spoke);
}

bool Figure::any_above(double limit) const {
  return std::ranges::any_of(values, [&](const auto& value) { return value && *value > limit; });
}

std::optional<Estimate> difference(const Figure& before, const Figure& after) {
  std::vector<double> a, b;
  for (std::size_t i = 0; i < std::min(before.values.size(), after.values.size()); ++i) {
    if (!before.values[i] || !after.values[i]) continue;
    a.push_back(*after.values[i]);
    b.push_back(*before.values[i]);
  }
  if (a.empty()) return std::nullopt;
  return paired_difference(a, b);
}

}  // namespace berth
