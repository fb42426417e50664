#include "tests/oracles/mtginf.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

namespace berth::queueing {
namespace {

TEST_CASE("the busiest moment comes after the busiest arrivals", "[queueing]") {
  // Constant service: m(t) is the arrivals of the last 6 h, so its peak lags by 3 h.
  const SinusoidalRate rate{.base = 30.0 / 3600, .beta = 0.8, .period = kDay};
  const SwingingLoad load = mtginf(rate, constant(6 * 3600));
  CHECK(load.average == Approx(180));
  CHECK(load.lag.count() == Approx(3 * 3600));
  CHECK(load.mean_busy(Seconds{9 * 3600}) ==
        Approx(rate.expected_by(Seconds{9 * 3600}) - rate.expected_by(Seconds{3 * 3600})));
  // Exponential: lag = atan(w s)/w.
  const double w = 2 * std::numbers::pi / 86'400;
  CHECK(mtginf(rate, exponential(7200)).lag.count() == Approx(std::atan(w * 7200) / w));
}

}  // namespace
}  // namespace berth::queueing
