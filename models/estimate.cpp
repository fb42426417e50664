#include "models/estimate.h"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace berth {
namespace {

// Sum of squared deviations, two passes: the textbook's one-pass form cancels.
double squares_about(std::span<const double> values, double centre) {
  double sum = 0;
  for (double value : values) sum += (value - centre) * (value - centre);
  return sum;
}

double count(std::span<const double> values) { return static_cast<double>(values.size()); }

// P(Bin(n, p) <= k), also where k is outside 0..n.
double binomial_cdf(int n, double p, int k) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return boost::math::cdf(boost::math::binomial(n, p), k);
}
double binomial_at_least(int n, double p, int k) {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return boost::math::cdf(boost::math::complement(boost::math::binomial(n, p), k - 1));
}

}  // namespace

double mean_of(std::span<const double> values) {
  if (values.empty()) return 0;
  double sum = 0;
  for (double value : values) sum += value;
  return sum / count(values);
}

double variance_of(std::span<const double> values) {
  if (values.size() < 2) return 0;
  return squares_about(values, mean_of(values)) / (count(values) - 1);
}

double t_quantile(double p, int degrees_of_freedom) {
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), p);
}

double t_exceeded(double p, int degrees_of_freedom) {
  const boost::math::students_t law(degrees_of_freedom);
  return boost::math::quantile(boost::math::complement(law, p));
}

double poisson_mean_above(double count, double p) {
  return boost::math::gamma_q_inv(count + 1, p);
}

Estimate t_interval(std::span<const double> values, double confidence) {
  Estimate result{.mean = mean_of(values), .n = static_cast<int>(values.size())};
  if (result.n < 2) return result;
  const double half = t_quantile((1 + confidence) / 2, result.n - 1) *
                      std::sqrt(variance_of(values) / result.n);
  result.interval = Interval{result.mean - half, result.mean + half};
  return result;
}

Estimate paired_difference(std::span<const double> a, std::span<const double> b,
                           double confidence) {
  if (a.size() != b.size())
    throw std::invalid_argument("a paired difference needs as many of one as of the other");
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  return t_interval(differences, confidence);
}

ControlledEstimate control_variate(std::span<const double> values, std::span<const double> control,
                                   double control_mean, double confidence) {
  if (values.size() != control.size() || values.size() < 3)
    throw std::invalid_argument("a control variate needs three or more pairs");
  const double n = count(values), y = mean_of(values), c = mean_of(control);
  const double spread = squares_about(control, c);
  double product = 0;
  for (std::size_t i = 0; i < values.size(); ++i) product += (values[i] - y) * (control[i] - c);
  const double beta = spread > 0 ? product / spread : 0;
  double residual = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double rest = values[i] - y - beta * (control[i] - c);
    residual += rest * rest;
  }
  const double off = c - control_mean;
  const double factor = 1 / n + (spread > 0 ? off * off / spread : 0);
  const double error = std::sqrt(residual / (n - 2) * factor);
  const double mean = y - beta * off;
  const double half = t_quantile((1 + confidence) / 2, static_cast<int>(values.size()) - 2) * error;
  return {{mean, Interval{mean - half, mean + half}, static_cast<int>(values.size())}, beta, error};
}

// lower: the largest index that the quantile is below with probability <= (1-confidence)/2; upper
// likewise from above.
QuantileInterval quantile_interval(int n, double p, double confidence) {
  if (n < 1) throw std::invalid_argument("a quantile interval needs an observation");
  const double tail = (1 - confidence) / 2;
  int lower = 0;
  while (lower < n && binomial_cdf(n, p, lower) <= tail) ++lower;
  int upper = n + 1;
  while (upper > 1 && binomial_at_least(n, p, upper - 1) <= tail) --upper;
  return {lower, upper, binomial_cdf(n, p, upper - 1) - binomial_cdf(n, p, lower - 1)};
}

WarmUp mser5(std::span<const double> series) {
  std::vector<double> batches(series.size() / 5);
  if (batches.empty()) throw std::invalid_argument("MSER-5 needs at least five observations");
  for (std::size_t i = 0; i < batches.size(); ++i) batches[i] = mean_of(series.subspan(5 * i, 5));
  WarmUp best;
  for (std::size_t d = 0; d <= batches.size() / 2; ++d) {
    const auto left = std::span<const double>(batches).subspan(d);
    const double mean = mean_of(left), k = count(left);
    const double mser = squares_about(left, mean) / (k * k);
    if (d == 0 || mser < best.mser)
      best = {static_cast<int>(d), static_cast<int>(5 * d), mser, mean};
  }
  return best;
}

// Var(mean) = v/n * (1 + 2 sum over lags k of (1 - k/n) phi^k), summed in closed form.
Ar1Mean ar1_mean(double phi, double sigma, int n) {
  const double v = sigma * sigma / (1 - phi * phi), naive = v / n;
  const double sum = (1 + phi) / (1 - phi) -
                     2 * phi * (1 - std::pow(phi, n)) / (n * (1 - phi) * (1 - phi));
  return {naive * sum, sigma * sigma / ((1 - phi) * (1 - phi)), naive};
}

}  // namespace berth
