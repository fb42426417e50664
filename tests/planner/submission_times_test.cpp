#include "planner/submission_times.h"

#include <catch2/catch.hpp>

#include "models/submissions.h"
#include "tests/support/builders.h"

namespace berth {
namespace {

TEST_CASE("a class with a clock comes by it, up to the window's end", "[submission_times]") {
  const Scenario scenario = small_scenario(test_class(Every{.interval = 3000s}, 10s));
  CHECK(submission_times(scenario, {0}, 0) == std::vector<double>{0, 3000, 6000});
  CHECK(submission_times(scenario, {0}, 0, 2) == std::vector<double>{0, 3000});
}

TEST_CASE("followers come when those before them have run", "[submission_times]") {
  // 0 (two models, 100 s) -> 1 (one, 50 s and 8 s of init) -> 2 (three); 3 comes after 0 and 1.
  TrainingClass first = test_class(Every{.interval = 3000s}, 100s);
  first.models = 2;  // at 0 and 1500, 3000 and 4500, ...
  Scenario scenario = small_scenario(first);
  TrainingClass second = test_class(After{{{0}}}, 50s);
  second.init = 8s;
  TrainingClass third = test_class(After{{{1}}}, 10s);
  third.models = 3;
  scenario.training.push_back(second);
  scenario.training.push_back(third);
  scenario.training.push_back(test_class(After{{{0}, {1}}}, 10s));
  CHECK(submission_times(scenario, {1}, 0) == std::vector<double>{1600, 4600});
  CHECK(submission_times(scenario, {2}, 0) ==
        std::vector<double>{1658, 1658, 1658, 4658, 4658, 4658});
  CHECK(submission_times(scenario, {3}, 0) == std::vector<double>{1658, 4658});
}

TEST_CASE("a follower waits for the longest of those before it, wherever it is named",
          "[submission_times]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 9000s}, 500s));
  scenario.training.push_back(test_class(Every{.interval = 9000s}, 100s));
  scenario.training.push_back(test_class(After{{{0}, {1}}}, 10s));
  CHECK(submission_times(scenario, {2}, 0) == std::vector<double>{500});
}

}  // namespace
}  // namespace berth
