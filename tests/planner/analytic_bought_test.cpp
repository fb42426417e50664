// Savings Plans that may be bought, by formulas: against the best level of every choice's own hours.
#include <catch2/catch.hpp>
#include <algorithm>
#include <cmath>

#include "models/billing/commitment.h"
#include "planner/analytic.h"
#include "planner/correction.h"
#include "tests/planner/used_world.h"

using namespace berth;

namespace {

using Term = Commitment::Term;

// One class all day, one in bursts, one by night; a pool that keeps a node, one that goes to zero, and SageMaker.
Scenario mixed_day() {
  Scenario scenario = with_plan_rates();
  scenario.training[0].schedule = Every{300s};
  scenario.training[0].duration = constant(900);
  scenario.training[1].schedule = Every{6h};
  scenario.training[1].models = 8;
  scenario.training[1].duration = constant(3000);
  scenario.training[2].schedule = Every{12h};
  scenario.training[2].models = 5;
  scenario.training[2].duration = constant(9000);
  auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  cluster.pools[0].min_nodes = 1;
  cluster.pools.push_back(cluster.pools[0]);
  cluster.pools[1].name = "spare";
  cluster.pools[1].min_nodes = 0;
  return scenario;
}

Options three_homes() {
  Options options;
  for (std::size_t i = 0; i < 3; ++i)
    options.training.push_back({{.platform = {0}, .type = {0}},
                                {.platform = {1}, .pool = PoolId{0}, .type = {0}},
                                {.platform = {1}, .pool = PoolId{1}, .type = {0}}});
  return options;
}

std::size_t resource(const PlacementProblem& problem, std::string_view name) {
  const auto at = std::ranges::find(problem.resources, name, &SharedResource::name);
  REQUIRE(at != problem.resources.end());
  return static_cast<std::size_t>(at - problem.resources.begin());
}

double saved(const std::vector<double>& list_usd, double discount) {
  std::vector<UsageBlock> blocks;
  for (const double usd : list_usd) blocks.push_back({730.0 / double(list_usd.size()), {usd}});
  const CommitmentChoice best = best_commitment(blocks, std::vector{discount});
  return best.on_demand_cost - best.cost;
}

// What it costs on demand less what the best levels save: of SageMaker's dollars, and of the nodes both pools pay for.
double by_hand(const Scenario& scenario, const Analysis& listed, const Analysis& bought, const Choice& choice) {
  const Appraisal on_demand = appraise(listed.problem, choice);
  const std::size_t plan = resource(bought.problem, kSageMakerPlansToBuy);
  std::vector<double> sagemaker = company_of(bought.problem, choice).loads[plan];
  for (double& usd : sagemaker) usd *= 0.23 / 0.0805;
  const Company company = company_of(listed.problem, choice);
  const auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  std::vector<double> nodes(listed.problem.periods, 0.0);
  for (std::size_t q = 0; q < 2; ++q) {
    const std::size_t r = listed.platform_resource[1] + 1 + q;
    if (std::ranges::find(on_demand.used, r) == on_demand.used.end()) continue;
    const std::vector<double>& load = company.loads[r];
    for (std::size_t t = 0; t < nodes.size(); ++t)
      nodes[t] += 0.192 * std::max(double(cluster.pools[q].min_nodes), load[t]);
  }
  return on_demand.usd - saved(sagemaker, 1 - 0.0805 / 0.23) - saved(nodes, 0.5);
}

template <class See>
void for_every_choice(See see) {
  for (std::size_t n = 0; n < 27; ++n) see(Choice{n % 3, n / 3 % 3, n / 9});
}

}  // namespace

TEST_CASE("formulas buy the best level of every choice, and the bound stays below all of them") {
  const Scenario scenario = mixed_day();
  PlanRequest request;
  const Options options = three_homes();
  const Analysis listed = analyse(scenario, request, options);
  request.savings_plans = {Term::one_year, Term::three_years};
  Analysis bought = analyse(scenario, request, options);
  double optimum = 1e9, listed_best = 1e9;
  Choice best, cheapest_listed;
  for_every_choice([&](const Choice& choice) {
    const double usd = by_hand(scenario, listed, bought, choice), list = appraise(listed.problem, choice).usd;
    CHECK(appraise(bought.problem, choice).usd == Approx(usd));
    CHECK(usd < list);
    if (usd < optimum) optimum = usd, best = choice;
    if (list < listed_best) listed_best = list, cheapest_listed = choice;
  });
  CHECK(best != cheapest_listed);
  const Solved solved = solve(bought.problem);
  CHECK(solved.lower_bound <= optimum + 1e-6);
  CHECK(solved.lower_bound >= 0.98 * optimum);
  CHECK(solved.root_bound <= optimum + 1e-6);
  CHECK(solved.best.front() == best);
  CHECK(appraise(bought.problem, best).levels.size() >= 1);
  // Pilots' factors reach what plans cover as they reach the rest: half as long again is half as much again.
  Correction correction{.other_pools = 1.5};
  for (std::size_t w = 0; w < 3; ++w) correction.bills[{w, "instances"}] = 1.5;
  const PlacementProblem more = corrected(scenario, options, bought.problem, correction);
  const Choice all{0, 0, 0}, one{2, 2, 2};
  const double registry = bought.problem.constant;
  CHECK(appraise(more, all).usd - registry == Approx(1.5 * (appraise(bought.problem, all).usd - registry)));
  const double fees = 73;  // the cluster's
  CHECK(appraise(more, one).usd - registry - fees ==
        Approx(1.5 * (appraise(bought.problem, one).usd - registry - fees)));
}

TEST_CASE("where types differ in what plans save formulas stay below the best level") {
  Scenario scenario = mixed_day();
  scenario.catalogue.types.push_back(scenario.catalogue.types[0]);
  scenario.catalogue.types[1].name = "m5.other";
  scenario.catalogue.types[1].sagemaker_sp_3y = PriceTag{.usd = 0.15};
  PlanRequest request;
  Options options = three_homes();
  options.training[1][0].type = {1};
  const Analysis listed = analyse(scenario, request, options);
  request.savings_plans = {Term::three_years};
  const Analysis bought = analyse(scenario, request, options);
  const std::size_t plan = resource(bought.problem, kSageMakerPlansToBuy);
  double optimum = 1e9;
  bool is_lower = false;
  for_every_choice([&](const Choice& choice) {
    std::vector<UsageBlock> blocks(listed.problem.periods, {730.0 / double(listed.problem.periods), {0, 0}});
    for (std::size_t w = 0; w < 3; ++w)
      for (const ResourceLoad& load : bought.problem.workloads[w][choice[w]].loads)
        for (std::size_t t = 0; load.resource == plan && t < blocks.size(); ++t)
          blocks[t].usage[w == 1] += load.by_period[t] * 0.23 / (w == 1 ? 0.15 : 0.0805);
    const CommitmentChoice level =
        best_commitment(blocks, std::vector{1 - 0.0805 / 0.23, 1 - 0.15 / 0.23});
    // All but SageMaker's plans as formulas have it.
    PlacementProblem rest = bought.problem;
    rest.resources[plan].slope = 0;
    const double usd = appraise(rest, choice).usd + level.cost;
    CHECK(appraise(bought.problem, choice).usd <= usd + 1e-6);
    is_lower = is_lower || appraise(bought.problem, choice).usd < usd - 0.01;
    optimum = std::min(optimum, usd);
  });
  CHECK(is_lower);
  CHECK(solve(bought.problem).root_bound <= optimum + 1e-6);
}

TEST_CASE("beside plans that are held formulas stay below what is paid, and buy for the rest") {
  const Scenario scenario = mixed_day();
  const Options options = three_homes();
  PlanRequest request;
  const Analysis none = analyse(scenario, request, options);
  request.savings_plans = {Term::three_years};
  const Analysis bought = analyse(scenario, request, options);
  const Choice sagemaker{0, 0, 0}, cluster{2, 2, 2};
  const auto usd = [](const Analysis& analysis, const Choice& choice) {
    return appraise(analysis.problem, choice).usd;
  };
  SECTION("SageMaker's") {
    // So small that it is always used: dearer by its rate, 30 % off, where 65 % off could be had.
    request.held = {{{.plan = Commitment::Plan::sagemaker, .term = Term::one_year, .commit = {0.0161}}}};
    const Analysis held = analyse(scenario, request, options);
    // 0.0161 $/h cover 0.023 $ an hour, that would have been 0.00805 $.
    CHECK(usd(held, sagemaker) == Approx(usd(bought, sagemaker) + 730 * (0.0161 - 0.00805)));
    CHECK(usd(held, cluster) == Approx(usd(bought, cluster) + 730 * 0.0161));
    CHECK(solve(held.problem).root_bound <= std::min(usd(held, sagemaker), usd(held, cluster)) + 1e-6);
  }
  SECTION("of nodes") {
    // One node for a year at 25 % off; the kept node of the first pool uses it always.
    request.held = {{{.plan = Commitment::Plan::compute, .term = Term::one_year, .commit = {0.144}}}};
    const Analysis held = analyse(scenario, request, options);
    const Choice kept{1, 1, 1};
    CHECK(usd(held, kept) == Approx(usd(bought, kept) + 730 * (0.144 - 0.096)));
    // Who leaves the nodes pays for it, and formulas see a part of that.
    CHECK(usd(held, sagemaker) <= usd(bought, sagemaker) + 730 * 0.144 + 1e-6);
  }
  CHECK(none.problem.resources.size() < bought.problem.resources.size());
}

TEST_CASE("no rate of an allowed term, no plan: and without the lever nothing changes") {
  Scenario scenario = mixed_day();
  scenario.catalogue.types[0].sagemaker_sp_3y.reset();
  scenario.catalogue.types[0].compute_sp_3y.reset();
  PlanRequest request;
  const Options options = three_homes();
  const Analysis listed = analyse(scenario, request, options);
  request.savings_plans = {Term::three_years};
  const Analysis nothing = analyse(scenario, request, options);
  CHECK(nothing.problem.resources.size() == listed.problem.resources.size());
  for_every_choice([&](const Choice& choice) {
    CHECK(appraise(nothing.problem, choice).usd == appraise(listed.problem, choice).usd);
  });
}
