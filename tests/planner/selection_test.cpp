#include "planner/selection.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "models/normal.h"
#include "models/random_stream.h"

using namespace berth;

namespace {

// Normal systems with common random numbers: half of the variance is shared by all.
Sample normal_systems(std::vector<double> means, double sd, std::uint64_t seed) {
  return [=](std::span<const std::size_t> asked, int to) {
    std::vector<Values> values;
    for (const std::size_t i : asked) {
      auto& one = values.emplace_back();
      for (int r = 0; r < to; ++r) {
        const auto n = static_cast<std::uint32_t>(r);
        RandomStream common(seed, n, Purpose::arrival, 0), own(seed, n, Purpose::service, i);
        one.push_back(means[i] +
                      sd * std::sqrt(0.5) *
                          (normal_quantile(common.uniform()) + normal_quantile(own.uniform())));
      }
    }
    return values;
  };
}

}  // namespace

TEST_CASE("the chosen one is the best at least as often as is promised") {
  // Slippage, the worst case: one is better by the indifference, the others are all alike. Over 300
  // races the share of right choices is above 0.95 less three standard deviations (0.038).
  int right = 0, certain = 0;
  const int races = 300;
  for (int race = 0; race < races; ++race) {
    const auto systems = normal_systems({10.5, 10.5, 10, 10.5, 10.5}, 1, 1000 + race);
    const Selection s = select_smallest(
        5, systems, {.confidence = 0.95, .indifference = 0.5, .first = 10, .most = 1000});
    right += s.best == 2;
    certain += s.certain;
  }
  CHECK(right >= 0.912 * races);
  CHECK(certain == races);
}

TEST_CASE("halving keeps the better half on the way to the finalists") {
  std::vector<double> means;
  for (int i = 0; i < 24; ++i) means.push_back(100 + i);
  const Selection s =
      select_smallest(24, normal_systems(means, 0.5, 5),
                      {.indifference = 0.5, .first = 4, .most = 200, .finalists = 3});
  CHECK(s.best == 0);
  CHECK(s.certain);
  CHECK(s.values[23].size() == 4);  // thrown out after the first round
  CHECK(s.values[0].size() > 4);
}

TEST_CASE("when the budget ends first, the probability reached is said") {
  const Selection s = select_smallest(2, normal_systems({10, 10.3}, 1, 9),
                                      {.indifference = 0.01, .first = 10, .most = 15});
  CHECK_FALSE(s.certain);
  CHECK(s.probability > 0.5);
  CHECK(s.probability < 0.99);
}

TEST_CASE("samples that stop in between leave the best so far") {
  const Sample systems = normal_systems({5, 1, 3}, 0.1, 2);
  int calls = 0;
  const Sample stops = [&](std::span<const std::size_t> asked, int to) {
    return ++calls > 1 ? std::vector<Values>{} : systems(asked, to);
  };
  const Selection s =
      select_smallest(3, stops, {.indifference = 1e-6, .first = 4, .most = 100, .finalists = 1});
  CHECK(s.stopped);
  CHECK(s.best == 1);
}

TEST_CASE("two candidates that are exactly alike end with the first") {
  const Selection s = select_smallest(2, normal_systems({3, 3}, 0, 1), {.indifference = 0.1});
  CHECK(s.best == 0);
  CHECK(s.certain);
}

TEST_CASE("the probability follows from Student's law of the paired gaps") {
  // Gaps of the rival over the best: 1, 2, 3: mean 2, sd 1, n 3; t = 2 sqrt(3) = 3.4641 on 2
  // degrees. P(T < 3.4641) = 1/2 + t / (2 sqrt(2 + t^2)) = 0.5 + 3.4641 / (2 sqrt(14)) = 0.96291
  const std::vector<Values> values{
      {1, 1, 1},
      {2, 3, 4}
  };
  CHECK(probability_of_correct_selection(values, 0, 0) == Approx(0.96291).epsilon(1e-5));
}

TEST_CASE("rivals that came to the same in every replication are one doubt") {
  const Values best{1, 1, 1}, rival{2, 3, 4};
  const std::vector<Values> one{best, rival}, twins{best, rival, rival, {2, 3}};
  CHECK(probability_of_correct_selection(twins, 0, 0) == probability_of_correct_selection(one, 0, 0));
  // Who differs in one, or was seen once, is somebody else.
  const std::vector<Values> others{best, rival, {2, 3, 5}};
  CHECK(probability_of_correct_selection(others, 0, 0) < probability_of_correct_selection(one, 0, 0));
  const std::vector<Values> seen_once{best, rival, {2}};
  CHECK(probability_of_correct_selection(seen_once, 0, 0) == Approx(0.96291 - 0.5).epsilon(1e-5));
}
