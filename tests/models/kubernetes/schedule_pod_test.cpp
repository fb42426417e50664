#include "models/kubernetes/schedule_pod.h"

#include <catch2/catch.hpp>

#include "models/kubernetes/scheduling_queue.h"

#include <vector>

namespace berth {
namespace {

SchedulingNode node(std::int64_t taken_cpu, int zone = 0, int alike = 0) {
  const Resources taken{taken_cpu, {taken_cpu * 2 * kGiB / 1000}, 0};
  return {.view = {.allocatable = {4000, {8 * kGiB}, 0},
                   .requested = taken,
                   .scored = taken,
                   .pods = 1,
                   .max_pods = 10},
          .zone = zone,
          .alike = alike};
}
const PodRequest kPod = pod_request({1000, {2 * kGiB}, 0});
constexpr std::size_t kAll = 1000;

std::optional<std::size_t> chosen(std::vector<SchedulingNode> nodes, const SchedulingRule& rule) {
  const auto choice = schedule_pod(kPod, nodes, rule, 0, kAll);
  return choice ? std::optional(choice->node) : std::nullopt;
}

TEST_CASE("the highest score takes the pod, then its image, then the first", "[schedule_pod]") {
  struct Row {
    const char* because;
    std::vector<SchedulingNode> nodes;
    SchedulingRule rule;
    std::optional<std::size_t> expected;
  };
  const SchedulingNode fuller = node(2000), emptier = node(1000), full = node(4000);
  SchedulingNode with_image = emptier;
  with_image.view.image_present = Bytes{1};
  const Scoring packs{FitStrategy::most_allocated};
  const auto row = GENERATE_COPY(values<Row>({
      {"least allocated spreads", {fuller, emptier}, {}, 1},
      {"most allocated packs", {emptier, fuller}, {.scoring = packs}, 1},
      {"a full node is no choice", {full, fuller}, {}, 1},
      {"equal nodes: the first", {emptier, emptier}, {}, 0},
      {"equal nodes: the one with the image", {emptier, with_image}, {.prefer_image = true}, 1},
      {"an image does not beat a better score", {with_image, fuller},
       {.scoring = packs, .prefer_image = true}, 1},
      {"nowhere", {full}, {}, std::nullopt},
  }));
  CAPTURE(row.because);
  CHECK(chosen(row.nodes, row.rule) == row.expected);
}

TEST_CASE("alike pods are spread although the fit score says otherwise", "[schedule_pod]") {
  // Two nodes in one zone, none of the owner's pods in the emptier one's favour: fit 50 against 25.
  // Spread: hosts 2, ln 4; pods 0 and 1: raw 0 + 2 + (zone: 1 x ln 3 + 4) and ln 4 more; rounded
  // 7 and 8, so scores 100 (8 + 7 - 7) / 8 = 100 and 100 x 7 / 8 = 87, each counted twice: +26.
  CHECK(chosen({node(2000, 0, 0), node(1000, 0, 1)}, {.spread = true}) == 0u);  // 25 + 200 : 50 + 174
  CHECK(chosen({node(2000, 0, 0), node(1000, 0, 1)}, {}) == 1u);
}

TEST_CASE("an empty zone is preferred to an empty host of a used zone", "[schedule_pod]") {
  // Zone 0 holds a pod on node 0; node 1 is its empty neighbour, node 2 alone in zone 1.
  CHECK(chosen({node(1000, 0, 1), node(0, 0, 0), node(0, 1, 0)}, {.spread = true}) == 2u);
}

TEST_CASE("how many nodes are enough", "[schedule_pod]") {
  struct Row {
    std::size_t nodes, find;
  };
  const auto row = GENERATE(values<Row>({
      {1, 1},
      {99, 99},
      {100, 100},   // 49.2 % would be 49: at least 100
      {1000, 420},  // 50 - 8 = 42 %
      {5000, 500},  // 10 %
      {10000, 500}, // never under 5 %
  }));
  CHECK(nodes_to_find(row.nodes) == row.find);
}

TEST_CASE("looking stops when enough nodes are found and goes on there", "[schedule_pod]") {
  // Five nodes, the second full. Two are enough: from 0 these are 0 and 2, three looked at.
  const std::vector<SchedulingNode> nodes{node(1000), node(4000), node(0), node(0), node(0)};
  const auto first = schedule_pod(kPod, nodes, {}, 0, 2);
  CHECK(first->node == 2);
  CHECK(first->looked_at == 3);
  // From 4 on it goes round: 4 and 0.
  const auto round = schedule_pod(kPod, nodes, {}, 4, 2);
  CHECK(round->node == 4);
  CHECK(round->looked_at == 2);
}

TEST_CASE("nodes are counted by the first thing that is missing", "[schedule_pod]") {
  SchedulingNode crowded = node(0);
  crowded.view.pods = 10;
  const std::vector<SchedulingNode> nodes{crowded, node(3500), node(4000), node(0)};
  CHECK(count_misfits(kPod, nodes) == std::array<int, kMisfits>{1, 2, 0, 0});
}

TEST_CASE("a group is placed pod by pod, all of it or nothing", "[schedule_pod]") {
  // Free are 2 and 3 of 4 cores, so five pods of a core fit. Least allocated: the emptier one, then at
  // equal scores the first, then in turn.
  const std::vector<SchedulingNode> nodes{node(2000), node(1000)};
  const auto place = [&](int count) {
    std::vector<SchedulingNode> left = nodes;
    return schedule_group(kPod, count, left, {}, 0, kAll);
  };
  REQUIRE(place(5).has_value());
  CHECK(place(5)->nodes == std::vector<std::size_t>{1, 0, 1, 0, 1});
  CHECK_FALSE(place(6).has_value());
}

TEST_CASE("each pod of a group is looked for from where the last one was found", "[schedule_pod]") {
  // One fitting node is enough: node 2, then 0, then 1, and the next group begins at 2.
  std::vector<SchedulingNode> nodes{node(0), node(0), node(0)};
  const auto group = schedule_group(kPod, 3, nodes, {}, 2, 1);
  REQUIRE(group.has_value());
  CHECK(group->nodes == std::vector<std::size_t>{2, 0, 1});
  CHECK(group->next_start == 2);
}

TEST_CASE("pods of a group are alike for each other's spread", "[schedule_pod]") {
  // The first pod goes to the emptier node. Then both have 2000 of 4000 taken: of equals the first is
  // taken, unless the pod that is there counts as one of the same owner.
  const auto place = [](bool spread) {
    std::vector<SchedulingNode> nodes{node(1000), node(2000)};
    const auto group = schedule_group(kPod, 2, nodes, {.spread = spread}, 0, kAll);
    return group ? group->nodes : std::vector<std::size_t>{};
  };
  CHECK(place(false) == std::vector<std::size_t>{0, 0});
  CHECK(place(true) == std::vector<std::size_t>{0, 1});
}

TEST_CASE("the higher priority goes first, of equals who has waited longer", "[schedule_pod]") {
  CHECK(goes_before({.priority = 1, .sequence = 9}, {.priority = 0, .sequence = 1}));
  CHECK_FALSE(goes_before({.priority = -10, .sequence = 1}, {.priority = 0, .sequence = 9}));
  CHECK(goes_before({.priority = 5, .sequence = 1}, {.priority = 5, .sequence = 2}));
  CHECK_FALSE(goes_before({.priority = 5, .sequence = 2}, {.priority = 5, .sequence = 2}));
}

}  // namespace
}  // namespace berth
