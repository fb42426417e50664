#include "models/rate_curve.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth {
namespace {

// Seconds until so many are expected; -1 (which no check asks for) when they never are.
double when(const RateCurve& curve, double expected) {
  return curve.time_of(expected).value_or(Seconds{-1}).count();
}

const std::vector<Seconds> kEdges = {0s, 10s, 20s, 30s};

TEST_CASE("steps add up to their areas and are inverted", "[rate]") {
  const RateCurve curve = RateCurve::steps(kEdges, {2, 0, 4});
  CHECK(curve.expected_by(5s) == 10);
  CHECK(curve.expected_by(15s) == 20);
  CHECK(curve.expected_by(25s) == 40);
  CHECK(curve.expected_by(99s) == 60);
  CHECK(curve.rate_at(9s) == 2);
  CHECK(curve.rate_at(10s) == 0);
  CHECK(curve.rate_at(30s) == 0);
  CHECK(curve.time_of(20) == 10s);  // the earliest time: not after the empty stretch
  CHECK(curve.time_of(22) == 20.5s);
  CHECK(curve.time_of(61) == std::nullopt);
  CHECK(curve.mean_rate() == 2);
  CHECK(curve.peak_rate() == 4);
}

TEST_CASE("lines add up to their trapezoids and are inverted", "[rate]") {
  // From 0 to 4 in 10 s: 0.2 t^2; then 4 down to 2 in 10 s: 20 + 4 h - 0.1 h^2.
  const RateCurve curve = RateCurve::lines({0s, 10s, 20s}, {0, 4, 2});
  CHECK(curve.rate_at(5s) == Approx(2));
  CHECK(curve.expected_by(5s) == Approx(5));
  CHECK(curve.expected_by(20s) == Approx(50));
  CHECK(when(curve, 5) == Approx(5));
  CHECK(when(curve, 20 + 4 * 3 - 0.1 * 9) == Approx(13));
  CHECK(curve.peak_rate() == 4);
}

TEST_CASE("a curve that repeats goes on for ever", "[rate]") {
  const RateCurve curve = RateCurve::steps({0s, 6s, 10s}, {1, 3.5}, true);  // 20 a round of 10 s
  CHECK(curve.rate_at(27s) == 3.5);
  CHECK(curve.expected_by(1003s) == Approx(2003));
  CHECK(when(curve, 2003) == Approx(1003));
  CHECK(when(curve, 20) == Approx(10));
  CHECK(curve.expected_between(16s, 20s) == Approx(14));
}

TEST_CASE("a day that starts at nine is the same day", "[rate]") {
  // First point at 9 s of a round of 10 s: from 0 to 9 the second step of the round before holds.
  const RateCurve late = RateCurve::steps({9s, 10s, 19s}, {5, 1}, true);
  CHECK(late.rate_at(0s) == 1);
  CHECK(late.expected_by(9s) == Approx(9));
  CHECK(late.expected_by(10s) == Approx(14));
  CHECK(when(late, 14) == Approx(10));
  CHECK(when(late, 4) == Approx(4));
}

TEST_CASE("twice the rate halves the time to the n-th arrival of a constant rate", "[rate]") {
  const RateCurve curve = RateCurve::constant(0.5);
  CHECK(when(curve, 100'000) == Approx(200'000));
  CHECK(when(curve.scaled(2), 100'000) == Approx(100'000));
}

TEST_CASE("nothing arrives where nothing is due", "[rate]") {
  CHECK(RateCurve{}.time_of(1) == std::nullopt);
  CHECK(RateCurve{}.expected_by(9s) == 0);
  CHECK(RateCurve::constant(0).time_of(0.1) == std::nullopt);
}

TEST_CASE("arrivals follow the curve", "[rate]") {
  // 40 rounds of 60 expected arrivals: 2400 with sd 49; none in the empty stretch.
  const RateCurve curve = RateCurve::steps(kEdges, {2, 0, 4}, true);
  Arrivals arrivals(curve, RandomStream(1, 0, Purpose::arrival, 0));
  int n = 0, empty = 0, late = 0;
  for (auto at = arrivals.next(); at && *at < 1200s; at = arrivals.next(), ++n) {
    const double phase = std::fmod(at->count(), 30);
    empty += phase > 10 && phase < 20;
    late += phase >= 20;
  }
  CHECK(n == Approx(2400).margin(4.5 * 49));
  CHECK(empty == 0);
  CHECK(late == Approx(n * 2 / 3.0).margin(4.5 * std::sqrt(n * 2 / 9.0)));
}

TEST_CASE("a walk along the straight stretches is the curve", "[rate]") {
  const RateCurve curve = RateCurve::lines({2s, 5s, 7s}, {1, 4, 0}, true);
  const auto rising = curve.straight_from(Seconds{8});  // the second round begins at 7
  CHECK(rising.to == 10s);
  CHECK(rising.rate == Approx(2));
  CHECK(rising.slope == Approx(1));
  const RateCurve once = RateCurve::steps({2s, 5s}, {3});
  CHECK(once.straight_from(0s).to == 2s);
  CHECK(once.straight_from(0s).rate == 0);
  CHECK(once.straight_from(3s).rate == 3);
  CHECK(std::isinf(once.straight_from(5s).to.count()));
  CHECK(std::isinf(RateCurve{}.straight_from(0s).to.count()));
}

// Whoever walks gets the curve's own bits: results do not depend on who asks how often.
TEST_CASE("a walk says what the curve says, to the bit", "[rate]") {
  const RateCurve curves[] = {RateCurve::lines({2s, 5s, 7s}, {1, 4, 0}, true),
                              RateCurve::steps({0s, 3s, 4s, 10s}, {0.7, 0, 1.3}, true),
                              RateCurve::lines({-3s, 1s, 30s}, {0.1, 2.3, 0.2}),
                              RateCurve::steps({2s, 5s}, {3}), RateCurve{}};
  for (const RateCurve& curve : curves) {
    RateWalk walk;
    // 0.37 s at a time, edges themselves, and back to an earlier round.
    for (double t = 0; t < 50; t += 0.37) {
      CHECK(walk.expected_by(curve, Seconds{t}) == curve.expected_by(Seconds{t}));
      CHECK(walk.rate_at(curve, Seconds{t}) == curve.rate_at(Seconds{t}));
    }
    for (double t : {0.0, 2.0, 7.0, 10.0, 3.0, 1e6 + 0.3}) {
      CHECK(walk.expected_by(curve, Seconds{t}) == curve.expected_by(Seconds{t}));
      CHECK(walk.rate_at(curve, Seconds{t}) == curve.rate_at(Seconds{t}));
    }
  }
}

TEST_CASE("the sinusoid's inverse undoes its integral", "[rate]") {
  const SinusoidalRate rate{.base = 0.5, .beta = 0.8, .period = 60s};
  CHECK(rate.expected_by(60s) == Approx(30));
  for (double t : {0.5, 14.0, 45.0, 59.0, 600.3})
    CHECK(rate.time_of(rate.expected_by(Seconds{t})).count() == Approx(t).epsilon(1e-9));
}

TEST_CASE("impossible curves are refused", "[rate]") {
  CHECK_THROWS_WITH(RateCurve::steps({0s}, {}), "a rate curve needs at least two times");
  CHECK_THROWS_WITH(RateCurve::steps({0s, 0s}, {1}), "a rate curve needs ascending times");
  CHECK_THROWS_WITH(RateCurve::lines({0s, 1s}, {1, -1}), "a rate curve needs rates of at least 0");
}

TEST_CASE("how long a curve is at a rate or above is told to the second", "[rate_curve]") {
  const RateCurve steps = RateCurve::steps({0s, 10s, 24s, 100s}, {1, 100, 1}, false);
  CHECK(time_at_or_above(steps, 60, 0s, 100s) == 14s);
  CHECK(time_at_or_above(steps, 100, 12s, 100s) == 12s);
  CHECK(time_at_or_above(steps, 101, 0s, 100s) == 0s);
  CHECK(time_at_or_above(steps, 0, 0s, 30s) == 30s);
  using Spans = std::vector<std::pair<Seconds, Seconds>>;
  CHECK(spans_at_or_above(steps, 60, 0s, 100s) == Spans{{10s, 24s}});
  const RateCurve up_and_down = RateCurve::lines({0s, 100s, 200s}, {0, 100, 0});
  CHECK(time_at_or_above(up_and_down, 75, 0s, 200s).count() == Approx(50));
  CHECK(time_at_or_above(up_and_down, 75, 90s, 110s).count() == Approx(20));
  const auto once = spans_at_or_above(up_and_down, 75, 0s, 200s);
  REQUIRE(once.size() == 1);  // both slopes of it
  CHECK(once[0].first.count() == Approx(75));
  CHECK(once[0].second.count() == Approx(125));
}

}  // namespace
}  // namespace berth
