// A probability law as a value: how long a phase takes, how large an image is, how many retries.
//
//   X = min(shift + L, at_most)      L: one of the laws below; at_most is optional
//
// The unit is whatever the holder says (seconds, bytes, requests): a law is numbers only. `at_most`
// clamps, it does not redraw: the probability beyond it sits on it, as a time-out does.
//
// A sample is the inverse cdf of one draw (a mixture takes one more to choose its component), so a
// larger draw is never a smaller value, and a stream stays aligned whatever the law's parameters:
// two scenarios that differ in a mean meet the same luck.
//
// Left out on purpose: dependence between laws, and laws fitted from data (calibration's job).
// Tested by tests/models/distribution_test.cpp, family inverse_cdf of the validation cases.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "models/random_stream.h"

namespace berth {

struct Constant {
  double value = 0;
  bool operator==(const Constant&) const = default;
};
struct Uniform {
  double low = 0, high = 1;
  bool operator==(const Uniform&) const = default;
};
struct Exponential {
  double mean = 1;
  bool operator==(const Exponential&) const = default;
};
struct Normal {
  double mean = 0, sd = 1;
  bool operator==(const Normal&) const = default;
};
// ln X is normal with mean mu and standard deviation sigma.
struct Lognormal {
  double mu = 0, sigma = 1;
  bool operator==(const Lognormal&) const = default;
};
// Mean shape * scale. An inverse by root search costs 2 us, so a Gamma carries a table of its
// inverse for sampling (relative error below 1e-7, tested); quantile() does the exact search.
class Gamma {
 public:
  Gamma(double shape, double scale);
  double shape() const { return shape_; }
  double scale() const { return scale_; }
  double fast_quantile(double u) const;
  bool operator==(const Gamma& other) const {
    return shape_ == other.shape_ && scale_ == other.scale_;
  }

 private:
  struct Table;
  double shape_, scale_;
  std::shared_ptr<const Table> table_;
};
// P(X > x) = exp(-(x/scale)^shape)
struct Weibull {
  double shape = 1, scale = 1;
  bool operator==(const Weibull&) const = default;
};
// P(X <= x) = 1 / (1 + (x/scale)^-shape); its median is its scale.
struct LogLogistic {
  double scale = 1, shape = 1;
  bool operator==(const LogLogistic&) const = default;
};
// P(X > x) = (minimum/x)^alpha for x >= minimum
struct Pareto {
  double alpha = 1, minimum = 1;
  bool operator==(const Pareto&) const = default;
};
// A sample in ascending order; between order statistics a straight line: quantile(u) is at position
// 1 + (n-1)u (Hyndman & Fan's type 7, the default of R and NumPy).
struct Empirical {
  std::vector<double> sorted;
  bool operator==(const Empirical&) const = default;
};
struct MixtureComponent;
// Its special members are defined where a component is a complete type.
struct Mixture {
  std::vector<MixtureComponent> components;  // weights add up to 1
  explicit Mixture(std::vector<MixtureComponent> weighted);
  Mixture(const Mixture&);
  Mixture(Mixture&&) noexcept;
  Mixture& operator=(const Mixture&);
  Mixture& operator=(Mixture&&) noexcept;
  ~Mixture();
  bool operator==(const Mixture&) const;
};

using Law = std::variant<Constant, Uniform, Exponential, Normal, Lognormal, Gamma, Weibull,
                         LogLogistic, Pareto, Empirical, Mixture>;

struct Distribution {
  Law law = Constant{};
  double shift = 0;
  std::optional<double> at_most;
  bool operator==(const Distribution&) const = default;
};

struct MixtureComponent {
  double weight = 1;
  Distribution distribution;
  bool operator==(const MixtureComponent&) const = default;
};

// All of these throw std::invalid_argument with a sentence when a parameter is impossible.
Distribution constant(double value);
Distribution uniform(double low, double high);
Distribution exponential(double mean);
Distribution normal(double mean, double sd);
Distribution lognormal(double mu, double sigma);
Distribution lognormal_from_median_p95(double median, double p95);
Distribution lognormal_from_median_p99(double median, double p99);
Distribution lognormal_from_mean_cv(double mean, double cv);  // cv = sd / mean
Distribution gamma(double shape, double scale);
Distribution gamma_from_mean_cv(double mean, double cv);
Distribution erlang(int stages, double mean);
Distribution weibull(double shape, double scale);
Distribution log_logistic(double scale, double shape);
Distribution pareto(double alpha, double minimum);
Distribution empirical(std::vector<double> sample);  // in any order
Distribution mixture(std::vector<MixtureComponent> components);  // weights in any unit
// Two exponentials with balanced means, cv >= 1: p = (1 + sqrt((cv^2-1)/(cv^2+1)))/2.
Distribution hyperexponential_from_mean_cv(double mean, double cv);

double quantile(const Distribution& distribution, double u);  // 0 < u < 1
double cdf(const Distribution& distribution, double x);       // P(X <= x)
double sample(const Distribution& distribution, RandomStream& stream);

// Infinite where the law says so (a Pareto with alpha <= 1 has no finite mean).
double mean(const Distribution& distribution);
double variance(const Distribution& distribution);
double raw_moment(const Distribution& distribution, int order);  // E[X^order], order 1 to 3
double squared_cv(const Distribution& distribution);             // Var X / E[X]^2, 0 if the mean is 0

}  // namespace berth
