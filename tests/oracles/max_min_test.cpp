#include "tests/oracles/max_min.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("rates are max-min fair", "[max_min]") {
  struct Row {
    const char* because;
    std::vector<double> capacities;
    std::vector<Flow> flows;
    std::vector<double> expected;
  };
  const auto row = GENERATE(values<Row>({
      {"equal flows share equally", {10}, {{{0}}, {{0}}}, {5, 5}},
      {"what a capped flow leaves goes to the others", {100}, {{{0}, 0, 0s, 20}, {{0}}}, {20, 80}},
      {"a cap above the fair share does nothing", {100}, {{{0}, 0, 0s, 80}, {{0}}}, {50, 50}},
      {"a flow over a narrow link leaves room on the wide one (Bertsekas & Gallager)",
       {10, 10, 4},
       {{{0, 1, 2}}, {{0}}, {{1}}},
       {4, 6, 6}},
      {"a flow over no link runs at its cap", {1}, {{{}, 0, 0s, 7}}, {7}},
      {"no flows, no rates", {1}, {}, {}},
  }));
  CAPTURE(row.because);
  const std::vector<double> got = max_min_rates(row.capacities, row.flows);
  REQUIRE(got.size() == row.expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == Approx(row.expected[i]));
}

TEST_CASE("a flow that ends makes the others faster", "[max_min]") {
  // 10/s for two flows of 10 and 30: 5/s each until 2 s, then 20 left at 10/s. A third begins at 5 s
  // on an idle link.
  const std::vector<double> capacities{10};
  const std::vector<Flow> flows{{{0}, 10, 0s, {}}, {{0}, 30, 0s, {}}, {{0}, 20, 5s, {}}};
  CHECK(completion_times(capacities, flows) == std::vector<Seconds>{2s, 4s, 7s});
}

TEST_CASE("equal flows end at the same instant", "[max_min]") {
  const std::vector<double> capacities{3};
  const std::vector<Flow> flows(7, Flow{{0}, 1, 0.1s, {}});
  for (const Seconds end : completion_times(capacities, flows))
    CHECK(end.count() == Approx(0.1 + 7.0 / 3));
}

TEST_CASE("an empty flow ends when it begins", "[max_min]") {
  const std::vector<double> capacities{3};
  CHECK(completion_times(capacities, std::vector<Flow>{{{0}, 0, 2s, {}}}) ==
        std::vector<Seconds>{2s});
}

}  // namespace
}  // namespace berth
