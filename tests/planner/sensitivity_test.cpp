#include "planner/sensitivity.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace berth;

namespace {

const std::vector<InputRange> kUnit(3, {0, 0.5, 1});
// Two straight inputs, one of which works with the third.
double mixed(std::span<const double> x) { return 4 * x[0] + 2 * x[1] * x[2]; }

}  // namespace

TEST_CASE("one at a time shows each input's swing at the likely values of the others") {
  const auto swings = one_at_a_time(mixed, kUnit);
  CHECK(swings[0].swing() == Approx(4));
  CHECK(swings[1].swing() == Approx(2 * 0.5));
}

TEST_CASE("Morris tells a straight input from one that depends on others") {
  const auto effects = morris(mixed, kUnit, 40, 1);
  CHECK(effects[0].mu_star == Approx(4));
  CHECK(effects[0].sigma == Approx(0).margin(1e-9));
  // 2 x2 over the levels of x2: mean 1 when they are visited evenly, and a spread.
  CHECK(effects[1].mu_star == Approx(1).margin(0.35));
  CHECK(effects[1].sigma > 0.3);
}

TEST_CASE("Sobol's shares follow from the variances by hand") {
  // Var(4 a) = 16/12; Var(2 b c) = 4 (1/9 - 1/16) = 7/36; first order of b: Var(2 b / 2) = 1/12.
  const double whole = 16.0 / 12 + 7.0 / 36;
  const SobolIndices got = sobol(mixed, kUnit);
  CHECK(got.variance == Approx(whole));
  CHECK(got.first[0] == Approx(16.0 / 12 / whole));
  CHECK(got.first[1] == Approx(1.0 / 12 / whole));
  CHECK(got.total[1] == Approx((7.0 / 36 - 1.0 / 12) / whole));
}
