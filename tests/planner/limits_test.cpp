#include "planner/limits.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
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
  // It is shown to hold where that law says so, not at what was counted.
  const auto checks = check_limits(scenario, limits, candidate, Observations(3, seen), {});
  const auto check = std::ranges::find(checks, "interruptions_per_job", &LimitCheck::name);
  REQUIRE(check != checks.end());
  CHECK(check->holds_at.value() == Approx(3.0 / 150).epsilon(0.01));
  CHECK(miss(*check) == 0);
  CHECK_FALSE(check->missed_by);
}

TEST_CASE("formulas know interruptions: an option that has more than twice what is allowed goes") {
  const Limits limits{.start_within = {{}}, .deadline_missed = {{}}, .interruptions = {0.0005}};
  TrainingForecast forecast;
  forecast.interruptions_per_job = 0.0009;
  CHECK_FALSE(hopeless(limits, 0, forecast));
  forecast.interruptions_per_job = 0.0016;
  CHECK(hopeless(limits, 0, forecast));
}

TEST_CASE("limits are given up as they were stated: once for all, or a workload's own goal") {
  Scenario scenario = three_classes();
  scenario.training[0].start_slo = 60s;
  scenario.training[2].start_slo = 60s;
  PlanRequest request;
  request.limits.cost_usd_per_month = 500;
  const auto words = [&] {
    std::vector<std::string> list;
    for (const StatedLimit& limit : stated_limits(scenario, request)) list.push_back(in_words(limit));
    return list;
  };
  CHECK(words() == std::vector<std::string>{
                       "start_within_share of a >= 95 %", "start_within_share of c >= 95 %",
                       "unserved_share <= 1 %", "failed_share <= 1 %", "cost <= 500 $/month"});
  request.limits.start_within_share = 0.9;
  request.limits.interruptions_per_job = 0.02;
  CHECK(words() == std::vector<std::string>{
                       "start_within_share >= 90 %", "interruptions_per_job <= 0.02",
                       "unserved_share <= 1 %", "failed_share <= 1 %", "cost <= 500 $/month"});
  Limits limits = limits_of(scenario, request);
  move_limit(limits, scenario, {"start_within_share", "", 0.9}, 0.5);
  CHECK(limits.start_within == std::vector<std::optional<double>>{0.5, std::nullopt, 0.5});
  move_limit(limits, scenario, {"start_within_share", "c", 0.9}, std::nullopt);
  CHECK(limits.start_within == std::vector<std::optional<double>>{0.5, std::nullopt, std::nullopt});
  move_limit(limits, scenario, {"cost_usd_per_month", "", 500, false}, std::nullopt);
  CHECK_FALSE(limits.cost_usd);
  move_limit(limits, scenario, {"unserved_share", "", 0.01, false}, std::nullopt);
  CHECK(limits.unserved > 1e300);
}
