#include "planner/analytic.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "planner/correction.h"
#include "tests/support/builders.h"

using namespace berth;

namespace {

// A job each quarter of an hour, four minutes long, on either platform; a day.
Scenario day() {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  scenario.horizon = 24h;
  scenario.warm_up = 1h;
  return scenario;
}

}  // namespace

TEST_CASE("SageMaker's formula is jobs x billed time x price, and its volumes") {
  const Scenario scenario = day();
  const Analysis analysis = analyse(scenario, {}, options_of(scenario, {}));
  const Choice choice = *choice_of(analysis.options, scenario.placements[0]);
  const TrainingForecast& forecast = analysis.training[0][choice[0]];
  // 96 jobs a day x 730/24 days. Held: data 20 + image (1.2 to resolve, 100 MB down, 250 MB unpacked) +
  // container 2 + 240; the image takes about 4 s, so 266 s to within 3 s.
  const double jobs = 96 * 730.0 / 24;
  const double least = jobs * (20 + 2 + 240 + 1.2) / 3600 * (0.23 + 30 * 0.14 / 730);
  const double most = jobs * (20 + 2 + 240 + 7) / 3600 * (0.23 + 30 * 0.14 / 730);
  CHECK(forecast.usd_per_month > least);
  CHECK(forecast.usd_per_month < most);
  // Launch takes 100 s, always: constant laws leave no spread.
  CHECK(forecast.start_p95_s == Approx(forecast.start_p50_s));
  CHECK(forecast.start_p50_s > 122);
  CHECK(forecast.start_p50_s < 130);
  // 266 s of every 900: Little's law.
  CHECK(forecast.busy_mean == Approx(266.0 / 900).epsilon(0.03));
}

TEST_CASE("kept nodes are paid for, and one pod is its share of a node") {
  Scenario scenario = day();
  std::get<Cluster>(scenario.platforms[1]).pools[0].min_nodes = 3;
  const Analysis analysis = analyse(scenario, {}, options_of(scenario, {}));
  const Choice choice = *choice_of(analysis.options, scenario.placements[1]);
  const Appraisal value = appraise(analysis.problem, choice);
  // The load never reaches three nodes: 3 x (0.192 + 93.13 GiB x 0.08 / 730) x 730, the cluster's 0.10 an
  // hour, and 93 MiB of layers in the registry at 0.10 a GiB.
  const double gib = gibibytes({100'000'000'000});
  CHECK(value.usd == Approx(3 * (0.192 * 730 + gib * 0.08) + 73 + gibibytes({100'000'000}) * 0.1));
}

TEST_CASE("SageMaker plans that are held are paid for, used or not, and cover no more than they can") {
  Scenario scenario = day();
  scenario.catalogue.types[0].sagemaker_sp_1y = PriceTag{.usd = 0.161};
  PlanRequest request;
  const Commitment plan{.plan = Commitment::Plan::sagemaker,
                        .term = Commitment::Term::one_year,
                        .commit = {0.06}};
  const Options options = options_of(scenario, request);
  const Analysis without = analyse(scenario, request, options);
  const Choice sagemaker = *choice_of(options, scenario.placements[0]);
  const Choice cluster = *choice_of(options, scenario.placements[1]);
  const auto usd = [](const Analysis& analysis, const Choice& choice) {
    return appraise(analysis.problem, choice).usd;
  };
  request.held = {{plan, plan}};
  const Analysis held = analyse(scenario, request, options);
  // 0.12 $/h cover 0.17 $/h of list prices; 266 s of every 900 come to 0.07. What is left of the bill is
  // the volume, 93 GiB-hours or so.
  const double volume = without.training[0][sagemaker[0]].usd_per_month -
                        96 * 730.0 / 24 * 0.23 * (without.training[0][sagemaker[0]].busy_mean * 900 / 3600);
  CHECK(usd(held, sagemaker) == Approx(0.12 * 730 + volume + gibibytes({100'000'000}) * 0.1).margin(1));
  // On the cluster they are paid, too, and cover nothing.
  CHECK(usd(held, cluster) == Approx(usd(without, cluster) + 0.12 * 730));
  // A plan that is used to the full saves its share of the list price.
  request.held = {{Commitment{plan.plan, plan.term, {}, {0.01}}}};
  const Analysis small = analyse(scenario, request, options);
  CHECK(usd(small, sagemaker) == Approx(usd(without, sagemaker) - 0.01 * 730 * (0.23 / 0.161 - 1)).epsilon(0.005));
  for (const Analysis* one : {&held, &small}) {
    const double optimum = std::min(usd(*one, sagemaker), usd(*one, cluster));
    const Solved solved = solve(one->problem);
    CHECK(solved.lower_bound <= optimum + 1e-6);
    CHECK(solved.lower_bound >= 0.99 * optimum);
  }
}

TEST_CASE("Compute plans that are held save no more than the scenario's nodes could use") {
  Scenario scenario = day();
  scenario.catalogue.types[0].compute_sp_1y = PriceTag{.usd = 0.144};
  // A better rate of a machine that no pool has helps nobody.
  scenario.catalogue.types.push_back(scenario.catalogue.types[0]);
  scenario.catalogue.types[1].name = "other";
  scenario.catalogue.types[1].compute_sp_1y = PriceTag{.usd = 0.01};
  const auto held_usd = [&](double commit) {
    PlanRequest request;
    request.held = {{Commitment{.plan = Commitment::Plan::compute,
                                .term = Commitment::Term::one_year,
                                .commit = {commit}}}};
    return analyse(scenario, request, options_of(scenario, {})).held_usd;
  };
  // 0.01 $/h cover 0.01 x 0.192 / 0.144 of list prices.
  CHECK(held_usd(0.01) == Approx(-0.01 * (0.192 / 0.144 - 1) * 730));
  // Ten nodes at most are 1.92 $ an hour: the rest of 100 $ is paid for nothing.
  CHECK(held_usd(100) == Approx((100 - 10 * 0.192) * 730));
  std::get<Cluster>(scenario.platforms[1]).pools[0].offering = Offering::spot;
  CHECK(held_usd(0.01) == Approx(0.01 * 730));
}

TEST_CASE("Compute plans that are held are paid for, used or not: who leaves the cluster leaves them unused") {
  Scenario scenario = day();
  scenario.catalogue.types[0].compute_sp_1y = PriceTag{.usd = 0.144};
  scenario.catalogue.types[0].ec2_sp_1y = PriceTag{.usd = 0.128};
  const Options options = options_of(scenario, {});
  const Choice sagemaker = *choice_of(options, scenario.placements[0]);
  const Choice cluster = *choice_of(options, scenario.placements[1]);
  Commitment plan{.plan = Commitment::Plan::compute, .term = Commitment::Term::one_year, .commit = {0.3}};
  double ratio = 0.192 / 0.144;
  SECTION("Compute plans") {}
  SECTION("EC2 Instance plans") {
    plan.plan = Commitment::Plan::ec2_instance;
    plan.family = "m5";
    ratio = 0.192 / 0.128;
  }
  PlanRequest request;
  const auto analysed = [&](std::vector<Commitment> held) {
    request.held = {std::move(held)};
    return analyse(scenario, request, options);
  };
  const Analysis without = analysed({}), held = analysed({plan});
  const auto usd = [](const Analysis& analysis, const Choice& choice) {
    return appraise(analysis.problem, choice).usd;
  };
  // 0.3 $/h cover two nodes of 0.192, and there is never more than one: an hour of its instance is paid by the plan,
  // and so is the rest of the plan.
  double nodes = 0;
  const auto& loads = held.problem.workloads[0][cluster[0]].loads;
  for (const double one : loads[0].by_period) {
    CHECK(one < 0.3 * ratio / 0.192);
    nodes += one / double(loads[0].by_period.size());
  }
  REQUIRE(nodes > 0.3);
  CHECK(usd(held, cluster) == Approx(usd(without, cluster) + (0.3 - nodes * 0.192) * 730));
  CHECK(usd(held, sagemaker) == Approx(usd(without, sagemaker) + 0.3 * 730));
  // Where pilots show more nodes, more of the plan is used.
  const Correction twice{.pools = {{"eks/cpu", 2}}};
  CHECK(appraise(corrected(scenario, options, held.problem, twice), cluster).usd -
            appraise(corrected(scenario, options, without.problem, twice), cluster).usd ==
        Approx((0.3 - 2 * nodes * 0.192) * 730));
  // A small plan is used to the full by the busy part of the day, of which there is enough.
  plan.commit = {0.01};
  const Analysis small = analysed({plan, plan});
  CHECK(usd(small, sagemaker) == Approx(usd(without, sagemaker) + 0.02 * 730));
  CHECK(usd(small, cluster) == Approx(usd(without, cluster) - 0.02 * (ratio - 1) * 730).epsilon(0.005));
  for (const Analysis* one : {&held, &small}) {
    const double optimum = std::min(usd(*one, sagemaker), usd(*one, cluster));
    const Solved solved = solve(one->problem);
    CHECK(solved.lower_bound <= optimum + 1e-6);
    CHECK(solved.lower_bound >= 0.99 * optimum);
  }
  // Three kept nodes use more than it covers, were they there: a bound has them there.
  std::get<Cluster>(scenario.platforms[1]).pools[0].min_nodes = 3;
  plan.commit = {0.3};
  const Analysis bare = analysed({}), kept = analysed({plan});
  for (const Choice& choice : {sagemaker, cluster})
    CHECK(usd(kept, choice) == Approx(usd(bare, choice) - 0.3 * (ratio - 1) * 730));
  // A larger one they do not use up, nor does what comes on top: below what is settled, never above.
  plan.commit = {0.9};
  const Analysis large = analysed({plan});
  CHECK(usd(large, cluster) <= usd(bare, cluster) + (0.9 - 3 * 0.192) * 730);
  CHECK(usd(large, cluster) > usd(bare, cluster) - 0.9 * (ratio - 1) * 730 + 1);
  CHECK(usd(large, sagemaker) <= usd(bare, sagemaker) + 0.9 * 730);
}

TEST_CASE("a choice is found again in its placement") {
  const Scenario scenario = day();
  const Options options = options_of(scenario, {});
  for (std::size_t k = 0; k < options.training[0].size(); ++k)
    CHECK(choice_of(options, placement_of(scenario, options, {k}, {}, "x")) == Choice{k});
}

TEST_CASE("a pilot that shows twice the nodes doubles the pool's load, and SageMaker's bill its dollars") {
  const Scenario scenario = day();
  const Analysis analysis = analyse(scenario, {}, options_of(scenario, {}));
  const Choice cluster = *choice_of(analysis.options, scenario.placements[1]);
  const Choice sagemaker = *choice_of(analysis.options, scenario.placements[0]);
  const ResourceLoad& load = analysis.problem.workloads[0][cluster[0]].loads[0];
  double mean = 0;
  for (const double one : load.by_period) mean += one / double(load.by_period.size());
  Observation seen;
  seen.training = {{.usd = 10}};
  seen.pools = {{PlatformId{1}, PoolId{0}, 2 * mean}};
  Observation billed;
  billed.training = {{.usd = 3 * analysis.problem.workloads[0][sagemaker[0]].usd}};
  const Observations on_cluster{seen}, on_sagemaker{billed};
  const PilotRun runs[] = {{cluster, &on_cluster}, {sagemaker, &on_sagemaker}};
  const PlacementProblem out = corrected(scenario, analysis.options, analysis.problem,
                                         fitted(scenario, analysis, analysis.problem, runs));
  CHECK(out.workloads[0][cluster[0]].loads[0].by_period[5] == Approx(2 * load.by_period[5]));
  CHECK(out.workloads[0][sagemaker[0]].usd ==
        Approx(3 * analysis.problem.workloads[0][sagemaker[0]].usd));
}

TEST_CASE("what pilots show of a pool weighs by the load that showed it") {
  Scenario scenario = day();
  scenario.training.push_back(scenario.training[0]);
  scenario.training[1].name = "large";
  scenario.training[1].instances = 7;
  for (Placement& placement : scenario.placements)
    placement.training.push_back(placement.training[0]);
  const Analysis analysis = analyse(scenario, {}, options_of(scenario, {}));
  const Choice both = *choice_of(analysis.options, scenario.placements[1]);
  Choice small = both;
  small[1] = (*choice_of(analysis.options, scenario.placements[0]))[1];
  const auto nodes = [&](const Choice& choice) {
    double sum = 0;
    for (std::size_t w = 0; w < 2; ++w)
      for (const ResourceLoad& load : analysis.problem.workloads[w][choice[w]].loads)
        if (analysis.problem.resources[load.resource].name == "eks/cpu")
          for (const double one : load.by_period) sum += one / double(load.by_period.size());
    return sum;
  };
  // Half of the nodes for the small class alone, as many as formulas say for both.
  const auto seen = [&](const Choice& choice, double factor) {
    Observation one;
    one.training = {{.usd = 1}, {.usd = 1}};
    one.pools = {{PlatformId{1}, PoolId{0}, factor * nodes(choice)}};
    return Observations{one};
  };
  const Observations few = seen(small, 0.5), many = seen(both, 1);
  const PilotRun runs[] = {{small, &few}, {both, &many}};
  const Correction found = fitted(scenario, analysis, analysis.problem, runs);
  const double share = nodes(small) / (nodes(small) + nodes(both));
  CHECK(share < 0.2);
  CHECK(found.pools.at("eks/cpu") == Approx(std::pow(0.5, share)).epsilon(0.001));
}
