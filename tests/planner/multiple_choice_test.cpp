#include "planner/multiple_choice.h"

#include <catch2/catch.hpp>

#include "models/random_stream.h"

using namespace berth;

TEST_CASE("bound and rounding enclose the optimum, at most one class's step apart") {
  for (std::uint32_t number = 0; number < 30; ++number) {
    CAPTURE(number);
    RandomStream draw(11, number, Purpose::resampling, 0);
    std::vector<std::vector<BudgetedChoice>> classes(4);
    double widest = 0, least = 0;
    for (auto& options : classes) {
      double lowest = 1e9, highest = 0, sparing = 1e9;
      for (int k = 0; k < 4; ++k) {
        options.push_back({10 * draw.uniform(), 10 * draw.uniform()});
        lowest = std::min(lowest, options.back().cost);
        highest = std::max(highest, options.back().cost);
        sparing = std::min(sparing, options.back().use);
      }
      widest = std::max(widest, highest - lowest);
      least += sparing;
    }
    const double budget = least + 6;
    double best = 1e9;
    for (int n = 0; n < 256; ++n) {
      double cost = 0, use = 0;
      for (int c = 0, rest = n; c < 4; ++c, rest /= 4)
        cost += classes[c][rest % 4].cost, use += classes[c][rest % 4].use;
      if (use <= budget) best = std::min(best, cost);
    }
    const auto got = choose_within(classes, budget);
    REQUIRE(got);
    CHECK(got->bound <= best + 1e-9);
    CHECK(got->cost >= best - 1e-9);
    CHECK(got->cost - got->bound <= widest + 1e-9);
    CHECK_FALSE(choose_within(classes, least - 0.01));
  }
}
