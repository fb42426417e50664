#include "tests/oracles/linear_program.h"

#include <catch2/catch.hpp>

using namespace berth;

TEST_CASE("a textbook program and the prices that prove it") {
  // Dantzig: max 3x + 5y, x <= 4, 2y <= 12, 3x + 2y <= 18: x = 2, y = 6, value 36; prices 0,
  // 3/2, 1.
  const std::vector<double> objective{3, 5}, limits{4, 12, 18};
  const std::vector<std::vector<double>> rows{
      {1, 0},
      {0, 2},
      {3, 2}
  };
  const auto solved = maximise(objective, rows, limits);
  REQUIRE(solved);
  CHECK(solved->value == Approx(36));
  CHECK(solved->x[0] == Approx(2));
  CHECK(solved->duals[1] == Approx(1.5));
  CHECK(solved->duals[2] == Approx(1));
}

TEST_CASE("without a limit there is no largest value") {
  CHECK_FALSE(maximise(
      std::vector<double>{
          1, 1
  },
      std::vector<std::vector<double>>{{1, 0}}, std::vector<double>{3}));
}

TEST_CASE("a degenerate corner does not turn in circles") {
  // Beale's example, which cycles under the largest-coefficient rule; its optimum is 1/20.
  const std::vector<double> objective{0.75, -150, 0.02, -6}, limits{0, 0, 1};
  const std::vector<std::vector<double>> rows{
      {0.25, -60, -0.04, 9},
      {0.5,  -90, -0.02, 3},
      {0,    0,   1,     0}
  };
  CHECK(maximise(objective, rows, limits)->value == Approx(0.05));
}
