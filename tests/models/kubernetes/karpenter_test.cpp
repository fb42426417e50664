#include "models/kubernetes/karpenter.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth {
namespace {

constexpr std::size_t kSmall = 0, kLarge = 1, kGpu = 2;

LaunchType type(std::int64_t cores, double price, std::optional<double> spot = {}, int gpus = 0) {
  LaunchType result{.allocatable = {cores * 1000, {cores * 4 * kGiB}, gpus}, .max_pods = 5};
  result.offerings.push_back({Capacity::on_demand, {price}});
  if (spot) result.offerings.push_back({Capacity::spot, {*spot}});
  return result;
}

PendingPod pod(int id, std::int64_t milli) { return {{id}, {milli, {}, 0}}; }

struct World {
  std::vector<LaunchType> types{type(2, 1), type(4, 2), type(4, 9, {}, 1)};
  std::vector<LaunchPool> pools{{.types = {kSmall, kLarge, kGpu}}};
  Fleet fleet() const { return {types, pools}; }
};

ConsolidationCandidate running(int id, std::size_t of_type, double price, std::int64_t milli,
                               std::int64_t free, Capacity capacity = Capacity::on_demand) {
  return {.node = {.id = {id}, .free = {free, {8 * kGiB}, 0}, .free_pods = 5},
          .type = of_type,
          .capacity = capacity,
          .price = {price},
          .pods = {{.pod = pod(id, milli)}}};
}

TEST_CASE("a planned node keeps all types that fit and launches the cheapest", "[karpenter]") {
  const World world;
  const auto plan = plan_launches({pod(1, 1500)}, {}, world.fleet());
  REQUIRE(plan.nodes.size() == 1);
  CHECK(plan.nodes[0].types == std::vector{kSmall, kLarge, kGpu});
}

TEST_CASE("adding a pod drops the types that are too small", "[karpenter]") {
  const World world;
  const auto plan = plan_launches({pod(1, 1500), pod(2, 1000)}, {}, world.fleet());
  REQUIRE(plan.nodes.size() == 1);
  CHECK(plan.nodes[0].types == std::vector{kLarge, kGpu});
  CHECK(plan.nodes[0].pods == std::vector<PodId>{{1}, {2}});
}

TEST_CASE("the planned node with the fewest pods is tried first", "[karpenter]") {
  // 3000 m twice: two nodes. The next two of 500 m go one to each.
  const World world;
  const auto plan =
      plan_launches({pod(1, 3000), pod(2, 3000), pod(3, 500), pod(4, 500)}, {}, world.fleet());
  REQUIRE(plan.nodes.size() == 2);
  CHECK(plan.nodes[0].pods == std::vector<PodId>{{1}, {3}});
  CHECK(plan.nodes[1].pods == std::vector<PodId>{{2}, {4}});
}

TEST_CASE("groups are planned whole or not at all", "[karpenter]") {
  // On nodes of 4 cores, of which two may come: group 1 is three pods of 3 cores and group 2 two of 1
  // core. Group 1 would have both nodes and lack a third: it is left out, and group 2 has a node.
  World world;
  world.pools[0].types = {kLarge};
  world.pools[0].at_most = 2;
  const std::vector<PendingPod> pods{pod(1, 3000), pod(1, 3000), pod(1, 3000),
                                     pod(2, 1000), pod(2, 1000)};
  SECTION("left out") {
    const auto plan = plan_for_groups(pods, {}, world.fleet());
    REQUIRE(plan.nodes.size() == 1);
    CHECK(plan.nodes[0].pods == std::vector<PodId>{{2}, {2}});
    REQUIRE(plan.refused.size() == 1);
    CHECK(plan.refused[0].pod == PodId{1});
  }
  SECTION("nor does it keep room that is there") {
    // Its first pod would have the open node and its second one the only new one, with a core to spare.
    const std::vector<OpenNode> open{
        {.id = {8}, .free = {3000, {8 * kGiB}, 0}, .free_pods = 5}};
    world.pools[0].at_most = 1;
    const auto plan = plan_for_groups({pods[0], pods[1], pods[2], pods[3]}, open, world.fleet());
    CHECK(plan.nominated == std::vector<Nomination>{{{2}, {8}}});
    CHECK(plan.nodes.empty());
  }
  SECTION("whole where there is room for all") {
    world.pools[0].at_most = 3;
    const auto plan = plan_for_groups(pods, {}, world.fleet());
    CHECK(plan.nodes.size() == 3);
    CHECK(plan.refused.empty());
  }
  SECTION("nor does half a group keep another from being whole") {
    // Two nodes may come. Group 1 has both, with a core to spare on each; of group 4, two pods of 2
    // cores, none fits beside them, and of group 5, three of 1 core, two do. Without group 1 there is a node
    // for each.
    const std::vector<PendingPod> others{pods[0], pods[1], pods[2], pod(4, 2000), pod(4, 2000),
                                         pod(5, 1000), pod(5, 1000), pod(5, 1000)};
    const auto plan = plan_for_groups(others, {}, world.fleet());
    REQUIRE(plan.nodes.size() == 2);
    CHECK(plan.nodes[0].pods == std::vector<PodId>{{4}, {4}});
    CHECK(plan.nodes[1].pods == std::vector<PodId>{{5}, {5}, {5}});
    CHECK(plan.refused == std::vector<Refused>{{{1}, Refusal::pool_full}});
  }
  SECTION("a smaller group of the same pods has room where a larger one has none") {
    const auto plan = plan_for_groups(
        {pods[0], pods[1], pods[2], pod(6, 3000), pod(6, 3000)}, {}, world.fleet());
    REQUIRE(plan.nodes.size() == 2);
    CHECK(plan.nodes[0].pods == std::vector<PodId>{{6}});
    CHECK(plan.refused.size() == 1);
  }
  SECTION("what half a group took off a pool's limit is given back") {
    // 8 cores are two nodes of 4.
    world.pools[0].at_most.reset();
    world.pools[0].limit_left = Resources{8000, {64 * kGiB}, 0};
    const auto plan = plan_for_groups(
        {pods[0], pods[1], pods[2], pod(6, 3000), pod(6, 3000)}, {}, world.fleet());
    CHECK(plan.nodes.size() == 2);
  }
  SECTION("two may be left out") {
    // A pod of group 3 is larger than any node.
    std::vector<PendingPod> more = pods;
    more.push_back(pod(3, 5000));
    const auto plan = plan_for_groups(more, {}, world.fleet());
    REQUIRE(plan.nodes.size() == 1);
    CHECK(plan.refused.size() == 2);
  }
}

TEST_CASE("existing nodes are filled before any is planned", "[karpenter]") {
  const World world;
  const auto plan = plan_launches({pod(1, 500)}, {{{7}, {1000, {}, 0}, 1}}, world.fleet());
  CHECK(plan.nodes.empty());
  CHECK(plan.nominated == std::vector<Nomination>{{{1}, {7}}});
}

TEST_CASE("the heavier pool comes first, the other when it cannot", "[karpenter]") {
  World world;
  world.pools = {{.weight = 1, .types = {kLarge}}, {.weight = 50, .types = {kSmall}}};
  const auto plan = plan_launches({pod(1, 1500), pod(2, 3000)}, {}, world.fleet());
  REQUIRE(plan.nodes.size() == 2);
  CHECK(plan.nodes[0].pool == 0);  // the pod of 3 cores, placed first: too large for the other
  CHECK(plan.nodes[1].pool == 1);
}

TEST_CASE("a pool's limit leaves out types and counts the largest", "[karpenter]") {
  World world;
  world.pools[0].limit_left = Resources{6000, {64 * kGiB}, 0};
  // The GPU type is over the limit. The first node may be the large one: 2 of 6 cores are left, the
  // second can only be small, the third nothing.
  const auto plan = plan_launches({pod(1, 2000), pod(2, 2000), pod(3, 2000), pod(4, 9000)}, {},
                                  world.fleet());
  // Pods 1 and 2 share the first node, which has become a large one.
  REQUIRE(plan.nodes.size() == 2);
  CHECK(plan.nodes[0].types == std::vector{kLarge});
  CHECK(plan.nodes[1].types == std::vector{kSmall});
  CHECK(plan.refused == std::vector<Refused>{{{4}, Refusal::too_large}});
}

TEST_CASE("a pool may be limited to a number of new nodes", "[karpenter]") {
  World world;
  world.pools[0].at_most = 1;
  const auto plan = plan_launches({pod(1, 3000), pod(2, 3000)}, {}, world.fleet());
  CHECK(plan.nodes.size() == 1);
  CHECK(plan.refused == std::vector<Refused>{{{2}, Refusal::pool_full}});
}

TEST_CASE("a launch asks for spot unless it is dearer than on demand", "[karpenter]") {
  struct Row { const char* because; double spot_small, spot_large; bool spot_allowed;
               Capacity capacity; std::vector<std::size_t> types; };
  const auto row = GENERATE(values<Row>({
      {"both cheaper",            0.3, 0.5, true,  Capacity::spot,      {0, 1}},
      {"dear spot is left out",   0.3, 1.5, true,  Capacity::spot,      {0}},
      {"all dearer: on demand",   1.2, 2.2, true,  Capacity::on_demand, {0, 1}},
      {"spot not allowed",        0.3, 0.5, false, Capacity::on_demand, {0, 1}},
  }));
  CAPTURE(row.because);
  const std::vector types{type(2, 1, row.spot_small), type(4, 2, row.spot_large)};
  const PlannedNode node{.capacity = {.spot = row.spot_allowed}, .types = {0, 1}};
  const LaunchRequest request = launch_request(node, types);
  CHECK(request.capacity == row.capacity);
  CHECK(request.types == row.types);
}

TEST_CASE("types with GPUs are not asked for when others do", "[karpenter]") {
  const World world;
  CHECK(launch_request({.types = {kLarge, kGpu}}, world.types).types == std::vector{kLarge});
  CHECK(launch_request({.types = {kGpu}}, world.types).types == std::vector{kGpu});
}

TEST_CASE("a replacement is judged by the worst price it can come at", "[karpenter]") {
  const std::vector<LaunchOffering> offerings{{Capacity::on_demand, {0.6}},
                                              {Capacity::spot, {0.2}},
                                              {Capacity::spot, {0.3}},
                                              {Capacity::spot, {0.9}, false}};
  CHECK(worst_launch_price(offerings, {.spot = true})->rate == 0.3);
  CHECK(worst_launch_price(offerings, {})->rate == 0.6);
  CHECK(may_replace(offerings, {.spot = true}, {0.31}));
  CHECK_FALSE(may_replace(offerings, {.spot = true}, {0.3}));
  CHECK_FALSE(may_replace(offerings, {.spot = true, .on_demand = false}, {0.3}));
  CHECK_FALSE(worst_launch_price({}, {}).has_value());
}

TEST_CASE("disruption cost counts pods, dear ones more and cheap ones less", "[karpenter]") {
  struct Row { const char* because; double deletion, priority, cost; };
  const auto row = GENERATE(values<Row>({
      {"a plain pod",                             0,             0,            2},
      {"deletion cost 2^27 adds one",             134217728,     0,            3},
      {"priority 2^25 adds one",                  0,             33554432,     3},
      {"never below the node's own one",         -1073741824,    0,            1},
      {"never more than ten a pod",               0,             2000000000,  11},
  }));
  CAPTURE(row.because);
  const std::vector<EvictablePod> pods{{.deletion_cost = row.deletion, .priority = row.priority}};
  CHECK(disruption_cost(pods) == Approx(row.cost));
}

TEST_CASE("what costs most per disruption goes first", "[karpenter]") {
  std::vector candidates{running(1, kSmall, 1, 100, 0), running(2, kLarge, 2, 100, 0),
                         running(3, kSmall, 1, 100, 0)};
  candidates[1].pods.resize(7);  // 2 / 8 against 1 / 2
  sort_candidates(candidates);
  CHECK(candidates[0].node.id == NodeId{1});
  CHECK(candidates[1].node.id == NodeId{3});
  CHECK(candidates[2].node.id == NodeId{2});
}

TEST_CASE("a node whose pods fit elsewhere is removed, else replaced if that is cheaper",
          "[karpenter]") {
  struct Row { const char* because; std::int64_t pod_milli, free_elsewhere; double price;
               ConsolidationAction action; };
  const auto row = GENERATE(values<Row>({
      {"fits elsewhere",             1000, 1000, 2, ConsolidationAction::remove},
      {"a small node would do",      1000,    0, 2, ConsolidationAction::replace},
      {"it is the cheapest already", 1000,    0, 1, ConsolidationAction::none_not_cheaper},
      {"no type holds its pod",      5000,    0, 9, ConsolidationAction::none_no_room},
  }));
  CAPTURE(row.because);
  const World world;
  const std::vector candidates{running(1, kLarge, row.price, row.pod_milli, 0)};
  const std::vector<OpenNode> rest{{{9}, {row.free_elsewhere, {}, 0}, 5}};
  const auto result = consolidate(candidates, 1, rest, world.fleet(), {});
  CHECK(result.action == row.action);
  if (row.action == ConsolidationAction::replace)
    CHECK(result.replacement->types == std::vector{kSmall});
}

TEST_CASE("a pool keeps its minimum, a replacement counted", "[karpenter]") {
  struct Row { const char* because; std::size_t leaving; std::int64_t free_elsewhere; int may_give;
               ConsolidationAction action; };
  const auto row = GENERATE(values<Row>({
      {"one for none, one may go",   1, 4000, 1, ConsolidationAction::remove},
      {"one for none, none may go",  1, 4000, 0, ConsolidationAction::none_at_minimum},
      {"one for one",                1,    0, 0, ConsolidationAction::replace},
      {"two for one, one may go",    2,    0, 1, ConsolidationAction::replace},
      {"two for one, none may go",   2,    0, 0, ConsolidationAction::none_at_minimum},
      {"two for none, one may go",   2, 4000, 1, ConsolidationAction::none_at_minimum},
  }));
  CAPTURE(row.because);
  const World world;
  const std::vector candidates{running(1, kLarge, 2, 500, 0), running(2, kLarge, 2, 500, 0)};
  const std::vector<OpenNode> rest{{{9}, {row.free_elsewhere, {}, 0}, 5}};
  CHECK(consolidate(candidates, row.leaving, rest, world.fleet(), {.may_give = row.may_give})
            .action == row.action);
}

TEST_CASE("one node is never turned into two", "[karpenter]") {
  const World world;
  std::vector candidates{running(1, kLarge, 50, 3000, 0)};
  candidates[0].pods.push_back({.pod = pod(8, 3000)});
  CHECK(consolidate(candidates, 1, {}, world.fleet(), {}).action ==
        ConsolidationAction::none_several_nodes);
}

TEST_CASE("a replacement judged by its spot price is launched as spot only", "[karpenter]") {
  World world;
  world.types[kSmall] = type(2, 1, 0.3);
  world.pools[0].capacity.spot = true;
  const std::vector candidates{running(1, kLarge, 2, 1000, 0)};
  const auto result = consolidate(candidates, 1, {}, world.fleet(), {});
  REQUIRE(result.action == ConsolidationAction::replace);
  CHECK(result.replacement->capacity.spot);
  CHECK_FALSE(result.replacement->capacity.on_demand);
}

TEST_CASE("spot is not replaced by spot unless asked for, and then with 15 cheaper types",
          "[karpenter]") {
  struct Row { const char* because; bool on; int types; ConsolidationAction action; };
  const auto row = GENERATE(values<Row>({
      {"off by default", false, 20, ConsolidationAction::none_spot_to_spot},
      {"fourteen",       true,  14, ConsolidationAction::none_spot_to_spot},
      {"twenty",         true,  20, ConsolidationAction::replace},
  }));
  CAPTURE(row.because);
  World world;
  world.types.clear();
  world.pools = {{.types = {}, .capacity = {.spot = true}}};
  for (int i = 0; i < row.types; ++i) {
    world.types.push_back(type(4, 5, 0.1 + 0.01 * i));
    world.pools[0].types.push_back(static_cast<std::size_t>(i));
  }
  const std::vector candidates{running(1, 0, 2, 1000, 0, Capacity::spot)};
  const auto result =
      consolidate(candidates, 1, {}, world.fleet(), {.spot_to_spot = row.on});
  CHECK(result.action == row.action);
  if (result.replacement) CHECK(result.replacement->types.size() == kSpotToSpotTypes);
}

TEST_CASE("several nodes become one, as many as possible", "[karpenter]") {
  // Pods of 1 core on three nodes for 2 an hour each: all three fit on a large one for 2.
  World world;
  world.pools[0].types = {kLarge};
  std::vector candidates{running(1, kGpu, 9, 1000, 0), running(2, kGpu, 9, 1000, 0),
                         running(3, kGpu, 9, 1000, 0)};
  const auto result = consolidate_several(candidates, {}, world.fleet(), {});
  REQUIRE(result.has_value());
  CHECK(result->nodes == std::vector<NodeId>{{1}, {2}, {3}});
  CHECK(result->replacement->types == std::vector{kLarge});
}

TEST_CASE("no more nodes go at once than the budget and the minimum allow", "[karpenter]") {
  // As above, all three would go for one.
  World world;
  world.pools[0].types = {kLarge};
  const std::vector candidates{running(1, kGpu, 9, 1000, 0), running(2, kGpu, 9, 1000, 0),
                               running(3, kGpu, 9, 1000, 0)};
  struct Row {
    const char* because;
    int allowed, may_give;
    std::size_t nodes;
  };
  const auto row = GENERATE(values<Row>({
      {"all that are allowed",                          3, 9, 3},
      {"the budget is for two",                         2, 9, 2},
      {"one at a time is not several",                  1, 9, 0},
      {"two fewer: three make way for one",             9, 2, 3},
      {"one fewer: two make way for one",               9, 1, 2},
      {"the pool is at its minimum",                    9, 0, 0},
  }));
  CAPTURE(row.because);
  const ConsolidationRule rule{.may_give = row.may_give, .allowed = row.allowed};
  const auto result = consolidate_several(candidates, {}, world.fleet(), rule);
  CHECK((result ? result->nodes.size() : 0) == row.nodes);
  CHECK(consolidate_one(candidates, {}, world.fleet(), {.allowed = 1}).has_value());
  CHECK_FALSE(consolidate_one(candidates, {}, world.fleet(), {.allowed = 0}).has_value());
}

TEST_CASE("candidates beyond the budget take pods of the others", "[karpenter]") {
  // The third has room for the two pods; it is no candidate in this pass, so it stays.
  World world;
  world.pools[0].types = {};
  const std::vector candidates{running(1, kLarge, 2, 1000, 0), running(2, kLarge, 2, 1000, 0),
                               running(3, kLarge, 2, 1000, 2000)};
  const auto result = consolidate_several(candidates, {}, world.fleet(), {.allowed = 2});
  REQUIRE(result.has_value());
  CHECK(result->nodes == std::vector<NodeId>{{1}, {2}});
}

TEST_CASE("a command stands if the same nodes can still go in the same way", "[karpenter]") {
  // Node 2 has room for the pod of node 1; without it a small node would replace it.
  World world;
  world.pools[0].types = {kSmall};
  const std::vector candidates{running(2, kLarge, 2, 3000, 1000), running(1, kLarge, 2, 1000, 3000)};
  const std::vector<NodeId> one{{1}}, both{{1}, {2}}, unknown{{7}};
  const auto stands = [&](const std::vector<ConsolidationCandidate>& seen,
                          const std::vector<NodeId>& leaving, bool replaced) {
    return consolidates_still(seen, leaving, replaced, {}, world.fleet(), {});
  };
  CHECK(stands(candidates, one, false));
  CHECK_FALSE(stands(candidates, one, true));  // no new node is needed any more
  std::vector full = candidates;
  full[0].node.free_pods = 0;
  CHECK(stands(full, one, true));
  CHECK_FALSE(stands(full, one, false));       // now one is
  CHECK_FALSE(stands(candidates, both, false));  // node 2's pod fits no small one
  CHECK_FALSE(stands(candidates, unknown, false));  // it is no candidate any more
}

TEST_CASE("several nodes do not become one of a type that is among them", "[karpenter]") {
  // Removing two large ones for a large one is removing one of them: that is a single node's case.
  World world;
  world.pools[0].types = {kLarge};
  const std::vector candidates{running(1, kLarge, 2, 2000, 0), running(2, kLarge, 2, 2000, 0)};
  CHECK_FALSE(consolidate_several(candidates, {}, world.fleet(), {}).has_value());
}

TEST_CASE("of single nodes the first that can go goes", "[karpenter]") {
  World world;
  world.pools[0].types = {kLarge};
  // Node 1 is as cheap as its replacement; the pod of node 2 fits on node 1.
  const std::vector candidates{running(1, kLarge, 2, 3000, 1000), running(2, kLarge, 2, 1000, 0)};
  const auto result = consolidate_one(candidates, {}, world.fleet(), {});
  REQUIRE(result.has_value());
  CHECK(result->action == ConsolidationAction::remove);
  CHECK(result->nodes == std::vector<NodeId>{{2}});
}

TEST_CASE("the balanced policy weighs savings against disruption", "[karpenter]") {
  struct Row { const char* because; double savings, disruption, score; bool approved; };
  const auto row = GENERATE(values<Row>({
      {"half the share saved as disrupted", 10, 20, 0.5,        true},
      {"less than half",                     9, 20, 0.45,       false},
      {"nothing saved",                      0, 20, 0,          false},
      {"nothing disrupted",                 10,  0, INFINITY,   true},
  }));
  CAPTURE(row.because);
  const BalancedScore score = balanced_score(row.savings, row.disruption, {100, 100}, 2);
  CHECK((score.score == row.score || score.score == Approx(row.score)));
  CHECK(score.approved == row.approved);
}

TEST_CASE("a node without pods is no candidate of consolidation", "[karpenter]") {
  ConsolidationCandidate node;
  CHECK_FALSE(may_be_consolidated(node));
  node.pods.emplace_back();
  CHECK(may_be_consolidated(node));
}

}  // namespace
}  // namespace berth
