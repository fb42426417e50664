#include "models/kubernetes/provision.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

PendingPod pod(int id, std::int64_t cpu, int gib, Seconds created = 0s) {
  return {{id}, {cpu, {gib * kGiB}, 0}, created};
}

const NewNodeShape kFourCores{.allocatable = {4000, {16 * kGiB}, 0}, .max_pods = 10, .at_most = 5};

TEST_CASE("large pods are placed first, and the emptiest planned node takes the next",
          "[provision]") {
  // Order 3 (3 cores), 1 and 2 (2 cores; 1 has more memory), 4 (1 core). 3 -> node 0; 1 -> node 1
  // (no room for two on node 0); 2 -> node 1; 4: node 0 has one pod and room, node 1 has two.
  const ProvisionPlan plan =
      plan_nodes({pod(4, 1000, 1), pod(2, 2000, 1), pod(3, 3000, 1), pod(1, 2000, 2)}, {},
                 kFourCores);
  CHECK(plan.new_nodes == std::vector<std::vector<PodId>>{{{3}, {4}}, {{1}, {2}}});
  CHECK(plan.nominated.empty());
  CHECK(plan.refused.empty());
}

TEST_CASE("nodes on their way are filled before new ones are planned", "[provision]") {
  const OpenNode small{{7}, {1000, {2 * kGiB}, 0}, 5}, large{{3}, {4000, {16 * kGiB}, 0}, 1};
  const ProvisionPlan plan =
      plan_nodes({pod(1, 1000, 1), pod(2, 2000, 1), pod(3, 1000, 1)}, {small, large}, kFourCores);
  // Pod 2 does not fit on the small node and takes the large one's only address; pod 1 the small one;
  // pod 3 needs a new node.
  CHECK(plan.nominated == std::vector<Nomination>{{{2}, {3}}, {{1}, {7}}});
  CHECK(plan.new_nodes == std::vector<std::vector<PodId>>{{{3}}});
}

TEST_CASE("equal pods are placed by age, then by id", "[provision]") {
  NewNodeShape one_pod = kFourCores;
  one_pod.max_pods = 1;
  const ProvisionPlan plan =
      plan_nodes({pod(3, 100, 1, 5s), pod(2, 100, 1, 9s), pod(1, 100, 1, 9s)}, {}, one_pod);
  CHECK(plan.new_nodes == std::vector<std::vector<PodId>>{{{3}}, {{1}}, {{2}}});
}

TEST_CASE("a pod that gets no node says why", "[provision]") {
  NewNodeShape last = kFourCores;
  last.at_most = 1;
  const ProvisionPlan plan =
      plan_nodes({pod(1, 5000, 1), pod(2, 3000, 1), pod(3, 3000, 1), pod(4, 100, 17)}, {}, last);
  CHECK(plan.new_nodes == std::vector<std::vector<PodId>>{{{2}}});
  CHECK(plan.refused == std::vector<Refused>{{{1}, Refusal::too_large},
                                             {{3}, Refusal::pool_full},
                                             {{4}, Refusal::too_large}});
}

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
  for (int i = 0; i < nodes; ++i) pool.push_back({.id = {i}, .empty_since = Seconds{100.0 - i}});
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

}  // namespace
}  // namespace berth
