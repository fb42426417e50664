#include "models/poisson.h"

#include <algorithm>
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <cstddef>

#include "models/normal.h"

namespace berth {
namespace {

// Above so many the sum over a Poisson law gives way to its quantile's expansion.
constexpr double kSummed = 32;

// 1/n: a product each step of a sum is quicker than a division.
constexpr auto kReciprocals = [] {
  std::array<double, 128> values{};
  for (std::size_t n = 1; n < values.size(); ++n) values[n] = 1 / double(n);
  return values;
}();

}  // namespace

double poisson_quantile(double mean, double p) {
  if (mean > kSummed) {
    const double z = normal_quantile(p);
    return std::max(0.0, std::round(mean + std::sqrt(mean) * z + (z * z - 1) / 6));
  }
  double term = std::exp(-mean), sum = term;
  std::size_t n = 0;
  while (sum < p && term > 0) {
    ++n;
    term *= n < kReciprocals.size() ? mean * kReciprocals[n] : mean / double(n);
    sum += term;
  }
  return double(n);
}

double poisson_cdf(double mean, double n) {
  if (n < 0) return 0;
  return mean > 0 ? boost::math::gamma_q(std::floor(n) + 1, mean) : 1;
}

}  // namespace berth
