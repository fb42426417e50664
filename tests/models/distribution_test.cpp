#include "models/distribution.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "models/normal.h"

namespace berth {
namespace {

TEST_CASE("the normal inverse has the values of the tables", "[distribution]") {
  // Wichura (1988) prints the first three; the last is scipy's norm.ppf(1e-100).
  CHECK(normal_quantile(0.25) == Approx(-0.6744897501960817).epsilon(1e-15));
  CHECK(normal_quantile(0.001) == Approx(-3.090232306167814).epsilon(1e-15));
  CHECK(normal_quantile(1e-20) == Approx(-9.262340089798408).epsilon(1e-15));
  CHECK(normal_quantile(0.5) == 0);
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-15));
}

struct Case {
  const char* because;
  Distribution law;
  double mean, variance;
};
std::vector<Case> cases() {
  const double pi = std::acos(-1.0);
  return {
      {"a constant has no variance", constant(3), 3, 0},
      {"uniform: (b-a)^2/12", uniform(2, 8), 5, 3},
      {"exponential: sd = mean", exponential(4), 4, 16},
      {"normal", normal(10, 3), 10, 9},
      {"lognormal keeps the mean and cv it was made from", lognormal_from_mean_cv(0.08, 1.2), 0.08,
       0.08 * 0.08 * 1.44},
      {"gamma too", gamma_from_mean_cv(4, 0.5), 4, 4},
      {"gamma with cv > 1 has an infinite density at 0", gamma_from_mean_cv(2, 2), 2, 16},
      {"Erlang: variance = mean^2/k", erlang(4, 2), 2, 1},
      {"Weibull of shape 1 is exponential", weibull(1, 5), 5, 25},
      {"Weibull of shape 1/2: mean 2 scale, E X^2 = 24 scale^2", weibull(0.5, 1), 2, 20},
      {"log-logistic of shape 4: x/sin x at pi/4 and pi/2", log_logistic(1, 4),
       pi / 4 * std::sqrt(2.0), pi / 2 - pi * pi / 8},
      {"Pareto: alpha m/(alpha-1), alpha m^2/(alpha-2)", pareto(3, 2), 3, 3},
      {"two observations are a uniform law between them", empirical({8, 2}), 5, 3},
      {"one observation is a constant", empirical({7}), 7, 0},
      {"hyperexponential keeps the mean and cv it was made from",
       hyperexponential_from_mean_cv(2, 3), 2, 36},
      {"a mixture of 0 and 10 by 3 to 1", mixture({{3, constant(0)}, {1, constant(10)}}), 2.5,
       18.75},
      {"a shift moves the mean only", {Exponential{4}, 10}, 14, 16},
  };
}

TEST_CASE("a law has the mean and variance of the book", "[distribution]") {
  for (const Case& row : cases()) {
    CAPTURE(row.because);
    CHECK(mean(row.law) == Approx(row.mean).epsilon(1e-12));
    CHECK(variance(row.law) == Approx(row.variance).epsilon(1e-10).margin(1e-12));
  }
}

TEST_CASE("the cdf undoes the quantile, and quantiles rise", "[distribution]") {
  for (const Case& row : cases()) {
    if (row.variance == 0 || row.because[0] == 'a') continue;  // steps: the cdf jumps over u
    CAPTURE(row.because);
    double last = -std::numeric_limits<double>::infinity();
    for (double u : {1e-6, 0.01, 0.25, 0.5, 0.9, 0.999, 1 - 1e-9}) {
      const double x = quantile(row.law, u);
      CHECK(cdf(row.law, x) == Approx(u).epsilon(1e-9));
      CHECK(x >= last);
      last = x;
    }
  }
}

TEST_CASE("samples have the law's mean and variance", "[distribution]") {
  const int n = 40'000;
  for (const Case& row : cases()) {
    CAPTURE(row.because);
    RandomStream stream(11, 0, Purpose::training, 0);
    double sum = 0, below_median = 0;
    const double median = quantile(row.law, 0.5);
    for (int i = 0; i < n; ++i) {
      const double x = sample(row.law, stream);
      sum += x, below_median += x <= median;
    }
    CHECK(sum / n == Approx(row.mean).margin(4.5 * std::sqrt(row.variance / n) + 1e-9));
    // At a step more than half may lie at or below the median, never fewer.
    CHECK(below_median / n > 0.5 - 4.5 * 0.5 / std::sqrt(n));
  }
}

TEST_CASE("a gamma's table agrees with its exact inverse everywhere a draw can fall",
          "[distribution]") {
  for (double shape : {0.05, 0.25, 0.5, 1.0, 2.0, 4.0, 30.0, 1000.0}) {
    const Gamma law(shape, 3);
    double last = 0;
    for (double z = -8.29; z < 8.2; z += 0.0173) {
      const double u = normal_cdf(z), fast = law.fast_quantile(u);
      CAPTURE(shape, z, u);
      CHECK(fast == Approx(quantile({law}, u)).epsilon(1e-7).margin(1e-200));
      CHECK(fast >= last);
      last = fast;
    }
  }
}

TEST_CASE("a clamp keeps the probability it cuts off", "[distribution]") {
  // E min(X, m) for an exponential of mean 1 is 1 - e^-m; E min(X, m)^2 = 2(1 - e^-m - m e^-m).
  const Distribution clamped{Exponential{1}, 0, 2.0};
  const double tail = std::exp(-2.0);
  CHECK(mean(clamped) == Approx(1 - tail).epsilon(1e-9));
  CHECK(raw_moment(clamped, 2) == Approx(2 * (1 - tail - 2 * tail)).epsilon(1e-9));
  CHECK(quantile(clamped, 0.999) == 2.0);
  CHECK(cdf(clamped, 2.0) == 1);
  CHECK(cdf(clamped, 1.0) == Approx(1 - std::exp(-1.0)));

  const Distribution shifted{Exponential{1}, 5, 7.0};
  CHECK(mean(shifted) == Approx(6 - tail).epsilon(1e-9));

  Distribution mixed = mixture({{1, constant(1)}, {1, constant(9)}});
  mixed.at_most = 4;
  CHECK(mean(mixed) == Approx(2.5));
}

TEST_CASE("a law whose tail is too heavy has an infinite mean, not a wrong one",
          "[distribution]") {
  CHECK(std::isinf(mean(pareto(1, 2))));
  CHECK(std::isinf(variance(pareto(2, 2))));
  CHECK(std::isinf(mean(log_logistic(3, 0.9))));
  // Clamped it is finite again: alpha 1 from 2 to 8 has mean 2 + 2 ln 4.
  CHECK(mean({Pareto{1, 2}, 0, 8.0}) == Approx(2 + 2 * std::log(4.0)).epsilon(1e-9));
}

TEST_CASE("median and tail are what the lognormal was made from", "[distribution]") {
  const Distribution law = lognormal_from_median_p95(90, 240);
  CHECK(quantile(law, 0.5) == Approx(90).epsilon(1e-14));
  CHECK(quantile(law, 0.95) == Approx(240).epsilon(1e-14));
  CHECK(quantile(lognormal_from_median_p99(2, 9), 0.99) == Approx(9).epsilon(1e-14));
}

TEST_CASE("an empirical law interpolates as R and NumPy do", "[distribution]") {
  // numpy.quantile([1, 2, 4, 8], 0.4) = position 1.2 of 0..3: 2 + 0.2 * 2 = 2.4.
  const Distribution law = empirical({8, 1, 4, 2});
  CHECK(quantile(law, 0.4) == Approx(2.4));
  CHECK(cdf(law, 2.4) == Approx(0.4));
  CHECK(cdf(law, 0.9) == 0);
  CHECK(cdf(law, 8) == 1);
}

TEST_CASE("a law takes a fixed number of draws", "[distribution]") {
  for (const Case& row : cases()) {
    RandomStream used(3, 1, Purpose::boot, 2), counted = used;
    sample(row.law, used);
    counted.bits();
    if (std::holds_alternative<Mixture>(row.law.law)) counted.bits();
    CAPTURE(row.because);
    CHECK(used.bits() == counted.bits());
  }
}

TEST_CASE("laws compare by value", "[distribution]") {
  CHECK(gamma(2, 3) == gamma(2, 3));
  CHECK_FALSE(gamma(2, 3) == gamma(2, 4));
  CHECK(hyperexponential_from_mean_cv(1, 2) == hyperexponential_from_mean_cv(1, 2));
  CHECK_FALSE(constant(1) == exponential(1));
}

TEST_CASE("impossible parameters are refused with a sentence", "[distribution]") {
  CHECK_THROWS_WITH(exponential(-1), "an exponential law needs a positive mean");
  CHECK_THROWS_WITH(lognormal_from_median_p95(10, 5), "a lognormal law needs 0 < median <= p95");
  CHECK_THROWS_WITH(empirical({}), "an empirical law needs at least one observation");
  CHECK_THROWS_WITH(mixture({{0, constant(1)}}), "a mixture needs positive weights");
  CHECK_THROWS_WITH(gamma(std::nan(""), 1), "a gamma law needs a positive shape and scale");
  CHECK_THROWS_WITH(uniform(2, 1), "a uniform law needs low <= high");
}

}  // namespace
}  // namespace berth
