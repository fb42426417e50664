#include "sim/serving/burst_path.h"

#include <catch2/catch.hpp>

namespace berth::serving {
namespace {

// 4 times the rate for 30 s on average, 0.4 of it for 150 s: a mean of (4 x 30 + 0.4 x 150) / 180 = 1.
constexpr Bursts kBursts{{4, 0.4}, {30, 150}};

TEST_CASE("a history of bursts is the rate times the factor of each phase", "[serving][bound]") {
  const RateCurve demand = RateCurve::lines({0s, 43200s, 86400s}, {100, 300, 100}, true);
  const auto path = burst_path(demand, kBursts, kDay, RandomStream(1, 0, Purpose::arrival, 0));
  REQUIRE(path);
  int high = 0, changes = 0;
  double last = 0;
  for (Seconds t{0.5}; t < kDay; t += 1s) {
    const double factor = path->rate_at(t) / demand.rate_at(t);
    const bool is_high = factor > 1;
    CHECK(factor == Approx(is_high ? 4 : 0.4));
    high += is_high;
    changes += last != 0 && std::abs(factor - last) > 1;
    last = factor;
  }
  // A sixth of the time, of 480 cycles: 0.167 with a standard deviation of 0.009; 960 changes (37), less 35 of
  // phases under a second.
  CHECK(high / 86400.0 == Approx(1.0 / 6).margin(0.03));
  CHECK(changes == Approx(925).margin(150));
  CHECK(path->rate_at(kDay + 1s) == 0);
}

TEST_CASE("of phases that are too many no history is drawn", "[serving][bound]") {
  // A day has 86,400 of a second each and 172,800 of half a second.
  const RandomStream stream(1, 0, Purpose::arrival, 0);
  CHECK(burst_path(RateCurve::constant(1), {{2, 0}, {1, 1}}, kDay, stream));
  CHECK_FALSE(burst_path(RateCurve::constant(1), {{2, 0}, {0.5, 0.5}}, kDay, stream));
}

}  // namespace
}  // namespace berth::serving
