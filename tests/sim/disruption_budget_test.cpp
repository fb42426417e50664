#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/cluster_story.h"

namespace berth {
namespace {

// Two pods of the service on node0, which a short job fills until 408.1: 100 + 8.1 + 300. A long job
// comes meanwhile and gets node1, where both pods would find room afterwards. A pod is ready 3.1 s +
// `init` after it is bound.
Scenario moving_pods(DisruptionBudget budget, Seconds init, const OnePool& pool) {
  return one_pool(
      pool,
      ServicePods{.count = 2, .cpu = 500, .budget = budget, .init = init, .probe_period = 0s},
      {jobs(1, 2500, 300s, 100s), jobs(1, 2000, 5000s, 200s)});
}
constexpr DisruptionBudget kOneMayBeAway{.amount = 1}, kNoneMayBeAway{.amount = 0};

TEST_CASE("Karpenter drains a node as its pods' budget allows", "[sim][disruption_budget][oracle]") {
  // Node0 is quiet at 438.1, decided at 440, drained from 455 on. Asked for again after 0.1, 0.2, 0.4
  // s .. at 461.3 and 467.7: the first pod's successor is ready at 455 + 8.1.
  Scenario scenario = moving_pods(kOneMayBeAway, 5s, {.horizon = 600s});
  const std::vector<std::string> expected{
      "440 to go: 1, one",
      "455 node0 cordoned",
      "455 service0 leaves node0, consolidated, by 485",
      "455 1 of service0 stay on node0",
      "455 service0 on node1",
      "467.7 service0 leaves node0, consolidated, by 497.7",
      "467.7 service0 on node1",
      "467.8 node0 gone, consolidated",
      "600 node1 gone, cut off",
  };
  CHECK(lines_from(story(scenario), expected.front()) == expected);
  SECTION("both leave at once where two may be away") {
    scenario.services[0].disruption_budget->amount = 2;
    const auto evicted = all<PodEvicted>(story(scenario));
    REQUIRE(evicted.size() == 2);
    CHECK(evicted[1].at == 455s);
  }
}

TEST_CASE("a percentage of a budget is of the pods there should be, rounded up",
          "[sim][disruption_budget]") {
  // As above, told by when the two pods leave.
  using Of = DisruptionBudget::Of;
  struct Row {
    const char* because;
    DisruptionBudget budget;
    std::vector<Seconds> left;
  };
  const std::vector<Row> rows{
      {"half of two is one", {.of = Of::min_available, .amount = 50, .percent = true}, {455s, 467.7s}},
      {"51 % of two are two", {.of = Of::min_available, .amount = 51, .percent = true}, {}},
      {"a quarter of two is one", {.of = Of::max_unavailable, .amount = 25, .percent = true}, {455s, 467.7s}},
      {"51 % may be both", {.of = Of::max_unavailable, .amount = 51, .percent = true}, {455s, 455s}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const auto evicted =
        all<PodEvicted>(story(moving_pods(row.budget, 5s, {.horizon = 600s})));
    REQUIRE(evicted.size() == row.left.size());
    for (std::size_t i = 0; i < evicted.size(); ++i)
      CHECK(evicted[i].at.count() == Approx(row.left[i].count()));
  }
}

TEST_CASE("pods that are not ready leave where their budget says so", "[sim][disruption_budget]") {
  // Both run from 64.1 on and are ready only ten minutes later: none is, one is wanted. Nothing may go
  // before 664.1; AlwaysAllow lets both go when node0 is drained, at 455.
  Scenario scenario = moving_pods(kOneMayBeAway, 600s, {.horizon = 600s});
  CHECK(all<PodEvicted>(story(scenario)).empty());
  scenario.services[0].disruption_budget->unready_may_go = true;
  const Story told = story(scenario);
  const auto evicted = all<PodEvicted>(told);
  REQUIRE(evicted.size() == 2);
  CHECK(evicted[0].at == 455s);
  CHECK(evicted[1].at == 455s);
  CHECK(all<EvictionRefused>(told).empty());
}

TEST_CASE("a replaced node is drained as its pods' budget allows",
          "[sim][disruption_budget][oracle]") {
  // Two pods of 0.75 cores are left on a big node at 569.1 and fit a small one: decided at 600, launched
  // at 615, ready at 675. The first pod's successor is ready at 683.1: asked for again at 681.3 in
  // vain, at 687.7 not.
  const Story told = story(one_pool({.types = {kSmall, kBig}, .horizon = 750s},
                                    ServicePods{.count = 2,
                                                .cpu = 750,
                                                .budget = kOneMayBeAway,
                                                .init = 5s,
                                                .probe_period = 0s},
                                    {jobs(3, 2000, 500s)}));
  const std::vector<std::string> expected{
      "600 to go: 1, one, for type 0",
      "615 node0 cordoned",
      "615 node1 asked for, type 0, consolidation, for 2",
      "675 node1 ready",
      "675 service0 leaves node0, consolidated, by 705",
      "675 1 of service0 stay on node0",
      "675 service0 on node1",
      "687.7 service0 leaves node0, consolidated, by 717.7",
      "687.7 service0 on node1",
      "687.8 node0 gone, replaced",
      "750 node1 gone, cut off",
  };
  CHECK(lines_from(told, expected.front()) == expected);
}

TEST_CASE("two nodes of Cluster Autoscaler share one budget", "[sim][disruption_budget][oracle]") {
  // A pod of the service and a job on each of two nodes; a third one, fuller at first, has room for both
  // pods when the short jobs are done, at 60 + 8.1 + 300. At 370 one node uses up what the budget
  // allows, so the other is needed, and tried again every five minutes. The first pod leaves at 975,
  // after the look of 970, and its successor is ready at 983.1: the other node is unneeded from 1270 on.
  Scenario scenario = one_pool({.scaled_by = kClusterAutoscaler, .horizon = 1900s},
                               ServicePods{.count = 2,
                                           .cpu = 900,
                                           .budget = kOneMayBeAway,
                                           .init = 5s,
                                           .probe_period = 0s},
                               {with_priority(3, jobs(2, 2500, 300s)),  // placed in this order
                                with_priority(2, jobs(1, 2000, 5000s)),
                                with_priority(1, jobs(1, 1000, 300s))});
  const Story one = story(scenario);
  const auto unneeded = all<NodeUnneeded>(one);
  REQUIRE(unneeded.size() == 2);
  CHECK(unneeded[0].at == 370s);
  CHECK(unneeded[1].at == 1270s);
  const auto evicted = all<PodEvicted>(one);
  REQUIRE(evicted.size() == 2);
  CHECK(evicted[0].at == 975s);
  CHECK(evicted[1].at == 1875s);
  CHECK(evicted[0].node != evicted[1].node);
  CHECK(all<EvictionRefused>(one).empty());
  // Where two may be away both are unneeded at once.
  scenario.services[0].disruption_budget->amount = 2;
  const auto both = all<NodeUnneeded>(story(scenario));
  REQUIRE(both.size() == 2);
  CHECK(both[1].at == 370s);
}

TEST_CASE("a node stays while a budget allows none of its pods to go", "[sim][disruption_budget]") {
  const NodeAutoscaler autoscaler = GENERATE(kKarpenter, kClusterAutoscaler);
  CAPTURE(int(autoscaler));
  const Story told =
      story(moving_pods(kNoneMayBeAway, 5s, {.scaled_by = autoscaler, .horizon = 2000s}));
  CHECK(all<DisruptionDecided>(told).empty());
  CHECK(all<NodeUnneeded>(told).empty());
}

TEST_CASE("a node goes once the budget of its pods allows it", "[sim][disruption_budget]") {
  // The long way to ready: the second pod is ready at 61 + 3.1 + 600, node0 is looked at again then.
  const auto decided = all<DisruptionDecided>(story(moving_pods(
      {.of = DisruptionBudget::Of::min_available, .amount = 1}, 600s, {.horizon = 1000s})));
  REQUIRE(decided.size() == 1);
  CHECK(decided[0].at == 670s);
}

TEST_CASE("Cluster Autoscaler gives up a drain that takes two minutes",
          "[sim][disruption_budget][oracle]") {
  // Unneeded at the scan of 410, to go ten minutes later. The successor takes 203.1 s: in vain from
  // 1015 to 1135, and again at the scan of 1140, so not before 1440. By then the successor is ready,
  // since 1218.1: the node is unneeded again, with one pod.
  const Story told = story(moving_pods(
      kOneMayBeAway, 200s, {.scaled_by = kClusterAutoscaler, .horizon = 2200s}));
  const std::vector<std::string> expected{
      "410 node0 unneeded",
      "1010 to go: 1, underutilised",
      "1010 node0 cordoned",
      "1015 service0 leaves node0, scaled down, by 1045",
      "1015 1 of service0 stay on node0",
      "1015 service0 on node1",
      "1135 node0 uncordoned",
      "1440 node0 unneeded",
      "2040 to go: 1, underutilised",
      "2040 node0 cordoned",
      "2045 service0 leaves node0, scaled down, by 2075",
      "2045 service0 on node1",
      "2045.1 node0 gone, consolidated",
      "2200 node1 gone, cut off",
  };
  CHECK(lines_from(told, expected.front()) == expected);
}

TEST_CASE("after a drain in vain no node goes for three minutes", "[sim][disruption_budget]") {
  // In vain until 1135, as above. A node of another pool is empty from 260 + 8.1 + 390 on, so due at
  // 1260; the first scan after 1315 is that of 1320.
  Scenario scenario = moving_pods(kOneMayBeAway, 200s,
                                  {.scaled_by = kClusterAutoscaler, .horizon = 1400s});
  add_pool(scenario, jobs(1, 3500, 390s, 200s));
  const auto empty_at = [&] {
    const auto gone = all<NodeGone>(story(scenario));
    const auto other = std::ranges::find(gone, PoolId{1}, &NodeGone::pool);
    REQUIRE(other != gone.end());
    return other->at;
  };
  CHECK(empty_at() == 1325s);
  scenario.services[0].disruption_budget.reset();
  CHECK(empty_at() == 1265s);
}

TEST_CASE("a pod that its ReplicaSet stopped needs its node until it has gone", "[sim][disruption_budget]") {
  // Two pods, a node each; nobody asks for anything, so that the HPA stops one of them when its 300 s
  // are over, at 315. It takes five minutes to drain, and its node is unneeded at the next scan after that.
  Scenario scenario =
      one_pool({.scaled_by = kClusterAutoscaler, .horizon = 1200s},
               ServicePods{.count = 2, .cpu = 2500, .budget = kNoneMayBeAway});
  scenario.services[0].demand = RateCurve::constant(1e-6);
  scenario.services[0].service_time = constant(300);
  scenario.services[0].drain_grace = 300s;
  scenario.placements[1].services[0].replicas = {
      .min = 1, .max = 2, .start = 2, .autoscaler = HpaPolicy{}};
  const auto unneeded = all<NodeUnneeded>(story(scenario));
  REQUIRE(unneeded.size() == 1);
  CHECK(unneeded[0].at == 620s);
}

TEST_CASE("preemption takes pods without a budget first", "[sim][disruption_budget]") {
  // A node full of a service's pod and a job that is more important than it.
  Scenario scenario = one_pool({.scaled_by = kNobody, .kept = 1, .horizon = 400s},
                               ServicePods{.count = 1, .cpu = 1500},
                               {with_priority(5, movable(jobs(1, 1500, 5000s, 100s))),
                                with_priority(10, jobs(1, 1500, 100s, 300s))});
  const auto victim = [&] {
    const auto evicted = all<PodEvicted>(story(scenario));
    REQUIRE(!evicted.empty());
    return evicted[0].holder;
  };
  CHECK(victim() == Holder::of(ServiceId{0}));
  scenario.services[0].disruption_budget = kNoneMayBeAway;
  CHECK(victim() == Holder::of(TrainingId{0}));
  // The job that had to go takes the service's room in turn: nothing less important is there.
  const auto evicted = all<PodEvicted>(story(scenario));
  REQUIRE(evicted.size() == 2);
  CHECK(evicted[1].holder == Holder::of(ServiceId{0}));
  CHECK(evicted[1].by == Holder::of(TrainingId{0}));
  CHECK_FALSE(evicted[0].breaks_budget);
  CHECK(evicted[1].breaks_budget);
}

TEST_CASE("a gang that preempts uses a budget up", "[sim][disruption_budget]") {
  // On each of two nodes a service's pod and a job that is more important than it. The budget lets one
  // of the two pods go: the gang's other pod takes a job's room.
  Scenario scenario =
      one_pool({.scaled_by = kNobody, .kept = 2, .horizon = 310s},
               ServicePods{.count = 2, .cpu = 1500},
               {with_priority(5, movable(jobs(2, 1500, 5000s, 100s))),
                with_priority(10, in_groups_of(2, jobs(1, 1500, 100s, 300s)))});
  const auto victims = [&] {
    std::vector<Holder::Kind> kinds;
    for (const PodEvicted& evicted : all<PodEvicted>(story(scenario)))
      kinds.push_back(evicted.holder.kind);
    return kinds;
  };
  using Kind = Holder::Kind;
  CHECK(victims() == std::vector{Kind::service, Kind::service});
  scenario.services[0].disruption_budget = kOneMayBeAway;
  CHECK(victims() == std::vector{Kind::service, Kind::training});
}

TEST_CASE("the second pod leaves a spot node when the first one's successor is ready",
          "[sim][disruption_budget]") {
  // A node is there a minute after the first pod was told to leave, Karpenter's a second later: its
  // batch. Then 3.1 s to ready. Karpenter asks at 12.7 s and every 10 s, kubectl every 5 s.
  const auto waited = [](NodeAutoscaler autoscaler) {
    const auto evicted = all<PodEvicted>(story(one_pool(
        {.scaled_by = autoscaler, .reclaimed_per_month = kEvery21Hours, .horizon = 200h},
        ServicePods{.count = 2, .cpu = 1500, .budget = kOneMayBeAway, .probe_period = 0s})));
    REQUIRE(evicted.size() >= 2);
    return (evicted[1].at - evicted[0].at).count();
  };
  CHECK(waited(kKarpenter) == Approx(72.7));
  CHECK(waited(kClusterAutoscaler) == Approx(65));
}

TEST_CASE("pods that may not leave a spot node go with it", "[sim][disruption_budget]") {
  const NodeAutoscaler autoscaler = GENERATE(kKarpenter, kClusterAutoscaler);
  const Story told = story(
      one_pool({.scaled_by = autoscaler, .reclaimed_per_month = kEvery21Hours, .horizon = 200h},
               ServicePods{.count = 1, .cpu = 1500, .budget = kNoneMayBeAway}));
  const auto notices = all<NodeInterrupted>(told);
  REQUIRE(!notices.empty());
  CHECK(all<EvictionRefused>(told).size() == notices.size());
  CHECK(all<PodEvicted>(told).empty());
  CHECK(all<NodeGone>(told)[0].why == NodeGone::Why::reclaimed);
  CHECK(all<NodeGone>(told)[0].at == notices[0].reclaimed_at);
}

}  // namespace
}  // namespace berth
