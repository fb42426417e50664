#include "models/kubernetes/provision.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("budgets round percentages up and take the smallest that applies", "[provision]") {
  struct Row { const char* because; std::vector<Budget> budgets; int nodes, expected; };
  const auto row = GENERATE(values<Row>({
      {"the default: ten nodes, one at a time", {{}},                                  10, 1},
      {"eleven nodes: two",                     {{}},                                  11, 2},
      {"no budget, no limit",                   {},                                    11, kNoBudget},
      {"an inactive budget does not count",     {{.nodes = 0, .active = false}},       11, kNoBudget},
      {"one for another reason neither",        {{.nodes = 0, .reasons = {Disruption::drifted}}}, 11, kNoBudget},
      {"the smallest",                          {{.nodes = 50}, {.nodes = 3, .percent = false}}, 100, 3},
  }));
  CAPTURE(row.because);
  CHECK(budget_for(Disruption::empty, row.budgets, row.nodes) == row.expected);
}

TEST_CASE("nodes already going use up the budget", "[provision]") {
  CHECK(allowed_disruptions(3, 1, 1) == 1);
  CHECK(allowed_disruptions(1, 2, 0) == 0);
}

std::vector<PoolNode> empty_pool(int nodes) {
  std::vector<PoolNode> pool;
  for (int i = 0; i < nodes; ++i) pool.push_back({.id = {i}, .quiet_since = Seconds{100.0 - i}});
  return pool;
}

TEST_CASE("the longest empty node goes first, as far as budget and minimum allow", "[provision]") {
  struct Row {
    const char* because;
    int nodes;
    void (*change)(std::vector<PoolNode>&);
    EmptinessRule rule;
    std::vector<NodeId> expected;
  };
  const auto row = GENERATE(values<Row>({
      {"ten percent of twenty", 20, [](auto&) {}, {}, {{19}, {18}}},
      {"not before consolidate_after: empty since 81 s, now 200 s", 20, [](auto&) {}, {120s}, {}},
      {"the minimum stays", 20, [](auto&) {}, {0s, 19}, {{19}}},
      {"a node with pods is not empty", 20, [](auto& p) { p[19].pods = 1; }, {}, {{18}, {17}}},
      {"a nominated node is awaited", 20, [](auto& p) { p[19].nominated = true; }, {}, {{18}, {17}}},
      {"one on its way out counts", 20, [](auto& p) { p[0].deleting = true; }, {}, {{19}}},
      {"one that is not ready counts", 20, [](auto& p) { p[0].ready = false; }, {}, {{19}}},
      {"a node that is not initialised is outside", 11, [](auto& p) { p[10].initialised = false; },
       {}, {{9}}},
  }));
  CAPTURE(row.because);
  std::vector<PoolNode> pool = empty_pool(row.nodes);
  row.change(pool);
  CHECK(empty_nodes_to_remove(pool, row.rule, 200s) == row.expected);
}

TEST_CASE("a node may be disrupted when it is quiet and nobody waits for it", "[provision]") {
  const PoolNode quiet{.id = {0}, .pods = 2, .quiet_since = 100s};
  CHECK(may_be_disrupted(quiet, 30s, 130s));  // pods or not
  CHECK_FALSE(may_be_disrupted(quiet, 30s, 129s));
  PoolNode coming = quiet, awaited = quiet, going = quiet;
  coming.initialised = false;
  awaited.nominated = true;
  going.deleting = true;
  for (const PoolNode& node : {coming, awaited, going})
    CHECK_FALSE(may_be_disrupted(node, 30s, 500s));
}

TEST_CASE("a round of disruption ends with the first method that finds something", "[provision]") {
  using enum DisruptionMethod;
  CHECK(kDisruptionMethods == std::array{empty, several_nodes, one_node});
  // Empty nodes: a command for every pool, whether it consolidates or not.
  CHECK(is_tried(empty, false, 0, 0));
  CHECK(is_tried(empty, false, 0, 3));
  // Others: one in all, of pools that consolidate.
  for (const DisruptionMethod method : {several_nodes, one_node}) {
    CHECK(is_tried(method, true, 0, 0));
    CHECK_FALSE(is_tried(method, false, 0, 0));
    CHECK_FALSE(is_tried(method, true, 0, 1));
    CHECK_FALSE(is_tried(method, true, 1, 0));
  }
}

TEST_CASE("after its pause a command takes the empty nodes that still are, or all it was about", "[provision]") {
  using enum DisruptionMethod;
  CHECK(still_going(empty, 5, 3, 10) == 3);
  CHECK(still_going(empty, 5, 3, 2) == 2);
  CHECK(still_going(empty, 5, 3, -1) == 0);
  for (const DisruptionMethod method : {several_nodes, one_node}) {
    CHECK(still_going(method, 3, 3, 0) == 3);  // what the pool may give is in the sums
    CHECK(still_going(method, 3, 2, 10) == 0);
  }
}

}  // namespace
}  // namespace berth
