#include "sim/serving/arrivals.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth::serving {
namespace {

RandomStream stream(std::uint64_t entity = 0) {
  return RandomStream(1, 0, Purpose::arrival, entity);
}

std::vector<double> all(ArrivalSource& source, double until, std::size_t block = 512) {
  std::vector<double> times, part(block);
  while (const std::size_t n = source.fill(part, until))
    times.insert(times.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(n));
  return times;
}

TEST_CASE("requests come as often as the curve says, stretch by stretch", "[arrivals]") {
  // 0-10 s at 500/s, 10-20 s nothing, 20-40 s rising from 0 to 400/s, twice (period 40 s).
  const RateCurve curve =
      RateCurve::lines({0s, 10s, 10.000001s, 20s, 40s}, {500, 500, 0, 0, 400}, true);
  PoissonArrivals source(curve, 0, stream());
  int flat = 0, empty = 0, early = 0, late = 0;
  for (double t : all(source, 80)) {
    const double x = std::fmod(t, 40);
    (x < 10 ? flat : x < 20 ? empty : x < 30 ? early : late) += 1;
  }
  // The slope's first half holds a quarter of its 20 x 200.
  CHECK(flat == Approx(10'000).margin(4.5 * 100));
  CHECK(empty <= 1);
  CHECK(early == Approx(2'000).margin(4.5 * 45));
  CHECK(late == Approx(6'000).margin(4.5 * 78));
}

TEST_CASE("the curve's own inversion finds the same requests", "[arrivals]") {
  // Lambda of the times must advance by the draws: exponential with mean 1, variance 1.
  const RateCurve curve = RateCurve::lines({0s, 50s, 100s}, {2, 30, 5}, true);
  PoissonArrivals source(curve, 3, stream());
  double before = curve.expected_by(3s), sum = 0, square = 0;
  const auto times = all(source, 3000);
  for (double t : times) {
    const double gap = curve.expected_by(Seconds{t}) - before;
    before += gap;
    sum += gap;
    square += gap * gap;
  }
  const auto n = static_cast<double>(times.size());
  CHECK(sum / n == Approx(1).margin(4.5 / std::sqrt(n)));
  CHECK(square / n == Approx(2).margin(4.5 * std::sqrt(20 / n)));
}

TEST_CASE("gentle slopes and steep ones are walked exactly", "[arrivals]") {
  // Between two requests Lambda grows by the very gap that was drawn. At 1 request a second slopes
  // are steep, at 3,000 they are gentle; Lambda itself is known to 1e-11 of its 180,000.
  for (double high : {3.0, 30.0, 3000.0}) {
    const RateCurve curve = RateCurve::lines({0s, 60s, 120s}, {0, high, high / 3}, true);
    PoissonArrivals source(curve, 0, stream());
    const LawDraws gaps(exponential(1));
    FastRandom same(stream());
    double expected = 0;
    for (double t : all(source, 240)) {
      expected += gaps.draw(same);
      REQUIRE(curve.expected_by(Seconds{t}) == Approx(expected).epsilon(1e-9));
    }
  }
}

TEST_CASE("how often one asks changes nothing", "[arrivals]") {
  const RateCurve curve = RateCurve::lines({0s, 50s, 100s}, {2, 30, 5}, true);
  PoissonArrivals whole(curve, 0, stream()), parts(curve, 0, stream());
  const auto expected = all(whole, 500);
  std::vector<double> got;
  for (double until = 1.7; until < 500; until += 1.7) {
    const auto some = all(parts, until, 3);
    got.insert(got.end(), some.begin(), some.end());
  }
  REQUIRE(got.size() <= expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(got[i] == Approx(expected[i]).epsilon(1e-9));
}

TEST_CASE("a higher rate moves requests only a little", "[arrivals]") {
  PoissonArrivals slow(RateCurve::constant(10), 0, stream());
  PoissonArrivals fast(RateCurve::constant(10.1), 0, stream());
  const auto a = all(slow, 100), b = all(fast, 100);
  for (std::size_t i = 0; i < 900; ++i) CHECK(b.at(i) == Approx(a.at(i) * 10 / 10.1).epsilon(1e-9));
}

TEST_CASE("a restart is the same whatever came before", "[arrivals]") {
  const RateCurve curve = RateCurve::constant(100);
  PoissonArrivals one(curve, 0, stream(0)), other(curve, 0, stream(9));
  all(one, 10);
  all(other, 20);
  one.restart(300, stream(1));
  other.restart(300, stream(1));
  CHECK(all(one, 310) == all(other, 310));
}

// Index of dispersion of counts of MMPP(2) for long windows:
// 1 + 2 (l1 - l2)^2 p1 p2 / (mean rate * r), r = r12 + r21 (Fischer & Meier-Hellstern 1993).
TEST_CASE("bursts spread the counts as the formula says", "[arrivals]") {
  // Rates 18 and 2, stays of 1 s and 3 s: p1 = 1/4, mean rate 6, r = 4/3;
  // IDC = 1 + 2 * 256 * 3/16 / (6 * 4/3) = 13, less 1/(r t) of the excess for windows of t.
  PoissonArrivals source(RateCurve::constant(1), Bursts{{18, 2}, {1, 3}}, 0, stream());
  constexpr int kWindows = 4000;
  constexpr double kWindow = 30;
  double sum = 0, square = 0;
  for (int i = 0; i < kWindows; ++i) {
    const auto n = static_cast<double>(all(source, (i + 1) * kWindow).size());
    sum += n;
    square += n * n;
  }
  const double mean = sum / kWindows, variance = square / kWindows - mean * mean;
  const double dispersion = 1 + 12 * (1 - 1 / (4 / 3.0 * kWindow));
  CHECK(mean == Approx(6 * kWindow).margin(4.5 * std::sqrt(13 * 6 * kWindow / kWindows)));
  CHECK(variance / mean == Approx(dispersion).epsilon(4.5 * std::sqrt(2.0 / kWindows)));
  CHECK(source.has_memory());
}

TEST_CASE("gaps of another law keep their spread", "[arrivals]") {
  // Erlang-4 gaps: squared cv 1/4.
  PoissonArrivals source(RateCurve::constant(5), erlang(4, 1), 0, stream());
  const auto times = all(source, 20'000);
  double square = 0;
  for (std::size_t i = 1; i < times.size(); ++i)
    square += std::pow(times[i] - times[i - 1] - 0.2, 2);
  const auto n = static_cast<double>(times.size());
  CHECK(n == Approx(100'000).margin(4.5 * std::sqrt(100'000 / 4.0)));
  CHECK(square / n / 0.04 == Approx(0.25).epsilon(0.03));
}

TEST_CASE("a trace comes once, in order, from where it is started", "[arrivals]") {
  TraceArrivals source({5, 1, 3, 3});
  CHECK(all(source, 3) == std::vector<double>{1, 3, 3});
  CHECK(all(source, 9) == std::vector<double>{5});
  CHECK(all(source, 9).empty());
  source.restart(2, stream());
  CHECK(all(source, 9) == std::vector<double>{3, 3, 5});
}

TEST_CASE("where nothing is due nothing comes", "[arrivals]") {
  PoissonArrivals never(RateCurve{}, 0, stream());
  CHECK(all(never, 1e9).empty());
  PoissonArrivals past(RateCurve::steps({0s, 1s}, {50}), 2, stream());
  CHECK(all(past, 1e9).empty());
}

}  // namespace
}  // namespace berth::serving
