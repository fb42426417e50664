// Limits of a placement as a whole, and of interruptions on spot, in flips: worlds with a known answer.
#include <algorithm>

#include <catch2/catch.hpp>

#include "planner/flip.h"
#include "planner/flip_formulas.h"
#include "tests/planner/flip_of.h"
#include "tests/planner/formula_world.h"

using namespace berth;

namespace {

using Per = ToilActivity::Per;

// So many hours for a cluster that is used, and for SageMaker, at 1 $.
Scenario with_toil(double cluster, double sagemaker) {
  Scenario scenario = three_classes();
  scenario.people.hour.rate = 1;
  scenario.people.activities = {{.name = "clusters", .hours_per_month = cluster, .per = Per::cluster},
                                {.name = "accounts", .hours_per_month = sagemaker, .per = Per::sagemaker_account}};
  return scenario;
}

// SageMaker's dollars where its price is so many times as high, the cluster's wherever.
SimulateRange charging(double sagemaker, double cluster) {
  return [=](const Scenario& there, std::span<const Placement> placements, int from, int to) {
    FormulaWorld world;
    world.own = world.common = 0;
    const double factor = there.catalogue.types[0].sagemaker_training->usd / 0.23;
    world.on_sagemaker.assign(3, sagemaker * factor / 3);
    world.on_cluster.assign(3, cluster / 3);
    return world.simulate()(there, placements, from, to);
  };
}

}  // namespace

TEST_CASE("who asks people for more hours than a limit allows is no better choice") {
  // 300 f + 5 on SageMaker; 360 + 20 on the cluster, which is cheaper by the indifference from f = 1.263 on, at 20 hours;
  // any of them there and the rest on SageMaker takes 25.
  const Scenario scenario = with_toil(20, 5);
  PlanRequest request;
  const auto flip = [&] {  // formulas know the hours; the rival is simulated all the same
    return flip_of(scenario, request, scenario.placements[0], charging(300, 360), "sagemaker_price",
                   {{.placement = scenario.placements[1], .more = 75}});
  };
  const Flip free = flip();
  REQUIRE(free.at);
  CHECK(*free.at > 1.263);
  request.limits.people_hours_per_month = 10;
  CHECK_FALSE(flip().at);
  request.limits.people_hours_per_month = 20;
  CHECK(flip().at == free.at);
}

TEST_CASE("toil turns a choice where its hours pass their limit, and all leave together") {
  // 5 f hours of at most 10, and on the cluster 3 f: any one that stays on SageMaker keeps its 5 f.
  const Scenario scenario = with_toil(3, 5);
  PlanRequest request;
  request.limits.people_hours_per_month = 10;
  const Flip flip = flip_of(scenario, request, scenario.placements[0], charging(300, 400), "toil");
  REQUIRE(flip.at);
  CHECK(*flip.at > 2);
  CHECK(*flip.at <= 2.1);
  CHECK(*flip.stays_at <= 2);
  CHECK(flip.moves.size() == 3);
  CHECK(flip.how == "simulated, breaks a limit");
  // Dearer, and still the answer: 400 + 3 f against 300 + 5 f.
  CHECK(flip.difference_beyond->mean == Approx(100 - 2 * *flip.at).margin(0.1));
}

TEST_CASE("where nothing keeps the hours a table says so") {
  const Scenario scenario = with_toil(6, 5);
  PlanRequest request;
  request.limits.people_hours_per_month = 10;
  const auto toil = [&] { return flip_of(scenario, request, scenario.placements[0], charging(300, 400), "toil"); };
  const Flip flip = toil();
  CHECK_FALSE(flip.at);
  CHECK(flip.how.starts_with("simulated: the limit on people_hours_per_month breaks at x2"));
  CHECK(flip.how.ends_with("and nothing that was tried mends it"));
  // What it breaks as things are counts against nobody.
  request.limits.people_hours_per_month = 4;
  CHECK(toil().how.find("limit on") == std::string::npos);
}

TEST_CASE("formulas know the hours and the cost that a placement may take") {
  Scenario scenario = with_toil(20, 5);
  PlanRequest request;
  const Options options = options_of(scenario, request);
  const Choice sagemaker = *choice_of(options, scenario.placements[0]);
  AnalysisMemory memory;
  const Correction correction;
  const auto best_at = [&](double factor) {
    FlipFormulas formulas(scenario, request, options, sagemaker, correction, memory);
    return formulas.best_at(WorldInput::sagemaker_price, factor);
  };
  CHECK(best_at(10).choice != sagemaker);
  request.limits.people_hours_per_month = 10;
  CHECK(best_at(10).choice == sagemaker);
  // SageMaker passes the cost of the cluster, and that keeps the limit.
  request.limits = {};
  const auto cost_of = [&](const Placement& placement) {
    return appraise(analyse(scenario, request, options, &memory).problem, *choice_of(options, placement)).usd;
  };
  const double now = cost_of(scenario.placements[0]), most = 1.1 * std::max(now, cost_of(scenario.placements[1]));
  request.limits.cost_usd_per_month = most;
  CHECK_FALSE(best_at(0.9 * most / now).by_limit);
  CHECK(best_at(1.2 * most / now).by_limit);
  // What is broken as things are decides nothing.
  request.limits.cost_usd_per_month = 0.5 * now;
  CHECK_FALSE(best_at(1.2 * most / now).by_limit);
}

TEST_CASE("a cost that passes its limit is a flip or an end of all choices") {
  // 300 $ and 5 hours at 1 $ f on SageMaker, 390 $ and nobody's time on the cluster: 350 $ are passed at f = 10, where
  // the cluster passes them, too; 400 $ at f = 20, beyond 18.8, where the cluster is cheaper by the indifference.
  const Scenario scenario = with_toil(0, 5);
  PlanRequest request;
  const auto flip = [&](double limit) {
    request.limits.cost_usd_per_month = limit;
    FlipTableRules rules;
    rules.high = 30;
    const FlipTable table =
        flip_table(scenario, request, scenario.placements[0],
                   {{.placement = scenario.placements[1], .more = 85}}, {}, charging(300, 390), rules);
    return *std::ranges::find(table.flips, "hour_price", &Flip::input);
  };
  const Flip none = flip(350);
  CHECK_FALSE(none.at);
  CHECK(none.how.starts_with("simulated: the limit on cost_usd_per_month breaks at 10"));
  const Flip dollars = flip(400);
  REQUIRE(dollars.at);
  CHECK(*dollars.at > 18.78);
  CHECK(*dollars.at <= 19.8);
  CHECK(dollars.how == "simulated, paired");
}

TEST_CASE("the share that could move turns a choice where it falls below its limit") {
  // a stays on SageMaker at 100 f; b and c could move, and cost 50 each on the cluster. Of 100 + 100 f two fifths are
  // movable up to f = 1.5; with b on SageMaker 50 + 100 f of 50 + 200 f are, which is more than half.
  const Scenario scenario = three_classes();
  PlanRequest request;
  request.limits.portable_share = 0.4;
  request.training.push_back({"a", {.platforms = {"sagemaker"}}});
  Placement chosen = scenario.placements[1];
  chosen.training[0] = scenario.placements[0].training[0];
  const Flip flip = flip_of(scenario, request, chosen, charging(300, 150), "sagemaker_price");
  REQUIRE(flip.at);
  CHECK(*flip.at > 1.5);
  CHECK(*flip.at <= 1.6);
  CHECK(flip.moves.size() == 1);
  CHECK(flip.how == "simulated, breaks a limit");
  request.limits.portable_share.reset();
  const Flip free = flip_of(scenario, request, chosen, charging(300, 150), "sagemaker_price");
  CHECK((!free.at || *free.at < 1));
}

TEST_CASE("who moves to spot must be shown to keep a limit on interruptions") {
  // 96 jobs in each of 12 replications at most, and not one interrupted: up to 2.9957 / 1152 = 0.0026 a job. At 110 f on
  // spot it is cheaper than 100 on demand by the indifference where f < 0.9.
  Scenario scenario = three_classes();
  scenario.training.resize(1);
  for (Placement& placement : scenario.placements) placement.training.resize(1);
  scenario.catalogue.types[0].spot_reclaim_per_month = 0.001;  // by formulas next to nobody is, either
  Placement spot = scenario.placements[0];
  spot.name = "spot";
  spot.training[0].offering = Offering::spot;
  scenario.placements = {scenario.placements[0], spot};
  const SimulateRange simulate = [](const Scenario& there, std::span<const Placement> placements, int from, int to) {
    const double factor = there.catalogue.types[0].ec2_spot->usd / 0.0653;
    Simulated all;
    for (const Placement& placement : placements) {
      FormulaWorld world;
      world.own = world.common = 0;
      world.on_sagemaker = {placement.training[0].offering == Offering::spot ? 110 * factor : 100};
      world.on_cluster = {1000};
      all.outcomes.push_back(world.simulate()(there, std::span(&placement, 1), from, to).outcomes[0]);
    }
    return all;
  };
  PlanRequest request;
  const auto flip = [&](double limit) {
    request.limits.interruptions_per_job = limit;
    return flip_of(scenario, request, scenario.placements[0], simulate, "spot_price");
  };
  const Flip shown = flip(0.0027);
  REQUIRE(shown.at);
  CHECK(*shown.at < 0.9);
  CHECK(*shown.at >= 0.89 - 1e-9);
  CHECK(shown.moves.size() == 1);
  CHECK_FALSE(flip(0.0025).at);
}
