#include "planner/conflict.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "planner/limits.h"
#include "tests/planner/formula_world.h"

using namespace berth;

namespace {

// Each check a limit of its own.
std::vector<StatedLimit> limits_in(const PlanCandidate& candidate) {
  std::vector<StatedLimit> list;
  for (const LimitCheck& check : candidate.limits)
    list.push_back({check.name, check.workload, check.allowed, check.at_least});
  return list;
}

LimitCheck at(const std::string& name, const std::string& workload, double allowed, bool at_least,
              double found) {
  return {.name = name,
          .workload = workload,
          .allowed = allowed,
          .at_least = at_least,
          .found = Estimate{found, Interval{found, found}, 2},
          .met = at_least ? found >= allowed : found <= allowed,
          .holds_at = found};
}

}  // namespace

TEST_CASE("giving up a limit is priced with the value it is given up to") {
  // By formulas SageMaker starts in 126 s and an empty cluster in 73 s at best; both miss 1 s by all.
  Scenario scenario = three_classes();
  scenario.training.resize(1);
  for (Placement& placement : scenario.placements) placement.training.resize(1);
  scenario.training[0].duration = Distribution{Constant{240}};
  scenario.training[0].deadline = 300s;  // from submission: 366 s on SageMaker, 313 s on a cold node
  AnalysisMemory memory;
  const Options options = options_of(scenario, {});
  const Analysis analysis = analyse(scenario, {}, options, &memory);
  const Conflict conflict = conflict_of(scenario, {}, options, memory);
  REQUIRE(conflict.relaxations.size() == 1);
  const Relaxation& relaxed = conflict.relaxations[0];
  REQUIRE(relaxed.nearest);
  // What the price buys is a home that comes that near.
  std::optional<double> cheapest;
  for (std::size_t k = 0; k < options.training[0].size(); ++k)
    if (*analysis.training[0][k].deadline_missed_share <= *relaxed.nearest) {
      const double usd = appraise(analysis.problem, {k}).usd;
      cheapest = std::min(cheapest.value_or(usd), usd);
    }
  CHECK(*relaxed.usd == Approx(*cheapest));
}

TEST_CASE("a limit is given up to the nearest value with which the other limits can be kept") {
  // In time only on SageMaker, which a budget between the two homes does not pay.
  Scenario scenario = three_classes();
  scenario.training.resize(1);
  for (Placement& placement : scenario.placements) placement.training.resize(1);
  scenario.training[0].duration = lognormal_from_median_p95(240, 400);
  scenario.training[0].deadline = 300s;
  AnalysisMemory memory;
  const Options options = options_of(scenario, {});
  const Analysis analysis = analyse(scenario, {}, options, &memory);
  // What is late by how much, and what it costs.
  std::vector<std::pair<double, double>> homes;
  for (std::size_t k = 0; k < options.training[0].size(); ++k)
    homes.emplace_back(*analysis.training[0][k].deadline_missed_share,
                       appraise(analysis.problem, {k}).usd);
  const auto best = std::ranges::min_element(homes);
  const auto cheapest = std::ranges::min_element(homes, {}, &std::pair<double, double>::second);
  REQUIRE(cheapest->first > best->first);
  PlanRequest request;
  request.limits.deadline_missed_share = best->first / 3;
  request.limits.cost_usd_per_month = (best->second + cheapest->second) / 2;
  AnalysisMemory fresh;
  const Conflict conflict = conflict_of(scenario, request, options, fresh);
  REQUIRE(!conflict.relaxations.empty());
  const Relaxation& relaxed = conflict.relaxations[0];
  CHECK(relaxed.limit.name == "deadline_missed_share");
  REQUIRE(relaxed.usd);
  CHECK(*relaxed.usd <= *request.limits.cost_usd_per_month);
}

TEST_CASE("the nearest of those simulated tells what it breaks, and what is not decided") {
  PlanCandidate near{.name = "near"}, far{.name = "far"};
  const Estimate sure{0.5, Interval{0.49, 0.51}, 3}, open{0.94, Interval{0.9, 0.98}, 3};
  near.limits = {{.name = "start_within_share", .workload = "a", .allowed = 0.95, .found = sure},
                 {.name = "slo_share", .workload = "b", .allowed = 0.95, .found = open}};
  far.limits = near.limits;
  far.limits.push_back({.name = "slo_share", .workload = "c", .allowed = 0.95, .found = sure});
  near.limits.push_back({.name = "slo_share", .workload = "c", .allowed = 0.95, .met = true});
  const Conflict conflict = conflict_of_simulated({far, near}, limits_in(far));
  CHECK(conflict.nearest == "near");
  CHECK(conflict.limits == std::vector<std::string>{"start_within_share of a >= 95 %"});
  CHECK(conflict.undecided == std::vector<std::string>{"slo_share of b >= 95 %"});
}

TEST_CASE("the smallest set of limits is one of which every placement breaks one") {
  // Cheap and late, dear and in time: neither limit alone stands in the way of both.
  PlanCandidate late{.name = "late"}, later{.name = "later"}, dear{.name = "dear"};
  late.usd.values = {218, 218};
  later.usd.values = {158, 158};
  dear.usd.values = {498, 498};
  const auto limits = [](double start, double cost) {
    return std::vector{at("start_within_share", "a", 0.95, true, start),
                       at("cost_usd_per_month", "", 400, false, cost)};
  };
  late.limits = limits(0.136, 218);
  later.limits = limits(0.1, 158);
  dear.limits = limits(0.97, 498);
  const Conflict conflict = conflict_of_simulated({late, later, dear}, limits_in(late));
  CHECK(conflict.limits ==
        std::vector<std::string>{"start_within_share of a >= 95 %", "cost <= 400 $/month"});
  CHECK_FALSE(conflict.together);
  REQUIRE(conflict.relaxations.size() == 2);
  CHECK(conflict.relaxations[0].nearest == 0.136);
  CHECK(conflict.relaxations[0].usd == 218);
  CHECK(conflict.relaxations[1].nearest == 498);
  // All break the cost, and one thing more: nothing is gained by giving up one.
  late.limits = limits(0.136, 418);
  dear.limits = limits(0.9, 498);
  const Conflict both = conflict_of_simulated({late, dear}, limits_in(late));
  CHECK(both.limits.size() == 1);
  CHECK(both.together);
  CHECK(both.relaxations.size() == 2);
}

TEST_CASE("of those that break equally many limits the nearest misses them by least, not the cheapest") {
  PlanCandidate cheap{.name = "cheap"}, close{.name = "close"};
  cheap.usd.values = {100, 101};
  close.usd.values = {200, 201};
  cheap.limits = {at("deadline_missed_share", "a", 0.05, false, 0.91)};
  close.limits = {at("deadline_missed_share", "a", 0.05, false, 0.32)};
  const auto stated = limits_in(cheap);
  const Conflict conflict = conflict_of_simulated({cheap, close}, stated);
  CHECK(conflict.nearest == "close");
  REQUIRE(conflict.relaxations.size() == 1);
  CHECK(conflict.relaxations[0].nearest == 0.32);
  CHECK(conflict.relaxations[0].placement == "close");
  close.limits = cheap.limits;  // equally far: the cheaper
  CHECK(conflict_of_simulated({close, cheap}, stated).nearest == "cheap");
}

TEST_CASE("a limit that is stated once is given up once, to what holds for all of its workloads") {
  PlanCandidate one{.name = "one"}, two{.name = "two"};
  one.limits = {at("interruptions_per_job", "a", 0.01, false, 0.03),
                at("interruptions_per_job", "b", 0.01, false, 0.05)};
  two.limits = {at("interruptions_per_job", "a", 0.01, false, 0.04),
                at("interruptions_per_job", "b", 0.01, false, 0.005)};
  const Conflict conflict =
      conflict_of_simulated({one, two}, {{"interruptions_per_job", "", 0.01, false}});
  CHECK(conflict.limits == std::vector<std::string>{"interruptions_per_job <= 0.01"});
  REQUIRE(conflict.relaxations.size() == 1);
  CHECK(conflict.relaxations[0].nearest == 0.04);
  CHECK(conflict.relaxations[0].placement == "two");
}

TEST_CASE("the price of a moved limit is that of the cheapest that is shown to keep it") {
  // By their means the dear one comes nearest; what is shown of it the cheap one keeps as well.
  PlanCandidate dear{.name = "dear"}, cheap{.name = "cheap"};
  dear.usd.values = {300, 300};
  cheap.usd.values = {200, 200};
  dear.limits = {at("slo_share", "s", 0.99, true, 0.98)};
  dear.limits[0].holds_at = 0.96;
  cheap.limits = {at("slo_share", "s", 0.99, true, 0.97)};
  const auto moved = relaxed({dear, cheap}, limits_in(dear), limits_in(dear)[0]);
  REQUIRE(moved);
  CHECK(moved->nearest == 0.96);
  CHECK(moved->placement == "cheap");
  CHECK(moved->usd == 200);
}

TEST_CASE("a limit moves to what is shown, in four digits that hold") {
  PlanCandidate one{.name = "one"};
  const Estimate mean{120.7, Interval{118.2, 123.2}, 3};
  one.limits = {{.name = "cost_usd_per_month", .allowed = 100, .at_least = false, .found = mean,
                 .holds_at = 122.7431}};
  CHECK(conflict_of_simulated({one}, limits_in(one)).relaxations.at(0).nearest.value() ==
        Approx(122.8).epsilon(1e-12));
  one.limits = {{.name = "slo_share", .workload = "s", .allowed = 0.99, .found = mean,
                 .holds_at = 0.987654}};
  CHECK(conflict_of_simulated({one}, limits_in(one)).relaxations.at(0).nearest.value() ==
        Approx(0.9876).epsilon(1e-12));
  // What two replications leave open is no value that can be had.
  one.limits = {{.name = "cost_usd_per_month", .allowed = 100, .at_least = false, .found = mean,
                 .holds_at = 8'899'000}};
  CHECK_FALSE(conflict_of_simulated({one}, limits_in(one)).relaxations.at(0).nearest);
}

TEST_CASE("what others leave undecided is not had for giving up one") {
  // It may meet b, and nobody has seen that it does.
  PlanCandidate one{.name = "one"};
  one.limits = {at("start_within_share", "a", 0.95, true, 0.5),
                {.name = "slo_share", .workload = "b", .allowed = 0.95,
                 .found = Estimate{0.96, Interval{0.93, 0.99}, 3}, .holds_at = 0.94}};
  const auto stated = limits_in(one);
  CHECK_FALSE(relaxed({one}, stated, stated[0]));
  CHECK(conflict_of_simulated({one}, stated).together);
}

TEST_CASE("a budget below the bound conflicts with nothing but itself") {
  const Scenario scenario = three_classes();
  PlanRequest request;
  request.limits.cost_usd_per_month = 0.01;
  AnalysisMemory memory;
  const Conflict conflict = conflict_of(scenario, request, options_of(scenario, request), memory);
  REQUIRE(conflict.limits.size() == 1);
  CHECK(conflict.limits[0] == "cost <= 0.01 $/month");
  CHECK(conflict.relaxations[0].nearest.value() > 0.01);
}

namespace {

// Class a has a goal that only the dearer cluster keeps: 530 $ with it, 480 $ without.
Scenario goal_of_one() {
  Scenario scenario = three_classes();
  scenario.training[0].start_slo = 60s;
  return scenario;
}

}  // namespace

TEST_CASE("who is in conflict is found by plans with fewer limits, and so is what giving one up buys") {
  // However few a search looks at: those that keep the goal all break the cost, which alone would be kept.
  const Scenario scenario = goal_of_one();
  PlanRequest request;
  request.limits.cost_usd_per_month = 500;
  for (const std::size_t candidates : {24, 3}) {
    CAPTURE(candidates);
    const FormulaWorld world{.common = 1, .own = 0.1};
    const PlanRules rules{.candidates = candidates};
    const Plan plan = make_plan(scenario, request, world.simulate(), rules);
    CHECK_FALSE(plan.recommendation);
    CHECK(plan.finished);
    REQUIRE(plan.conflict);
    const Conflict& conflict = *plan.conflict;
    CHECK(conflict.confirmed);
    CHECK(conflict.limits.size() == 2);
    CHECK_FALSE(conflict.together);
    REQUIRE(conflict.relaxations.size() == 2);
    for (const Relaxation& one : conflict.relaxations) {
      CHECK(*one.usd == Approx(one.limit.name == "cost_usd_per_month" ? 530 : 480).epsilon(0.01));
      CHECK(std::ranges::count(plan.candidates, one.placement, &PlanCandidate::name) == 1);
    }
  }
}

TEST_CASE("a conflict that formulas see a part of is looked for by simulation") {
  // No placement costs so little, which formulas see, and none takes so few hours of people, which they do not.
  Scenario scenario = three_classes();
  scenario.people.activities = {{.name = "clusters", .hours_per_month = 18, .per = ToilActivity::Per::cluster},
                                {.name = "account", .hours_per_month = 12, .per = ToilActivity::Per::sagemaker_account}};
  PlanRequest request;
  request.limits.cost_usd_per_month = 1;
  request.limits.people_hours_per_month = 5;
  const Plan plan = make_plan(scenario, request, FormulaWorld{.common = 1, .own = 0.1}.simulate(), {});
  REQUIRE(plan.conflict);
  CHECK(plan.conflict->together);
  REQUIRE(plan.conflict->relaxations.size() == 2);
  for (const Relaxation& one : plan.conflict->relaxations) {
    REQUIRE(one.nearest);
    CHECK(*one.nearest >= (one.limit.name == "cost_usd_per_month" ? 470 : 12));
    CHECK(*one.nearest <= (one.limit.name == "cost_usd_per_month" ? 610 : 30));
    // What is told was looked at as often as any.
    const auto shown = std::ranges::find(plan.candidates, one.placement, &PlanCandidate::name);
    REQUIRE(shown != plan.candidates.end());
    CHECK(shown->replications == PlanRules{}.most);
  }
}

TEST_CASE("a plan with a limit moved as far as was said has an answer") {
  // Days differ by more than the classes' costs do: of few replications a limit holds far off, or by luck.
  Scenario scenario = goal_of_one();
  PlanRequest request;
  request.limits.cost_usd_per_month = 300;
  for (scenario.seed = 1; scenario.seed <= 12; ++scenario.seed) {
    CAPTURE(scenario.seed);
    const FormulaWorld world{.common = 60, .own = 20};
    const Plan plan = make_plan(scenario, request, world.simulate(), {});
    REQUIRE(plan.conflict);
    REQUIRE(plan.conflict->relaxations.size() == 1);
    PlanRequest moved;
    moved.limits.cost_usd_per_month = plan.conflict->relaxations[0].nearest.value();
    CHECK(moved.limits.cost_usd_per_month.value() < 600);
    CHECK(make_plan(scenario, moved, world.simulate(), {}).recommendation);
  }
}

TEST_CASE("who does without a limit goes far, and somebody nearer to it is looked for") {
  // On the cluster 80, 50 and 20 % of the classes' starts are in time. With 270 $ one can be elsewhere.
  Scenario scenario = three_classes();
  for (TrainingClass& work : scenario.training) work.start_slo = 60s;
  PlanRequest request;
  request.limits.cost_usd_per_month = 270;
  request.limits.start_within_share = 0.95;
  const FormulaWorld world{.on_sagemaker = {100, 100, 100},
                           .on_cluster = {80, 80, 80},
                           .start_on_sagemaker = 40,
                           .common = 1,
                           .own = 0.1};
  const SimulateRange simulate = [inner = world.simulate()](const Scenario& of,
                                                            std::span<const Placement> placements,
                                                            int from, int to) {
    Simulated simulated = inner(of, placements, from, to);
    constexpr std::int64_t kInTime[] = {77, 48, 19};
    for (std::size_t p = 0; p < placements.size(); ++p)
      for (auto& outcome : simulated.outcomes[p])
        for (std::size_t i = 0; i < 3; ++i)
          if (placements[p].training[i].pool) outcome->training[i].slo_met = kInTime[i];
    return simulated;
  };
  const Plan plan = make_plan(scenario, request, simulate, {.candidates = 3, .runners_up = 0});
  REQUIRE(plan.conflict);
  const auto goal = std::ranges::find(plan.conflict->relaxations, "start_within_share",
                                      [](const Relaxation& one) { return one.limit.name; });
  REQUIRE(goal != plan.conflict->relaxations.end());
  CHECK(goal->nearest.value() == 0.5);
  CHECK(*goal->usd == Approx(260).epsilon(0.01));
}

TEST_CASE("time that ends while limits are given up leaves the conflict that was found") {
  const Scenario scenario = goal_of_one();
  PlanRequest request;
  request.limits.cost_usd_per_month = 500;
  const FormulaWorld world{.common = 1, .own = 0.1};
  bool gives_up = false;
  PlanRules rules;
  rules.say = [&](const std::string& what) { gives_up |= what.starts_with("without "); };
  rules.out_of_time = [&] { return gives_up; };
  const Plan plan = make_plan(scenario, request, world.simulate(), rules);
  REQUIRE(gives_up);
  REQUIRE(plan.conflict);
  CHECK(plan.finished);
  CHECK(std::ranges::any_of(plan.notes, [](const std::string& note) {
    return note.find("while limits were given up") != std::string::npos;
  }));
}

TEST_CASE("of few placements each is simulated before it is said that none will do") {
  // One workload may move, so that the share is the dearest one's: 70 % only with c at its dear home and both others
  // at their cheap one, where the search by formulas does not come.
  Scenario scenario = three_classes();
  PlanRequest request;
  request.hours_per_move = 40;
  request.most_hours_to_move = 50;
  request.limits.portable_share = 0.695;
  const FormulaWorld world{.on_sagemaker = {100, 120, 300}, .on_cluster = {50, 80, 260}, .common = 1, .own = 0.1};
  const Plan plan = make_plan(scenario, request, world.simulate(), {.candidates = 2});
  REQUIRE(plan.recommendation);
  CHECK_FALSE(plan.conflict);
  const PlanCandidate& best = plan.candidates[*plan.recommendation];
  // 300 of 430 $: a and b at the cheap home, c at the dear one.
  CHECK(best.portable_share == Approx(300.0 / 430).epsilon(0.01));
  CHECK(best.usd.estimate()->mean == Approx(430).epsilon(0.02));
  CHECK(plan.optimality_gap);
  CHECK(plan.probability > 0);
}
