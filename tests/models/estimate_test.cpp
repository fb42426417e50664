#include "models/estimate.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "models/distribution.h"

namespace berth {
namespace {

TEST_CASE("a t interval is the one of the book", "[estimate]") {
  // Law, example 4.25: ten observations, mean 1.343, variance 0.1670, t(9, 0.95) = 1.833:
  // 1.34 -+ 0.24 at 90 %.
  const std::vector<double> values = {1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09};
  const Estimate estimate = t_interval(values, 0.90);
  CHECK(estimate.n == 10);
  CHECK(estimate.mean == Approx(1.343));
  CHECK(estimate.interval.value_or(Interval{}).half_width() == Approx(1.833 * std::sqrt(0.1670 / 10)).epsilon(0.002));
}

TEST_CASE("one replication has a mean and no interval", "[estimate]") {
  const Estimate one = t_interval(std::vector<double>{7});
  CHECK(one == Estimate{7, std::nullopt, 1});
  CHECK(t_interval({}) == Estimate{});
}

TEST_CASE("pairing takes out what both share", "[estimate]") {
  // b = a - 1 whatever a: the difference is exactly 1.
  const std::vector<double> a = {3, 90, 17, 44}, b = {2, 89, 16, 43};
  CHECK(paired_difference(a, b) == Estimate{1, Interval{1, 1}, 4});
  CHECK_THROWS(paired_difference(a, std::vector<double>{1}));
}

TEST_CASE("nine in ten 90 % intervals cover the mean", "[estimate]") {
  // 2000 samples of 8 normals; the count of covering intervals has sd sqrt(2000*.9*.1) = 13.4.
  RandomStream stream(1, 0, Purpose::resampling, 0);
  const Distribution law = normal(5, 2);
  int covered = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> values(8);
    for (double& value : values) value = sample(law, stream);
    const Interval interval = t_interval(values, 0.90).interval.value_or(Interval{});
    covered += interval.low <= 5 && 5 <= interval.high;
  }
  CHECK(covered == Approx(1800).margin(4.5 * 13.4));
}

TEST_CASE("a control that explains everything leaves no error", "[estimate]") {
  // y = 2 c + 1 and the control's true mean is 10: the answer is 21 whatever was drawn.
  const std::vector<double> control = {8, 9, 14}, values = {17, 19, 29};
  const ControlledEstimate got = control_variate(values, control, 10);
  CHECK(got.beta == Approx(2));
  CHECK(got.estimate.mean == Approx(21));
  CHECK(got.std_error == Approx(0).margin(1e-12));
}

TEST_CASE("a 99 % quantile has no upper bound below 299 observations, one-sided",
          "[estimate]") {
  // One-sided 95 %: 1 - 0.99^n >= 0.95 from n = 299 on. Two-sided at 90 % puts 5 % on each side.
  CHECK(quantile_interval(298, 0.99, 0.90).upper == 299);
  CHECK(quantile_interval(299, 0.99, 0.90).upper == 299);
}

TEST_CASE("what was counted of a rare kind bounds how often it comes", "[estimate]") {
  CHECK(poisson_mean_above(0, 0.05) == Approx(-std::log(0.05)));  // the rule of three
  // Exact one-sided 95 % limits of a Poisson mean (Garwood 1936): 3 -> 7.754, 10 -> 16.962.
  CHECK(poisson_mean_above(3, 0.05) == Approx(7.7537).epsilon(1e-4));
  CHECK(poisson_mean_above(10, 0.05) == Approx(16.9622).epsilon(1e-4));
}

TEST_CASE("MSER-5 cuts a start that is different and nothing else", "[estimate]") {
  std::vector<double> series(100, 1.0);
  for (int i = 0; i < 10; ++i) series[i] = 50;
  const WarmUp cut = mser5(series);
  CHECK(cut.batches == 2);
  CHECK(cut.observations == 10);
  CHECK(cut.truncated_mean == 1.0);
  CHECK(mser5(std::vector<double>(50, 3.0)).batches == 0);
}

TEST_CASE("without correlation the AR(1) formula is the one for independent values",
          "[estimate]") {
  const Ar1Mean mean = ar1_mean(0, 3, 100);
  CHECK(mean.variance == Approx(9.0 / 100));
  CHECK(mean.naive == Approx(9.0 / 100));
  // n = 2 by hand: v = 1/(1 - 1/4) = 4/3, Var = v/4 (2 + 2 phi) = 4/3 * 3/4 = 1.
  CHECK(ar1_mean(0.5, 1, 2).variance == Approx(1.0));
}

}  // namespace
}  // namespace berth
