// What a plan says in sentences (reports/plan_words.cpp), of itself and read back from its file.
#include "reports/plan_words.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/plan_report.h"
#include "reports/plan_values.h"
#include "tests/reports/canned_result.h"

using namespace berth;

namespace {

constexpr bool kAtLeast = true, kAtMost = false;

Estimate surely(double mean) { return {mean, Interval{mean, mean}, 6}; }

// 1000 $ a month; what was simulated was up to 5 % off the formulas, so that these may be 50 $ off.
Plan plan_for(const char* objective) {
  Plan plan{.objective = objective};
  PlanCandidate best{
      .name = "plan-1", .placement = canned::scenario().placements[0], .replications = 6};
  best.usd.values = {1000, 1000, 1000};
  best.marginal_usd.values = {400, 400, 400};
  plan.candidates = {best};
  plan.recommendation = 0;
  plan.analytic_error = 0.05;
  plan.indifference = 10;
  plan.workloads = {{.kind = "service",
                     .name = "eta",
                     .home = "eks",
                     .usd = surely(300),
                     .runner_up = "eks/other",
                     .runner_up_usd = Estimate{40, {}, 0}}};
  return plan;
}

Plan read_back(const Plan& plan) {
  const Scenario scenario = canned::scenario();
  return plan_values(
      nlohmann::json::parse(plan_json({provenance_of(scenario, {}), plan}, scenario)));
}

Plan in_conflict() {
  Plan plan = plan_for("cost");
  plan.recommendation.reset();
  plan.workloads.clear();
  plan.candidates[0].name = "kube";
  plan.candidates[0].from_scenario = true;
  plan.conflict = Conflict{.limits = {"slo_share >= 99.999 %"},
                           .undecided = {"start_within_share of retrain >= 95 %"},
                           .nearest = "kube",
                           .confirmed = true,
                           .relaxations = {{.limit = {"slo_share", "", 0.99999, kAtLeast},
                                            .nearest = 0.9791,
                                            .usd = 2691,
                                            .placement = "kube"},
                                           {.limit = {"cost_usd_per_month", "", 1500, kAtMost},
                                            .nearest = 2867,
                                            .usd = 2691,
                                            .placement = "kube"}},
                           .together = true};
  return plan;
}

}  // namespace

TEST_CASE("one limit in conflict is one, and what must give way with it is more than that") {
  for (const Plan& plan : {in_conflict(), read_back(in_conflict())}) {
    const auto [before, give_ups] = conflict_words(plan);
    CHECK(
        before ==
        std::vector<std::string>{
            "No placement that was simulated meets every limit for sure: each breaks slo_share >= "
            "99.999 %. A plan "
            "with nothing but this limit found none that meets it, either. Nearest to all is kube.",
            "Undecided after its replications: start_within_share of retrain >= 95 %.",
            "Giving up that limit alone is not enough: no placement was shown to keep all the others. "
            "With kube all of "
            "this would have to give way:"});
    CHECK(give_ups ==
          std::vector<std::string>{
              "Give up slo_share >= 99.999 %: >= 97.91 % can be had with kube, at 2.69 k$ a month.",
              "Give up cost <= 1500 $/month: <= 2867 $/month can be had with kube, at 2.69 k$ a month."});
  }
  Plan two = in_conflict();
  two.conflict->limits.push_back("cost <= 1500 $/month");
  two.conflict->together = false;
  two.conflict->undecided.clear();
  const auto [before, give_ups] = conflict_words(two);
  REQUIRE(before.size() == 1);
  CHECK(before[0].find("each breaks at least one of slo_share >= 99.999 %; cost <= 1500 $/month. A "
                       "plan with nothing "
                       "but these limits") != std::string::npos);
  CHECK(give_ups[0].find("can be had with kube, at") != std::string::npos);
}

TEST_CASE("an explanation and a page of a conflict say what the plan said") {
  const Scenario scenario = canned::scenario();
  const PlanReport report{provenance_of(scenario, {}), in_conflict()};
  const std::string explained = explain_plan(plan_json(report, scenario), "", false);
  const auto [before, give_ups] = conflict_words(report.plan);
  for (const std::string& line : before) CHECK(explained.find(line + "\n") != std::string::npos);
  for (const std::string& line : give_ups) CHECK(explained.find(line + "\n") != std::string::npos);
}

TEST_CASE(
    "a star says what formulas are off by, and whether the differences that have one decide") {
  Plan plan = plan_for("cost");
  CHECK(runner_up_cost(plan.workloads[0]) == "+40.0 $ *");
  CHECK(star_words(plan) ==
        "* by formulas, which are off by up to 5.0 % of the cost, 50.0 $ a month: a difference "
        "below that is within the formulas' error");
  CHECK(star_words(read_back(plan)) == star_words(plan));
  plan.workloads[0].runner_up_usd->mean = 60;
  CHECK(star_words(plan) ==
        "* by formulas, which are off by up to 5.0 % of the cost, 50.0 $ a month");
  plan.workloads[0].runner_up_usd->mean = -40;
  CHECK(runner_up_reason(plan, plan.workloads[0]) == "within the formulas' error");
  // Of 400 $ without people and standing parts they are off by 20 $.
  CHECK(formulas_off_by(plan_for("marginal_cost")) == Approx(20));
  plan.workloads[0].runner_up_simulated = true;
  CHECK(star_words(plan).empty());
  // An error of a latency is none of dollars.
  Plan late = plan_for("serving_p99");
  late.unit = "s";
  CHECK(star_words(late) == "* by formulas");
  CHECK_FALSE(formulas_off_by(late));
}

TEST_CASE("where a latency was asked for, a cheaper home says what it loses") {
  Plan plan = plan_for("serving_p99");
  plan.unit = "s";
  PlannedWorkload& eta = plan.workloads[0];
  eta.runner_up_simulated = true;
  eta.runner_up_usd = surely(-298);
  eta.runner_up_p99_s = surely(0.00441);
  CHECK(runner_up_reason(plan, eta) == "+4.41 ms p99");
  CHECK(runner_up_reason(read_back(plan), read_back(plan).workloads[0]) == "+4.41 ms p99");
  // A service has no start: what its home does to those of others.
  Plan soon = plan;
  soon.objective = "start_latency";
  soon.workloads[0].runner_up_p99_s = surely(0);
  soon.workloads[0].runner_up_objective_s = surely(110);
  CHECK(runner_up_reason(soon, soon.workloads[0]) == "+110 s start p95 of all");
  CHECK(runner_up_reason(read_back(soon), read_back(soon).workloads[0]) == "+110 s start p95 of all");
  eta.runner_up_usd = surely(298);  // that is reason enough
  CHECK(runner_up_reason(plan, eta).empty());
}

TEST_CASE("who stands better elsewhere costs less, not minus") {
  Plan plan = plan_for("cost");
  plan.worlds = {{.candidate = "plan-1", .expected_usd = 120},
                 {.candidate = "plan-2", .expected_usd = 90}};
  plan.hedge = Hedge{"plan-2", Estimate{-2820, Interval{-2821, -2819}, 3}, surely(-30)};
  const auto last = [&] { return world_sentences(plan).back(); };
  CHECK(last().starts_with(
      "plan-2 costs 2.82 k$ ±<0.01 less a month as things are and stands better there:"));
  CHECK(world_sentences(read_back(plan)).back() == last());
  plan.hedge->usd = Estimate{0, Interval{0, 0}, 3};
  CHECK(last().starts_with("plan-2 costs as much a month as things are and stands better there:"));
}

TEST_CASE("all that move are named by their new home, and in short how many and the first") {
  const std::vector<FlipMove> moves{{"retrain", "west"}, {"rank", "east"}, {"batch", "west"}};
  CHECK(moves_in_short(moves) == "3 workloads move: retrain to west");
  CHECK(moves_in_full(moves) == "retrain, batch to west; rank to east");
  CHECK(moves_in_short({{"retrain", "west"}}) == "retrain moves to west");
  CHECK(flip_value("", 6.4) == "x6.4");
  CHECK(flip_value("$/h", 22) == "22 $/h");
}
