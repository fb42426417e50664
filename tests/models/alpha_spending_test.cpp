#include "models/alpha_spending.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <vector>

#include "models/estimate.h"
#include "models/normal.h"
#include "models/random_stream.h"

namespace berth {
namespace {

// Of this many samples, each of which grows as a plan's do, the share whose mean is held to be above 0 at any look,
// by Student's t at these levels.
double share_held(const std::vector<int>& looks, const std::vector<double>& levels,
                  const std::function<double(RandomStream&)>& draw) {
  constexpr int kSamples = 40000;
  std::vector<double> quantiles;
  for (std::size_t k = 0; k < looks.size(); ++k)
    quantiles.push_back(t_exceeded(levels[k], looks[k] - 1));
  int held = 0;
  for (int sample = 0; sample < kSamples; ++sample) {
    RandomStream stream(7, static_cast<std::uint32_t>(sample), Purpose::resampling, 0);
    double sum = 0, squares = 0;
    int n = 0;
    bool is_held = false;
    for (std::size_t k = 0; k < looks.size(); ++k) {
      for (; n < looks[k]; ++n) {
        const double x = draw(stream);
        sum += x, squares += x * x;
      }
      const double variance = (squares - sum * sum / n) / (n - 1);
      is_held = is_held || sum / n > quantiles[k] * std::sqrt(variance / n);
    }
    held += is_held;
  }
  return held / double(kSamples);
}

TEST_CASE("bounds at five equal looks are the published ones", "[alpha_spending]") {
  // 0.025 one-sided; Reboussin, DeMets, Kim & Lan (2000), whose grid leaves 1e-4 (the second is 3.35701 by a
  // double integral of its own).
  const double bounds[] = {4.8769, 3.3569, 2.6803, 2.2898, 2.0310};
  const auto levels = levels_of_looks(std::vector{1, 2, 3, 4, 5}, 5, 0.025);
  REQUIRE(levels.size() == 5);
  for (std::size_t k = 0; k < 5; ++k)
    CHECK(-normal_quantile(levels[k]) == Approx(bounds[k]).margin(1.5e-4));
}

TEST_CASE("a single look at all there is has the whole error", "[alpha_spending]") {
  CHECK(levels_of_looks(std::vector{40}, 40, 0.05)[0] == 0.05);
  CHECK(levels_of_looks(std::vector{3}, 2, 0.05)[0] == 0.05);
  // After it nothing is left.
  CHECK(levels_of_looks(std::vector{40, 45}, 40, 0.05)[1] < 1e-300);
}

TEST_CASE("early looks are strict, and never impossible", "[alpha_spending]") {
  const auto levels = levels_of_looks(std::vector{3, 8, 13, 18, 23, 28, 33, 38, 40}, 40, 0.05);
  for (std::size_t k = 1; k + 1 < levels.size(); ++k) CHECK(levels[k] > levels[k - 1]);
  CHECK(levels.front() < 1e-11);
  CHECK(levels.back() > 0.03);
  // 2 of 1000: 44 standard deviations, of which no double is left.
  CHECK(levels_of_looks(std::vector{2}, 1000, 0.05)[0] > 0);
}

TEST_CASE("looks that are left out later do not change those before", "[alpha_spending]") {
  const auto all = levels_of_looks(std::vector{3, 8, 13, 40}, 40, 0.05);
  const auto some = levels_of_looks(std::vector{3, 8}, 40, 0.05);
  CHECK(all[0] == some[0]);
  CHECK(all[1] == some[1]);
}

TEST_CASE("a mean exactly on its limit passes at any look no more often than is promised",
          "[alpha_spending]") {
  // Three standard deviations of a share of 0.05 in 40,000 samples: 0.0033.
  const std::vector<int> looks{3, 8, 13, 18, 23, 28, 33, 38, 40};
  const auto levels = levels_of_looks(looks, 40, 0.05);
  const std::vector<double> naive(looks.size(), 0.05);
  const auto bell = [](RandomStream& stream) { return normal_quantile(stream.uniform()); };
  CHECK(share_held(looks, levels, bell) < 0.05 + 0.0033);
  CHECK(share_held(looks, levels, bell) > 0.05 - 0.0033);
  CHECK(share_held(looks, naive, bell) > 0.17);  // what taking the first of several looks would do
  // Bad days are worse than good days are good (skewness -0.5): Student's t promises too much of that even at a
  // single look (5.9 %), and several add a little (6.7 %).
  const auto share = [](RandomStream& stream) {
    double product = 1;
    for (int i = 0; i < 16; ++i) product *= stream.uniform();
    return 1 + std::log(product) / 16;
  };
  CHECK(share_held({40}, {0.05}, share) > 0.0533);
  CHECK(share_held(looks, levels, share) < 0.07);
  CHECK(share_held(looks, naive, share) > 0.2);
  // A full grid of looks, each after one more: as many as can be.
  std::vector<int> each;
  for (int n = 3; n <= 40; ++n) each.push_back(n);
  CHECK(share_held(each, levels_of_looks(each, 40, 0.05), bell) < 0.05 + 0.0033);
}

}  // namespace
}  // namespace berth
