#include "models/poisson.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace berth;

namespace {

// By the sum itself, for means at which exp(-mean) is a number still.
double summed(double mean, double p) {
  double term = std::exp(-mean), sum = term, n = 0;
  for (; sum < p && term > 0; sum += term) term *= mean / ++n;
  return n;
}

}  // namespace

TEST_CASE("few are the least number that is as probable, exactly") {
  CHECK(poisson_quantile(0, 0.5) == 0);
  // P(N <= 0), P(N <= 1) and P(N <= 2) of mean 1 are 0.3679, 0.7358, 0.9197.
  CHECK(poisson_quantile(1, 0.36) == 0);
  CHECK(poisson_quantile(1, 0.37) == 1);
  CHECK(poisson_quantile(1, 0.74) == 2);
  CHECK(poisson_quantile(1, 0.92) == 3);
  CHECK(poisson_quantile(1, 1) < 30);  // ends
}

TEST_CASE("of many one in a hundred is off, by one, and the mean is right") {
  for (const double mean : {33.0, 50.0, 120.0, 199.0}) {
    constexpr int kDraws = 20'000;
    int off = 0;
    double difference = 0, total = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double p = (i + 0.5) / kDraws, exact = summed(mean, p), n = poisson_quantile(mean, p);
      CHECK(std::abs(n - exact) <= 1);
      off += n != exact;
      difference += n - exact;
      total += n;
    }
    CHECK(off < 0.01 * kDraws);
    CHECK(std::abs(difference) / kDraws < 0.001);
    CHECK(total / kDraws == Approx(mean).epsilon(1e-3));
  }
  CHECK(poisson_quantile(1e6, 0.5) == Approx(1e6).margin(1));
}

TEST_CASE("the distribution function is the sum of its terms") {
  CHECK(poisson_cdf(1, -1) == 0);
  CHECK(poisson_cdf(1, 0) == Approx(std::exp(-1)));
  CHECK(poisson_cdf(1, 2.9) == Approx(2.5 * std::exp(-1)));
  CHECK(poisson_cdf(0, 0) == 1);
  CHECK(poisson_cdf(1e6, 1e6) == Approx(0.5).margin(1e-3));
}
