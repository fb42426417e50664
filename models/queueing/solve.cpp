#include "models/queueing/solve.h"

#include <cmath>
#include <stdexcept>

namespace berth::queueing {

double falls_to(const std::function<double(double)>& ccdf, double level, double scale) {
  if (ccdf(0) <= level) return 0;
  double low = 0, high = scale;
  for (int i = 0; ccdf(high) > level; ++i) {
    if (i == 200) throw std::domain_error("this probability never falls to the level asked for");
    low = high, high *= 2;
  }
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (ccdf(middle) > level ? low : high) = middle;
  }
}

double poisson_mixture(std::span<const double> values, double mean) {
  if (mean <= 0) return values.empty() ? 0 : values[0];
  double sum = 0;
  for (std::size_t m = 0; m < values.size(); ++m) {
    const double k = static_cast<double>(m);
    const double log_p = k * std::log(mean) - mean - std::lgamma(k + 1);
    if (log_p > -60) sum += values[m] * std::exp(log_p);
  }
  return sum;
}

}  // namespace berth::queueing
