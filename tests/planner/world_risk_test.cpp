// How placements stand in other worlds: formulas with known answers.
#include "planner/world_risk.h"

#include <catch2/catch.hpp>

#include "planner/make_plan.h"
#include "tests/planner/formula_world.h"

using namespace berth;

namespace {

// A service of 2 busy slots on 3 or on 12 instances of one slot each, of 0.23 $ an hour.
Scenario one_service() {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  scenario.training.clear();
  scenario.placements.clear();
  scenario.horizon = 24h;
  scenario.services = {two_slots_busy()};
  for (const int n : {3, 12}) {
    const ServiceHome home{.platform = {0}, .type = {0}, .replicas = {.min = n, .max = n}};
    scenario.placements.push_back({.name = "on " + std::to_string(n), .services = {home}});
  }
  return scenario;
}

WorldStudy both(const Scenario& scenario, const PlanRequest& request) {
  AnalysisMemory memory;
  Options options;
  for (const Placement& placement : scenario.placements) {
    options.services.resize(1);
    options.services[0].push_back(placement.services[0]);
  }
  const Contender contenders[] = {{"small", {0}}, {"large", {1}}};
  return study_worlds(scenario, request, options, contenders, limits_of(scenario, request), {}, memory);
}

}  // namespace

TEST_CASE("what a service lacks weighs in regret, and costs stay dollars") {
  const Scenario scenario = one_service();
  PlanRequest request;
  // Four times the requests, as good as: 8 busy slots.
  request.uncertain = {{WorldInput::demand, 3.9999, 4, 4.0001, 0.9}};
  const double instance = 0.23 * 730;
  for (const double weight : {0.0, 3.0, 1000.0}) {
    CAPTURE(weight);
    request.under_provisioning = weight;
    const WorldStudy study = both(scenario, request);
    const WorldRisk &small = study.risks[0], &large = study.risks[1];
    // A cent is the registry's.
    CHECK(small.expected_usd == Approx(3 * instance).margin(0.02));
    CHECK(small.cvar_usd == Approx(3 * instance).margin(0.02));
    // 3 of 8 are carried by 3 instances: 5 more would do for the rest.
    CHECK(small.expected_lack_usd == Approx(5 * instance).epsilon(0.001));
    CHECK(large.expected_lack_usd == 0);
    // The small one misses its goal there, so that the large one is the best whatever it costs.
    const double weighed = 3 + weight * 5, more = std::max(0.0, weighed - 12);
    CHECK(small.worlds_broken_share == 1);
    CHECK(large.worlds_broken_share == 0);
    CHECK(small.expected_regret_share == Approx(more / 12).epsilon(0.001).margin(1e-6));
    CHECK(large.expected_regret_share == Approx(0).margin(1e-9));
    CHECK(small.weighted_regret_usd == Approx(more * instance).epsilon(0.001).margin(1e-6));
    // Of the recommendation, which is the first, whoever is best on average.
    CHECK(study.value_of_information == small.weighted_regret_usd);
    REQUIRE(study.hedge.has_value() == (weight > 0));
    if (!study.hedge) continue;
    CHECK(study.hedge->candidate == "large");
    CHECK(study.hedge->weighed_usd.mean == Approx((12 - weighed) * instance).epsilon(0.001));
  }
}

TEST_CASE("the best choice of a world is one that keeps its limits there, if any does") {
  Scenario scenario = one_service();
  PlanRequest request;
  request.under_provisioning = 0;
  request.uncertain = {{WorldInput::demand, 3.9999, 4, 4.0001, 0.9}};
  // Contenders the other way round: who is cheaper for breaking its goal is neither the best nor a hedge.
  std::swap(scenario.placements[0], scenario.placements[1]);
  const WorldStudy study = both(scenario, request);
  CHECK(study.risks[0].weighted_regret_usd == Approx(0).margin(1e-9));
  CHECK_FALSE(study.hedge);
  // Where nobody keeps it the cheapest is the best.
  scenario.services[0].slo_target = 0.9999999;
  scenario.placements[0].services[0].replicas.min = scenario.placements[0].services[0].replicas.max = 4;
  const WorldStudy all_break = both(scenario, request);
  CHECK(all_break.risks[0].worlds_broken_share == 1);
  CHECK(all_break.risks[0].weighted_regret_usd == Approx(0.23 * 730).epsilon(0.01));
}

TEST_CASE("who stands as well within what counts as the same is no hedge") {
  Scenario scenario = one_service();
  scenario.placements[1].services[0].replicas.min = scenario.placements[1].services[0].replicas.max = 3;
  PlanRequest request;
  request.uncertain = {{WorldInput::demand, 0.5, 1, 4, 0.9}};
  CHECK_FALSE(both(scenario, request).hedge);
}

TEST_CASE("over uncertain worlds regret is against the best choice of each world") {
  const Scenario scenario = three_classes();
  PlanRequest request;
  request.uncertain = {{WorldInput::sagemaker_price, 0.5, 1, 2, 0.9}};
  AnalysisMemory memory;
  const Options options = options_of(scenario, request);
  const Analysis analysis = analyse(scenario, request, options, &memory);
  const Choice sagemaker = *choice_of(options, scenario.placements[0]);
  const Choice kubernetes = *choice_of(options, scenario.placements[1]);
  const Contender both[] = {{"sagemaker", sagemaker}, {"kubernetes", kubernetes}};
  const auto study_on = [&](int threads) {
    return study_worlds(scenario, request, options, both, limits_of(scenario, request), {}, memory, threads);
  };
  const WorldStudy study = study_on(1);
  REQUIRE(study.risks.size() == 2);
  for (const int threads : {2, 7}) {
    const WorldStudy again = study_on(threads);
    CHECK(again.worlds == study.worlds);
    CHECK(again.value_of_information == study.value_of_information);
    for (std::size_t c = 0; c < 2; ++c) {
      CHECK(again.risks[c].expected_usd == study.risks[c].expected_usd);
      CHECK(again.risks[c].regret_share_95 == study.risks[c].regret_share_95);
    }
  }
  // The cluster does not care for SageMaker's price: the same cost in every world.
  CHECK(study.risks[1].cvar_usd == Approx(study.risks[1].expected_usd));
  CHECK(study.risks[0].cvar_usd > study.risks[0].expected_usd);
  CHECK(study.value_of_information >= 0);
  for (const WorldRisk& risk : study.risks) {
    CHECK(risk.regret_share_95 >= 0);
    CHECK(risk.largest_regret_share >= risk.regret_share_95);
  }
}

TEST_CASE("limits on a placement as a whole break in other worlds, too") {
  Scenario scenario = three_classes();
  scenario.people.activities = {{.name = "clusters", .hours_per_month = 18, .per = ToilActivity::Per::cluster},
                                {.name = "account", .hours_per_month = 12, .per = ToilActivity::Per::sagemaker_account}};
  const auto study_of = [&](const PlanRequest& request) {
    AnalysisMemory memory;
    const Options options = options_of(scenario, request);
    const Contender contenders[] = {{"kubernetes", *choice_of(options, scenario.placements[1])},
                                    {"sagemaker", *choice_of(options, scenario.placements[0])}};
    return study_worlds(scenario, request, options, contenders, limits_of(scenario, request), {}, memory);
  };
  // 18 hours for the cluster and 12 for the account, times 1.5.
  PlanRequest hours;
  hours.limits.people_hours_per_month = 20;
  hours.uncertain = {{WorldInput::toil, 1.4999, 1.5, 1.5001, 0.9}};
  CHECK(study_of(hours).risks[0].worlds_broken_share == 1);
  CHECK(study_of(hours).risks[1].worlds_broken_share == 0);
  // Who is cheaper for breaking it is not what others are held against.
  CHECK(study_of(hours).risks[1].weighted_regret_usd == Approx(0).margin(1e-9));
  PlanRequest dollars;
  AnalysisMemory memory;
  const Options options = options_of(scenario, dollars);
  const Analysis now = analyse(scenario, dollars, options, &memory);
  const double usd = appraise(now.problem, *choice_of(options, scenario.placements[1])).usd;
  dollars.limits.cost_usd_per_month = 1.5 * usd;
  dollars.uncertain = {{WorldInput::ec2_price, 1.9999, 2, 2.0001, 0.9}};
  CHECK(study_of(dollars).risks[0].worlds_broken_share == 1);
  dollars.uncertain = {{WorldInput::ec2_price, 1.1999, 1.2, 1.2001, 0.9}};
  CHECK(study_of(dollars).risks[0].worlds_broken_share == 0);
  // What formulas hold to be missed as things are, though it was recommended, tells nothing of worlds.
  dollars.limits.cost_usd_per_month = 0.9 * usd;
  CHECK(study_of(dollars).risks[0].worlds_broken_share == 0);
}

TEST_CASE("a plan for a latency says that worlds are judged by dollars, and names nobody better for them") {
  // On the cluster starts take 40 s for 100, and it is dearer in every world.
  const FormulaWorld world{.on_cluster = {500, 500, 500}, .common = 0, .own = 0.1};
  PlanRequest request;
  request.uncertain = {{WorldInput::sagemaker_price, 0.1, 0.2, 0.3, 0.9}};
  const auto is_told = [](const Plan& plan) {
    return std::ranges::any_of(plan.notes, [](const std::string& note) {
      return note.starts_with("other worlds are judged by dollars");
    });
  };
  Scenario scenario = three_classes();
  scenario.people.hour.rate = 100;
  scenario.people.activities = {{.name = "clusters", .hours_per_month = 50, .per = ToilActivity::Per::cluster}};
  request.objective = Objective::start_latency;
  const Plan fast = make_plan(scenario, request, world.simulate(), {});
  REQUIRE(fast.recommendation);
  REQUIRE(fast.worlds.size() > 1);
  CHECK(fast.worlds[1].weighted_regret_usd < fast.worlds[0].weighted_regret_usd);
  CHECK(is_told(fast));
  CHECK_FALSE(fast.hedge);
  request.objective = Objective::cost;
  CHECK_FALSE(is_told(make_plan(scenario, request, world.simulate(), {})));
}

TEST_CASE("a stop ends the worlds, and the plan says how many were judged") {
  PlanRequest request;
  request.uncertain = {{WorldInput::sagemaker_price, 0.5, 1, 2, 0.9}};
  FormulaWorld world;
  bool now = false;
  int left = 0;  // worlds that begin before the stop
  PlanRules rules{.interrupted = [&] { return now && left-- <= 0; },
                  .say = [&](const std::string& what) { now = now || what.ends_with("other worlds"); }};
  SECTION("before the first") {}
  SECTION("after three") { left = 3; }
  const int judged = left;
  const Plan plan = make_plan(three_classes(), request, world.simulate(), rules);
  CHECK_FALSE(plan.finished);
  CHECK(plan.unfinished == "it was interrupted");
  CHECK(plan.recommendation);
  CHECK(plan.world_count == judged);
  CHECK(plan.worlds_asked == 20);
  CHECK(plan.worlds.empty() == (judged == 0));
  CHECK(plan.value_of_information_usd.has_value() == (judged > 0));
  CHECK(plan.sensitivity.empty());
}

TEST_CASE("worlds are priced with the formulas that the simulation corrected") {
  const Scenario scenario = three_classes();
  PlanRequest request;
  // A world as it is, as good as: low and high are a thousandth away.
  request.uncertain = {{WorldInput::sagemaker_price, 0.999, 1, 1.001, 0.9}};
  FormulaWorld world;
  world.own = world.common = 0;
  // Everybody stays on SageMaker, at a cost that formulas do not know.
  world.on_sagemaker = {20, 22, 24};
  const Plan plan = make_plan(scenario, request, world.simulate(), {});
  REQUIRE(plan.recommendation);
  REQUIRE_FALSE(plan.worlds.empty());
  // 66 $ of the classes, and a cent of the registry by formulas. Plain ones say about 150.
  CHECK(plan.candidates[*plan.recommendation].analytic_usd == Approx(66).margin(0.1));
  CHECK(plan.worlds[0].expected_usd == Approx(66).margin(0.1));
}
