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

}  // namespace
}  // namespace berth
