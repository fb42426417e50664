// Launches that EC2 has no capacity for, computed by hand: a node takes 60 s, user code runs 8.1 s
// after a pod is bound. Types: 0 is small (3.9 cores, 0.192 $/h), 1 is big (7.9 cores, 0.30 $/h).
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/cluster_story.h"

namespace berth {
namespace {

// ---- Karpenter -----------------------------------------------------------------------------------

TEST_CASE("Karpenter takes the next cheapest type that EC2 has", "[sim][shortage][oracle]") {
  // The second class comes at 150 s: one of its pods fits beside the first, the other one gets a
  // big node at once, since the small type is left out until 181.
  const Story told = story(one_pool(
      {.types = {kSmall, kBig}, .shortages = {none_of(kSmall, 0s, 100s)}, .horizon = 300s},
      {jobs(1, 3000, 600s), jobs(2, 3900, 600s, 150s)}));
  const std::vector<std::string> expected{
      "0 no room for class0: 0 of 0 lack cpu",
      "1 none of type 0, karpenter, 1 for 1, type 1 instead, not before 181",
      "1 node0 asked for, type 1, karpenter, for 1",
      "61 node0 ready",
      "61 class0 on node0",
      "150 class1 on node0",
      "150 no room for class1: 1 of 1 lack cpu",
      "151 node1 asked for, type 1, karpenter, for 1",
  };
  CHECK(first_lines(told, expected.size()) == expected);
  CHECK(told.outcome.pools[0].launched == 2);
  CHECK(told.outcome.pools[0].launches_failed == 0);  // a node came
}

TEST_CASE("pods wait while EC2 has nothing for them, and Karpenter asks again by itself",
          "[sim][shortage][oracle]") {
  // The pod asks at 0, 10, 20 .. and each pass comes a second later. The type is left out up to 1 +
  // 180 and at that very moment: the pass of 181 has none, that of 191 has.
  const auto short_for = [](Seconds time) {
    return story(one_pool({.shortages = {none_of(kSmall, 0s, time)}, .horizon = 500s},
                          {jobs(1, 3000, 600s)}));
  };
  SECTION("once") {
    const Story told = short_for(185s);
    const std::vector<std::string> expected{
        "0 no room for class0: 0 of 0 lack cpu",
        "1 none of type 0, karpenter, 1 for 1, not before 181",
        "191 node0 asked for, type 0, karpenter, for 1",
        "251 node0 ready",
        "251 class0 on node0",
    };
    CHECK(first_lines(told, expected.size()) == expected);
    CHECK(told.outcome.pools[0].launches_failed == 1);
    // Of the wait, 191 s are for somebody to ask for a node and 60 s for that node.
    const TrainingOutcome& jobs = told.outcome.training[0];
    CHECK(jobs.phases[std::size_t(Phase::queued)].sum() == Approx(191));
    CHECK(jobs.phases[std::size_t(Phase::provisioning)].sum() == Approx(60));
  }
  SECTION("as often as it takes") {
    const Story told = short_for(200s);
    const std::vector<std::string> expected{
        "0 no room for class0: 0 of 0 lack cpu",
        "1 none of type 0, karpenter, 1 for 1, not before 181",
        "191 none of type 0, karpenter, 1 for 1, not before 371",
        "381 node0 asked for, type 0, karpenter, for 1",
    };
    CHECK(first_lines(told, expected.size()) == expected);
    CHECK(told.outcome.pools[0].launches_failed == 2);
  }
}

TEST_CASE("what is left of a pool's types is packed anew ten seconds later",
          "[sim][shortage][oracle]") {
  // Two pods of 3 cores were to share a big node, which no small one can hold.
  const Story told = story(
      one_pool({.types = {kSmall, kBig}, .shortages = {none_of(kBig, 0s, 1h)}, .horizon = 100s},
               {jobs(2, 3000, 600s)}));
  const std::vector<std::string> expected{
      "1 none of type 1, karpenter, 1 for 2, not before 181",
      "11 node0 asked for, type 0, karpenter, for 1",
      "11 node1 asked for, type 0, karpenter, for 1",
  };
  CHECK(lines_from(told, expected.front(), expected.size()) == expected);
}

TEST_CASE("pools share a shortage of their type, as far as they buy it alike",
          "[sim][shortage][oracle]") {
  Scenario scenario = one_pool({.shortages = {none_of(kSmall, 0s, 185s)}, .horizon = 300s},
                               {jobs(1, 3000, 600s)});
  add_pool(scenario, jobs(1, 3000, 600s));
  const auto asked = [](const Story& told) {
    std::vector<double> times(2, -1);
    for (const NodeRequested& e : all<NodeRequested>(told)) times[e.pool.index()] = e.at.count();
    return times;
  };
  SECTION("bought alike") {
    const Story told = story(scenario);
    CHECK(asked(told) == std::vector<double>{191, 191});
    CHECK(all<LaunchFailed>(told).size() == 1);  // what one found out the other knows
  }
  SECTION("one on demand, where only spot is short") {
    cluster_of(scenario).shortages[0].offering = Offering::spot;
    pool_of(scenario).offering = Offering::spot;
    CHECK(asked(story(scenario)) == std::vector<double>{191, 1});
  }
}

TEST_CASE("a node stays when EC2 has nothing to replace it by", "[sim][shortage][oracle]") {
  // Two pods of 0.75 cores are left on a big node at 569.1 and fit a small one: decided at 600, to
  // be launched at 615. EC2 has none then, so nobody moves. Small ones are left out until 795; the
  // look of 620 finds nothing to do, and five minutes later Karpenter looks again by itself.
  const Story told = story(one_pool(
      {.types = {kSmall, kBig}, .shortages = {none_of(kSmall, 610s, 100s)}, .horizon = 1000s},
      ServicePods{.count = 2, .cpu = 750}, {jobs(3, 2000, 500s)}));
  const std::vector<std::string> expected{
      "600 to go: 1, one, for type 0",
      "615 none of type 0, consolidation, 1 for 2, not before 795",
      "615 dropped",
      "920 to go: 1, one, for type 0",
      "935 node0 cordoned",
      "935 node1 asked for, type 0, consolidation, for 2",
      "995 node1 ready",
  };
  CHECK(lines_from(told, expected.front(), expected.size()) == expected);
}

// ---- Cluster Autoscaler --------------------------------------------------------------------------

TEST_CASE("a node that never comes counts as coming until Cluster Autoscaler looks",
          "[sim][shortage][oracle]") {
  // It looks at its groups' instances on whole minutes. The group backs off for 5 min and is an
  // option again at 360; a second pod that would fit the node which does not come asks for no other
  // at 20 s.
  const Story told = story(one_pool({.scaled_by = kClusterAutoscaler,
                                     .shortages = {none_of(kSmall, 0s, 200s)},
                                     .horizon = 500s},
                                    {jobs(1, 1000, 600s), jobs(1, 1000, 600s, 20s)}));
  const std::vector<std::string> expected{
      "0 no room for class0: 0 of 0 lack cpu",
      "0 type 0 of 1 options: 1 nodes for 1",
      "20 no room for class1: 0 of 0 lack cpu",
      "60 none of type 0, autoscaler, 1 for 1, not before 360",
      "360 type 0 of 1 options: 1 nodes for 2",
      "360 node1 asked for, type 0, autoscaler, for 2",
      "420 node1 ready",
      "420 class0 on node1",
      "420 class1 on node1",
  };
  CHECK(first_lines(told, expected.size()) == expected);
  CHECK(told.outcome.pools[0].launched == 1);
  CHECK(told.outcome.pools[0].launches_failed == 1);
  CHECK(all<LaunchFailed>(told)[0].asked == 0s);
  // Waits of 420 and 400 s, of which the node took 60.
  const TrainingOutcome& first = told.outcome.training[0];
  CHECK(first.phases[std::size_t(Phase::queued)].sum() == Approx(360));
  CHECK(first.phases[std::size_t(Phase::provisioning)].sum() == Approx(60));
  CHECK(told.outcome.training[1].phases[std::size_t(Phase::queued)].sum() == Approx(340));
}

TEST_CASE("while a group backs off others are options for its pods", "[sim][shortage][oracle]") {
  // Until 360 a pod that comes at 100 s gets a big node, too; the one of 400 s a small one again.
  const Story told =
      story(one_pool({.scaled_by = kClusterAutoscaler,
                      .types = {kSmall, kBig},
                      .shortages = {none_of(kSmall, 0s, 10s)},
                      .horizon = 450s},
                     {jobs(1, 3900, 600s), jobs(2, 3900, 600s, 100s), jobs(2, 3900, 600s, 400s)}));
  CHECK(lines_with(told, {"options", "none"}) ==
        std::vector<std::string>{
            "0 type 0 of 2 options: 1 nodes for 1",
            "60 none of type 0, autoscaler, 1 for 1, not before 360",
            "60 type 1 of 1 options: 1 nodes for 1",
            "100 type 1 of 1 options: 1 nodes for 1",
            "400 type 0 of 2 options: 1 nodes for 1",
        });
}

TEST_CASE("before 1.35 the loop that sees a failure adds one option, too",
          "[sim][shortage][oracle]") {
  Scenario scenario = one_pool({.scaled_by = kClusterAutoscaler,
                                .types = {kSmall, kBig},
                                .shortages = {none_of(kSmall, 0s, 1h)},
                                .horizon = 200s},
                               {jobs(1, 3900, 600s)});
  cluster_of(scenario).scaling.at_once = false;
  const std::vector<std::string> expected{
      "0 no room for class0: 0 of 0 lack cpu",
      "10 type 0 of 2 options: 1 nodes for 1",
      "60 none of type 0, autoscaler, 1 for 1, not before 360",
      "60 type 1 of 1 options: 1 nodes for 1",
      "60 node1 asked for, type 1, autoscaler, for 1",
      "120 node1 ready",
      "120 class0 on node1",
  };
  CHECK(first_lines(story(scenario), expected.size()) == expected);
}

TEST_CASE("a group that goes on failing backs off for longer", "[sim][shortage][oracle]") {
  // 5, 10, 20, 30, 30 min from the look that sees it, a minute after the attempt.
  const Story told = story(one_pool({.scaled_by = kClusterAutoscaler,
                                     .shortages = {none_of(kSmall, 0s, 2h)},
                                     .horizon = 6100s},
                                    {jobs(1, 3000, 600s)}));
  std::vector<double> seen, until;
  for (const LaunchFailed& failed : all<LaunchFailed>(told)) {
    seen.push_back(failed.at.count());
    until.push_back(failed.not_before.count());
  }
  CHECK(seen == std::vector<double>{60, 420, 1080, 2340, 4200, 6060});
  CHECK(until == std::vector<double>{360, 1020, 2280, 4140, 6000, 7860});
}

TEST_CASE("a group whose nodes have all come is forgiven", "[sim][shortage][oracle]") {
  // Of two nodes asked for, at 0 and 50 s, the first comes at 60 s. The loop of 60 s sees that the
  // other one does not; that of 70 s, that nothing is coming any more: the group may grow again.
  const Story told = story(one_pool({.scaled_by = kClusterAutoscaler,
                                     .shortages = {none_of(kSmall, 40s, 260s)},
                                     .horizon = 450s},
                                    {jobs(1, 3000, 600s), jobs(1, 3000, 600s, 50s)}));
  const std::vector<std::string> expected{
      "50 type 0 of 1 options: 1 nodes for 1",
      "60 node0 ready",
      "60 none of type 0, autoscaler, 1 for 1, not before 360",
      "60 class0 on node0",
      "70 type 0 of 1 options: 1 nodes for 1",
      "120 none of type 0, autoscaler, 1 for 1, not before 420",
      "420 type 0 of 1 options: 1 nodes for 1",
      "420 node3 asked for, type 0, autoscaler, for 1",
      "450 node0 gone, cut off",
      "450 node3 gone, cut off",
  };
  CHECK(lines_from(told, expected.front()) == expected);
}

TEST_CASE("alike groups that back off are not balanced over", "[sim][shortage]") {
  Scenario scenario = one_pool({.scaled_by = kClusterAutoscaler, .horizon = 150s},
                               {jobs(1, 3900, 600s), jobs(4, 3900, 600s, 100s)});
  const TypeId alike = add_type(scenario);
  pool_of(scenario).types = {alike, kSmall};
  cluster_of(scenario).shortages = {none_of(alike, 0s, 1h)};
  cluster_of(scenario).scaling.balance_similar = true;
  for (const NodeRequested& asked : all<NodeRequested>(story(scenario)))
    CHECK(asked.type == kSmall);
  CHECK(all<LaunchFailed>(story(scenario)).size() == 1);
}

// ---- Kept nodes ----------------------------------------------------------------------------------

TEST_CASE("a node that a pool keeps is asked for every minute until it comes",
          "[sim][shortage][oracle]") {
  for (const NodeAutoscaler autoscaler : {kNobody, kKarpenter, kClusterAutoscaler}) {
    CAPTURE(int(autoscaler));
    Scenario scenario = one_pool({.scaled_by = autoscaler,
                                  .kept = 1,
                                  .reclaimed_per_month = kAboutDaily,
                                  .horizon = 10 * 24h},
                                 {hardly_any_job()});
    // Another one is asked for when AWS announces that it takes the first.
    const Seconds notice = all<NodeInterrupted>(story(scenario)).at(0).at;
    cluster_of(scenario).shortages = {none_of(kSmall, notice - 10s, 130s)};
    const Story told = story(scenario);
    const auto failed = all<LaunchFailed>(told);
    REQUIRE(failed.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK((failed[i].at - notice).count() == Approx(60.0 * double(i)).margin(1e-6));
      CHECK(failed[i].by == NodeRequested::By::minimum);
      CHECK(failed[i].not_before == failed[i].at + 60s);
    }
    CHECK((all<NodeRequested>(told).at(1).at - notice).count() == Approx(120));
  }
}

// ---- At random -----------------------------------------------------------------------------------

TEST_CASE("shortages at random leave every other draw as it is", "[sim][shortage]") {
  // A type no pod needs is short now and then: nothing else moves.
  Scenario scenario = one_pool({.types = {kSmall, kBig}}, {every(600s, jobs(1, 100, 10s))});
  cluster_of(scenario).node_boot_cpu = exponential(60);
  const Story without = story(scenario);
  cluster_of(scenario).shortages = {{.types = {kBig}, .when = AtRandom{30min}, .lasts = 10min}};
  CHECK(story(scenario).lines == without.lines);
}

TEST_CASE("placements of a scenario meet the same shortages", "[sim][shortage]") {
  // Half of the time there is none. Between two failures that are one retry apart nothing is
  // launched of that type either when other jobs ask at other times. (A shortage that ends and
  // begins anew within those three minutes is too rare for this seed.)
  Scenario scenario =
      one_pool({.shortages = {{.types = {kSmall}, .when = AtRandom{2h}, .lasts = 1h}},
                .horizon = 24h},
               {every(1200s, jobs(1, 3000, 10s))});
  std::vector<Seconds> failures;
  for (const LaunchFailed& failed : all<LaunchFailed>(story(scenario)))
    failures.push_back(failed.at);
  CHECK(failures.size() > 10);
  // In a cluster of its own, the second of the scenario, with other jobs besides.
  add_class(scenario, every(77s, jobs(1, 3000, 10s)));
  scenario.platforms.push_back(scenario.platforms[1]);
  cluster_of(scenario).shortages.clear();
  for (TrainingHome& home : scenario.placements[1].training) home.platform = PlatformId{2};
  const auto asked = all<NodeRequested>(story(scenario));
  CHECK(asked.size() > 10);
  for (std::size_t i = 0; i + 1 < failures.size(); ++i) {
    if (failures[i + 1] - failures[i] > 200s) continue;
    for (const NodeRequested& one : asked)
      CHECK_FALSE((one.at > failures[i] && one.at < failures[i + 1]));
  }
}

}  // namespace
}  // namespace berth
