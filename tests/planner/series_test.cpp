#include "planner/series.h"

#include <catch2/catch.hpp>

using namespace berth;

TEST_CASE("a day of slices of five minutes becomes steps of ten") {
  CHECK(slices_a_step(288) == 2);
  CHECK(slices_a_step(144) == 1);
  CHECK(slices_a_step(145) == 2);
  CHECK(slices_a_step(2016) == 14);  // a week: 144 steps of 70 minutes
  CHECK(slices_a_step(0) == 1);
}

TEST_CASE("a step is the mean of its slices, then of the replications") {
  // Steps of two: (1+3)/2 = 2 and (5+7)/2 = 6 give 4; the last slice stands alone: (2+4)/2 = 3.
  CHECK(mean_over_steps({{1, 3, 2}, {5, 7, 4}}, 2) == Series{4, 3});
}

TEST_CASE("the worst slice of a step is not averaged away") {
  CHECK(worst_of_steps({{1, 9, 2, 2}, {3, 1, 4, 6}}, 2) == Series{6, 4});  // (9+3)/2, (2+6)/2
}

TEST_CASE("events of a step are counted, not averaged over its slices") {
  CHECK(sum_over_steps({{1, 1, 0, 0}, {0, 0, 0, 1}}, 2) == Series{1, 0.5});
}

TEST_CASE("a replication that ends early does not count where it is silent") {
  CHECK(mean_over_steps({{1, 1}, {3}}, 1) == Series{2, 1});
  CHECK(mean_over_steps({}, 1).empty());
}
