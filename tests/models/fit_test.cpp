#include "models/fit.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace berth {
namespace {

std::vector<Observation> random_sample(const Distribution& law, int n, std::uint64_t seed) {
  RandomStream stream(seed, 0, Purpose::launch, 0);
  std::vector<Observation> sample;
  for (int i = 0; i < n; ++i) sample.push_back({berth::sample(law, stream)});
  return sample;
}

// The law's own quantiles: a sample without luck.
std::vector<Observation> even_sample(const Distribution& law, int n) {
  std::vector<Observation> sample;
  for (int i = 0; i < n; ++i) sample.push_back({quantile(law, (i + 0.5) / n)});
  return sample;
}

// What stops at `limit` is known only to last at least that long.
std::vector<Observation> cut_off(std::vector<Observation> sample, double limit) {
  for (Observation& one : sample)
    if (one.seconds > limit) one = {limit, true};
  return sample;
}

TEST_CASE("two observations e and e^3 are a lognormal with mu 2 and sigma 1", "[fit]") {
  const std::vector<Observation> sample{{std::exp(1.0)}, {std::exp(3.0)}};
  const Fit fit = fit_lognormal(sample);
  REQUIRE(fit.components.size() == 1);
  CHECK(fit.components[0].mu == Approx(2));
  CHECK(fit.components[0].sigma == Approx(1));
  // ln density of LN(2,1) at e^1 and e^3: -ln x - ln sqrt(2 pi) - 1/2 each; sum -(1+3) - ln(2 pi) - 1.
  const double log_likelihood = -5 - std::log(2 * std::acos(-1.0));
  CHECK(fit.log_likelihood == Approx(log_likelihood));
  CHECK(fit.bic == Approx(2 * std::log(2.0) - 2 * log_likelihood));
}

struct Published {
  const char* because;
  double weight, mu1, sigma1, mu2, sigma2;
};

// Two-component fits published for SageMaker's wait between creation and download (docs/model.md,
// "Start-up"). 2,000 even quantiles put 40 in a 2 % component: its mu has a standard error of about
// sigma/sqrt(40) = 0.02 in a random sample, less here.
TEST_CASE("published launch mixtures are found again from their own quantiles", "[fit]") {
  const Published rows[] = {
      {"CPU 2018-21: a narrow main mode and 2 % retries", 0.98, 4.93, 0.15, 5.65, 0.11},
      {"CPU 2022-23: retries of 800 s behind a main mode of 98 s", 0.98, 4.58, 0.30, 6.68, 0.13},
      {"GPU 2022-23, its second mode as wide as the floor", 0.88, 4.80, 0.56, 6.29, 0.05},
  };
  for (const Published& row : rows) {
    CAPTURE(row.because);
    const Distribution law = mixture({{row.weight, lognormal(row.mu1, row.sigma1)},
                                      {1 - row.weight, lognormal(row.mu2, row.sigma2)}});
    const Fit fit = fit_duration(even_sample(law, 2000));
    REQUIRE(fit.components.size() == 2);
    CHECK(fit.components[0].weight == Approx(row.weight).margin(0.01));
    CHECK(fit.components[0].mu == Approx(row.mu1).margin(0.01));
    CHECK(fit.components[0].sigma == Approx(row.sigma1).margin(0.01));
    CHECK(fit.components[1].mu == Approx(row.mu2).margin(0.03));
    CHECK(fit.components[1].sigma == Approx(row.sigma2).margin(0.03));
    CHECK(distance(fit.law(), even_sample(law, 2000)) < 0.005);
  }
}

TEST_CASE("random samples give their law back within its standard errors", "[fit]") {
  const int n = 4000;
  const Fit fit = fit_duration(random_sample(lognormal(4.0, 0.5), n, 5));
  REQUIRE(fit.components.size() == 1);  // one mode is not split
  // se(mu) = sigma/sqrt(n), se(sigma) = sigma/sqrt(2n); 4.5 of them.
  CHECK(fit.components[0].mu == Approx(4.0).margin(4.5 * 0.5 / std::sqrt(n)));
  CHECK(fit.components[0].sigma == Approx(0.5).margin(4.5 * 0.5 / std::sqrt(2.0 * n)));
}

TEST_CASE("one law is rarely taken for two, whatever the sample", "[fit]") {
  // BIC asks 3 ln 60 = 12.3 of twice the gain in likelihood, chi-square's far tail.
  int split = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    split += fit_duration(random_sample(lognormal(4, 0.3), 60, seed)).components.size() == 2;
  CHECK(split <= 1);
}

TEST_CASE("a single outlier is no second mode", "[fit]") {
  std::vector<Observation> sample = even_sample(lognormal(4.5, 0.2), 50);
  sample.push_back({5000});
  CHECK(fit_duration(sample).components.size() == 1);
  // The mixture itself would put it into a component of its own.
  CHECK(fit_lognormal_mixture(sample).components[1].mu == Approx(std::log(5000)).epsilon(1e-6));
  // Five of them are believed.
  for (int i = 0; i < 5; ++i) sample.push_back({5000.0 + 100 * i});
  CHECK(fit_duration(sample).components.size() == 2);
}

TEST_CASE("jobs that gave up waiting count as at least that long", "[fit]") {
  const std::vector<Observation> whole = even_sample(lognormal(4.8, 0.56), 1000);
  const double limit = std::exp(4.8 + 0.56);  // 84 % end before
  const Fit cut = fit_lognormal(cut_off(whole, limit));
  CHECK(cut.observations == 1000);
  CHECK(cut.lower_bounds == 159);  // 1000 (1 - 0.8413) rounded
  CHECK(cut.components[0].mu == Approx(4.8).margin(0.01));
  CHECK(cut.components[0].sigma == Approx(0.56).margin(0.01));

  std::vector<Observation> dropped = cut_off(whole, limit);
  std::erase_if(dropped, [](const Observation& one) { return one.at_least; });
  CHECK(fit_lognormal(dropped).components[0].mu < 4.7);  // the tail, and with it the mean, is lost
}

TEST_CASE("a lower bound far beyond all else does no harm", "[fit]") {
  std::vector<Observation> sample = even_sample(lognormal(4, 0.05), 100);
  sample.push_back({1e7, true});
  const Fit fit = fit_duration(sample);
  for (const LognormalComponent& c : fit.components) {
    CHECK(std::isfinite(c.mu));
    CHECK(c.sigma >= kLeastSigma);
  }
}

TEST_CASE("the order of a sample does not matter", "[fit]") {
  std::vector<Observation> sample =
      random_sample(mixture({{3, lognormal(4, 0.3)}, {1, lognormal(6, 0.2)}}), 300, 9);
  const Fit forward = fit_duration(sample);
  std::ranges::reverse(sample);
  const Fit backward = fit_duration(sample);
  REQUIRE(forward.components.size() == 2);
  CHECK(forward.components[1].mu == backward.components[1].mu);
  CHECK(forward.log_likelihood == backward.log_likelihood);
}

TEST_CASE("equal times are a component as narrow as the clock's rounding", "[fit]") {
  const Fit fit = fit_duration(std::vector<Observation>(30, Observation{60}));
  REQUIRE(fit.components.size() == 1);
  CHECK(fit.components[0].mu == Approx(std::log(60)));
  CHECK(fit.components[0].sigma == kLeastSigma);
}

TEST_CASE("the distance of a law to its own quantiles is half a step", "[fit]") {
  // The empirical function jumps by 1/n around a law that passes through the middle of each jump.
  CHECK(distance(lognormal(3, 1), even_sample(lognormal(3, 1), 50)) == Approx(0.01));
  CHECK(distance(constant(0), {}) == 0);
}

TEST_CASE("what cannot be fitted is refused", "[fit]") {
  const std::vector<Observation> one{{5}}, with_zero{{5}, {0}}, bounds{{5, true}, {6, true}},
      nan{{5}, {std::numeric_limits<double>::quiet_NaN()}};
  CHECK_THROWS_WITH(fit_lognormal(one), "too few observations to fit");
  CHECK_THROWS_WITH(fit_lognormal(bounds), "too few observations to fit");
  CHECK_THROWS_WITH(fit_duration({}), "too few observations to fit");
  CHECK_THROWS_WITH(fit_duration(with_zero), "a duration to fit must be a positive number");
  CHECK_THROWS_WITH(fit_duration(nan), "a duration to fit must be a positive number");
}

}  // namespace
}  // namespace berth
