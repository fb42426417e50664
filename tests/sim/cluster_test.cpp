#include "sim/cluster.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/cluster_story.h"

namespace berth {
namespace {

// ---- Which type --------------------------------------------------------------------------------

TEST_CASE("Karpenter packs a batch and launches the cheapest type that holds it", "[sim][cluster]") {
  // One pod of 3 cores: the small type is cheaper. Two of them fit on one big node: 0.30 $ an hour.
  const auto asked = [](int models) {
    return story(one_pool({.types = {kBig, kSmall}, .horizon = 300s}, {jobs(models, 3000, 600s)}))
        .lines;
  };
  const std::vector<std::string> one = asked(1), two = asked(2);
  REQUIRE(one.size() >= 2);
  CHECK(one[0] == "0 no room for class0: 0 of 0 lack cpu");
  CHECK(one[1] == "1 node0 asked for, type 0, karpenter, for 1");
  REQUIRE(two.size() >= 6);
  CHECK(two[2] == "1 node0 asked for, type 1, karpenter, for 2");
  CHECK(two[3] == "61 node0 ready");
  CHECK(two[4] == "61 class0 on node0");
  CHECK(two[5] == "61 class0 on node0");
}

TEST_CASE("a batch waits for quiet among pods without room, up to its limit", "[sim][cluster]") {
  const auto first_asked = [](const Scenario& scenario) {
    return all<NodeRequested>(story(scenario)).back().at;
  };
  SECTION("a pod every 3 s with 4 s of quiet: it closes when it is 10 s old") {
    Scenario scenario = one_pool({.horizon = 11s}, {every(3s, jobs(1, 3000, 600s))});
    cluster_of(scenario).batch_idle = 4s;
    CHECK(first_asked(scenario) == 10s);
  }
  SECTION("the last pod at 3 s: it closes 4 s later") {
    Scenario scenario =
        one_pool({.horizon = 11s}, {jobs(1, 3000, 600s), jobs(1, 3000, 600s, 3s)});
    cluster_of(scenario).batch_idle = 4s;
    CHECK(first_asked(scenario) == 7s);
  }
  SECTION("a pod of the instant at which it closes is in it, as it is listed after that") {
    const auto asked = all<NodeRequested>(story(
        one_pool({.horizon = 30s}, {jobs(1, 1000, 600s), jobs(1, 1000, 600s, 1s)})));
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].at == 1s);
    CHECK(asked[0].pods == 2);
  }
  SECTION("pods that find room keep none open") {
    // A pod of 0.1 cores every half second finds room on the kept node; that of 100 s does not.
    Scenario scenario = one_pool({.kept = 1, .horizon = 120s},
                                 {every(500ms, jobs(1, 100, 2s)), jobs(1, 3800, 600s, 100s)});
    scenario.training[0].needs.memory = {kMiB};
    CHECK(first_asked(scenario) == 101s);
  }
}

TEST_CASE("speed, pull and bill follow the type of the node", "[sim][cluster][oracle]") {
  Scenario scenario = one_pool({.types = {kSmall, kBig}}, {jobs(2, 3000, 600s)});
  scenario.training[0].speeds = {{kSmall, 1.0}, {kBig, 2.0}};
  const Story told = story(scenario);
  // On the big node at twice the speed: 61 + 8.1 + 300.
  const auto done = all<JobCompleted>(told);
  REQUIRE(done.size() == 2);
  CHECK(done[0].at.count() == Approx(369.1));
  Usd billed;
  for (const BillLine& line : told.outcome.bill.lines)
    if (line.item.find("m5.2xlarge") != std::string::npos) billed += line.amount;
  // Paid from 13 s until it goes: quiet for 30 s at 399.1, decided at 400, gone at 415.
  CHECK(billed.dollars() == Approx(0.30 * (415 - 13) / 3600).epsilon(1e-4));
}

TEST_CASE("Cluster Autoscaler adds the expander's choice", "[sim][cluster]") {
  Scenario scenario = one_pool(
      {.scaled_by = kClusterAutoscaler, .types = {kBig, kSmall}, .horizon = 100s},
      {jobs(2, 3000, 600s)});
  SECTION("by price, with what suits a small cluster: 0.384 x 3.8 is less than 0.30 x 8") {
    cluster_of(scenario).scaling.expander = Expander::price;
    const auto lines = story(scenario).lines;
    REQUIRE(lines.size() >= 5);
    CHECK(lines[2] == "0 type 0 of 2 options: 2 nodes for 2");
    CHECK(lines[4] == "0 node1 asked for, type 0, autoscaler, for 1");
  }
  SECTION("the first in the file") {
    cluster_of(scenario).scaling.expander = Expander::priority;
    const auto lines = story(scenario).lines;
    REQUIRE(lines.size() >= 4);
    CHECK(lines[2] == "0 type 1 of 2 options: 1 nodes for 2");
    CHECK(lines[3] == "0 node0 asked for, type 1, autoscaler, for 2");
  }
  SECTION("alike types grow in turn") {
    const TypeId alike = add_type(scenario);
    scenario.training[0].models = 4;
    pool_of(scenario).types = {kSmall, alike};
    cluster_of(scenario).scaling.balance_similar = true;
    const auto asked = all<NodeRequested>(story(scenario));
    CHECK(std::ranges::count(asked, kSmall, &NodeRequested::type) == 2);
    CHECK(std::ranges::count(asked, alike, &NodeRequested::type) == 2);
  }
}

TEST_CASE("a pod that fits nodes on their way asks for no more", "[sim][cluster]") {
  // At 0 s one node for one pod of 1 core; at 20 s two more pods, for which it has room.
  const NodeAutoscaler autoscaler = GENERATE(kKarpenter, kClusterAutoscaler);
  const Story told = story(one_pool({.scaled_by = autoscaler, .horizon = 300s},
                                    {jobs(1, 1000, 600s), jobs(2, 1000, 600s, 20s)}));
  CHECK(all<NodeRequested>(told).size() == 1);
}

// ---- Where -------------------------------------------------------------------------------------

TEST_CASE("a service's pods are spread over zones though nodes are to be filled", "[sim][cluster]") {
  Scenario scenario = one_pool({.scaled_by = kNobody, .kept = 3, .horizon = 100s},
                               ServicePods{.count = 3, .cpu = 500});
  cluster_of(scenario).scoring = {FitStrategy::most_allocated};
  const auto zones = [&] {
    std::vector<int> found;
    for (const PodBound& bound : all<PodBound>(story(scenario))) found.push_back(bound.zone);
    return found;
  };
  SECTION("by kube-scheduler's default constraint") { CHECK(zones() == std::vector{0, 1, 2}); }
  SECTION("unless nobody's are") {
    cluster_of(scenario).spread = SpreadPods::nobodys;
    CHECK(zones() == std::vector{0, 0, 0});
  }
}

// ---- Preemption --------------------------------------------------------------------------------

TEST_CASE("a job of higher priority takes the room of one that then goes on from its checkpoint",
          "[sim][cluster][oracle]") {
  // One node for one pod of 3 cores. The first runs from 8.1 s, is told to go at 300 s and killed
  // after 30 s of grace: 321.9 s of work, three checkpoints. The second runs 338.1 to 438.1, then
  // the first its other 700 s, from 446.2 on.
  Scenario scenario = one_pool({.scaled_by = kNobody, .kept = 1},
                               {with_checkpoints(100s, jobs(1, 3000, 1000s)),
                                with_priority(10, jobs(1, 3000, 100s, 300s))});
  SECTION("as kube-scheduler does") {
    const Story told = story(scenario);
    CHECK(told.lines == std::vector<std::string>{
                            "0 node0 asked for, type 0, minimum, for 0",
                            "0 node0 ready",
                            "0 class0 on node0",
                            "300 class0 leaves node0, preempted by class1, by 330",
                            "330 class1 on node0",
                            "330 no room for class0: 1 of 1 lack cpu",
                            "438.1 class0 on node0",
                            "7200 node0 gone, cut off",
                        });
    const auto interrupted = all<AttemptInterrupted>(told);
    REQUIRE(interrupted.size() == 1);
    CHECK(interrupted[0].at == 330s);
    CHECK(interrupted[0].why == AttemptInterrupted::Why::preempted);
    const auto done = all<JobCompleted>(told);
    REQUIRE(done.size() == 2);
    CHECK(done[0].at.count() == Approx(438.1));
    CHECK(done[1].at.count() == Approx(1146.2));
  }
  SECTION("unless it does not preempt") {
    scenario.training[1].preempts = false;
    const auto done = all<JobCompleted>(story(scenario));
    CHECK(done[0].at.count() == Approx(1008.1));
    CHECK(done[1].at.count() == Approx(1008.1 + 108.1));
  }
}

TEST_CASE("a job that ends within its grace is complete", "[sim][cluster]") {
  // It would end at 308.1 s, told to go at 300 s.
  const Story told =
      story(one_pool({.scaled_by = kNobody, .kept = 1},
                     {jobs(1, 3000, 300s), with_priority(10, jobs(1, 3000, 100s, 300s))}));
  CHECK(all<AttemptInterrupted>(told).empty());
  const auto bound = all<PodBound>(told);
  REQUIRE(bound.size() == 2);
  CHECK(bound[1].at.count() == Approx(308.1));
}

TEST_CASE("a job takes a service's room and its ReplicaSet makes another pod", "[sim][cluster]") {
  // The service's pod drains for the 0.1 s of a request and leaves; its successor waits until the job
  // is done, at 300.1 + 8.1 + 100.
  const Story told = story(one_pool({.scaled_by = kNobody, .kept = 1},
                                    ServicePods{.count = 1, .cpu = 1500},
                                    {with_priority(10, jobs(1, 3000, 100s, 300s))}));
  const auto evicted = all<PodEvicted>(told);
  REQUIRE(evicted.size() == 1);
  CHECK(evicted[0].at == 300s);
  CHECK(evicted[0].holder == Holder::of(ServiceId{0}));
  CHECK(evicted[0].by == Holder::of(TrainingId{0}));
  CHECK(evicted[0].by_priority == 10);
  const auto bound = all<PodBound>(told);
  REQUIRE(bound.size() == 3);
  CHECK(bound[1].holder == Holder::of(TrainingId{0}));
  CHECK(bound[2].holder == Holder::of(ServiceId{0}));
  CHECK(bound[2].at.count() == Approx(408.2));
  CHECK(all<PodUnschedulable>(told).size() == 1);
}

TEST_CASE("a gang preempts on several nodes or not at all", "[sim][cluster]") {
  // Two nodes with a pod of 3 cores each; a gang of two needs both.
  Scenario scenario = one_pool(
      {.scaled_by = kNobody, .kept = 2},
      {jobs(2, 3000, 5000s), with_priority(10, in_groups_of(2, jobs(1, 3000, 100s, 300s)))});
  SECTION("both go") {
    const Story told = story(scenario);
    CHECK(all<PodEvicted>(told).size() == 2);
    std::vector<PodBound> bound = all<PodBound>(told);
    std::erase_if(bound, [](const PodBound& e) { return e.holder != Holder::of(TrainingId{1}); });
    REQUIRE(bound.size() == 2);  // when the grace of both is over
    CHECK(bound[0].at == 330s);
    CHECK(bound[1].at == 330s);
  }
  SECTION("one of them is as important: nobody goes") {
    scenario.training[0].models = 1;
    add_class(scenario, with_priority(10, jobs(1, 3000, 5000s)));
    scenario.horizon = 1000s;
    const Story told = story(scenario);
    CHECK(all<PodBound>(told).size() == 2);
    CHECK(all<PodEvicted>(told).empty());
  }
  SECTION("it is larger than the pool: nobody goes") {
    scenario.training[1].instances = 3;
    CHECK(all<PodEvicted>(story(scenario)).empty());
  }
}

// ---- Room kept in advance ----------------------------------------------------------------------

TEST_CASE("a pod takes a pause pod's room at once, and a node is launched for that", "[sim][cluster]") {
  Scenario scenario = one_pool({.horizon = 300s}, {jobs(1, 3000, 1000s, 200s)});
  pool_of(scenario).pause = {.pods = 1, .needs = {3000, {kGiB}, 0}};
  const Story told = story(scenario);
  CHECK(told.lines == std::vector<std::string>{
                          "0 no room for pause: 0 of 0 lack cpu",
                          "1 node0 asked for, type 0, karpenter, for 1",
                          "61 node0 ready",
                          "61 pause on node0",
                          "200 pause leaves node0, preempted by class0, by 200",
                          "200 class0 on node0",
                          "200 no room for pause: 1 of 1 lack cpu",
                          "201 node1 asked for, type 0, karpenter, for 1",
                          "261 node1 ready",
                          "261 pause on node1",
                          "300 node0 gone, cut off",
                          "300 node1 gone, cut off",
                      });
  CHECK(told.outcome.training[0].start_latency.max() == Approx(8.1));
}

// ---- Nodes that go -----------------------------------------------------------------------------

// Two long pods of 1.5 cores that may be moved and two short ones: a long and a short one on each of
// two nodes.
Scenario half_empty_soon(Seconds length, const OnePool& pool) {
  const TrainingClass long_one = movable(jobs(1, 1500, length)), short_one = jobs(1, 1500, 500s);
  return one_pool(pool, {long_one, long_one, short_one, short_one});
}

TEST_CASE("Karpenter empties one of two half-empty nodes", "[sim][cluster][oracle]") {
  // Four pods of 1.5 cores, two on each node; the short ones end at 61 + 8.1 + 500. Quiet for 30 s
  // at 599.1: decided at the poll of 600 (10 % of two nodes, rounded up, is one), checked at 615; the
  // pod has 30 s. It goes on from 500 s of its 2000, runs at 653.1 and ends at 2153.1. The last node
  // is quiet at 2183.1, found empty at 2190 and goes at 2205.
  const Story told = story(half_empty_soon(2000s, {}));
  const std::vector<std::string> expected{
      "0 no room for class0: 0 of 0 lack cpu",
      "0 no room for class1: 0 of 0 lack cpu",
      "0 no room for class2: 0 of 0 lack cpu",
      "0 no room for class3: 0 of 0 lack cpu",
      "1 node0 asked for, type 0, karpenter, for 2",
      "1 node1 asked for, type 0, karpenter, for 2",
      "61 node0 ready",
      "61 node1 ready",
      "61 class0 on node0",
      "61 class1 on node1",
      "61 class2 on node0",
      "61 class3 on node1",
      "600 to go: 1, one",
      "615 node0 cordoned",
      "615 class0 leaves node0, consolidated, by 645",
      "645 node0 gone, consolidated",
      "645 class0 on node1",
      "2190 to go: 1, empty",
      "2205 node1 cordoned",
      "2205 node1 gone, empty",
  };
  CHECK(told.lines == expected);
  const auto done = all<JobCompleted>(told);
  REQUIRE(done.size() == 4);
  CHECK(done[2].at.count() == Approx(2069.1));
  CHECK(done[3].at.count() == Approx(2153.1));
  CHECK(all<AttemptInterrupted>(told)[0].why == AttemptInterrupted::Why::moved);
}

TEST_CASE("what may go is bound by policy, budget and the pods' own wish", "[sim][cluster]") {
  Scenario scenario = half_empty_soon(2000s, {.horizon = 1800s});
  SECTION("empty nodes only") { pool_of(scenario).consolidates = false; }
  SECTION("none at all") { pool_of(scenario).budgets = {{.nodes = 0}}; }
  SECTION("none for this reason") {
    pool_of(scenario).budgets = {{}, {.nodes = 0, .reasons = {Disruption::underutilised}}};
  }
  SECTION("do not disrupt") {
    scenario.training[0].disruptable = scenario.training[1].disruptable = false;
  }
  SECTION("kept nodes") { pool_of(scenario).min_nodes = 2; }
  CHECK(all<DisruptionDecided>(story(scenario)).empty());
}

TEST_CASE("an empty node that its budget keeps does not go as one whose pods fit elsewhere", "[sim][cluster]") {
  // One job on each of two nodes; one ends at 569.1, the other may not move to its node.
  Scenario scenario = one_pool({.horizon = 1800s}, {jobs(1, 3000, 2000s), jobs(1, 3000, 500s)});
  pool_of(scenario).budgets = {{.nodes = 5, .percent = false},
                               {.nodes = 0, .reasons = {Disruption::empty}}};
  CHECK(all<DisruptionDecided>(story(scenario)).empty());
  pool_of(scenario).budgets.pop_back();
  const auto decided = all<DisruptionDecided>(story(scenario));
  REQUIRE(decided.size() == 1);
  CHECK(decided[0].method == DisruptionDecided::Method::empty);
}

TEST_CASE("several nodes go at once where the budget allows it", "[sim][cluster]") {
  // On each of three nodes a pod of 1 core stays when one of 2 cores is done; one node holds them all.
  const TrainingClass stays = movable(jobs(1, 1000, 3000s)), ends = jobs(1, 2000, 500s);
  Scenario scenario = one_pool({.horizon = 1800s}, {stays, stays, stays, ends, ends, ends});
  pool_of(scenario).budgets = {{.nodes = 100}};
  const auto decided = all<DisruptionDecided>(story(scenario));
  REQUIRE(decided.size() == 1);
  CHECK(decided[0].method == DisruptionDecided::Method::several_nodes);
  CHECK(decided[0].nodes == 2);
  CHECK(decided[0].pods == 2);
  CHECK(decided[0].before.rate == Approx(2 * 0.192));
}

TEST_CASE("Karpenter replaces a node that is too large, the new one first", "[sim][cluster][oracle]") {
  // Pods of 3 x 2 and 1.5 cores share a big node; when the three are done, at 569.1, the last fits a
  // small one: decided at 600, launched at 615, ready at 675, the pod gone by 705.
  const Story told =
      story(one_pool({.types = {kSmall, kBig}, .horizon = 1500s},
                     {movable(jobs(1, 1500, 2000s)), jobs(3, 2000, 500s)}));
  const std::vector<std::string> expected{
      "600 to go: 1, one, for type 0",
      "615 node0 cordoned",
      "615 node1 asked for, type 0, consolidation, for 1",
      "675 node1 ready",
      "675 class0 leaves node0, consolidated, by 705",
      "705 node0 gone, replaced",
      "705 class0 on node1",
      "1500 node1 gone, cut off",
  };
  REQUIRE(told.lines.size() > expected.size());
  CHECK(std::vector(told.lines.end() - std::ssize(expected), told.lines.end()) == expected);
  const auto decided = all<DisruptionDecided>(told);
  CHECK(decided[0].before.rate == Approx(0.30));
  CHECK(decided[0].after.rate == Approx(0.192));
}

TEST_CASE("room on a node that is not there yet empties no other", "[sim][cluster]") {
  // One pod of 1.5 cores is left on its node at 569.1, quiet from 599.1 on. A pod of 3 cores comes at
  // 590, its node is asked for at 591 and ready at 651: until then it looks empty, then it is full.
  const Story told = story(one_pool(
      {.horizon = 900s},
      {movable(jobs(1, 1500, 2000s)), jobs(1, 1500, 500s), jobs(1, 3000, 2000s, 590s)}));
  CHECK(all<NodeReady>(told).size() == 2);
  CHECK(all<DisruptionDecided>(told).empty());
}

TEST_CASE("room that pods were told to move to is not given away again", "[sim][cluster]") {
  // Pods of 2, 2 and 1.6 cores are left on a node each at 569.1; either of the first two fits beside
  // the third, not both. One goes at 615; Karpenter looks again at once, while it is on its way.
  const TrainingClass goes = movable(jobs(1, 2000, 3000s)), beside = jobs(1, 1700, 500s);
  Scenario scenario = one_pool(
      {.horizon = 1500s},
      {goes, goes, jobs(1, 1600, 3000s), beside, beside, jobs(1, 1500, 500s)});
  pool_of(scenario).budgets = {{.nodes = 3, .percent = false}};
  const Story told = story(scenario);
  CHECK(all<NodeRequested>(told).size() == 3);
  CHECK(all<DisruptionDecided>(told).size() == 1);
  CHECK(all<PodEvicted>(told).size() == 1);
}

TEST_CASE("room that half a gang waits on is not given away", "[sim][cluster]") {
  // At 569.1 one node is empty and one holds a pod of 1 core. At 590 a gang of two pods of 3 cores
  // comes: one pod has the empty node, for the other a node is asked for at 591 and ready at 651.
  const Story told =
      story(one_pool({.horizon = 900s},
                     {jobs(1, 3500, 500s), movable(jobs(1, 1000, 3000s)), jobs(1, 2500, 500s),
                      in_groups_of(2, jobs(1, 3000, 1000s, 590s))}));
  CHECK(all<DisruptionDecided>(told).empty());
  CHECK(all<NodeRequested>(told).size() == 3);
  const auto bound = all<PodBound>(told);
  REQUIRE(bound.size() == 5);
  CHECK(bound[3].at == 651s);
  CHECK(bound[4].at == 651s);
}

TEST_CASE("a command whose nodes changed meanwhile is dropped", "[sim][cluster]") {
  // As above, but at 605 s a pod of 0.4 cores comes and takes room.
  Scenario scenario = half_empty_soon(2000s, {.horizon = 700s});
  add_class(scenario, jobs(2, 400, 5000s, 605s));
  const Story told = story(scenario);
  CHECK(all<DisruptionDecided>(told).size() == 1);
  const auto dropped = all<DisruptionDropped>(told);
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0].at == 615s);
}

TEST_CASE("Cluster Autoscaler takes ten minutes to give a node back", "[sim][cluster][oracle]") {
  // As with Karpenter, but nodes are asked for at 0 and ready at 60, the short jobs end at 568.1 and
  // the scan of 570 finds a node whose pod fits on the other (38 % used). Ten minutes later it is
  // marked, 5 s after that its pod is told to leave and killed after 30 s: of 1136.9 s of work 1100 are
  // kept, 900 follow from 1213.1 on. The other's job ends at 2068.1; at 2070 the moved pod has nowhere to
  // go, and it ends at 2113.1; the empty node is looked at again at 2370, marked at 2970, deleted at 2975.
  const Story told = story(half_empty_soon(2000s, {.scaled_by = kClusterAutoscaler}));
  const std::vector<std::string> expected{
      "0 type 0 of 1 options: 2 nodes for 4",
      "0 node0 asked for, type 0, autoscaler, for 2",
      "0 node1 asked for, type 0, autoscaler, for 2",
      "60 node0 ready",
      "60 node1 ready",
      "60 class0 on node0",
      "60 class1 on node1",
      "60 class2 on node0",
      "60 class3 on node1",
      "570 node0 unneeded",
      "1170 to go: 1, underutilised",
      "1170 node0 cordoned",
      "1175 class0 leaves node0, scaled down, by 1205",
      "1205 node0 gone, consolidated",
      "1205 class0 on node1",
      "2370 node1 unneeded",
      "2970 to go: 1, empty",
      "2970 node1 cordoned",
      "2975 node1 gone, empty",
  };
  REQUIRE(told.lines.size() == 4 + expected.size());
  CHECK(std::vector(told.lines.begin() + 4, told.lines.end()) == expected);
  CHECK(all<JobCompleted>(told).back().at.count() == Approx(2113.1));
}

TEST_CASE("Cluster Autoscaler waits ten minutes for a pod at the most", "[sim][cluster]") {
  Scenario scenario =
      half_empty_soon(4000s, {.scaled_by = kClusterAutoscaler, .horizon = 2000s});
  for (TrainingClass& work : scenario.training) work.grace = 3600s;
  const Story told = story(scenario);
  const auto evicted = all<PodEvicted>(told);
  REQUIRE(evicted.size() == 1);
  CHECK(evicted[0].at == 1175s);
  CHECK(evicted[0].gone_by == 1775s);
  CHECK(all<NodeGone>(told)[0].at == 1775s);
}

TEST_CASE("before frequent loops a scan adds nodes to one group", "[sim][cluster]") {
  // A pod each for two pools. At once: both in the instant they are found to have no room.
  Scenario scenario =
      one_pool({.scaled_by = kClusterAutoscaler, .horizon = 100s}, {jobs(1, 3000, 600s)});
  add_pool(scenario, jobs(1, 3000, 600s));
  const auto asked_at = [&] {
    std::vector<double> dates;
    for (const NodeRequested& asked : all<NodeRequested>(story(scenario)))
      dates.push_back(asked.at.count());
    return dates;
  };
  SECTION("at once") { CHECK(asked_at() == std::vector{0.0, 0.0}); }
  SECTION("a group a scan") {
    cluster_of(scenario).scaling.at_once = false;
    CHECK(asked_at() == std::vector{10.0, 20.0});
  }
}

TEST_CASE("a node that is used in between has its ten minutes anew", "[sim][cluster]") {
  // Two minutes of work every five: the node is never idle for longer than three.
  const Story told = story(one_pool({.scaled_by = kClusterAutoscaler, .horizon = 3600s},
                                    {every(300s, jobs(1, 3000, 120s))}));
  CHECK(all<NodeUnneeded>(told).size() >= 10);
  CHECK(all<DisruptionDecided>(told).empty());
  CHECK(all<NodeRequested>(told).size() == 1);
}

TEST_CASE("Cluster Autoscaler adds no node for pods that are expendable", "[sim][cluster]") {
  const auto nodes_at = [](int priority) {
    return all<NodeRequested>(story(one_pool({.scaled_by = kClusterAutoscaler, .horizon = 600s},
                                             {with_priority(priority, jobs(1, 3000, 120s))})))
        .size();
  };
  CHECK(nodes_at(-10) == 1);
  CHECK(nodes_at(-11) == 0);
}

TEST_CASE("no node goes within ten minutes of an addition", "[sim][cluster]") {
  // The short jobs end at 568.1; a node for another pod is added at 900: nothing goes before 1500.
  Scenario scenario =
      half_empty_soon(4000s, {.scaled_by = kClusterAutoscaler, .horizon = 1600s});
  add_class(scenario, jobs(1, 3900, 4000s, 900s));
  const auto decided = all<DisruptionDecided>(story(scenario));
  REQUIRE(decided.size() == 1);
  CHECK(decided[0].at == 1500s);
}

TEST_CASE("a spot node is drained two minutes before it is taken", "[sim][cluster]") {
  Scenario scenario = one_pool({.reclaimed_per_month = kEvery21Hours, .horizon = 200h},
                               ServicePods{.count = 1, .cpu = 1500});
  const Story told = story(scenario);
  const auto notices = all<NodeInterrupted>(told);
  REQUIRE(!notices.empty());
  const NodeInterrupted& notice = notices.front();
  CHECK((notice.reclaimed_at - notice.at).count() == Approx(120));
  const auto evicted = all<PodEvicted>(told);
  REQUIRE(!evicted.empty());
  CHECK(evicted[0].at == notice.at);
  CHECK(evicted[0].why == PodEvicted::Why::interrupted);
  // Its successor finds no room; the batch closes a second later.
  const auto asked = all<NodeRequested>(told);
  REQUIRE(asked.size() >= 2);
  CHECK((asked[1].at - notice.at).count() == Approx(1));
  // Karpenter gives it back 5 s after the notice: by then the 0.1 s of its last request are over.
  const std::vector<NodeGone> gone = all<NodeGone>(told);
  REQUIRE(!gone.empty());
  CHECK(gone[0].why == NodeGone::Why::drained);
  CHECK((gone[0].at - notice.at).count() == Approx(5));
  SECTION("Cluster Autoscaler leaves it to AWS") {
    cluster_of(scenario).autoscaler = kClusterAutoscaler;
    const Story other = story(scenario);
    CHECK(all<NodeGone>(other)[0].why == NodeGone::Why::reclaimed);
    CHECK(all<NodeGone>(other)[0].at == all<NodeInterrupted>(other)[0].reclaimed_at);
  }
}

TEST_CASE("a group that needs more nodes than its pool may have says how many", "[sim][cluster]") {
  // Four nodes at most, two of them busy; a group of four, a node each, comes at 300 s.
  Scenario scenario =
      one_pool({.horizon = 600s}, {jobs(2, 3000, 5000s), in_groups_of(4, jobs(1, 3000, 100s, 300s))});
  pool_of(scenario).max_nodes = 4;
  const auto told = all<PodUnschedulable>(story(scenario));
  const auto group = std::ranges::find(told, 4, &PodUnschedulable::pods);
  REQUIRE(group != told.end());
  CHECK_FALSE(group->pool_is_full);
  CHECK(group->nodes_beyond == 2);
  CHECK(std::ranges::none_of(told, [](const PodUnschedulable& one) { return one.pods == 1 && one.nodes_beyond > 0; }));
}

TEST_CASE("requests of an evicted pod end with it, whatever grace they would have had", "[sim][cluster]") {
  Scenario scenario = one_pool({.reclaimed_per_month = kEvery21Hours, .horizon = 100h},
                               ServicePods{.count = 1, .cpu = 1500});
  scenario.fidelity = Fidelity::request;
  Service& service = scenario.services[0];
  service.demand = RateCurve::constant(0.1);
  service.service_time = constant(500);
  service.concurrency = 100;
  service.drain_grace = 600s;  // AWS takes the node after 120 s
  service.cut_off = CutOff::fail;
  const Story told = story(scenario);
  const auto notices = all<NodeInterrupted>(told);
  REQUIRE(!notices.empty());
  // Of about 50 in service those that came in the last 380 s before the notice have not ended 120 s after it.
  CHECK(told.outcome.services[0].cut_off / double(notices.size()) == Approx(38).epsilon(0.4));
}

TEST_CASE("a spot node that waits for what is to replace it is drained at its notice, too", "[sim][cluster]") {
  // Two pods come to two small nodes one after the other; a big one costs less and takes two hours to boot.
  const auto job_from = [](Seconds offset) {
    TrainingClass job = with_checkpoints(1000s, movable(jobs(1, 3000, 9'000'000s)));
    job.schedule = Every{.interval = 10'000'000s, .offset = offset, .spread = false};
    job.max_attempts = 10'000;
    return job;
  };
  Scenario scenario =
      one_pool({.types = {kSmall, kBig}, .reclaimed_per_month = kEvery21Hours, .horizon = 20h},
               {job_from(0s), job_from(100s)});
  cluster_of(scenario).spot_to_spot = true;
  cluster_of(scenario).node_boot_cpu = constant(7200);
  cluster_of(scenario).register_within = 86'400s;
  pool_of(scenario).budgets = {{.nodes = 100}};
  int while_waiting = 0;
  for (scenario.seed = 1; scenario.seed <= 20; ++scenario.seed) {
    const Story told = story(scenario);
    const auto cordoned = all<NodeCordoned>(told);
    const auto evicted = all<PodEvicted>(told);
    for (const NodeInterrupted& notice : all<NodeInterrupted>(told)) {
      const auto before = std::ranges::find(cordoned, notice.node, &NodeCordoned::node);
      if (before == cordoned.end() || before->at >= notice.at || before->pods == 0) continue;
      ++while_waiting;
      CAPTURE(scenario.seed, notice.node);
      CHECK(std::ranges::any_of(evicted, [&](const PodEvicted& pod) {
        return pod.node == notice.node && pod.at == notice.at;
      }));
    }
  }
  CHECK(while_waiting > 0);
}

TEST_CASE("a job on a spot node has its next node before it loses this one", "[sim][cluster]") {
  // It may not be disturbed: it runs on for the two minutes. Karpenter sees the pod that will want
  // room when its batch closes, a second after the notice; the node is there a minute later and is
  // nobody's empty node until the pod has come.
  Scenario scenario = one_pool(
      {.reclaimed_per_month = kEvery21Hours, .horizon = 200h},
      {every(1'000'000s, with_checkpoints(1000s, jobs(1, 3000, 900'000s)))});
  scenario.training[0].max_attempts = 100;  // it fails at none of the interruptions
  const Story told = story(scenario);
  const auto notices = all<NodeInterrupted>(told);
  const auto asked = all<NodeRequested>(told);
  const auto bound = all<PodBound>(told);
  REQUIRE(!notices.empty());
  REQUIRE(asked.size() >= 2);
  REQUIRE(bound.size() >= 2);
  CHECK((asked[1].at - notices[0].at).count() == Approx(1));
  CHECK(bound[1].at == notices[0].reclaimed_at);
  CHECK(bound[1].node == asked[1].node);
  CHECK(all<DisruptionDecided>(told).empty());
}

TEST_CASE("the same seed tells the same story", "[sim][cluster]") {
  Scenario scenario = one_pool({.scaled_by = kClusterAutoscaler, .types = {kSmall, kBig}},
                               {movable(jobs(8, 1500, 2000s))});
  scenario.training[0].duration = lognormal_from_median_p95(600, 2400);
  cluster_of(scenario).node_boot_cpu = uniform(20, 200);
  cluster_of(scenario).scaling.expander = Expander::random;
  const Story first = story(scenario);
  CHECK(first.lines.size() > 20);
  CHECK(first.lines == story(scenario).lines);
}

}  // namespace
}  // namespace berth
