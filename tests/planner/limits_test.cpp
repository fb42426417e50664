#include "planner/limits.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/planner/formula_world.h"

using namespace berth;

TEST_CASE("on spot a few days without an interruption are no proof that there are none") {
  Scenario scenario = three_classes();
  Limits limits{.start_within = {{}, {}, {}}, .deadline_missed = {{}, {}, {}}, .interruptions = {0.02, {}, {}}};
  PlanCandidate candidate{.placement = scenario.placements[0]};
  Observation seen;
  seen.training.resize(3);
  seen.training[0].jobs = 50;
  const auto met = [&](std::size_t days) {
    const Observations all(days, seen);
    for (const LimitCheck& check : check_limits(scenario, limits, candidate, all, {}))
      if (check.name == "interruptions_per_job") return check.met;
    return false;
  };
  candidate.placement.training[0].offering = Offering::on_demand;
  CHECK(met(2));
  candidate.placement.training[0].offering = Offering::spot;
  CHECK_FALSE(met(2));  // 3.0 of 100 jobs
  CHECK(met(3));        // 3.0 of 150
  limits.interruptions[0] = 0;
  CHECK_FALSE(met(1000));
}

TEST_CASE("formulas know interruptions: an option that has more than twice what is allowed goes") {
  const Limits limits{.start_within = {{}}, .deadline_missed = {{}}, .interruptions = {0.0005}};
  TrainingForecast forecast;
  forecast.interruptions_per_job = 0.0009;
  CHECK_FALSE(hopeless(limits, 0, forecast));
  forecast.interruptions_per_job = 0.0016;
  CHECK(hopeless(limits, 0, forecast));
}
