#include "sim/serving/fast_draws.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth::serving {
namespace {

TEST_CASE("the generator is fair in its bits and its mean", "[draws]") {
  FastRandom random(RandomStream(1, 0, Purpose::service, 0));
  double sum = 0, square = 0;
  constexpr int kDraws = 1'000'000;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform();
    sum += u;
    square += u * u;
  }
  CHECK(sum / kDraws == Approx(0.5).margin(4.5 * std::sqrt(1.0 / 12 / kDraws)));
  CHECK(square / kDraws == Approx(1 / 3.0).margin(4.5 * std::sqrt(4.0 / 45 / kDraws)));
}

TEST_CASE("a stream's draws are its own and come again", "[draws]") {
  const auto first = [](std::uint64_t seed, std::uint64_t entity) {
    return FastRandom(RandomStream(seed, 0, Purpose::service, entity)).bits();
  };
  CHECK(first(1, 7) == first(1, 7));
  CHECK(first(1, 7) != first(1, 8));
  CHECK(first(2, 7) != first(1, 7));
}

struct TableCase {
  Distribution law;
  const char* because;
};
const TableCase kLaws[] = {
    {exponential(2), "the gaps between requests"},
    {lognormal_from_mean_cv(0.05, 0.5), "little spread"},
    {lognormal_from_mean_cv(0.05, 1), "the usual service time"},
    {lognormal_from_mean_cv(0.05, 3), "a steep tail"},
    {gamma_from_mean_cv(1, 0.7), "a law with a table of its own"},
    {gamma_from_mean_cv(1, 2), "a density that is infinite at 0"},
    {weibull(0.7, 3), "a heavy tail"},
    {uniform(1, 4), "a straight line"},
    {constant(0.25), "no spread at all"},
    {{Lognormal{-3, 1}, 0.01, 0.2}, "shifted and clamped: a bend at 1 - F(0.19)"},
    {empirical({1, 2, 2, 2, 7, 50}), "steps and bends"},
};

// Bits whose table value stands for u: side in bit 0, w in the upper 52.
std::uint64_t bits_for(double u) {
  const bool upper = u > 0.5;
  const double w = 2 * (upper ? 1 - u : u);
  return static_cast<std::uint64_t>(w * 0x1p52) << 12 | (upper ? 1 : 0);
}

TEST_CASE("the table is the law's inverse", "[draws]") {
  for (const auto& [law, because] : kLaws) {
    INFO(because);
    const LawTable table(law);
    for (double u : {1e-9, 1e-6, 1e-3, 0.0123, 0.1, 0.25, 0.4999, 0.5001, 0.77, 0.9, 0.95, 0.98,
                     0.99, 0.999, 0.99999, 1 - 1e-7, 1 - 1e-9})
      CHECK(table.at(bits_for(u)) == Approx(quantile(law, u)).epsilon(2e-3));
  }
}

TEST_CASE("the table keeps the mean", "[draws]") {
  for (const auto& [law, because] : kLaws) {
    INFO(because);
    const LawTable table(law);
    // The table's mean by the midpoints of a million equal steps; of what a step contributes the
    // law's own inverse has the same error, so their difference is the table's.
    constexpr int kSteps = 200'000;
    double ours = 0, exact = 0;
    for (int i = 0; i < kSteps; ++i) {
      const double u = (i + 0.5) / kSteps;
      ours += table.at(bits_for(u));
      exact += std::max(0.0, quantile(law, u));
    }
    CHECK(ours == Approx(exact).epsilon(5e-5));
  }
}

TEST_CASE("a mixture draws from its parts by their weight", "[draws]") {
  // 80 % of 1, 20 % of 5, moved by 1 and clamped at 4: mean 0.8 * 2 + 0.2 * 4 = 2.4.
  Distribution law = mixture({{8, constant(1)}, {2, constant(5)}});
  law.shift = 1;
  law.at_most = 4;
  const LawDraws draws(law);
  FastRandom random(RandomStream(1, 0, Purpose::service, 0));
  int large = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = draws.draw(random);
    REQUIRE((x == 2 || x == 4));
    large += x == 4;
  }
  CHECK(large == Approx(0.2 * kDraws).margin(4.5 * std::sqrt(0.16 * kDraws)));
  CHECK(draws.mean() == Approx(2.4));
}

TEST_CASE("a number below n is each of them equally often", "[draws]") {
  FastRandom random(RandomStream(3, 0, Purpose::dispatch, 0));
  int counts[5] = {};
  for (int i = 0; i < 50'000; ++i) ++counts[random.below(5)];
  for (int count : counts) CHECK(count == Approx(10'000).margin(4.5 * std::sqrt(8'000)));
}

TEST_CASE("draws of one law share its table, and those of another do not", "[serving]") {
  const LawDraws one(Distribution{Lognormal{0.3, 0.7}}), other(Distribution{Lognormal{0.3, 0.7}});
  CHECK(one.plain() == other.plain());
  CHECK(one.plain() != LawDraws(Distribution{Lognormal{0.3, 0.8}}).plain());
  Distribution shifted{Lognormal{0.3, 0.7}};
  shifted.shift = 1;
  const LawDraws later(shifted);
  FastRandom random(RandomStream(1, 0, Purpose::service, 0)), again = random;
  CHECK(later.draw(random) == Approx(one.draw(again) + 1));
}

TEST_CASE("two numbers of one draw are fair and have nothing to do with each other", "[draws]") {
  FastRandom random(RandomStream(3, 0, Purpose::service, 0));
  constexpr int kDraws = 200'000;
  constexpr std::uint32_t kSides = 5;
  int pairs[kSides][kSides] = {};
  for (int i = 0; i < kDraws; ++i) {
    const auto [one, other] = random.two_below(kSides);
    ++pairs[one][other];
  }
  const double each = double(kDraws) / (kSides * kSides);
  for (const auto& row : pairs)
    for (const int seen : row) CHECK(seen == Approx(each).margin(4.5 * std::sqrt(each)));
}

}  // namespace
}  // namespace berth::serving
