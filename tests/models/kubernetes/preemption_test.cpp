#include "models/kubernetes/preemption.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

PreemptiblePod pod(int id, std::int64_t milli, std::int32_t priority, double started = 0) {
  return {.id = {id}, .request = pod_request({milli, {}, 0}), .priority = priority,
          .started = Seconds{started}};
}

// Four cores, full of these pods.
PreemptionNode node(std::vector<PreemptiblePod> pods) {
  PreemptionNode result;
  result.view.allocatable = {4000, {8 * kGiB}, 0};
  result.view.max_pods = 10;
  for (const PreemptiblePod& running : pods) {
    result.view.requested = result.view.requested + running.request.request;
    ++result.view.pods;
  }
  result.pods = std::move(pods);
  return result;
}

std::vector<int> ids(const std::optional<Victims>& victims) {
  std::vector<int> list;
  if (!victims) return list;
  for (const PreemptiblePod& victim : victims->pods) list.push_back(victim.id.value);
  return list;
}

const PodRequest kTwoCores = pod_request({2000, {}, 0});

TEST_CASE("only as many pods of lower priority go as needed, the least important", "[preemption]") {
  struct Row { const char* because; std::vector<PreemptiblePod> pods; std::vector<int> victims; };
  const auto row = GENERATE(values<Row>({
      {"the lowest priority goes",          {pod(1, 2000, 5), pod(2, 2000, 1)},              {2}},
      {"of equals the one started later",   {pod(1, 2000, 1, 10), pod(2, 2000, 1, 20)},      {2}},
      {"equal priority is no victim",       {pod(1, 2000, 10), pod(2, 2000, 10)},            {}},
      {"two small ones when need be",       {pod(1, 2000, 10), pod(2, 1000, 1), pod(3, 1000, 2)}, {3, 2}},
      {"the small one that helps is kept if the large one must go anyway",
       {pod(1, 3000, 1), pod(2, 1000, 2)},  {1}},
  }));
  CAPTURE(row.because);
  CHECK(ids(victims_on(kTwoCores, 10, node(row.pods), {})) == row.victims);
}

TEST_CASE("a node that is too small is no candidate", "[preemption]") {
  CHECK_FALSE(victims_on(pod_request({5000, {}, 0}), 10, node({pod(1, 4000, 1)}), {}).has_value());
}

TEST_CASE("pods whose budget would be broken are put back first", "[preemption]") {
  auto protected_pod = pod(1, 2000, 1);
  protected_pod.budget = 0;
  const PreemptionNode both = node({protected_pod, pod(2, 2000, 5)});
  CHECK(ids(victims_on(kTwoCores, 10, both, std::vector{0})) == std::vector{2});
  // With one disruption allowed it is like any other, and less important.
  CHECK(ids(victims_on(kTwoCores, 10, both, std::vector{1})) == std::vector{1});
}

TEST_CASE("the node is chosen by what it costs others", "[preemption]") {
  auto held = pod(1, 4000, 0);
  held.budget = 0;
  struct Row { const char* because; std::vector<PreemptionNode> nodes; std::size_t chosen; };
  const auto row = GENERATE_COPY(values<Row>({
      {"no broken budget",             {node({held}), node({pod(2, 4000, 9)})},                 1},
      {"the lowest highest victim",    {node({pod(1, 4000, 5)}), node({pod(2, 4000, 3)})},      1},
      {"the smaller sum",              {node({pod(1, 1500, 5), pod(2, 2500, 4)}),
                                        node({pod(3, 1500, 5), pod(4, 2500, 1)})},              1},
      {"fewer victims: a smaller sum", {node({pod(1, 3000, 5), pod(2, 1000, -5)}),
                                        node({pod(3, 4000, 5)})},                               0},
      {"started latest",               {node({pod(1, 4000, 5, 10)}), node({pod(2, 4000, 5, 20)})}, 1},
      {"the first of equals",          {node({pod(1, 4000, 5)}), node({pod(2, 4000, 5)})},      0},
  }));
  CAPTURE(row.because);
  const auto chosen = choose_preemption(kTwoCores, 10, row.nodes, std::vector{0});
  REQUIRE(chosen.has_value());
  CHECK(chosen->node == row.chosen);
}

TEST_CASE("a tenth of the nodes is looked at, at least a hundred", "[preemption]") {
  CHECK(preemption_candidates(50) == 50);
  CHECK(preemption_candidates(900) == 100);
  CHECK(preemption_candidates(5000) == 500);
}

TEST_CASE("a group preempts for all of its pods or for none", "[preemption]") {
  using Positions = std::vector<std::size_t>;
  const auto victims = [](const std::optional<GroupPreemption>& group) {
    std::vector<int> list;
    for (const auto& victim : group->victims) list.push_back(victim.pod.value);
    return list;
  };
  SECTION("a free node first, then where it costs least") {
    // Node 1 has room for one pod of 2 cores; the next takes that of pod 2, of lower priority.
    const std::vector nodes{node({pod(1, 4000, 5)}), node({}), node({pod(2, 4000, 1)})};
    auto crowded = nodes;
    crowded[1].view.max_pods = 1;
    const auto group = preempt_for_group(kTwoCores, 2, 10, crowded, {});
    REQUIRE(group.has_value());
    CHECK(group->nodes == Positions{1, 2});
    CHECK(victims(group) == std::vector{2});
    CHECK(group->victims[0].node == 2);
  }
  SECTION("a victim makes room for as many of the group as fit there") {
    const auto group = preempt_for_group(kTwoCores, 2, 10, {node({pod(1, 4000, 5)})}, {});
    REQUIRE(group.has_value());
    CHECK(group->nodes == Positions{0, 0});
    CHECK(victims(group) == std::vector{1});
  }
  SECTION("none, if one of them finds no room") {
    const std::vector nodes{node({pod(1, 4000, 5)}), node({pod(2, 4000, 10)})};
    CHECK(preempt_for_group(kTwoCores, 2, 10, nodes, {}).has_value());
    CHECK_FALSE(preempt_for_group(kTwoCores, 3, 10, nodes, {}).has_value());
  }
  SECTION("the first's victim uses a budget up") {
    // On both nodes a guarded pod and one that is more important. The budget lets one go: then the
    // second guarded one is put back first, and of two equals that of the first node goes.
    auto first = pod(1, 2000, 1), second = pod(3, 2000, 1);
    first.budget = second.budget = 0;
    const std::vector nodes{node({first, pod(2, 2000, 5)}), node({second, pod(4, 2000, 5)})};
    const auto within = preempt_for_group(kTwoCores, 2, 10, nodes, {1});
    REQUIRE(within.has_value());
    CHECK(victims(within) == std::vector{1, 2});
    CHECK_FALSE(within->victims[0].breaks_budget);
    // The last of four breaks it, where nothing else is left.
    const auto all = preempt_for_group(kTwoCores, 4, 10, nodes, {1});
    REQUIRE(all.has_value());
    CHECK(victims(all) == std::vector{1, 2, 4, 3});
    CHECK(all->victims[3].breaks_budget);
    CHECK_FALSE(all->victims[2].breaks_budget);
  }
}

}  // namespace
}  // namespace berth
