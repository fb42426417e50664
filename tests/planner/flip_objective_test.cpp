// Flips of plans for other objectives than the cost: worlds with a known answer.
#include <algorithm>
#include <functional>

#include <catch2/catch.hpp>

#include "planner/flip.h"
#include "planner/objective.h"
#include "planner/world_analysis.h"
#include "tests/planner/flip_of.h"
#include "tests/planner/used_world.h"

using namespace berth;

namespace {

PlanRequest asking(Objective objective) {
  PlanRequest request;
  request.objective = objective;
  return request;
}

double sagemaker_price(const Scenario& there) { return there.catalogue.types[0].sagemaker_training->usd / 0.23; }

// The cluster's classes pay 240 $ together, and 100 $ that serve everybody come on top where any of them is there.
SimulateRange with_shared_dollars(const std::function<double(const Scenario&)>& sagemaker_usd) {
  return [=](const Scenario& there, std::span<const Placement> placements, int from, int to) {
    FormulaWorld world;
    world.own = world.common = 0;
    world.on_sagemaker.assign(3, sagemaker_usd(there) / 3);
    world.on_cluster = {80, 80, 80};
    Simulated all = world.simulate()(there, placements, from, to);
    for (std::size_t p = 0; p < placements.size(); ++p)
      for (auto& outcome : all.outcomes[p]) {
        const bool pods = std::ranges::any_of(placements[p].training, [](const auto& home) { return home.pool.has_value(); });
        if (!pods) continue;
        const BillLine shared{.service = "Amazon EKS", .item = "clusters", .quantity = 1, .unit = "cluster-hour",
                              .unit_price = 1, .amount = usd(100 * (there.horizon / kMonth))};
        outcome->bill.lines.push_back(shared);
        outcome->bill.total += shared.amount;
      }
    return all;
  };
}

}  // namespace

TEST_CASE("a choice that is best by marginal cost turns by marginal cost") {
  // 240 on the cluster against 300 f: SageMaker is less by the indifference where f < 0.792. Fully loaded the cluster is
  // 340 $, and SageMaker is cheaper as things are.
  const Scenario scenario = three_classes();
  const SimulateRange simulate = with_shared_dollars([](const Scenario& there) { return 300 * sagemaker_price(there); });
  const Flip flip =
      flip_of(scenario, asking(Objective::marginal_cost), scenario.placements[1], simulate, "sagemaker_price");
  REQUIRE(flip.at);
  CHECK(*flip.at < 0.792);
  CHECK(*flip.at >= 0.792 - 0.0101);
  CHECK(*flip.stays_at >= 0.792);
  CHECK(flip.moves.size() == 3);
  CHECK(flip.difference_beyond->mean == Approx(300 * *flip.at - 240).margin(0.1));
}

TEST_CASE("what people cost is nothing to a marginal cost, but by a limit") {
  Scenario scenario = three_classes();
  scenario.people.hour.rate = 1;
  scenario.people.activities = {{.name = "clusters", .hours_per_month = 10, .per = ToilActivity::Per::cluster}};
  int simulated = 0;
  const SimulateRange inner = with_shared_dollars([](const Scenario&) { return 300; });
  const SimulateRange simulate = [&](const Scenario& there, std::span<const Placement> placements, int from, int to) {
    ++simulated;
    return inner(there, placements, from, to);
  };
  PlanRequest request = asking(Objective::marginal_cost);
  const Flip toil = flip_of(scenario, request, scenario.placements[1], simulate, "toil");
  CHECK_FALSE(toil.at);
  CHECK(toil.how == "changes what people cost alone: nothing to marginal_cost, and to no limit");
  // 340 $ and 10 f hours: 400 $ are passed at f = 6, and SageMaker, dearer by marginal cost, keeps them.
  request.limits.cost_usd_per_month = 400;
  const std::vector<FlipRival> sagemaker{{.placement = scenario.placements[0], .more = 60}};
  const Flip by_cost = flip_of(scenario, request, scenario.placements[1], simulate, "toil", sagemaker);
  REQUIRE(by_cost.at);
  CHECK(*by_cost.at > 6);
  CHECK(*by_cost.at <= 6.1);
  CHECK(by_cost.difference_beyond->mean == Approx(60).margin(0.1));
  request.limits = {.people_hours_per_month = 20};
  const Flip by_hours = flip_of(scenario, request, scenario.placements[1], simulate, "toil");
  REQUIRE(by_hours.at);
  CHECK(*by_hours.at > 2);
  CHECK(*by_hours.at <= 2.1);
  CHECK(flip_of(scenario, request, scenario.placements[1], simulate, "hour_price").how.starts_with("changes what"));
}

namespace {

// A pod starts in 40 s times the length of boots, SageMaker in 100 s; SageMaker costs 300 $ at its price now.
SimulateRange starting() {
  return [](const Scenario& there, std::span<const Placement> placements, int from, int to) {
    FormulaWorld world;
    world.own = world.common = 0;
    world.start_on_cluster = 40 * mean(std::get<Cluster>(there.platforms[1]).node_boot_cpu) / 60;
    world.on_sagemaker.assign(3, 100 * sagemaker_price(there));
    world.on_cluster = {110, 110, 110};
    return world.simulate()(there, placements, from, to);
  };
}

}  // namespace

TEST_CASE("a choice that starts soonest turns where another one starts sooner") {
  // 100 < 0.99 x 40 f at f = 2.525; histograms know seconds to a hundredth.
  const Scenario scenario = three_classes();
  const Flip flip = flip_of(scenario, asking(Objective::start_latency), scenario.placements[1], starting(),
                            "kubernetes_startup");
  REQUIRE(flip.at);
  CHECK(*flip.at > 2.5);
  CHECK(*flip.at <= 2.525 + 0.13);
  CHECK(flip.moves.size() == 3);
  CHECK(flip.difference_beyond->mean == Approx(100 - 40 * *flip.at).margin(2));
  CHECK(flip.how == "simulated, paired");
}

TEST_CASE("prices are nothing to a latency, but by a limit") {
  const Scenario scenario = three_classes();
  PlanRequest request = asking(Objective::start_latency);
  long simulated_for_prices = 0;
  const SimulateRange simulate = [&](const Scenario& there, std::span<const Placement> placements, int from, int to) {
    if (!(there.catalogue == scenario.catalogue)) ++simulated_for_prices;
    return starting()(there, placements, from, to);
  };
  const auto price = [&] {
    return flip_of(scenario, request, scenario.placements[1], simulate, "ec2_price");
  };
  CHECK(price().how == "changes bills alone: nothing to start_latency, and to no limit");
  CHECK(simulated_for_prices == 0);
  // On SageMaker 300 f dollars of at most 400: beyond f = 1.333 the cluster is the answer, at 330 $, though it starts later.
  const SimulateRange late = [](const Scenario& there, std::span<const Placement> placements, int from, int to) {
    FormulaWorld world;
    world.own = world.common = 0;
    world.start_on_cluster = 160;
    world.on_sagemaker.assign(3, 100 * sagemaker_price(there));
    world.on_cluster = {110, 110, 110};
    return world.simulate()(there, placements, from, to);
  };
  request.limits.cost_usd_per_month = 400;
  const Flip flip = flip_of(scenario, request, scenario.placements[0], late, "sagemaker_price");
  REQUIRE(flip.at);
  CHECK(*flip.at > 400 / 300.0);
  CHECK(*flip.at <= 400 / 300.0 + 0.1);
  CHECK(flip.how == "simulated, breaks a limit");
  CHECK(flip.difference_beyond->mean > 0);  // seconds
}

TEST_CASE("plans that are held keep their rates in a marginal cost") {
  // Three instances on SageMaker, all covered by 0.483 $/h; nobody's dollars whether they are used or not are in it. On
  // the cluster four nodes for 18 of 24 hours: 0.576 $/h. At any price of SageMaker it is 0.483 $/h; where EC2's price
  // is less than 0.99 x 0.483 / 0.576 = 0.830 the cluster is cheaper.
  const Scenario scenario = with_plan_rates();
  PlanRequest request = asking(Objective::marginal_cost);
  request.held = {{{.plan = Commitment::Plan::sagemaker, .term = Commitment::Term::one_year, .commit = {3 * 0.161}}}};
  Placement chosen = scenario.placements[0];
  chosen.commitments = request.held;
  UsedWorld world;
  world.nodes = 4;
  world.busier = 0;
  const auto flip = [&](const char* input) {
    return flip_of(scenario, request, chosen, world.simulate(), input,
                   {{.placement = scenario.placements[1], .more = 730 * 0.093}});
  };
  const Flip sagemaker = flip("sagemaker_price");
  CHECK_FALSE(sagemaker.at);
  const Flip ec2 = flip("ec2_price");
  REQUIRE(ec2.at);
  CHECK(*ec2.at < 0.830);
  CHECK(*ec2.at >= 0.830 - 0.0102);
}

TEST_CASE("by formulas plans that are held keep their rates in a marginal cost") {
  const Scenario scenario = with_plan_rates();
  PlanRequest request = asking(Objective::marginal_cost);
  // More than is ever used, so that it is paid and nothing else is.
  request.held = {{{.plan = Commitment::Plan::sagemaker, .term = Commitment::Term::one_year, .commit = {50}}}};
  const Options options = options_of(scenario, request);
  AnalysisMemory memory;
  const auto value = [&](double factor) {
    PlanWorld world;
    world[WorldInput::sagemaker_price] = factor;
    const Analysis there = analysis_in(world, scenario, request, options, {}, memory);
    const PlacementProblem problem = in_objective(there.problem, request.objective, there.held_usd);
    return appraise(problem, *choice_of(options, scenario.placements[0])).value;
  };
  // What volumes cost moves with the price.
  CHECK(value(2) - value(1) < 0.01 * value(1));
}
