#include "models/kubernetes/scale_up.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

Resources cores(double count, std::int64_t gib = 0) {
  return {static_cast<std::int64_t>(count * 1000), {gib * kGiB}, 0};
}
OpenNode open_node(int id, double free_cores, int free_pods = 100) {
  return {.id = {id}, .free = cores(free_cores), .free_pods = free_pods};
}
using Nodes = std::vector<NodeId>;

// ---- Who needs a node: filter_out_schedulable.go -------------------------------------------------

TEST_CASE("the most important pods are put on open nodes first", "[scale_up]") {
  // "It tries to pack the higher priority pods first": the one of 2 cores takes node 0, which in the
  // order given would go to two of 1 core. Of those then one fits node 1, and two are left.
  const std::vector<PendingGroups> lines{{.request = cores(1), .count = 3, .priority = 0},
                                         {.request = cores(2), .count = 1, .priority = 5}};
  const auto taken = fill_open_nodes(lines, {open_node(0, 2), open_node(1, 1)});
  CHECK(taken == std::vector<Nodes>{{NodeId{1}}, {NodeId{0}}});
  const auto unmet = unmet_groups(lines, taken);
  REQUIRE(unmet.size() == 1);
  CHECK(unmet[0].line == 0);
  CHECK(unmet[0].count == 2);
  CHECK(unmet[0].pods() == 2);
}

TEST_CASE("equally important pods are put on open nodes in the order given", "[scale_up]") {
  const std::vector<PendingGroups> lines{{.request = cores(1), .count = 3},
                                         {.request = cores(2), .count = 1}};
  const auto taken = fill_open_nodes(lines, {open_node(0, 2), open_node(1, 1)});
  CHECK(taken == std::vector<Nodes>{{NodeId{0}, NodeId{0}, NodeId{1}}, {}});
}

TEST_CASE("a smaller pod still fits where a larger one found no room", "[scale_up]") {
  // 1.5 cores: one pod of 1, and not a second (similar_pods.go: nor any later one of its shape);
  // then one of 0.5.
  const std::vector<PendingGroups> lines{{.request = cores(1), .count = 2},
                                         {.request = cores(0.5), .count = 2}};
  const auto taken = fill_open_nodes(lines, {open_node(0, 1.5)});
  CHECK(taken == std::vector<Nodes>{{NodeId{0}}, {NodeId{0}}});
  CHECK(unmet_groups(lines, taken).size() == 2);
}

TEST_CASE("a node takes no more pods than it may hold", "[scale_up]") {
  const std::vector<PendingGroups> lines{{.request = cores(0.1), .count = 3}};
  const auto taken = fill_open_nodes(lines, {open_node(0, 4, 2), open_node(1, 4, 0)});
  CHECK(taken[0] == Nodes{{0}, {0}});
}

TEST_CASE("expendable pods get neither room nor a node", "[scale_up]") {
  // --expendable-pods-priority-cutoff is -10, and pods below it are filtered out. The half core that
  // is left would hold one of them.
  const std::vector<PendingGroups> lines{{.request = cores(0.5), .count = 2, .priority = -11},
                                         {.request = cores(1), .count = 2, .priority = -10}};
  const auto taken = fill_open_nodes(lines, {open_node(0, 1.5)});
  CHECK(taken == std::vector<Nodes>{{}, {NodeId{0}}});
  const auto unmet = unmet_groups(lines, taken);
  REQUIRE(unmet.size() == 1);
  CHECK(unmet[0].line == 1);
  CHECK(unmet[0].count == 1);
}

TEST_CASE("a group of which a pod finds no room still needs nodes for its others", "[scale_up]") {
  // Two groups of three pods of a core each.
  struct Row {
    const char* because;
    double open_cores;
    int groups, placed, pods;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing is open",                                     0, 2, 0, 6},
      {"two of the first find room",                          2, 2, 2, 4},
      {"the first finds room whole",                          3, 1, 0, 3},
      {"and one pod of the second",                           4, 1, 1, 2},
      {"both find room",                                      6, 0, 0, 0},
  }));
  CAPTURE(row.because);
  const std::vector<PendingGroups> lines{{.request = cores(1), .size = 3, .count = 2}};
  const auto unmet = unmet_groups(lines, fill_open_nodes(lines, {open_node(0, row.open_cores)}));
  REQUIRE(unmet.size() == (row.groups > 0 ? 1 : 0));
  if (unmet.empty()) return;
  CHECK(unmet[0].count == row.groups);
  CHECK(unmet[0].placed == row.placed);
  CHECK(unmet[0].pods() == row.pods);
}

// ---- What new nodes would do ---------------------------------------------------------------------

const TemplateNode kFourCores{.allocatable = cores(4, 16)};

TEST_CASE("new nodes are for whole groups", "[scale_up]") {
  struct Row {
    const char* because;
    UnmetGroups groups;  // of pods of a core
    int may_add, nodes, pods, helped;
  };
  const auto group = [](int size, int count, int placed) {
    return UnmetGroups{.request = cores(1), .size = size, .count = count, .placed = placed};
  };
  const auto row = GENERATE_REF(values<Row>({
      {"six pods need two nodes",                          group(3, 2, 0), 9, 2, 6, 2},
      {"one node has room for four: a group, not four",    group(3, 2, 0), 1, 1, 3, 1},
      {"with one there, two complete the first group",     group(3, 2, 1), 1, 1, 2, 1},
      {"five on one node are not a group: none",           group(5, 1, 0), 1, 0, 0, 0},
      {"with one there they are",                          group(5, 1, 1), 1, 1, 4, 1},
      {"single pods go as far as there is room",           group(1, 9, 0), 2, 2, 8, 8},
      {"no node may come",                                 group(1, 9, 0), 0, 0, 0, 0},
      {"the pool has more than it may",                    group(1, 9, 0), -1, 0, 0, 0},
  }));
  CAPTURE(row.because);
  const std::vector<UnmetGroups> unmet{row.groups};
  const NodeEstimate estimate = estimate_for_groups(unmet, kFourCores, row.may_add);
  CHECK(estimate.nodes == row.nodes);
  CHECK(estimate.placed == std::vector{row.pods});
  CHECK(helped_groups(unmet, estimate) == std::vector{row.helped});
}

TEST_CASE("the room that half a group leaves is for others", "[scale_up]") {
  // Both need the same share of a node, so the five are tried first and four of them fill it. They
  // are no group; then the single pods fill it.
  const std::vector<UnmetGroups> unmet{{.request = cores(1), .size = 5, .count = 1},
                                       {.line = 1, .request = cores(1), .count = 6}};
  const NodeEstimate estimate = estimate_for_groups(unmet, kFourCores, 1);
  CHECK(estimate.nodes == 1);
  CHECK(estimate.placed == std::vector{0, 4});
  CHECK(helped_groups(unmet, estimate) == std::vector{0, 4});
}

TEST_CASE("half a group keeps no other from being whole", "[scale_up]") {
  // Of three pods of 1.9 cores two fill a node of 4, and of two pods of 0.15 one fits beside them. Both are
  // halves; without the first the second is whole.
  const std::vector<UnmetGroups> unmet{{.request = cores(0.15), .size = 2, .count = 1},
                                       {.line = 1, .request = cores(1.9), .size = 3, .count = 1}};
  const NodeEstimate estimate = estimate_for_groups(unmet, kFourCores, 1);
  CHECK(estimate.nodes == 1);
  CHECK(estimate.placed == std::vector{2, 0});
}

TEST_CASE("a group of too large pods keeps the room it has and gets no node", "[scale_up]") {
  const std::vector<UnmetGroups> unmet{
      {.request = cores(5), .size = 3, .count = 1, .placed = 2}};
  const NodeEstimate estimate = estimate_for_groups(unmet, kFourCores, 9);
  CHECK(estimate.nodes == 0);
  CHECK(estimate.placed == std::vector{0});
  CHECK(helped_groups(unmet, estimate) == std::vector{0});
}

TEST_CASE("one addition is a thousand nodes at most", "[scale_up]") {
  // --max-nodes-per-scaleup: 1200 pods of which each fills a node.
  const std::vector<UnmetGroups> unmet{{.request = cores(4), .count = 1200}};
  CHECK(estimate_for_groups(unmet, kFourCores, 5000).nodes == 1000);
}

TEST_CASE("an option is what its nodes offer and what its pods ask for", "[scale_up]") {
  // Two pods of a core and 2 GiB, one of 3 cores and 1 GiB; a pod more is not helped.
  const std::vector<UnmetGroups> unmet{{.request = cores(1, 2), .count = 3},
                                       {.line = 1, .request = cores(3, 1), .count = 1}};
  const NodeEstimate estimate{.nodes = 2, .placed = {2, 1}};
  const ExpansionOption option = expansion_option(unmet, estimate, {cores(4, 16), {0.2}}, 7);
  CHECK(option.capacity == cores(4, 16));
  CHECK(option.price.rate == 0.2);
  CHECK(option.nodes == 2);
  CHECK(option.pods == 3);
  CHECK(option.requested == cores(5, 5));
  // OpenCost's 0.031611 a core and 0.004237 a GiB: 0.158055 + 0.021185
  CHECK(option.pod_prices == Approx(0.17924));
  CHECK(option.rank == 7);
}

// ---- Which groups grow: orchestrator.go, ComputeSimilarNodeGroups --------------------------------

NodeGroup node_group(int nodes, std::int64_t gib = 16, double allocatable = 4) {
  return {.capacity = cores(4, gib), .allocatable = cores(allocatable, gib), .nodes = nodes};
}
using Groups = std::vector<std::size_t>;

TEST_CASE("new nodes are of the chosen group unless alike ones are balanced", "[scale_up]") {
  const std::vector<NodeGroup> groups{node_group(3), node_group(1)};
  CHECK(groups_to_grow(groups, 1, {}, {.balance_similar = false, .new_nodes = 4, .max = 10}) ==
        Groups{1, 1, 1, 1});
  // One at a time to the smaller: 1 to 2, to 3; at 3 and 3 the chosen one, to 4; then the other.
  CHECK(groups_to_grow(groups, 1, {}, {.balance_similar = true, .new_nodes = 4, .max = 10}) ==
        Groups{1, 1, 1, 0});
  // None grows beyond its maximum: 1 to 3, and nowhere else.
  CHECK(groups_to_grow(groups, 1, {}, {.balance_similar = true, .new_nodes = 4, .max = 3}) ==
        Groups{1, 1});
}

TEST_CASE("only groups that may grow and take the same pods are balanced", "[scale_up]") {
  const GrowthRule rule{.balance_similar = true, .new_nodes = 2, .max = 10};
  const std::vector<UnmetGroups> pods{{.request = cores(3.8), .count = 2}};
  std::vector<NodeGroup> groups{node_group(0), node_group(0)};
  REQUIRE(groups_to_grow(groups, 0, pods, rule) == Groups{0, 1});
  SECTION("another capacity: 20 GiB") {
    groups[1] = node_group(0, 20);
    CHECK(groups_to_grow(groups, 0, pods, rule) == Groups{0, 0});
  }
  SECTION("backed off") {
    groups[1].may_grow = false;
    CHECK(groups_to_grow(groups, 0, pods, rule) == Groups{0, 0});
  }
  SECTION("less is left for pods, and one of them does not fit") {
    groups[1] = node_group(0, 16, 3.7);
    CHECK(groups_to_grow(groups, 0, pods, rule) == Groups{0, 0});
    // matchingSchedulablePodGroups asks only about pods that fit the chosen one.
    CHECK(groups_to_grow(groups, 1, pods, rule) == Groups{1, 0});
  }
  SECTION("a pod that fits neither parts them not") {
    const std::vector<UnmetGroups> larger{{.request = cores(4.5), .count = 1}};
    CHECK(groups_to_grow(groups, 0, larger, rule) == Groups{0, 1});
  }
}

}  // namespace
}  // namespace berth
