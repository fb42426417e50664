#include "planner/measure.h"

#include <catch2/catch.hpp>

#include "tests/planner/canned.h"

namespace berth {
namespace {

TEST_CASE("a job that was never submitted for a failure before it counts as failed") {
  const Scenario scenario = canned::scenario();
  Outcome outcome = canned::outcome();  // 96 jobs were submitted
  outcome.training[0].failed = 3;
  outcome.training[0].skipped = 4;
  const Observation seen = measure(scenario, scenario.placements[0], outcome);
  CHECK(seen.training[0].failed_share == Approx(7.0 / 100));
  CHECK(seen.training[0].interruptions_per_job == Approx(0));
}

TEST_CASE("a class of which all jobs were skipped has failed as a whole") {
  const Scenario scenario = canned::scenario();
  Outcome outcome = canned::outcome();
  outcome.training[0] = {.skipped = 5};
  for (Histogram& phase : outcome.training[0].phases) phase = {};
  const Observation seen = measure(scenario, scenario.placements[0], outcome);
  CHECK(seen.training[0].failed_share == Approx(1));
  CHECK(!seen.training[0].interruptions_per_job);
}

}  // namespace
}  // namespace berth
