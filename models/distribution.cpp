#include "models/distribution.h"

#include <algorithm>
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/normal.h"
#include "models/overloaded.h"

namespace berth {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void require(bool holds, const char* sentence) {
  if (!holds) throw std::invalid_argument(sentence);
}
bool positive(double x) { return x > 0 && std::isfinite(x); }

// --- inverse cdf ---------------------------------------------------------------------------------

double empirical_quantile(const Empirical& law, double u) {
  const double position = u * static_cast<double>(law.sorted.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(position), law.sorted.size() - 1);
  const auto above = std::min(below + 1, law.sorted.size() - 1);
  const double part = position - static_cast<double>(below);
  return law.sorted[below] + part * (law.sorted[above] - law.sorted[below]);
}

double exact_gamma_quantile(const Gamma& law, double u) {
  return law.scale() * (u < 0.5 ? boost::math::gamma_p_inv(law.shape(), u)
                                : boost::math::gamma_q_inv(law.shape(), 1 - u));
}

// The mixture's quantile lies between the smallest and the largest of its components' quantiles.
double mixture_quantile(const Mixture& law, double u) {
  double low = kInfinity, high = -kInfinity;
  for (const auto& [weight, component] : law.components) {
    low = std::min(low, quantile(component, u));
    high = std::max(high, quantile(component, u));
  }
  const Distribution whole{law};
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (cdf(whole, middle) < u ? low : high) = middle;
  }
  return high;
}

double law_quantile(const Law& law, double u) {
  return std::visit(
      Overloaded{
          [](const Constant& l) { return l.value; },
          [u](const Uniform& l) { return l.low + u * (l.high - l.low); },
          [u](const Exponential& l) { return -l.mean * std::log1p(-u); },
          [u](const Normal& l) { return l.mean + l.sd * normal_quantile(u); },
          [u](const Lognormal& l) { return std::exp(l.mu + l.sigma * normal_quantile(u)); },
          [u](const Gamma& l) { return exact_gamma_quantile(l, u); },
          [u](const Weibull& l) { return l.scale * std::pow(-std::log1p(-u), 1 / l.shape); },
          [u](const LogLogistic& l) { return l.scale * std::pow(u / (1 - u), 1 / l.shape); },
          [u](const Pareto& l) { return l.minimum * std::exp(-std::log1p(-u) / l.alpha); },
          [u](const Empirical& l) { return empirical_quantile(l, u); },
          [u](const Mixture& l) { return mixture_quantile(l, u); },
      },
      law);
}

// --- cdf -----------------------------------------------------------------------------------------

double empirical_cdf(const Empirical& law, double x) {
  const auto& s = law.sorted;
  if (x < s.front()) return 0;
  if (x >= s.back()) return 1;
  const auto above = std::upper_bound(s.begin(), s.end(), x);  // in (begin, end)
  const auto below = above - 1;
  const double part = (x - *below) / (*above - *below);
  return (static_cast<double>(below - s.begin()) + part) / static_cast<double>(s.size() - 1);
}

double mixture_cdf(const Mixture& law, double x) {
  double sum = 0;
  for (const auto& [weight, component] : law.components) sum += weight * cdf(component, x);
  return std::min(sum, 1.0);
}

double law_cdf(const Law& law, double x) {
  return std::visit(
      Overloaded{
          [x](const Constant& l) { return x >= l.value ? 1.0 : 0.0; },
          [x](const Uniform& l) { return std::clamp((x - l.low) / (l.high - l.low), 0.0, 1.0); },
          [x](const Exponential& l) { return x > 0 ? -std::expm1(-x / l.mean) : 0; },
          [x](const Normal& l) { return normal_cdf((x - l.mean) / l.sd); },
          [x](const Lognormal& l) {
            return x > 0 ? normal_cdf((std::log(x) - l.mu) / l.sigma) : 0;
          },
          [x](const Gamma& l) {
            return x > 0 ? boost::math::gamma_p(l.shape(), x / l.scale()) : 0;
          },
          [x](const Weibull& l) {
            return x > 0 ? -std::expm1(-std::pow(x / l.scale, l.shape)) : 0;
          },
          [x](const LogLogistic& l) {
            return x > 0 ? 1 / (1 + std::pow(x / l.scale, -l.shape)) : 0;
          },
          [x](const Pareto& l) {
            return x > l.minimum ? -std::expm1(l.alpha * std::log(l.minimum / x)) : 0;
          },
          [x](const Empirical& l) { return empirical_cdf(l, x); },
          [x](const Mixture& l) { return mixture_cdf(l, x); },
      },
      law);
}

// --- moments -------------------------------------------------------------------------------------

double empirical_moment(const Empirical& law, int k) {
  const auto& s = law.sorted;
  if (s.size() == 1) return std::pow(s[0], k);
  double sum = 0;  // on each line from a to b the mean of x^k is (a^k + a^(k-1) b + .. + b^k)/(k+1)
  for (std::size_t i = 0; i + 1 < s.size(); ++i)
    for (int j = 0; j <= k; ++j) sum += std::pow(s[i], j) * std::pow(s[i + 1], k - j);
  return sum / (k + 1) / static_cast<double>(s.size() - 1);
}

double normal_moment(const Normal& law, int k) {
  const double m = law.mean, v = law.sd * law.sd;
  return k == 1 ? m : k == 2 ? m * m + v : m * m * m + 3 * m * v;
}

double gamma_moment(const Gamma& law, int k) {
  double product = 1;
  for (int j = 0; j < k; ++j) product *= law.scale() * (law.shape() + j);
  return product;
}

double log_logistic_moment(const LogLogistic& law, int k) {
  const double angle = k * std::numbers::pi / law.shape;
  return law.shape > k ? std::pow(law.scale, k) * angle / std::sin(angle) : kInfinity;
}

double law_moment(const Law& law, int k) {
  return std::visit(
      Overloaded{
          [k](const Constant& l) { return std::pow(l.value, k); },
          [k](const Uniform& l) {
            return (std::pow(l.high, k + 1) - std::pow(l.low, k + 1)) / ((k + 1) * (l.high - l.low));
          },
          [k](const Exponential& l) { return std::tgamma(k + 1) * std::pow(l.mean, k); },
          [k](const Normal& l) { return normal_moment(l, k); },
          [k](const Lognormal& l) { return std::exp(k * l.mu + k * k * l.sigma * l.sigma / 2); },
          [k](const Gamma& l) { return gamma_moment(l, k); },
          [k](const Weibull& l) { return std::pow(l.scale, k) * std::tgamma(1 + k / l.shape); },
          [k](const LogLogistic& l) { return log_logistic_moment(l, k); },
          [k](const Pareto& l) {
            return l.alpha > k ? l.alpha * std::pow(l.minimum, k) / (l.alpha - k) : kInfinity;
          },
          [k](const Empirical& l) { return empirical_moment(l, k); },
          [k](const Mixture& l) {
            double sum = 0;
            for (const auto& [weight, part] : l.components) sum += weight * raw_moment(part, k);
            return sum;
          },
      },
      law);
}

// Integral over u in (0, top) of quantile(u)^k du, by Simpson's rule in z with u = Phi(z): smooth
// even where the quantile is steep. 4000 steps of at most 0.005 leave nothing above 1e-11.
double lower_partial_moment(const Distribution& d, double top, int k) {
  if (top <= 0) return 0;
  const double from = -9, to = top < 1 ? normal_quantile(top) : 9;
  const int steps = 4000;
  const double h = (to - from) / steps;
  double sum = 0;
  for (int i = 0; i <= steps; ++i) {
    const double z = from + i * h, u = std::clamp(normal_cdf(z), 1e-300, 1 - 0x1p-53);
    const double weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
    sum += weight * std::pow(d.shift + law_quantile(d.law, u), k) * normal_density(z);
  }
  return sum * h / 3;
}

// E[min(shift + L, m)^k]; a mixture is clamped component by component, which is the same.
double clamped_moment(const Distribution& d, int k) {
  const double limit = *d.at_most;
  if (const auto* constant = std::get_if<Constant>(&d.law))
    return std::pow(std::min(d.shift + constant->value, limit), k);
  if (const auto* parts = std::get_if<Mixture>(&d.law)) {
    double sum = 0;
    for (const auto& [weight, part] : parts->components) {
      const double own = part.at_most ? *part.at_most + d.shift : limit;
      sum += weight * raw_moment({part.law, part.shift + d.shift, std::min(own, limit)}, k);
    }
    return sum;
  }
  const double below = law_cdf(d.law, limit - d.shift);
  return lower_partial_moment(d, below, k) + (1 - below) * std::pow(limit, k);
}

}  // namespace

// --- gamma's table -------------------------------------------------------------------------------

// ln(x) against z = normal quantile of u is nearly a straight line (Wilson & Hilferty), so a cubic
// with exact slopes on steps of 1/32 is accurate to 1e-7 over everything a 53-bit draw can reach.
struct Gamma::Table {
  static constexpr double kReach = 8.5;
  static constexpr int kPerUnit = 32;
  static constexpr int kNodes = static_cast<int>(2 * kReach * kPerUnit) + 1;
  struct Node {
    double log_x, slope;  // slope: d ln x / dz, times the step
  };
  std::array<Node, kNodes> nodes;

  explicit Table(double shape) {
    for (int i = 0; i < kNodes; ++i) nodes[i] = node(shape, -kReach + i / double{kPerUnit});
  }

  static Node node(double shape, double z) {
    const double log_gamma = boost::math::lgamma(shape);
    // Far below, P(X <= x) = x^shape / (shape Gamma(shape)) to double accuracy.
    const double log_u = std::log(normal_cdf(z));
    double log_x = (log_u + log_gamma + std::log(shape)) / shape;
    if (log_x > -36)
      log_x = std::log(z < 0 ? boost::math::gamma_p_inv(shape, normal_cdf(z))
                             : boost::math::gamma_q_inv(shape, normal_cdf(-z)));
    const double log_density = shape * log_x - std::exp(log_x) - log_gamma;  // of ln x
    const double log_phi = -z * z / 2 - std::log(2 * std::numbers::pi) / 2;
    return {log_x, std::exp(log_phi - log_density) / kPerUnit};
  }
};

Gamma::Gamma(double shape, double scale)
    : shape_(shape), scale_(scale), table_(std::make_shared<const Table>(shape)) {}

double Gamma::fast_quantile(double u) const {
  const double position = (normal_quantile(u) + Table::kReach) * Table::kPerUnit;
  const int i = std::clamp(static_cast<int>(position), 0, Table::kNodes - 2);
  const auto [y0, s0] = table_->nodes[i];
  const auto [y1, s1] = table_->nodes[i + 1];
  const double t = position - i, rise = y1 - y0;
  const double cubic = s0 + s1 - 2 * rise, square = 3 * rise - 2 * s0 - s1;
  return scale_ * std::exp(y0 + t * (s0 + t * (square + t * cubic)));
}

Mixture::Mixture(std::vector<MixtureComponent> weighted) : components(std::move(weighted)) {}
Mixture::Mixture(const Mixture&) = default;
Mixture::Mixture(Mixture&&) noexcept = default;
Mixture& Mixture::operator=(const Mixture&) = default;
Mixture& Mixture::operator=(Mixture&&) noexcept = default;
Mixture::~Mixture() = default;
bool Mixture::operator==(const Mixture& other) const { return components == other.components; }

// --- makers --------------------------------------------------------------------------------------

Distribution constant(double value) {
  require(std::isfinite(value), "a constant must be finite");
  return {Constant{value}};
}
Distribution uniform(double low, double high) {
  require(std::isfinite(low) && std::isfinite(high) && low <= high,
          "a uniform law needs low <= high");
  return low == high ? constant(low) : Distribution{Uniform{low, high}};
}
Distribution exponential(double mean) {
  require(positive(mean), "an exponential law needs a positive mean");
  return {Exponential{mean}};
}
Distribution normal(double mean, double sd) {
  require(std::isfinite(mean) && positive(sd), "a normal law needs a positive standard deviation");
  return {Normal{mean, sd}};
}
Distribution lognormal(double mu, double sigma) {
  require(std::isfinite(mu) && std::isfinite(sigma) && sigma >= 0,
          "a lognormal law needs a sigma of at least 0");
  return sigma == 0 ? constant(std::exp(mu)) : Distribution{Lognormal{mu, sigma}};
}
Distribution lognormal_from_median_p95(double median, double p95) {
  require(positive(median) && std::isfinite(p95) && p95 >= median,
          "a lognormal law needs 0 < median <= p95");
  return lognormal(std::log(median), std::log(p95 / median) / normal_quantile(0.95));
}
Distribution lognormal_from_median_p99(double median, double p99) {
  require(positive(median) && std::isfinite(p99) && p99 >= median,
          "a lognormal law needs 0 < median <= p99");
  return lognormal(std::log(median), std::log(p99 / median) / normal_quantile(0.99));
}
Distribution lognormal_from_mean_cv(double mean, double cv) {
  require(positive(mean) && std::isfinite(cv) && cv >= 0,
          "a lognormal law needs a positive mean and a cv of at least 0");
  const double square = std::log1p(cv * cv);
  return lognormal(std::log(mean) - square / 2, std::sqrt(square));
}
Distribution gamma(double shape, double scale) {
  require(positive(shape) && positive(scale), "a gamma law needs a positive shape and scale");
  return {Gamma{shape, scale}};
}
Distribution gamma_from_mean_cv(double mean, double cv) {
  require(positive(mean) && std::isfinite(cv) && cv >= 0,
          "a gamma law needs a positive mean and a cv of at least 0");
  return cv == 0 ? constant(mean) : gamma(1 / (cv * cv), mean * cv * cv);
}
Distribution erlang(int stages, double mean) {
  require(stages >= 1 && positive(mean), "an Erlang law needs a stage and a positive mean");
  return gamma(stages, mean / stages);
}
Distribution weibull(double shape, double scale) {
  require(positive(shape) && positive(scale), "a Weibull law needs a positive shape and scale");
  return {Weibull{shape, scale}};
}
Distribution log_logistic(double scale, double shape) {
  require(positive(shape) && positive(scale), "a log-logistic law needs a positive scale and shape");
  return {LogLogistic{scale, shape}};
}
Distribution pareto(double alpha, double minimum) {
  require(positive(alpha) && positive(minimum), "a Pareto law needs a positive alpha and minimum");
  return {Pareto{alpha, minimum}};
}
Distribution empirical(std::vector<double> sample) {
  require(!sample.empty(), "an empirical law needs at least one observation");
  require(std::ranges::all_of(sample, [](double x) { return std::isfinite(x); }),
          "an empirical law needs finite observations");
  std::ranges::sort(sample);
  return {Empirical{std::move(sample)}};
}
Distribution mixture(std::vector<MixtureComponent> components) {
  require(!components.empty(), "a mixture needs at least one component");
  double total = 0;
  for (const auto& component : components) {
    require(positive(component.weight), "a mixture needs positive weights");
    total += component.weight;
  }
  for (auto& component : components) component.weight /= total;
  return {Mixture{std::move(components)}};
}
Distribution hyperexponential_from_mean_cv(double mean, double cv) {
  require(positive(mean) && std::isfinite(cv) && cv >= 1,
          "a hyperexponential law needs a positive mean and a cv of at least 1");
  const double p = (1 + std::sqrt((cv * cv - 1) / (cv * cv + 1))) / 2;
  return mixture({{p, exponential(mean / (2 * p))}, {1 - p, exponential(mean / (2 * (1 - p)))}});
}

// --- the face ------------------------------------------------------------------------------------

double quantile(const Distribution& distribution, double u) {
  const double x = distribution.shift + law_quantile(distribution.law, u);
  return distribution.at_most ? std::min(x, *distribution.at_most) : x;
}

double cdf(const Distribution& distribution, double x) {
  if (distribution.at_most && x >= *distribution.at_most) return 1;
  return law_cdf(distribution.law, x - distribution.shift);
}

double sample(const Distribution& distribution, RandomStream& stream) {
  double x = 0;
  const double u = stream.uniform();
  if (const auto* law = std::get_if<Mixture>(&distribution.law)) {
    double left = u;
    std::size_t i = 0;
    while (i + 1 < law->components.size() && left >= law->components[i].weight)
      left -= law->components[i++].weight;
    x = sample(law->components[i].distribution, stream);
  } else if (const auto* slow = std::get_if<Gamma>(&distribution.law)) {
    x = slow->fast_quantile(u);
  } else {
    x = law_quantile(distribution.law, u);
  }
  x += distribution.shift;
  return distribution.at_most ? std::min(x, *distribution.at_most) : x;
}

double raw_moment(const Distribution& distribution, int order) {
  if (distribution.at_most) return clamped_moment(distribution, order);
  const double s = distribution.shift, m1 = law_moment(distribution.law, 1);
  if (order == 1) return s + m1;
  const double m2 = law_moment(distribution.law, 2);
  if (order == 2) return s * s + 2 * s * m1 + m2;
  return s * s * s + 3 * s * s * m1 + 3 * s * m2 + law_moment(distribution.law, 3);
}

double mean(const Distribution& distribution) { return raw_moment(distribution, 1); }

double variance(const Distribution& distribution) {
  // Without the shift, which would only cancel (and would cost digits doing so).
  Distribution centred = distribution;
  centred.shift = 0;
  if (centred.at_most) *centred.at_most -= distribution.shift;
  const double first = raw_moment(centred, 1);
  if (!std::isfinite(first)) return kInfinity;
  return std::max(0.0, raw_moment(centred, 2) - first * first);
}

double squared_cv(const Distribution& distribution) {
  const double first = mean(distribution);
  return first == 0 ? 0 : variance(distribution) / (first * first);
}

}  // namespace berth
