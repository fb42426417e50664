#include "models/kubernetes/fit_and_score.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("scores are the scheduler's integers", "[fit_and_score]") {
  struct Row {
    const char* because;
    std::vector<ScoredResource> resources;
    std::int64_t least, most, balanced;
  };
  const auto row = GENERATE(values<Row>({
      // (4000-3000) 100 / 4000 = 25 and (10000-5000) 100 / 10000 = 50: 37.5 cut to 37. Fractions .75
      // and .5: s = .125, 87.5 cut to 87.
      {"cut, not rounded", {{3000, 4000}, {5000, 10000}}, 37, 62, 87},
      {"weights count", {{3000, 4000, 3}, {5000, 10000, 1}}, 31, 68, 87},  // 125/4, 275/4
      {"over capacity is 0 free and 100 used", {{5000, 4000}, {0, 100}}, 50, 50, 50},
      {"what a node has none of is skipped", {{3000, 4000}, {1, 0}}, 25, 75, 100},
      {"nothing to score", {}, 0, 0, 100},
  }));
  CAPTURE(row.because);
  CHECK(least_allocated(row.resources) == row.least);
  CHECK(most_allocated(row.resources) == row.most);
  CHECK(balanced_allocation(row.resources) == row.balanced);
}

TEST_CASE("more than two resources are balanced by their standard deviation", "[fit_and_score]") {
  // Fractions 0, 0, .6: mean .2, variance (.04 + .04 + .16) / 3 = .08, s = .2828; 71.7 cut to 71.
  const std::vector<ScoredResource> three{{0, 10}, {0, 10}, {6, 10}};
  CHECK(balanced_allocation(three) == 71);
}

TEST_CASE("a shape is flat outside and whole inside", "[fit_and_score]") {
  const std::vector<ShapePoint> shape{{10, 1}, {90, 9}};
  CHECK(broken_linear(shape, -5) == 1);
  CHECK(broken_linear(shape, 10) == 1);
  CHECK(broken_linear(shape, 29) == 2);  // 1 + 8 * 19 / 80 = 2.9
  CHECK(broken_linear(shape, 90) == 9);
  CHECK(broken_linear(shape, 400) == 9);
}

TEST_CASE("resources that score nothing leave the average", "[fit_and_score]") {
  // Shape 0 -> 0, 100 -> 100: 50 % of CPU scores 50, 0 % of memory scores 0 and drops out.
  const std::vector<ShapePoint> shape{{0, 0}, {100, 100}};
  const std::vector<ScoredResource> used{{2, 4}, {0, 4}};
  CHECK(requested_to_capacity_ratio(used, shape) == 50);
}

NodeView node(std::int64_t cpu, int gib, std::int64_t used_cpu, int used_gib) {
  const Resources used{used_cpu, {used_gib * kGiB}};
  return {.allocatable = {cpu, {gib * kGiB}},
          .requested = used,
          .scored = used,
          .pods = 1,
          .max_pods = 10};
}

TEST_CASE("a pod is kept off a node for one reason", "[fit_and_score]") {
  struct Row { const char* because; Resources request; int pods; std::optional<Misfit> expected; };
  const auto row = GENERATE(values<Row>({
      {"exactly what is left",            {3000, {6 * kGiB}, 0}, 1,  std::nullopt  },
      {"a milli-core too many",           {3001, {6 * kGiB}, 0}, 1,  Misfit::cpu   },
      {"a byte too many",                 {1, {6 * kGiB + 1}, 0}, 1, Misfit::memory},
      {"a GPU where there is none",       {1, {1}, 1},           1,  Misfit::gpus  },
      {"no address left",                 {1, {1}, 0},           10, Misfit::pods  },
      {"asking for nothing always fits",  {0, {0}, 0},           9,  std::nullopt  },
  }));
  CAPTURE(row.because);
  NodeView view = node(4000, 8, 1000, 2);
  view.pods = row.pods;
  CHECK(misfit(pod_request(row.request), view) == row.expected);
}

TEST_CASE("the strategy decides between the emptier and the fuller node", "[fit_and_score]") {
  // A pod of 1 core and 2 GiB on nodes of 4 cores and 8 GiB. Fuller: 3 of 4 are taken then, emptier:
  // 2 of 4; both resources alike, so balanced gives 100 to both.
  const NodeView fuller = node(4000, 8, 2000, 4), emptier = node(4000, 8, 1000, 2);
  struct Row {
    const char* because;
    Scoring scoring;
    std::int64_t fuller, emptier;
  };
  const FitStrategy ratio = FitStrategy::requested_to_capacity_ratio;
  const auto row = GENERATE_COPY(values<Row>({
      {"least allocated spreads", {}, 100 + 25, 100 + 50},
      {"most allocated packs", {FitStrategy::most_allocated}, 100 + 75, 100 + 50},
      {"a shape that likes two thirds", {ratio, {{0, 0}, {60, 100}, {80, 100}, {100, 0}}},
       100 + 100, 100 + 83},  // 50 x 100 / 60, cut
      {"a shape that likes empty nodes", {ratio, {{0, 100}, {100, 0}}}, 100 + 25, 100 + 50},
  }));
  CAPTURE(row.because);
  const PodRequest pod = pod_request({1000, {2 * kGiB}, 0});
  CHECK(score(pod, fuller, row.scoring) == row.fuller);
  CHECK(score(pod, emptier, row.scoring) == row.emptier);
}

TEST_CASE("a container without requests counts as a tenth of a core", "[fit_and_score]") {
  CHECK(with_defaults({}) == Resources{100, {200 * kMiB}, 0});
  CHECK(with_defaults({1, {1}, 2}) == Resources{1, {1}, 2});
}

TEST_CASE("a pod larger than the node never fits", "[fit_and_score]") {
  CHECK(never_fits(pod_request({4001, {1}, 0}), node(4000, 8, 0, 0)));
  CHECK_FALSE(never_fits(pod_request({4000, {1}, 0}), node(4000, 8, 4000, 0)));
}

TEST_CASE("DaemonSets count as requested where a node is scored", "[fit_and_score][oracle]") {
  // 1 CPU and 1 GiB for the pod, 1 CPU of DaemonSets. Of 2 CPU and 8 GiB nothing else: cpu 0 free, 100 (7 - .2)/8
  // = 85 (200 MiB count for the DaemonSet): 42. Of 4 CPU and 16 GiB with another CPU: 25 and 92: 58.
  const PodRequest pod = pod_request({.cpu_milli = 1000, .memory = {kGiB}});
  const PodRequest daemons = requests_of({.cpu_milli = 1000}, 1);
  CHECK(daemons.scored.memory == kDefaultMemory);
  CHECK(requests_of({}, 3).scored == Resources{.cpu_milli = 300, .memory = {3 * kDefaultMemory.count}});
  const auto view = [&](std::int64_t cpu, std::int64_t gib) {
    return NodeView{.allocatable = Resources{.cpu_milli = cpu, .memory = {gib * kGiB}} - daemons.request,
                    .daemons = daemons,
                    .max_pods = 10};
  };
  const NodeView small = view(2000, 8);
  NodeView large = view(4000, 16);
  put_on(large, pod_request({.cpu_milli = 1000}));
  // Balanced: |2/2 - 1/8| / 2 = 0.4375 leaves 56; |3/4 - 1/16| / 2 = 0.34375 leaves 65.
  CHECK(score(pod, small, {}) == 42 + 56);
  CHECK(score(pod, large, {}) == 58 + 65);
}

}  // namespace
}  // namespace berth
