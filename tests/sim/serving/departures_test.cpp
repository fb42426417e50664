#include "sim/serving/departures.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "sim/serving/fast_draws.h"

namespace berth::serving {
namespace {

// What is still there, by brute force.
struct Plain {
  struct One {
    double at;
    std::uint32_t pod;
  };
  std::vector<One> all;
  std::vector<std::uint32_t> leave(double now) {
    std::ranges::stable_sort(all, {}, &One::at);
    std::vector<std::uint32_t> gone;
    for (const One& one : all)
      if (one.at <= now) gone.push_back(one.pod);
    std::erase_if(all, [&](const One& one) { return one.at <= now; });
    return gone;
  }
};

std::vector<std::uint32_t> leave(Departures& departures, double now) {
  std::vector<std::uint32_t> gone;
  departures.leave(now, [&](std::uint32_t pod) { gone.push_back(pod); });
  return gone;
}

// Long services lie beyond the ring; every 1,000th pause empties it.
TEST_CASE("a ring of departures lets the same leave in the same order as a sorted list",
          "[departures]") {
  FastRandom random(RandomStream(1, 0, Purpose::service, 0));
  Departures departures;
  departures.spread(1, 16);
  Plain plain;
  double now = 0;
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    now += i % 1000 == 999 ? 500 : random.uniform() / 8;
    REQUIRE(leave(departures, now) == plain.leave(now));
    const double service =
        random.below(50) == 0 ? 100 * random.uniform() : -std::log(random.uniform());
    departures.add(now + service, i % 7);
    plain.all.push_back({now + service, i % 7});
    if (i % 5000 == 4999) {
      departures.forget(3);
      std::erase_if(plain.all, [](const Plain::One& one) { return one.pod == 3; });
    }
    if (i == 20'000) departures.spread(1, 300);
    if (i == 30'000) departures.spread(50, 4);
    REQUIRE(departures.size() == plain.all.size());
  }
}

TEST_CASE("what never leaves does not, and what left at once does", "[departures]") {
  Departures departures;
  departures.add(INFINITY, 1);
  departures.add(5, 2);
  departures.add(5, 2);
  CHECK(leave(departures, 4.9).empty());
  departures.add(1, 3);  // is over already
  CHECK(leave(departures, 5) == std::vector<std::uint32_t>{3, 2, 2});
  CHECK(leave(departures, 1e15).empty());
  CHECK(departures.size() == 1);
}

}  // namespace
}  // namespace berth::serving
