#include "tests/oracles/bin_packing.h"

#include <catch2/catch.hpp>

#include "models/random_stream.h"

using namespace berth;

TEST_CASE("items above half a bin each need their own") {
  // Sum 33 of 10 says 4; five items of 6 or more cannot share, and 3 goes beside one of them.
  const std::vector<Sizes> items{{6}, {6}, {6}, {6}, {6}, {3}};
  CHECK(continuous_bound(items, {10}) == 4);
  CHECK(l2_bound(items, {10}) == 5);
}

TEST_CASE("patterns bound fractions of bins by the best mixtures") {
  // A bin holds 2 of the large or 5 of the small, or one large and 2 small: 1/2 + 5/5 bins.
  const std::vector<Sizes> shapes{
      {5, 5},
      {2, 2}
  };
  const std::vector<BinKind> bin{
      {1, {10, 10}}
  };
  CHECK(pattern_bound(shapes, std::vector<double>{1, 5}, bin).value() == Approx(1.5));
  // Shapes that complement each other share: 1 bin a pair where each alone would take one.
  const std::vector<Sizes> opposite{
      {9, 1},
      {1, 9}
  };
  CHECK(pattern_bound(opposite, std::vector<double>{3, 3}, bin).value() == Approx(3));
}

TEST_CASE("a shape that fits no bin has no bound and no packing") {
  const std::vector<Sizes> item{{11}};
  const std::vector<BinKind> bin{
      {1, {10}}
  };
  CHECK_FALSE(pattern_bound(item, std::vector<double>{1}, bin));
  CHECK_THROWS_AS(best_fit_decreasing(item, bin), std::invalid_argument);
}

TEST_CASE("every bound is below every packing, the exact one between") {
  for (std::uint32_t number = 0; number < 30; ++number) {
    CAPTURE(number);
    RandomStream draw(3, number, Purpose::resampling, 0);
    std::vector<Sizes> items;
    for (int i = 0; i < 9; ++i) items.push_back({1 + 8 * draw.uniform(), 1 + 8 * draw.uniform()});
    const std::vector<BinKind> kinds{
        {1, {10, 10}}
    };
    const ExactPacking exact = pack_exactly(items, kinds);
    REQUIRE(exact.proven);
    const std::vector<double> ones(items.size(), 1.0);
    CHECK(continuous_bound(items, {10, 10}) <= exact.packing.cost);
    CHECK(l2_bound(items, {10, 10}) <= exact.packing.cost);
    CHECK(pattern_bound(items, ones, kinds).value() <= exact.packing.cost + 1e-9);
    CHECK(covering_bound(items, kinds) <= pattern_bound(items, ones, kinds).value() + 1e-9);
    CHECK(best_fit_decreasing(items, kinds).cost >= exact.packing.cost);
    CHECK(double(first_fit_decreasing(items, {10, 10})) >= exact.packing.cost);
  }
}
