// Who stands on a plan's front of dollars against starts, and what it says of the scenario's own placements.
#include <algorithm>
#include <catch2/catch.hpp>

#include "planner/make_plan.h"
#include "tests/planner/formula_world.h"

using namespace berth;

namespace {

bool all_in_pods(const Placement& placement) {
  return std::ranges::all_of(placement.training,
                             [](const TrainingHome& home) { return home.pool.has_value(); });
}

}  // namespace

TEST_CASE("whether something beats the scenario's own does not hang on few replications") {
  // Everybody on SageMaker is cheapest and slow, and what is recommended. The scenario's own pods pull their images
  // in full: 300 $ and 60 s each. Pulled lazily a pod costs 250 and starts after 40 s; of its class 96 and
  // 90 of 96 jobs in turn do so in time, which three replications cannot hold to be 95 %, and thirteen can.
  Scenario scenario = three_classes();
  scenario.images[0].soci_index = true;
  scenario.catalogue.types[0].sagemaker_training->usd = 0.05;  // formulas hold it to be cheapest, too
  for (TrainingClass& work : scenario.training) work.start_slo = 300s;
  const SimulateRange simulate = [](const Scenario& there, std::span<const Placement> placements,
                                    int from, int to) {
    FormulaWorld world;
    world.own = world.common = 0;
    Simulated simulated;
    for (const Placement& placement : placements) {
      auto& row = simulated.outcomes.emplace_back();
      for (int r = from; r < to; ++r) {
        for (std::size_t i = 0; i < placement.training.size(); ++i) {
          const bool lazy = placement.training[i].pull == PullMode::soci_lazy;
          world.on_sagemaker[i] = 100;
          world.start_on_sagemaker = 150;
          world.on_cluster[i] = lazy ? 250 : 300;
        }
        Outcome o = world.outcome(there, placement, 0);
        for (std::size_t i = 0; i < placement.training.size(); ++i) {
          if (!placement.training[i].pool) continue;
          const bool lazy = placement.training[i].pull != PullMode::full;
          o.training[i].start_latency = {};
          o.training[i].start_latency.record(lazy ? 40 : 60, 96);
          if (lazy) o.training[i].slo_met = r % 2 == 0 ? 96 : 90;
        }
        row.push_back(std::move(o));
      }
    }
    return simulated;
  };
  const Plan plan = make_plan(scenario, {}, simulate, {.runners_up = 0});
  REQUIRE(plan.recommendation);
  CHECK_FALSE(plan.candidates[*plan.recommendation].placement.training[0].pool);
  INFO(plan.dominance);
  CHECK(plan.dominance.find(" clearly dominates kubernetes") != std::string::npos);
  CHECK(std::ranges::any_of(plan.candidates, [](const PlanCandidate& c) {
    return all_in_pods(c.placement) && c.replications >= 13 && c.meets_limits;
  }));
}

TEST_CASE("along the trade of dollars for starts services stay where they keep their goals") {
  // Jobs are cheaper on SageMaker and start sooner in pods. The one pod of the service, a node of its own, is cheaper than
  // an instance behind an endpoint by less than the cluster costs by the hour: where jobs are in pods, it would be there, too,
  // by formulas. It misses its goal there.
  Scenario scenario = three_classes();
  scenario.services.push_back({.name = "score",
                               .image = {0},
                               .demand = RateCurve::constant(1),
                               .service_time = constant(0.05),
                               .needs = {.cpu_milli = 3000, .memory = {kGiB}},
                               .slo_latency = 1s,
                               .slo_target = 0.99});
  scenario.catalogue.types[0].sagemaker_training->usd = 0.05;
  scenario.placements.pop_back();
  for (Placement& placement : scenario.placements)
    placement.services = {{.platform = {0}, .type = {0}, .replicas = {.min = 1, .max = 2}}};
  const SimulateRange simulate = [](const Scenario& there, std::span<const Placement> placements,
                                    int from, int to) {
    FormulaWorld world;
    world.own = world.common = 0;
    world.on_sagemaker = {100, 100, 100};
    world.on_cluster = {300, 300, 300};
    Simulated simulated = world.simulate()(there, placements, from, to);
    for (std::size_t p = 0; p < placements.size(); ++p)
      for (auto& outcome : simulated.outcomes[p]) {
        ServiceOutcome& service = outcome->services.emplace_back();
        service.requests = 1000;
        service.good = placements[p].services[0].pool ? 900 : 1000;
        service.latency.record(0.05, 1000);
      }
    return simulated;
  };
  const Plan plan = make_plan(scenario, {}, simulate, {.runners_up = 0});
  REQUIRE(plan.recommendation);
  CHECK(std::ranges::any_of(plan.pareto, [&](std::size_t i) {
    const PlanCandidate& c = plan.candidates[i];
    return all_in_pods(c.placement) && !c.placement.services[0].pool;
  }));
  const auto is_of_mixing = [](const std::string& note) {
    return note.find("have nodes of their own") != std::string::npos;
  };
  CHECK(std::ranges::none_of(plan.notes, is_of_mixing));
  // Where they stay in one pool, a plan says that its formulas do not mix them.
  PlanRequest in_pods;
  in_pods.training = {{"*", {.platforms = {"eks"}}}};
  in_pods.services = {{"*", {.platforms = {"eks"}}}};
  scenario.services[0].slo_target = 0.5;
  scenario.placements[0].training.assign(3, {.platform = {1}, .pool = PoolId{0}, .type = {0}});
  scenario.placements[0].services = {
      {.platform = {1}, .pool = PoolId{0}, .type = {0}, .replicas = {.min = 1, .max = 2}}};
  const Plan mixed = make_plan(scenario, in_pods, simulate, {});
  REQUIRE(mixed.recommendation);
  CHECK(std::ranges::any_of(mixed.notes, is_of_mixing));
}

namespace {

// In pods each class costs and starts by how it pulls its image; everybody on SageMaker is cheapest and slow. By
// formulas lazily is soonest for all; here most of the jobs of `a` are late then, and those of the others start after `others_s`.
SimulateRange by_pull(double others_s) {
  return [others_s](const Scenario& there, std::span<const Placement> placements, int from, int to) {
    FormulaWorld world;
    world.own = world.common = 0;
    Simulated simulated;
    for (const Placement& placement : placements) {
      auto& row = simulated.outcomes.emplace_back();
      for (int r = from; r < to; ++r) {
        for (std::size_t i = 0; i < placement.training.size(); ++i) {
          world.on_sagemaker[i] = 100;
          world.start_on_sagemaker = 150;
          world.on_cluster[i] = placement.training[i].pull == PullMode::full ? 300 : 250;
        }
        Outcome o = world.outcome(there, placement, 0);
        for (std::size_t i = 0; i < placement.training.size(); ++i) {
          const TrainingHome& home = placement.training[i];
          if (!home.pool) continue;
          const bool lazy = home.pull != PullMode::full;
          o.training[i].start_latency = {};
          o.training[i].start_latency.record(
              !lazy ? 60 : i == 0 ? 30 : others_s, 96);
          if (lazy && i == 0) o.training[i].slo_met = 10;
        }
        row.push_back(std::move(o));
      }
    }
    return simulated;
  };
}

Scenario pods_pull_as_they_like() {
  Scenario scenario = three_classes();
  scenario.images[0].soci_index = true;
  scenario.catalogue.types[0].sagemaker_training->usd = 0.05;
  for (TrainingClass& work : scenario.training) work.start_slo = 300s;
  return scenario;
}

}  // namespace

TEST_CASE("where the race met nothing that beats the scenario's own, choices better in both are looked for") {
  const Scenario scenario = pods_pull_as_they_like();
  const PlanRules few{.candidates = 2, .runners_up = 0};
  const Plan plan = make_plan(scenario, {}, by_pull(40), few);
  REQUIRE(plan.recommendation);
  INFO(plan.dominance);
  CHECK(plan.dominance.find(" clearly dominates kubernetes: -") != std::string::npos);
}

TEST_CASE("where nothing beats the scenario's own, a plan says what is worse, by how much and what was tried") {
  // Pulled lazily the others start later here, where they start sooner by formulas: after 70 s, 10 s more than
  // pulled in full.
  const Plan plan = make_plan(pods_pull_as_they_like(), {}, by_pull(70), {});
  REQUIRE(plan.recommendation);
  INFO(plan.dominance);
  const auto says = [&](const char* what) { return plan.dominance.find(what) != std::string::npos; };
  CHECK(says("nothing that was simulated clearly dominates kubernetes"));
  // One of three lazily: 50 $ less, and 10 s later for a third of the jobs.
  CHECK(says(" comes nearest in start p95: -50 $/month, start p95 +3.33 s"));
  CHECK(says("that formulas hold to be better in both"));
  CHECK(says("but start_within_share of "));
  CHECK_FALSE(says("serving p99"));  // there is none
}

TEST_CASE("who dominates by starts may be slower to serve, and a plan says that beside it") {
  // On SageMaker jobs start after 10 s instead of 60 and cost 200 $ less each; where they are, services take
  // 80 ms, else 50.
  Scenario scenario = three_classes();
  scenario.services.push_back({.name = "score",
                               .image = {0},
                               .demand = RateCurve::constant(1),
                               .service_time = constant(0.02),
                               .needs = {.cpu_milli = 1000, .memory = {kGiB}},
                               .slo_latency = 1s,
                               .slo_target = 0.99});
  for (Placement& placement : scenario.placements)
    placement.services = {{.platform = {0}, .type = {0}, .replicas = {.min = 1, .max = 2}}};
  const SimulateRange simulate = [](const Scenario& there, std::span<const Placement> placements,
                                    int from, int to) {
    FormulaWorld world;
    world.own = world.common = 0;
    world.on_sagemaker = {100, 100, 100};
    world.on_cluster = {300, 300, 300};
    world.start_on_sagemaker = 10;
    world.start_on_cluster = 60;
    return serving(world.simulate()(there, placements, from, to), placements,
                   [](const Placement& one) { return one.training[0].pool ? 0.05 : 0.08; });
  };
  const Plan plan = make_plan(scenario, {}, simulate, {});
  REQUIRE(plan.recommendation);
  INFO(plan.dominance);
  CHECK(plan.dominance.find("clearly dominates kubernetes: -600 $/month, start p95 -") !=
        std::string::npos);
  // To 0.8 % of either: quantiles are of histograms.
  CHECK(plan.dominance.find(" s (serving p99 worse: +") != std::string::npos);
}
