#include "tests/oracles/lru_cache.h"

#include <catch2/catch.hpp>
#include <numeric>

namespace berth {
namespace {

TEST_CASE("a cache of one holds the last item used", "[lru_cache]") {
  const std::vector<double> p{0.5, 0.3, 0.2};
  const CacheUse use = exact_lru(p, 1);
  CHECK(use.occupancy[0] == Approx(0.5));
  CHECK(use.hit_ratio == Approx(0.25 + 0.09 + 0.04));
}

TEST_CASE("equal items are held equally", "[lru_cache]") {
  // n items of probability 1/n, room for C: a hit with C/n, exactly and by Che.
  const std::vector<double> p(8, 0.125);
  CHECK(exact_lru(p, 3).hit_ratio == Approx(0.375));
  CHECK(che_lru(p, 3).hit_ratio == Approx(0.375));
}

TEST_CASE("the items held add up to the room", "[lru_cache]") {
  const std::vector<double> p{0.4, 0.25, 0.15, 0.1, 0.06, 0.04};
  for (const int room : {1, 3, 5}) {
    for (const CacheUse& use : {exact_lru(p, room), che_lru(p, room)})
      CHECK(std::accumulate(use.occupancy.begin(), use.occupancy.end(), 0.0) == Approx(room));
  }
}

TEST_CASE("a cache with room for all misses nothing", "[lru_cache]") {
  const std::vector<double> p{0.5, 0.5};
  CHECK(exact_lru(p, 2).hit_ratio == Approx(1));
  CHECK(che_lru(p, 9).hit_ratio == Approx(1));
  CHECK_THROWS(exact_lru(std::vector<double>(21, 1.0 / 21), 3));
}

}  // namespace
}  // namespace berth
