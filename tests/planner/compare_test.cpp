#include "planner/compare.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "planner/summarise.h"
#include "tests/planner/canned.h"

using namespace berth;

namespace {

Summary summary_of(const std::vector<canned::Knobs>& knobs) {
  std::vector<std::optional<Outcome>> outcomes;
  for (const canned::Knobs& k : knobs) outcomes.push_back(canned::outcome(k));
  const Scenario scenario = canned::scenario();
  return summarise(scenario, scenario.placements[0], outcomes);
}

const Change& change_named(const Comparison& comparison, const std::string& metric,
                           const std::string& part = "") {
  const auto at = std::ranges::find_if(comparison.changes, [&](const Change& change) {
    return change.name.metric == metric && change.name.part == part;
  });
  REQUIRE(at != comparison.changes.end());
  return *at;
}

Estimate difference_of(double mean, double low, double high) {
  return {
      .mean = mean, .interval = Interval{low, high},
           .n = 3
  };
}

}  // namespace

TEST_CASE("a difference is paired, replication by replication") {
  // 10, 20, 30 against 11, 21, 31: the spread of each is 10, of the difference 0.
  const Summary before =
      summary_of({{.training_usd = 10}, {.training_usd = 20}, {.training_usd = 30}});
  const Summary after =
      summary_of({{.training_usd = 11}, {.training_usd = 21}, {.training_usd = 31}});
  const Comparison c = compare("before", before, "after", after);
  const Change& cost = change_named(c, "cost");
  CHECK(cost.difference.mean == Approx(730.0 / 24));
  CHECK(cost.difference.interval->half_width() == Approx(0).margin(1e-6));
  CHECK(cost.verdict == Verdict::clear);
  CHECK(*cost.relative == Approx(cost.difference.mean / cost.before.mean));
}

TEST_CASE("a verdict follows from the interval") {
  struct Row {
    Estimate difference;
    Verdict verdict;
    const char* because;
  };
  const Row rows[] = {
      {difference_of(5,     1,             9),          Verdict::clear, "zero is left out"},
      {difference_of(-5, -9,              -1),          Verdict::clear, "also below"},
      {difference_of(5,                -1,  11),Verdict::not_clear, "zero is inside"},
      {difference_of(0,     0, 0),        Verdict::same, "no replication differs"},
      {difference_of(0,   -1,                1),             Verdict::not_clear, "differences that cancel are no sameness"},
      {{.mean = 5, .n = 1},                 Verdict::cannot_tell,                 "one pair has no interval"},
      {{.mean = 0, .n = 1},     Verdict::same,              "one pair without a difference"       },
  };
  for (const Row& row : rows) {
    INFO(row.because);
    CHECK(verdict_of(row.difference) == row.verdict);
  }
}

TEST_CASE("a bill line only one side has is zero on the other") {
  const Summary before = summary_of({{}, {}});
  Summary after = before;
  std::erase_if(after.cost.lines,
                [](const CostLine& line) { return line.service == "Amazon EKS"; });
  const Comparison c = compare("before", before, "after", after);
  const Change& line = change_named(c, "cost_line", "Amazon EKS: cluster");
  CHECK(line.after.mean == 0);
  CHECK(line.difference.mean == Approx(-2.4 * 730 / 24));
}

TEST_CASE("a class only one side has is named, not compared") {
  const Summary before = summary_of({{}, {}});
  Summary after = before;
  after.services.clear();
  const Comparison c = compare("before", before, "after", after);
  CHECK(std::ranges::any_of(c.only_base, [](const FigureName& name) {
    return name.metric == "latency_p99" && name.workload == "eta";
  }));
  CHECK(c.only_other.empty());
}

TEST_CASE("replications that failed on one side are left out of the pair") {
  const Scenario scenario = canned::scenario();
  const std::vector<std::optional<Outcome>> all{canned::outcome(), canned::outcome(),
                                                canned::outcome({.training_usd = 99})};
  std::vector<std::optional<Outcome>> some = all;
  some[2].reset();
  const Comparison c = compare("all", summarise(scenario, scenario.placements[0], all), "some",
                               summarise(scenario, scenario.placements[0], some));
  const Change& cost = change_named(c, "cost");
  CHECK(cost.difference.n == 2);
  CHECK(cost.difference.mean == 0);
  CHECK(cost.before.n == 2);
}

TEST_CASE("figures have names of their own") {
  std::set<FigureName> names;
  for (const NamedFigure& figure : figures(summary_of({{}}))) {
    INFO(figure.name.metric << " " << figure.name.workload << " " << figure.name.part);
    CHECK(names.insert(figure.name).second);
  }
}
