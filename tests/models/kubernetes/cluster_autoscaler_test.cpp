#include "models/kubernetes/cluster_autoscaler.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

Resources milli(std::int64_t cpu, std::int64_t mib = 1) { return {cpu, {mib * kMiB}, 0}; }

const TemplateNode kOneCore{.allocatable = {1000, {4 * kGiB}, 0}, .max_pods = 100};

NodeEstimate estimate(std::vector<AlikePods> groups, std::vector<TemplateNode> existing = {},
                      std::optional<int> at_most = {}) {
  return estimate_nodes(groups, kOneCore, existing, at_most);
}

TEST_CASE("nodes are as many as pods of one size need", "[cluster_autoscaler]") {
  struct Row { const char* because; std::int64_t cpu; int count, max_pods, nodes; };
  const auto row = GENERATE(values<Row>({
      {"two of 350 m fit on a core",         350, 10, 100, 5},
      {"ten pods a node",                     10, 25,  10, 3},
      {"none fits: no node counts",         1001, 10, 100, 0},
  }));
  CAPTURE(row.because);
  TemplateNode shape = kOneCore;
  shape.max_pods = row.max_pods;
  const std::vector<AlikePods> groups{{.request = milli(row.cpu), .count = row.count}};
  CHECK(estimate_nodes(groups, shape, {}, {}).nodes == row.nodes);
}

TEST_CASE("gaps of nodes added before are filled, but only until one pod fits none",
          "[cluster_autoscaler]") {
  // 40 pods of 95 m: 10 a node, 4 nodes with 50 m left each. Four of the 50 m pods go there, the
  // other 16 to one more node (20 fit).
  const auto result = estimate({{.request = milli(50), .count = 20},
                                {.request = milli(95), .count = 40}});
  CHECK(result.nodes == 5);
  CHECK(result.placed == std::vector{20, 40});
}

TEST_CASE("for new nodes only the last one is looked at", "[cluster_autoscaler]") {
  // Shares of cpu + memory put the 600 m pods first: two nodes with 400 m left each. Then 500 m: fits
  // none, so a third node takes two of three, and a fourth the last. Then 300 m: the first search
  // looks at all nodes and fills the gaps of 1, 2 and 4.
  const auto result = estimate({{.request = milli(600), .count = 2},
                                {.request = milli(500), .count = 3},
                                {.request = milli(300), .count = 3}});
  CHECK(result.nodes == 4);
  CHECK(result.pods() == 8);
}

TEST_CASE("a limit cuts the estimate and later groups only fill gaps", "[cluster_autoscaler]") {
  // Two nodes with one pod of 600 m each; of the 300 m pods one fits on each.
  const auto result = estimate({{.request = milli(600), .count = 5},
                                {.request = milli(300), .count = 5}}, {}, 2);
  CHECK(result.nodes == 2);
  CHECK(result.placed == std::vector{2, 2});
}

TEST_CASE("pods with one host port need a node each", "[cluster_autoscaler]") {
  CHECK(estimate({{.request = milli(10), .count = 4, .host_port = 80}}).nodes == 4);
}

TEST_CASE("spread over hosts bounds the pods of a node", "[cluster_autoscaler]") {
  const TemplateNode full{.allocatable = milli(1), .max_pods = 10, .zone = 1};
  // The existing node takes none, so the least is zero and no node may have more than two.
  CHECK(estimate({{.request = milli(10), .count = 8, .spread = HardSpread{.max_skew = 2}}}, {full})
            .nodes == 4);
}

TEST_CASE("spread over zones leaves pods that a new node cannot help", "[cluster_autoscaler]") {
  const TemplateNode full{.allocatable = milli(1), .max_pods = 10, .zone = 1};
  const auto result = estimate(
      {{.request = milli(10), .count = 8,
        .spread = HardSpread{.over = SpreadDomain::zone, .max_skew = 2}}}, {full});
  CHECK(result.nodes == 1);
  CHECK(result.pods() == 2);
}

TEST_CASE("with at least three hosts asked for, an existing one takes its part and counts",
          "[cluster_autoscaler]") {
  const TemplateNode small{.allocatable = milli(100, 100), .max_pods = 10, .zone = 1};
  const auto result = estimate(
      {{.request = milli(10), .count = 12,
        .spread = HardSpread{.max_skew = 1, .min_domains = 3}}}, {small});
  CHECK(result.nodes == 3);  // two new ones and the old, four pods each
  CHECK(result.pods() == 12);
}

TEST_CASE("the least wasteful option wins, and ties stay", "[cluster_autoscaler]") {
  // Unused: 1 - 1/2 + 1 - 1/4 = 1.25; 2 x the node: 1.5 + ...: 1 - 1/4 + 1 - 1/8 = 1.625.
  const WasteOption snug{.node = milli(2000, 4096), .nodes = 1, .requested = milli(1000, 1024)};
  const WasteOption wide{.node = milli(2000, 4096), .nodes = 2, .requested = milli(1000, 1024)};
  CHECK(least_waste(std::vector{wide, snug}) == std::vector<std::size_t>{1});
  CHECK(least_waste(std::vector{snug, wide, snug}) == std::vector<std::size_t>{0, 2});
  CHECK(least_waste({}).empty());
}

TEST_CASE("most pods keeps ties", "[cluster_autoscaler]") {
  CHECK(most_pods(std::vector{3, 7, 7}) == std::vector<std::size_t>{1, 2});
}

TEST_CASE("a price counts less the worse the shape, and not the shape of many nodes",
          "[cluster_autoscaler]") {
  // One node of half the preferred cores: u = 2, ratio (10 + 1) / (10 + 1) = 1.
  const PriceRule rule{.preferred_cpu_milli = 2000, .small_pod_price = 1};
  const PriceOption one{.node_price = 10, .node_cpu_milli = 1000, .nodes = 1, .pod_prices = 10};
  CHECK(price_score(one, rule) == Approx(2));
  PriceOption missing = one, gpu = one, many = one;
  missing.exists = false;
  CHECK(price_score(missing, rule) == Approx(4));
  gpu.has_gpu = true;
  CHECK(price_score(gpu, rule) == Approx(1000));
  many.nodes = 1000, many.pod_prices = 10000;  // tanh(66.6) = 1
  CHECK(price_score(many, rule) == Approx(1));
}

TEST_CASE("larger clusters prefer larger nodes", "[cluster_autoscaler]") {
  struct Row { int nodes; std::int64_t cpus; };
  for (const auto& [nodes, cpus] : {Row{0, 1}, Row{2, 1}, Row{3, 2}, Row{20, 4}, Row{21, 8},
                                    Row{200, 16}, Row{201, 32}})
    CHECK(preferred_node_cpus(nodes) == cpus);
}

TEST_CASE("new nodes go to the smallest group below its maximum", "[cluster_autoscaler]") {
  CHECK(balance_groups(std::vector<GroupSize>{{3, 10}, {1, 10}, {5, 10}}, 4) ==
        std::vector{4, 4, 5});
  CHECK(balance_groups(std::vector<GroupSize>{{1, 1}, {1, 3}}, 5) == std::vector{1, 3});
}

TEST_CASE("a node's utilisation is the greater share of its requests", "[cluster_autoscaler]") {
  const Resources node{1000, {1000}, 0};
  const PodOnNode app{.request = {300, {100}, 0}};
  const PodOnNode daemon{.request = {200, {0}, 0}, .is_daemon = true};
  const PodOnNode gone{.request = {900, {0}, 0}, .long_terminating = true};
  const std::vector pods{app, daemon, gone};
  CHECK(node_utilisation(node, pods, {}).value == Approx(0.5));
  // Without DaemonSets: 300 / (1000 - 200)
  CHECK(node_utilisation(node, pods, {.ignore_daemons = true}).value == Approx(0.375));
  CHECK(node_utilisation(node, pods, {.is_gpu_node = true}).value == 0);
}

TEST_CASE("a node at the threshold may go, above it stays", "[cluster_autoscaler]") {
  CHECK(reason_to_keep({.value = 0.5}, true, {}) == Keep::no);
  CHECK(reason_to_keep({.value = 0.51}, true, {}) == Keep::not_underutilised);
  CHECK(reason_to_keep({.value = 0}, false, {.unready_may_go = false}) ==
        Keep::unready_and_disabled);
}

TEST_CASE("each expander has its own best option", "[cluster_autoscaler]") {
  // Pods of 6 cores and 12 GiB in all. Two small nodes (4 cores, 8 GiB) waste 2/8 of each; one large
  // one (16, 32) wastes 10/16 of each but is dearer than two small ones: 0.4 + 0.4 against 1.0.
  const Resources small{4000, {8 * kGiB}, 0}, large{16000, {32 * kGiB}, 0};
  const std::vector<ExpansionOption> options{
      {.capacity = large, .price = {1.0}, .nodes = 1, .pods = 3, .requested = {6000, {12 * kGiB}, 0},
       .pod_prices = 0.3, .rank = 0},
      {.capacity = small, .price = {0.4}, .nodes = 2, .pods = 2, .requested = {6000, {12 * kGiB}, 0},
       .pod_prices = 0.3, .rank = 1}};
  struct Row {
    Expander expander;
    std::vector<std::size_t> best;
  };
  const auto row = GENERATE(values<Row>({
      {Expander::least_waste, {1}},
      {Expander::most_pods, {0}},
      {Expander::price, {1}},
      {Expander::random, {0, 1}},
      {Expander::priority, {0}},
  }));
  const ExpansionRule rule{row.expander, 3, 0.02};
  CHECK(best_options(options, rule) == row.best);
  // What is told of a choice: 10/16 and 20/32 unused of the large one.
  if (row.expander == Expander::least_waste) CHECK(expansion_score(options[0], rule) == Approx(1.25));
  if (row.expander == Expander::most_pods) CHECK(expansion_score(options[0], rule) == -3);
}

TEST_CASE("alike groups differ in nothing but a little memory", "[cluster_autoscaler]") {
  const Resources one{4000, {16000 * kMiB}, 0};
  CHECK(alike_groups(one, {4000, {15800 * kMiB}, 0}));        // 1.25 %
  CHECK_FALSE(alike_groups(one, {4000, {15700 * kMiB}, 0}));  // 1.9 %
  CHECK_FALSE(alike_groups(one, {8000, {16000 * kMiB}, 0}));
  CHECK_FALSE(alike_groups(one, {4000, {16000 * kMiB}, 1}));
}

RemovableNode removable(int id, const std::vector<Resources>& pods) {
  RemovableNode node{.id = {id}, .allocatable = {4000, {}, 0}, .free = {4000, {}, 0}, .free_pods = 10};
  for (const Resources& pod : pods) node.free = node.free - pod, --node.free_pods;
  for (const Resources& pod : pods) node.pods.push_back({pod});
  return node;
}

TEST_CASE("a node is unneeded when its pods fit on those that stay", "[cluster_autoscaler]") {
  const Resources core{1000, {}, 0};
  SECTION("of two half-empty nodes one can go, not both") {
    // The first's pod moves to the second, which then holds two and has nowhere to put them.
    const std::vector<RemovableNode> nodes{removable(0, {core}), removable(1, {core})};
    const auto unneeded = unneeded_nodes(nodes, {}).unneeded;
    REQUIRE(unneeded.size() == 1);
    CHECK(unneeded[0].id == NodeId{0});
    CHECK(unneeded[0].utilisation == 0.25);
  }
  SECTION("one above the threshold stays") {
    const std::vector<RemovableNode> nodes{removable(0, {core, core, core}), removable(1, {})};
    const auto unneeded = unneeded_nodes(nodes, {}).unneeded;
    REQUIRE(unneeded.size() == 1);
    CHECK(unneeded[0].id == NodeId{1});
  }
  SECTION("one whose pods may not be moved stays") {
    std::vector<RemovableNode> nodes{removable(0, {core}), removable(1, {core, core, core})};
    CHECK(unneeded_nodes(nodes, {}).unneeded.size() == 1);
    nodes[0].holds_fast = true;
    CHECK(unneeded_nodes(nodes, {}).unneeded.empty());
  }
  SECTION("DaemonSets count") {
    std::vector<RemovableNode> nodes{removable(0, {core, core}), removable(1, {})};
    CHECK(unneeded_nodes(nodes, {}).unneeded.size() == 2 - 1);  // 0.5 is not above: the first goes
    nodes[0].daemons = {1, {}, 0};
    CHECK(unneeded_nodes(nodes, {}).unneeded.front().id == NodeId{1});
  }
}

TEST_CASE("a node that was unneeded before stays so", "[cluster_autoscaler]") {
  // Either could go, not both (previous_candidates_sorting.go: earlier candidates come first).
  const Resources core{1000, {}, 0};
  std::vector<RemovableNode> nodes{removable(0, {core}), removable(1, {core})};
  nodes[1].was_unneeded = true;
  const auto unneeded = unneeded_nodes(nodes, {}).unneeded;
  REQUIRE(unneeded.size() == 1);
  CHECK(unneeded[0].id == NodeId{1});
}

TEST_CASE("no node goes soon after an addition or a drain in vain", "[cluster_autoscaler]") {
  // --scale-down-delay-after-add as the cluster says, --scale-down-delay-after-failure 3 min.
  struct Row {
    const char* because;
    std::optional<Seconds> added, failed, until;
  };
  const auto row = GENERATE(values<Row>({
      {"neither was", {}, {}, {}},
      {"ten minutes after an addition", 100s, {}, 700s},
      {"three minutes after a failure", {}, 100s, 280s},
      {"the later of both: the failure", 100s, 600s, 780s},
      {"the later of both: the addition", 100s, 500s, 700s},
  }));
  CAPTURE(row.because);
  CHECK(scale_down_cools_until(row.added, row.failed, 600s) == row.until);
}

TEST_CASE("who was tried in vain is told, and not tried again", "[cluster_autoscaler]") {
  const Resources core{1000, {}, 0};
  // The first goes to the second, which then holds too many for the third's room.
  std::vector<RemovableNode> nodes{removable(0, {core}), removable(1, {core, core}),
                                   removable(2, {core, core, core})};
  ScaleDownPlan plan = unneeded_nodes(nodes, {});
  REQUIRE(plan.unneeded.size() == 1);
  CHECK(plan.unneeded[0].id == NodeId{0});
  CHECK(plan.in_vain == std::vector{NodeId{1}});  // the third is used too much to be tried
  SECTION("one that may not be moved from is tried, one that somebody waits for is not") {
    nodes[0].holds_fast = nodes[1].blocked = true;
    CHECK(unneeded_nodes(nodes, {}).in_vain == std::vector{NodeId{0}});
  }
  SECTION("one whose budget is spent") {
    nodes[0].pods[0].budget = 0;
    CHECK(unneeded_nodes(nodes, {}, std::vector{0}).in_vain.front() == NodeId{0});
  }
  SECTION("tried already") {
    nodes[0].tried = true;
    nodes.push_back(removable(3, {}));
    nodes.back().tried = true;  // though it is empty now
    plan = unneeded_nodes(nodes, {});
    REQUIRE(plan.unneeded.size() == 1);
    CHECK(plan.unneeded[0].id == NodeId{1});  // to the empty one
    CHECK(plan.in_vain.empty());
  }
}

TEST_CASE("nodes whose pods' budget is spent are needed", "[cluster_autoscaler]") {
  const MovablePod guarded{{1000, {}, 0}, 0};
  std::vector<RemovableNode> nodes{removable(0, {}), removable(1, {}), removable(2, {})};
  const auto put = [&](std::size_t n) {
    nodes[n].pods.push_back(guarded);
    nodes[n].free = nodes[n].free - guarded.request;
  };
  const auto unneeded = [&](int allowed) { return unneeded_nodes(nodes, {}, std::vector{allowed}).unneeded; };
  put(0);
  put(1);
  SECTION("none is allowed: only the node without them may go") {
    REQUIRE(unneeded(0).size() == 1);
    CHECK(unneeded(0)[0].id == NodeId{2});
  }
  SECTION("the first node uses up the only one, the second stays") {
    REQUIRE(unneeded(1).size() == 2);
    CHECK(unneeded(1)[0].id == NodeId{0});
    CHECK_FALSE(unneeded(1)[0].risky);
    CHECK(unneeded(1)[1].id == NodeId{2});
  }
  SECTION("a node may go whose pods have to wait for each other") {
    nodes[1] = removable(1, {});
    put(0);
    REQUIRE(unneeded(1).size() == 2);
    CHECK(unneeded(1)[0].id == NodeId{0});
    CHECK(unneeded(1)[0].risky);
    CHECK_FALSE(unneeded(2)[0].risky);
    nodes[0].pods.push_back({{100, {}, 0}, 1});  // of another budget, which has room for it
    CHECK(unneeded_nodes(nodes, {.threshold = 0.6}, std::vector{1, 5}).unneeded[0].risky);
    CHECK_FALSE(unneeded_nodes(nodes, {.threshold = 0.6}, std::vector{2, 5}).unneeded[0].risky);
  }
}

TEST_CASE("a node whose pods have to wait for each other is drained last", "[cluster_autoscaler]") {
  const std::vector<UnneededSince> nodes{
      {.id = {0}, .pods = 2, .since = 0s, .risky = true}, {.id = {1}, .pods = 1, .since = 0s}};
  CHECK(nodes_to_delete(nodes, {.may_go = 9}, 600s) == std::vector{NodeId{1}});
  CHECK(nodes_to_delete(std::span(nodes).first(1), {.may_go = 9}, 600s) == std::vector{NodeId{0}});
}

TEST_CASE("empty nodes go together, others one at a time, none below the minimum",
          "[cluster_autoscaler]") {
  std::vector<UnneededSince> nodes;
  for (int i = 0; i < 12; ++i) nodes.push_back({{i}, 0, 0s});
  nodes.push_back({{20}, 2, 0s});
  nodes.push_back({{21}, 1, 0s});
  nodes.push_back({{22}, 0, 1s});
  const auto count = [&](const DeletionRule& rule, Seconds now) {
    return nodes_to_delete(nodes, rule, now).size();
  };
  CHECK(count({.may_go = 100}, 599s) == 0);
  CHECK(count({.may_go = 100}, 600s) == 10);
  CHECK(count({.may_go = 100, .most = 9}, 600s) == 9);  // one is going
  CHECK(count({.may_go = 100, .most = 30}, 600s) == 12 + 1);
  CHECK(count({.may_go = 100, .draining = true, .most = 30}, 600s) == 12);
  CHECK(count({.may_go = 3}, 600s) == 3);
  CHECK(nodes_to_delete(nodes, {.may_go = 100, .most = 30}, 600s).back() == NodeId{20});
}

}  // namespace
}  // namespace berth
