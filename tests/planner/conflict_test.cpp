#include "planner/conflict.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "planner/limits.h"
#include "tests/planner/formula_world.h"

using namespace berth;

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
  CHECK(relaxed.limit == "deadline_missed_share");
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
  const Conflict conflict = conflict_of_simulated({far, near});
  CHECK(conflict.nearest == "near");
  CHECK(conflict.limits == std::vector<std::string>{"start_within_share of a >= 0.95"});
  CHECK(conflict.undecided == std::vector<std::string>{"slo_share of b >= 0.95"});
}

TEST_CASE("the smallest set of limits is one of which every placement breaks one") {
  // Cheap and late, dear and in time: neither limit alone stands in the way of both.
  PlanCandidate late{.name = "late"}, later{.name = "later"}, dear{.name = "dear"};
  late.usd.values = {218, 218};
  later.usd.values = {158, 158};
  dear.usd.values = {498, 498};
  const auto limits = [](double start, double cost) {
    const auto at = [](double x) { return Estimate{x, Interval{x, x}, 2}; };
    return std::vector<LimitCheck>{
        {.name = "start_within_share", .workload = "a", .allowed = 0.95, .found = at(start),
         .met = start >= 0.95, .missed_by = 0.95 - start},
        {.name = "cost_usd_per_month", .workload = "", .allowed = 400, .at_least = false,
         .found = at(cost), .met = cost <= 400, .missed_by = cost / 400 - 1}};
  };
  late.limits = limits(0.136, 218);
  later.limits = limits(0.1, 158);
  dear.limits = limits(0.97, 498);
  const Conflict conflict = conflict_of_simulated({late, later, dear});
  CHECK(conflict.limits == std::vector<std::string>{"start_within_share of a >= 0.95",
                                                    "cost_usd_per_month <= 400"});
  CHECK_FALSE(conflict.together);
  REQUIRE(conflict.relaxations.size() == 2);
  CHECK(conflict.relaxations[0].nearest == 0.136);
  CHECK(conflict.relaxations[0].usd == 218);
  CHECK(conflict.relaxations[1].nearest == 498);
  // All break the cost, and one thing more: nothing is gained by giving up one.
  late.limits = limits(0.136, 418);
  dear.limits = limits(0.9, 498);
  const Conflict both = conflict_of_simulated({late, dear});
  CHECK(both.limits.size() == 1);
  CHECK(both.together);
  CHECK(both.relaxations.size() == 2);
}

TEST_CASE("of those that break equally many limits the nearest misses them by least, not the cheapest") {
  PlanCandidate cheap{.name = "cheap"}, close{.name = "close"};
  cheap.usd.values = {100, 101};
  close.usd.values = {200, 201};
  const Estimate far{0.91, Interval{0.9, 0.92}, 2}, near{0.32, Interval{0.3, 0.34}, 2};
  cheap.limits = {{.name = "deadline_missed_share", .workload = "a", .allowed = 0.05,
                   .at_least = false, .found = far, .missed_by = 17.2}};
  close.limits = cheap.limits;
  close.limits[0].found = near;
  close.limits[0].missed_by = 5.4;
  const Conflict conflict = conflict_of_simulated({cheap, close});
  CHECK(conflict.nearest == "close");
  REQUIRE(conflict.relaxations.size() == 1);
  CHECK(conflict.relaxations[0].nearest == 0.32);
  close.limits[0].missed_by = 17.2;  // equally far: the cheaper
  CHECK(conflict_of_simulated({close, cheap}).nearest == "cheap");
}

TEST_CASE("a budget below the bound conflicts with nothing but itself") {
  const Scenario scenario = three_classes();
  PlanRequest request;
  request.limits.cost_usd_per_month = 0.01;
  AnalysisMemory memory;
  const Conflict conflict = conflict_of(scenario, request, options_of(scenario, request), memory);
  REQUIRE(conflict.limits.size() == 1);
  CHECK(conflict.limits[0] == "cost_usd_per_month <= 0.01");
  CHECK(conflict.relaxations[0].nearest.value() > 0.01);
}
