#include "planner/objective.h"

#include <catch2/catch.hpp>

#include "planner/analytic.h"
#include "tests/planner/formula_world.h"

using namespace berth;

TEST_CASE("a replication is worth what its objective asks about") {
  Observation one{.usd = 100, .marginal_usd = 60};
  one.training = {{.start_p95_s = 10}, {.start_p95_s = 50}, {}};
  one.services = {{.p99_s = 0.2}, {.p99_s = 0.6}};
  const Volumes volumes{{3, 1, 5}, {1, 3}};
  CHECK(value_of(one, Objective::cost, volumes) == 100);
  CHECK(value_of(one, Objective::marginal_cost, volumes) == 60);
  // (3 x 10 + 50) / 4; nobody started of the third class. (0.2 + 3 x 0.6) / 4.
  CHECK(*value_of(one, Objective::start_latency, volumes) == Approx(20));
  CHECK(*value_of(one, Objective::serving_p99, volumes) == Approx(0.5));
  one.training = {{}, {}, {}};
  CHECK_FALSE(value_of(one, Objective::start_latency, volumes));
}

TEST_CASE("volumes are those of the formulas") {
  Scenario scenario = three_classes();
  scenario.training[1].schedule = Every{1800s};
  scenario.services = {two_slots_busy()};
  const Volumes volumes = volumes_of(scenario);
  // A day has 96 jobs every 15 minutes and 48 every 30; a month 730 / 24 days.
  CHECK(volumes.jobs_per_month[0] == Approx(96 * 730 / 24.0));
  CHECK(volumes.jobs_per_month[1] == Approx(48 * 730 / 24.0));
  CHECK(volumes.requests_per_s == std::vector{40.0});
}

TEST_CASE("objectives have their names, and units") {
  for (const Objective one : {Objective::cost, Objective::marginal_cost, Objective::start_latency,
                              Objective::serving_p99})
    CHECK(objective_named(name_of(one)) == one);
  CHECK_FALSE(objective_named("carbon"));
  CHECK(unit_of(Objective::marginal_cost) == "USD/month");
  CHECK(unit_of(Objective::serving_p99) == "s");
}

TEST_CASE("where a latency is asked for dollars decide between equals, and outweigh no hundredth of a millisecond") {
  PlacementProblem problem;
  problem.workloads = {{{.usd = 900, .qualities = {0, 0.030}}, {.usd = 100, .qualities = {0, 0.03001}},
                        {.usd = 800, .qualities = {0, 0.030}}}};
  const PlacementProblem soonest = in_objective(problem, Objective::serving_p99, 0);
  const auto value = [&](std::size_t k) { return appraise(soonest, {k}).value; };
  CHECK(value(0) < value(1));
  CHECK(value(2) < value(0));
}
