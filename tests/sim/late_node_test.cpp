// Nodes that do not register within 15 minutes, computed by hand: a node takes 1000 s unless said
// otherwise, user code runs 8.1 s after a pod is bound. Types: 0 is small (3.9 cores, 0.192 $/h), 1 is big
// (7.9 cores, 0.30 $/h).
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/cluster_story.h"

namespace berth {
namespace {

// Dollars for machines, list price.
double machines(const Outcome& outcome) {
  double usd = 0;
  for (const BillLine& line : outcome.bill.lines)
    if (line.unit == "h" && line.item.find("m5.") != std::string::npos)
      usd += line.quantity * line.unit_price;
  return usd;
}

// ---- Karpenter -----------------------------------------------------------------------------------

TEST_CASE("Karpenter gives a node back that has not registered, and its pods ask for another",
          "[sim][late_node][oracle]") {
  // The pod asks at 0, 10, 20 ..; the batch closes a second later. Asked for at 1, given up at 901; the
  // pod asks at 910. Paid from 12 s after each request: 888 s, and 77 s of the second.
  const Story told = story(one_pool({.boot = 1000s, .horizon = 1000s}, {jobs(1, 3000, 600s)}));
  const std::vector<std::string> expected{
      "0 no room for class0: 0 of 0 lack cpu",
      "1 node0 asked for, type 0, karpenter, for 1",
      "901 node0 given up, karpenter",
      "901 node0 gone, unregistered",
      "911 node1 asked for, type 0, karpenter, for 1",
      "1000 node1 gone, cut off",
  };
  CHECK(told.lines == expected);
  CHECK(told.outcome.pools[0].launched == 2);
  CHECK(told.outcome.pools[0].unregistered == 1);
  CHECK(told.outcome.pools[0].removed == 0);
  CHECK(machines(told.outcome) == Approx(0.192 * (888 + 77) / 3600));
}

TEST_CASE("what counts is that it registers, at the last moment or with its driver missing",
          "[sim][late_node][oracle]") {
  const auto booting_for = [](Seconds boot) {
    return one_pool({.boot = boot, .horizon = 2000s}, {jobs(1, 3000, 600s)});
  };
  SECTION("after 900 s") {
    const Story told = story(booting_for(900s));
    CHECK(all<NodeReady>(told)[0].at == 901s);
    CHECK(all<NodeUnregistered>(told).empty());
    // Of the wait a second is for the batch, the rest for the node that came.
    CHECK(told.outcome.training[0].phases[std::size_t(Phase::provisioning)].sum() == Approx(900));
  }
  SECTION("a GPU's driver is built on a node that has registered") {
    Scenario scenario = booting_for(60s);
    scenario.catalogue.types[0].gpus = 1;
    cluster_of(scenario).node_boot_gpu = constant(800);
    cluster_of(scenario).gpu_driver = constant(400);
    const Story told = story(scenario);
    CHECK(all<NodeReady>(told)[0].at == 1201s);
    CHECK(all<NodeUnregistered>(told).empty());
  }
  SECTION("within whatever the scenario says") {
    Scenario slow = booting_for(1000s), quick = booting_for(60s);
    cluster_of(slow).register_within = 1000s;
    CHECK(all<NodeReady>(story(slow))[0].at == 1001s);
    cluster_of(quick).register_within = 50s;
    const auto late = all<NodeUnregistered>(story(quick));
    REQUIRE(late.size() > 1);
    CHECK(late[0].at == 51s);
    CHECK(late[1].at == 111s);  // asked for at 60, in a batch that closes at 61
  }
}

TEST_CASE("the wait for a node begins with the one that comes", "[sim][late_node]") {
  // One node in two takes too long. Whoever starts waited for the last node asked for.
  Scenario scenario = one_pool({.horizon = 48h}, {every(4000s, jobs(1, 3000, 60s))});
  cluster_of(scenario).node_boot_cpu = uniform(600, 1200);
  const Story told = story(scenario);
  const auto late = all<NodeUnregistered>(told);
  CHECK(late.size() > 10);
  for (const NodeUnregistered& one : late) CHECK(one.at == one.requested + 900s);
  CHECK(told.outcome.pools[0].unregistered == std::int64_t(late.size()));
  for (const NodeReady& ready : all<NodeReady>(told)) CHECK(ready.at <= ready.requested + 900s);
  const auto& provisioning = told.outcome.training[0].phases[std::size_t(Phase::provisioning)];
  const auto& queued = told.outcome.training[0].phases[std::size_t(Phase::queued)];
  CHECK(provisioning.quantile(1) <= 900 * 1.01);
  CHECK(queued.quantile(1) >= 900);
}

TEST_CASE("what waits for several nodes waits on when one of them does not come",
          "[sim][late_node]") {
  // A group of four, each on a node of its own: all four have to come within 900 s.
  Scenario scenario = one_pool({.horizon = 12h}, {in_groups_of(4, jobs(1, 3000, 60s))});
  cluster_of(scenario).node_boot_cpu = uniform(300, 1200);
  pool_of(scenario).consolidate_after = 3h;
  const Story told = story(scenario);
  CHECK_FALSE(all<NodeUnregistered>(told).empty());
  CHECK(all<PodBound>(told).size() == 4);
}

TEST_CASE("nodes stay when their replacement does not register", "[sim][late_node][oracle]") {
  // The pool keeps a big node; two pods of 0.75 cores came at 0 and fit a small one. Quiet since 0, it may
  // go at 30, is decided on then, and the small one is asked for at 45. Given up at 945, the big one takes
  // pods again; quiet for 30 s at 975, it is looked at at 980.
  const Story told =
      story(one_pool({.types = {kBig, kSmall}, .kept = 1, .boot = 1000s, .horizon = 1000s},
                     ServicePods{.count = 2, .cpu = 750}));
  const std::vector<std::string> expected{
      "30 to go: 1, one, for type 0",
      "45 node0 cordoned",
      "45 node1 asked for, type 0, consolidation, for 2",
      "945 node1 given up, consolidation",
      "945 node1 gone, unregistered",
      "945 dropped",
      "945 node0 uncordoned",
      "980 to go: 1, one, for type 0",
  };
  CHECK(lines_from(told, expected.front(), expected.size()) == expected);
  CHECK(told.outcome.services[0].starts.started == 2);  // nobody moved
}

// ---- Cluster Autoscaler --------------------------------------------------------------------------

TEST_CASE("a group whose node does not come backs off, and the node goes a minute later",
          "[sim][late_node][oracle]") {
  // Asked for at 0: the scale-up has failed in the first loop after 900, at 910, and the group is left
  // alone for 5 min. The instance was first seen at 60; until the loop after 960 it counts as coming, so
  // the pod gets another group's node only at 970. That of 970 is seen at 1020: 1880 and 1930.
  const Story told = story(one_pool({.scaled_by = kClusterAutoscaler,
                                     .types = {kSmall, kBig},
                                     .boot = 1000s,
                                     .horizon = 2000s},
                                    {jobs(1, 3000, 600s)}));
  const std::vector<std::string> expected{
      "0 no room for class0: 0 of 0 lack cpu",
      "0 type 0 of 2 options: 1 nodes for 1",
      "0 node0 asked for, type 0, autoscaler, for 1",
      "910 type 0 timed out, asked for at 0, 1 missing, not before 1210",
      "970 node0 given up, autoscaler",
      "970 node0 gone, unregistered",
      "970 type 1 of 1 options: 1 nodes for 1",
      "970 node1 asked for, type 1, autoscaler, for 1",
      "1880 type 1 timed out, asked for at 970, 1 missing, not before 2180",
      "1930 node1 given up, autoscaler",
      "1930 node1 gone, unregistered",
      "1930 type 0 of 1 options: 1 nodes for 1",
      "1930 node2 asked for, type 0, autoscaler, for 1",
      "2000 node2 gone, cut off",
  };
  CHECK(told.lines == expected);
  CHECK(told.outcome.pools[0].unregistered == 2);
  CHECK(told.outcome.pools[0].launches_failed == 0);
  CHECK(machines(told.outcome) ==
        Approx((0.192 * (958 + 58) + 0.30 * 948) / 3600));  // 12 s after each request
}

TEST_CASE("a node that comes between the two clocks stays, and its group is not forgiven",
          "[sim][late_node][oracle]") {
  // Ready at 950. The scale-up of 0 was given up at 910, so nothing forgives the group when all of it
  // has come: at 1000 only the other one is an option, at 1300 it is one again, and it has priority.
  const Story told = story(
      one_pool({.scaled_by = kClusterAutoscaler,
                .types = {kSmall, kBig},
                .boot = 950s,
                .horizon = 1500s},
               {jobs(1, 3900, 9000s), jobs(1, 3900, 9000s, 1000s), jobs(2, 3900, 9000s, 1300s)}));
  CHECK(lines_with(told, {"options", "timed", "ready", "given up"}) ==
        std::vector<std::string>{
            "0 type 0 of 2 options: 1 nodes for 1",
            "910 type 0 timed out, asked for at 0, 1 missing, not before 1210",
            "950 node0 ready",
            "1000 type 1 of 1 options: 1 nodes for 1",
            "1300 type 0 of 2 options: 1 nodes for 1",
        });
}

TEST_CASE("every addition starts a group's clock anew, but no instance's", "[sim][late_node][oracle]") {
  // Nodes of one group asked for at 0 and 600. The first is given up at 970 without the group having
  // failed, so its pod gets the next from the same group; that addition puts off the end to 1880.
  const Story told =
      story(one_pool({.scaled_by = kClusterAutoscaler, .boot = 1000s, .horizon = 1900s},
                     {jobs(1, 3900, 9000s), jobs(1, 3900, 9000s, 600s)}));
  CHECK(lines_with(told, {"asked for", "given up"}) ==
        std::vector<std::string>{
            "0 node0 asked for, type 0, autoscaler, for 1",
            "600 node1 asked for, type 0, autoscaler, for 1",
            "970 node0 given up, autoscaler",
            "970 node2 asked for, type 0, autoscaler, for 1",
            "1570 node1 given up, autoscaler",
            "1570 node3 asked for, type 0, autoscaler, for 1",
        });
}

TEST_CASE("scale-ups end and instances go after what --max-node-provision-time says",
          "[sim][late_node][oracle]") {
  // 200 s, and a GPU's driver: registered at 150, ready at 300. The scale-up failed at 210, the node stays.
  Scenario scenario =
      one_pool({.scaled_by = kClusterAutoscaler, .horizon = 400s}, {jobs(1, 3000, 600s)});
  scenario.catalogue.types[0].gpus = 1;
  cluster_of(scenario).node_boot_gpu = constant(150);
  cluster_of(scenario).gpu_driver = constant(150);
  cluster_of(scenario).scaling.provision_within = 200s;
  const std::vector<std::string> expected{
      "0 no room for class0: 0 of 0 lack cpu",
      "0 type 0 of 1 options: 1 nodes for 1",
      "0 node0 asked for, type 0, autoscaler, for 1",
      "210 type 0 timed out, asked for at 0, 1 missing, not before 510",
      "300 node0 ready",
      "300 class0 on node0",
  };
  CHECK(first_lines(story(scenario), expected.size()) == expected);
}

// ---- Kept nodes ----------------------------------------------------------------------------------

TEST_CASE("nobody gives up a node that a pool keeps", "[sim][late_node]") {
  for (const NodeAutoscaler autoscaler : {kNobody, kKarpenter, kClusterAutoscaler}) {
    CAPTURE(int(autoscaler));
    const Story told = story(one_pool({.scaled_by = autoscaler,
                                       .kept = 1,
                                       .boot = 2000s,
                                       .reclaimed_per_month = kAboutDaily,
                                       .horizon = 10 * 24h},
                                      {hardly_any_job()}));
    CHECK(all<NodeUnregistered>(told).empty());
    const auto ready = all<NodeReady>(told);
    REQUIRE(ready.size() > 1);
    CHECK(ready[1].at == ready[1].requested + 2000s);
  }
}

}  // namespace
}  // namespace berth
