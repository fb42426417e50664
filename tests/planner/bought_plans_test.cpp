#include "planner/bought_plans.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "planner/flip.h"
#include "planner/limits.h"
#include "planner/world_risk.h"
#include "tests/planner/used_world.h"

using namespace berth;

namespace {

using Term = Commitment::Term;
using Kind = Commitment::Plan;
constexpr double kSageMaker = 0.23, kNode = 0.192;

// Four hours of a day's window are enough: what was used on SageMaker, three fifths by class a, the rest by b.
Observation hours(const Scenario& scenario, const std::vector<double>& instances,
                  const Commitments& held = {}) {
  Meter meter(Seconds{0}, scenario.horizon);
  for (std::size_t h = 0; h < instances.size(); ++h)
    for (const std::int32_t i : {0, 1})
      meter.add(UsageRecord{.kind = UsageKind::sagemaker_training,
                            .type = TypeId{0},
                            .holder = Holder::of(TrainingId{i}),
                            .from = Hours{double(h)},
                            .to = Hours{double(h + 1)},
                            .count = instances[h] * (i == 0 ? 0.6 : 0.4)});
  Observation m;
  m.training.resize(3);
  m.hourly = {{UsageKind::sagemaker_training, TypeId{0}, instances}};
  m.bill = price_usage(meter, scenario.catalogue, held);
  price(m, scenario, scenario.placements[0], *m.bill);
  return m;
}

Scenario four_hours() {
  Scenario scenario = with_plan_rates();
  scenario.horizon = 4h;
  return scenario;
}

const PlanCandidate& best_of(const Plan& plan) { return plan.candidates[*plan.recommendation]; }
int on_cluster(const Placement& placement) {
  return static_cast<int>(std::ranges::count_if(
      placement.training, [](const TrainingHome& home) { return home.pool.has_value(); }));
}

}  // namespace

TEST_CASE("one level for all replications, and each is judged by what the others ask for") {
  const Scenario scenario = four_hours();
  const Observations measures{hours(scenario, {10, 20, 30, 40}), hours(scenario, {20, 20, 20, 20}),
                              hours(scenario, {40, 40, 40, 40})};
  const PlanPurchase purchase(scenario, {Term::one_year}, scenario.placements[0], measures);
  // The 30 % quantile of twelve hours is the fourth: 20.
  REQUIRE(purchase.best().size() == 1);
  CHECK(purchase.best()[0].plan == Kind::sagemaker);
  CHECK(purchase.best()[0].hourly_usd == Approx(20 * 0.161));
  // Of eight it is the third: of 20 and 40 four times each 20, without the second 30, without the third 20.
  CHECK(purchase.best(1)[0].hourly_usd == Approx(30 * 0.161));
  const Observations paid = purchase.paid();
  const double month = 730.0 / 4;
  CHECK(paid[0]->usd == Approx(month * (4 * 20 * 0.161 + (10 + 20) * kSageMaker)));
  CHECK(paid[1]->usd == Approx(month * 4 * 30 * 0.161));
  CHECK(paid[2]->usd == Approx(month * (4 * 20 * 0.161 + 4 * 20 * kSageMaker)));
  // The second pays for 30 and uses 20. What is not used is nobody's, and part of the marginal cost.
  CHECK(paid[1]->training[0].usd == Approx(0.6 * month * 4 * 20 * 0.161));
  CHECK(paid[1]->training[1].usd == Approx(0.4 * month * 4 * 20 * 0.161));
  CHECK(paid[1]->marginal_usd == Approx(paid[1]->usd));
  // By the level that all ask for it would have paid a third less: judged by its own days it looks better than it is.
  CHECK(paid[1]->usd > month * 4 * 20 * 0.161);
  // The term that costs less is taken; a silent replication stays silent.
  const Observations some{measures[0], std::nullopt, measures[1]};
  const PlanPurchase both(scenario, {Term::one_year, Term::three_years}, scenario.placements[0], some);
  REQUIRE(both.best().size() == 1);
  CHECK(both.best()[0].term == Term::three_years);
  CHECK_FALSE(both.paid()[1]);
}

TEST_CASE("a bill with what is bought is the bill of a placement that holds it, line by line") {
  const Scenario scenario = four_hours();
  const Observations one{hours(scenario, {10, 20, 30, 41})};
  const PlanPurchase purchase(scenario, {Term::one_year}, scenario.placements[0], one);
  // One alone has only its own hours: 30 % of four is the second.
  REQUIRE(purchase.best()[0].hourly_usd == Approx(20 * 0.161));
  const Bill bought = purchase.bill(0);
  const Bill held = *hours(scenario, {10, 20, 30, 41},
                           {{{.plan = Kind::sagemaker, .term = Term::one_year, .commit = {20 * 0.161}}}})
                         .bill;
  CHECK(bought.total.dollars() == Approx(held.total.dollars()).epsilon(1e-9));
  Usd sum;
  for (const BillLine& line : bought.lines) sum += line.amount;
  CHECK(sum == bought.total);
  REQUIRE(bought.lines.size() == held.lines.size());
  const auto of = [](const Bill& bill, Charge charge) {
    double usd = 0;
    for (const BillLine& line : bill.lines)
      if (line.charge == charge) usd += line.amount.dollars();
    return usd;
  };
  for (const Charge charge : {Charge::usage, Charge::commitment_used, Charge::commitment_unused})
    CHECK(of(bought, charge) == Approx(of(held, charge)).margin(1e-6));
}

TEST_CASE("what is dearer on demand is recommended where its steady use may be committed") {
  // By hand, dollars a month: on SageMaker 167.9 each, 117.53 and 58.77 by plans. On the cluster 98.11 each: six hours
  // of 24 are too few to commit to; but all three fill 18, of which 50 % off takes all: 2.8 x 0.096 x 730 = 196.22.
  const Scenario scenario = with_plan_rates();
  const UsedWorld world;
  const auto planned = [&](std::vector<Term> terms) {
    PlanRequest request;
    request.savings_plans = std::move(terms);
    return make_plan(scenario, request, world.simulate(), {});
  };
  const Plan none = planned({});
  REQUIRE(none.recommendation);
  CHECK(on_cluster(best_of(none).placement) == 3);
  CHECK(mean_or_zero(best_of(none).usd) == Approx(3 * 98.112).epsilon(0.01));
  CHECK(best_of(none).buys.empty());
  for (const CommitmentAdvice& advice : none.commitments) CHECK_FALSE(advice.to_buy);
  // 25 % off of what is there in 75 % of the hours gives nothing; 30 % off of SageMaker is still dearer.
  const Plan year = planned({Term::one_year});
  REQUIRE(year.recommendation);
  CHECK(on_cluster(best_of(year).placement) == 3);

  const Plan plan = planned({Term::one_year, Term::three_years});
  REQUIRE(plan.recommendation);
  CHECK(on_cluster(best_of(plan).placement) == 0);
  // A day that is 1 % busier than others pays its hundredth on demand, one that is less busy leaves it unused.
  CHECK(mean_or_zero(best_of(plan).usd) == Approx(3 * 58.765).epsilon(0.02));
  REQUIRE(best_of(plan).buys.size() == 1);
  CHECK(best_of(plan).buys[0].plan == Kind::sagemaker);
  CHECK(best_of(plan).buys[0].term == Term::three_years);
  CHECK(best_of(plan).buys[0].hourly_usd == Approx(3 * 0.0805).epsilon(0.02));
  CHECK(plan.optimality_gap.has_value());
  CHECK(plan.probability >= 0.95);
  // All eight: k classes on the cluster fill 6 k hours.
  const double cluster[] = {0, 98.112, 196.224, 196.224};
  int seen = 0;
  for (const PlanCandidate& c : plan.candidates) {
    const int k = on_cluster(c.placement);
    CHECK(mean_or_zero(c.usd) == Approx((3 - k) * 58.765 + cluster[k]).epsilon(0.02));
    ++seen;
  }
  CHECK(seen >= 4);
  // What is to be bought is said, as a part of the answer, and what other demand makes of it.
  REQUIRE(plan.commitments.size() == 1);
  CHECK(plan.commitments[0].to_buy);
  CHECK(plan.commitments[0].hourly_usd == best_of(plan).buys[0].hourly_usd);
  CHECK(plan.commitments[0].saved_usd == Approx(3 * (167.9 - 58.765)).epsilon(0.02));
  CHECK(plan.commitments[0].unused_usd_at_less == Approx(0.2 * 3 * 58.765).epsilon(0.05));
  // Its bill in full has it, too.
  const auto shown = std::ranges::find(plan.simulated, best_of(plan).name, &Summary::placement);
  REQUIRE(shown != plan.simulated.end());
  CHECK(shown->cost.total_usd_per_month.values == best_of(plan).usd.values);
  const bool billed = std::ranges::any_of(shown->cost.lines, [](const CostLine& line) {
    return line.charge == "commitment_used" && line.item.find("3 years (to buy)") != std::string::npos;
  });
  CHECK(billed);
  double homes = mean_or_zero(shown->cost.shared_usd_per_month);
  for (const PlannedWorkload& w : plan.workloads) homes += w.usd.mean;
  CHECK(homes == Approx(mean_or_zero(best_of(plan).usd)));
}

TEST_CASE("the objective of marginal cost has what is bought, used or not") {
  PlanRequest request;
  request.objective = Objective::marginal_cost;
  request.savings_plans = {Term::three_years};
  const Plan plan = make_plan(with_plan_rates(), request, UsedWorld{}.simulate(), {});
  REQUIRE(plan.recommendation);
  CHECK(on_cluster(best_of(plan).placement) == 0);
  // No people, no clusters: all of it is marginal.
  CHECK(mean_or_zero(best_of(plan).marginal_usd) == Approx(mean_or_zero(best_of(plan).usd)));
}

TEST_CASE("plans that are held cover first, and what is bought is for the rest") {
  PlanRequest request;
  request.savings_plans = {Term::three_years};
  // One instance: 117.53 a month, wherever who runs.
  request.held = {{{.plan = Kind::sagemaker, .term = Term::one_year, .commit = {0.161}}}};
  const Plan plan = make_plan(with_plan_rates(), request, UsedWorld{.busier = 0.0001}.simulate(), {});
  REQUIRE(plan.recommendation);
  CHECK(on_cluster(best_of(plan).placement) == 0);
  CHECK(mean_or_zero(best_of(plan).usd) == Approx(117.53 + 2 * 58.765).epsilon(0.002));
  CHECK(best_of(plan).buys[0].hourly_usd == Approx(2 * 0.0805).epsilon(0.002));
  REQUIRE(plan.stranded.size() == 1);
  CHECK(plan.stranded[0].unused_usd == Approx(0).margin(0.5));
  // Who leaves SageMaker pays for both.
  const auto gone = std::ranges::find_if(
      plan.candidates, [](const PlanCandidate& c) { return on_cluster(c.placement) == 3; });
  REQUIRE(gone != plan.candidates.end());
  CHECK(mean_or_zero(gone->usd) == Approx(117.53 + 196.22).epsilon(0.002));
}

TEST_CASE("who leaves SageMaker strands the plan that is held for it, in dollars") {
  PlanRequest request;
  request.held = {{{.plan = Kind::sagemaker, .term = Term::one_year, .commit = {3 * 0.161}}}};
  const Plan plan = make_plan(with_plan_rates(), request, UsedWorld{.busier = 0.0001}.simulate(), {});
  REQUIRE(plan.recommendation);
  CHECK(on_cluster(best_of(plan).placement) == 0);
  const auto all_gone = std::ranges::find_if(
      plan.candidates, [](const PlanCandidate& c) { return on_cluster(c.placement) == 3; });
  REQUIRE(all_gone != plan.candidates.end());
  const auto reason = std::ranges::find(plan.rejections, all_gone->name, &Rejection::option);
  REQUIRE(reason != plan.rejections.end());
  INFO(reason->reason);
  // 3 x 0.161 x 730.
  CHECK(reason->reason.ends_with("; 353 $/month of the Savings Plans that are held are stranded by it"));
}

TEST_CASE("what a placement of the scenario holds itself runs beside what is bought") {
  Scenario scenario = with_plan_rates();
  PlanRequest request;
  request.savings_plans = {Term::three_years};
  // All on the cluster, with half a node of Compute for a year.
  scenario.placements[1].commitments = {
      {{.plan = Kind::compute, .term = Term::one_year, .commit = {0.072}}}};
  const Plan plan = make_plan(scenario, request, UsedWorld{.busier = 0.0001}.simulate(), {});
  const auto own = std::ranges::find(plan.candidates, "kubernetes", &PlanCandidate::name);
  REQUIRE(own != plan.candidates.end());
  // 0.072 x 730 for half a node, which leaves 2.3 of them in 18 hours: at plan rates 2.3 x 0.096 x 730.
  CHECK(mean_or_zero(own->usd) == Approx(52.56 + 161.18).epsilon(0.002));
  REQUIRE(own->buys.size() == 1);
  CHECK(own->buys[0].hourly_usd == Approx(2.3 * 0.096).epsilon(0.002));
}

TEST_CASE("in other worlds a contender runs on what it bought or holds, at the rates of things as they are") {
  Scenario scenario = with_plan_rates();
  scenario.training.clear();
  scenario.services = {two_slots_busy()};
  const ServiceHome home{.platform = {0}, .type = {0}, .replicas = {.min = 3, .max = 3}};
  scenario.placements = {{.name = "three", .services = {home}}};
  const auto risk_at = [&](const PlanRequest& of, double price) {
    PlanRequest request = of;
    request.uncertain = {{WorldInput::sagemaker_price, price - 1e-4, price, price + 1e-4, 0.9}};
    AnalysisMemory memory;
    const Options options{.services = {{home}}};
    const Contender contenders[] = {{"three", {0}}};
    return study_worlds(scenario, request, options, contenders, limits_of(scenario, request), {}, memory)
        .risks[0];
  };
  // Three instances at 0.161 $/h, bought for a year, whatever becomes of 0.23 on demand.
  const double locked = 730 * 3 * 0.161;
  PlanRequest request;
  request.savings_plans = {Term::one_year};
  CHECK(risk_at(request, 2).expected_usd == Approx(locked).epsilon(0.001));
  CHECK(risk_at(request, 2).weighted_regret_usd == Approx(0).margin(0.1));
  // At half the price who knew would have bought nothing.
  CHECK(risk_at(request, 0.5).expected_usd == Approx(locked).epsilon(0.001));
  CHECK(risk_at(request, 0.5).weighted_regret_usd == Approx(locked - 730 * 3 * 0.115).epsilon(0.002));
  // Two of three are held, and the third is paid at the price of the day.
  request.savings_plans.clear();
  request.held = {{{.plan = Kind::sagemaker, .term = Term::one_year, .commit = {2 * 0.161}}}};
  CHECK(risk_at(request, 2).expected_usd == Approx(730 * (2 * 0.161 + 0.46)).epsilon(0.001));
  CHECK(risk_at(request, 0.5).expected_usd == Approx(730 * (2 * 0.161 + 0.115)).epsilon(0.001));
}

TEST_CASE("a flip compares both sides with what is best for each of them there") {
  const Scenario scenario = with_plan_rates();
  PlanRequest request;
  request.savings_plans = {Term::three_years};
  // All on SageMaker costs 176.3 f at f times its price, all on the cluster 196.2: a hundredth more from f = 1.124 on.
  const FlipTable table = flip_table(scenario, request, scenario.placements[0], {}, {},
                                     UsedWorld{.busier = 0.0001}.simulate(), {});
  const auto flip = std::ranges::find(table.flips, "sagemaker_price", &Flip::input);
  REQUIRE(flip != table.flips.end());
  REQUIRE(flip->at);
  // Known to a step of the last digit that a table shows.
  CHECK(*flip->at >= 1.12);
  CHECK(*flip->at <= 1.23);
  CHECK(*flip->stays_at <= 1.13);
  CHECK(*flip->stays_at >= 1.02);
  CHECK(flip->moves.size() == 3);
}
