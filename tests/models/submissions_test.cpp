#include "models/submissions.h"

#include <catch2/catch.hpp>

#include "tests/support/builders.h"

namespace berth {
namespace {

std::vector<double> due_times(const Scenario& scenario, std::size_t count, Replication replication = {}) {
  Submissions submissions(scenario, {0}, replication);
  std::vector<double> times;
  while (times.size() < count) {
    const auto next = submissions.next();
    if (!next) break;
    times.push_back(next->due.count());
  }
  return times;
}

TEST_CASE("periodic submissions are aligned with the window and fill the warm-up", "[submissions]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 900s, .offset = 60s}, 10s));
  scenario.warm_up = 2000s;
  // The window's first is at 2000 + 60; before it 1160 and 260.
  CHECK(due_times(scenario, 4) == std::vector<double>{260, 1160, 2060, 2960});
}

TEST_CASE("models of a class are spread over an interval, or all come at once", "[submissions]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 900s}, 10s));
  scenario.training[0].models = 3;
  CHECK(due_times(scenario, 4) == std::vector<double>{0, 300, 600, 900});
  scenario.training[0].schedule = Every{.interval = 900s, .spread = false};
  CHECK(due_times(scenario, 4) == std::vector<double>{0, 0, 0, 900});
}

TEST_CASE("cron is read against the calendar, once for every model", "[submissions]") {
  std::string why;
  Cron nightly = *parse_cron("30 2 * * *", &why);
  Scenario scenario = small_scenario(test_class(nightly, 10s));
  scenario.training[0].models = 2;
  scenario.warm_up = 3600s;  // the clock starts on Sunday at 23:00; 2:30 is 3.5 h later
  CHECK(due_times(scenario, 3) == std::vector<double>{12'600, 12'600, 99'000});
}

TEST_CASE("jitter is between nothing and its width, and the same whatever else happens",
          "[submissions]") {
  Scenario scenario =
      small_scenario(test_class(Every{.interval = 10s, .jitter = 60s}, 10s));
  Submissions submissions(scenario, {0}, {.seed = 5});
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Seconds delay = submissions.next()->delay;
    REQUIRE(delay >= 0s);
    REQUIRE(delay < 60s);
    sum += delay.count();
  }
  CHECK(sum / 10'000 == Approx(30).margin(4 * 60 / std::sqrt(12.0 * 10'000)));
  Scenario again = scenario;
  again.training.push_back(again.training[0]);  // another class does not move this one
  CHECK(Submissions(again, {0}, {.seed = 5}).next()->delay ==
        Submissions(scenario, {0}, {.seed = 5}).next()->delay);
}

TEST_CASE("Poisson arrivals have the rate they are given", "[submissions]") {
  const Scenario scenario = small_scenario(test_class(Poisson{RateCurve::constant(0.5)}, 10s));
  const auto times = due_times(scenario, 10'000);
  // The 10,000th arrival is at 20,000 s, with a standard deviation of 200 s.
  CHECK(times.back() == Approx(20'000).margin(800));
}

TEST_CASE("a trace is relative to the window", "[submissions]") {
  Scenario scenario = small_scenario(test_class(Trace{{1s, 5s}}, 10s));
  scenario.warm_up = 100s;
  CHECK(due_times(scenario, 3) == std::vector<double>{101, 105});
}

TEST_CASE("a trace's jobs before the simulation are skipped and keep their numbers", "[submissions]") {
  Scenario scenario = small_scenario(test_class(Trace{{-500s, -100s, -40s, 0s, 5s}}, 10s));
  scenario.warm_up = 100s;
  CHECK(due_times(scenario, 5) == std::vector<double>{0, 60, 100, 105});
  const auto numbers = [&scenario] {
    Submissions submissions(scenario, {0}, {});
    std::vector<std::uint64_t> seen;
    while (const auto next = submissions.next()) seen.push_back(next->number);
    return seen;
  };
  CHECK(numbers() == std::vector<std::uint64_t>{1, 2, 3, 4});
  scenario.warm_up = 0s;  // line 3 is job 3, whatever the warm-up
  CHECK(numbers() == std::vector<std::uint64_t>{3, 4});
}

TEST_CASE("no two jobs share a name in the random streams", "[submissions]") {
  CHECK(job_entity({1}, 0) != job_entity({0}, 1));
  CHECK(job_entity({0}, 5, 1) != job_entity({0}, 5, 0));
  CHECK(job_entity({255}, (std::uint64_t{1} << 40) - 1) != job_entity({256}, 0));
}

TEST_CASE("the last attempt of a job has a name of its own", "[submissions]") {
  CHECK(job_entity({0}, 7, kMostAttempts) >> 63 == 0);
  CHECK(job_entity({0}, 7, kMostAttempts) != job_entity({0}, 7, 0));
}

}  // namespace
}  // namespace berth
