#include "models/kubernetes/cluster_autoscaler.h"
#include "reports/trace.h"

#include <catch2/catch.hpp>
#include <set>

#include "reports/trace_schema.h"
#include "tests/reports/schema_check.h"
#include "tests/support/builders.h"

using namespace berth;
using Json = nlohmann::json;

namespace {

// A class on SageMaker and a service in the cluster's only pool.
Scenario scenario() {
  Scenario scenario = small_scenario(test_class(Every{}, 60s));
  scenario.warm_up = 600s;
  scenario.services.push_back({.name = "eta", .slo_latency = 0.1s});
  for (Placement& placement : scenario.placements)
    placement.services.push_back({.platform = {1}, .pool = PoolId{0}});
  return scenario;
}

// One event of every kind there is, at 700 s of simulated time: 100 s after the window opened.
template <std::size_t... Kind>
std::vector<Event> one_of_each(std::index_sequence<Kind...>) {
  std::vector<Event> events{Event{std::in_place_index<Kind>}...};
  for (Event& event : events)
    std::visit(
        [](auto& e) {
          e.at = 700s;
          if constexpr (requires { e.pool; }) e.platform = {1};  // the cluster
        },
        event);
  return events;
}
std::vector<Event> one_of_each() {
  return one_of_each(std::make_index_sequence<std::variant_size_v<Event>>{});
}

}  // namespace

TEST_CASE("every kind of event is a line of the schema, under a type of its own") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[0], {.seed = 7, .number = 3});
  SchemaCheck check(trace_schema());
  CHECK(check.errors(Json::parse(writer.head())) == std::vector<std::string>{});
  std::set<std::string> types;
  for (const Event& event : one_of_each()) {
    const std::string line = writer.line(event);
    const Json json = Json::parse(line);
    INFO(line);
    CHECK(check.errors(json) == std::vector<std::string>{});
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(json["at_s"] == 100);
    CHECK(json["at"] == "2026-11-23T00:01:40.000Z");
    CHECK(types.insert(json["type"]).second);
  }
  const Json end = Json::parse(writer.end());
  CHECK(check.errors(end) == std::vector<std::string>{});
  CHECK(end["events"] == types.size());
}

TEST_CASE(
    "a line without a time, with an unknown chapter or a head with more is against the schema") {
  SchemaCheck check(trace_schema());
  const Json good{
      {"at_s",  1.5    },
      {"at",    "x"    },
      {"type",  "t"    },
      {"about", "nodes"},
      {"words", "w"    }
  };
  CHECK(check.errors(good).empty());
  Json bad = good;
  bad.erase("at_s");
  CHECK(!check.errors(bad).empty());
  bad = good;
  bad["about"] = "weather";
  CHECK(!check.errors(bad).empty());
  const Scenario world = scenario();
  Json head = Json::parse(TraceWriter(world, world.placements[0], {}).head());
  head["host"] = "here";
  CHECK(!check.errors(head).empty());
}

TEST_CASE("the head says where workloads live and what their goals are") {
  const Scenario world = scenario();
  const Json head = Json::parse(TraceWriter(world, world.placements[1], {.seed = 7}).head());
  CHECK(head["starts_at"] == "2026-11-23T00:00:00.000Z");
  CHECK(head["warm_up_s"] == 600);
  const Json eta{
      {"kind",          "service"},
      {"name",          "eta"    },
      {"platform",      "eks"    },
      {"pool",          "cpu"    },
      {"slo_latency_s", 0.1      },
      {"slo_target",    0.99     }
  };
  CHECK(head["workloads"][0] == eta);
  CHECK(head["workloads"][1]["name"] == "train");
}

TEST_CASE("a launch that failed says what was wanted, what comes of it and when it is tried again") {
  const Scenario world = [] {
    Scenario scenario = ::scenario();
    scenario.catalogue.types.push_back(scenario.catalogue.types[0]);
    scenario.catalogue.types[1].name = "m5a.xlarge";
    return scenario;
  }();
  TraceWriter writer(world, world.placements[1], {});
  using By = NodeRequested::By;
  const auto said = [&](LaunchFailed failed) {
    failed.at = 760s;
    failed.platform = {1};
    return Json::parse(writer.line(failed));
  };
  struct Row {
    const char* because;
    LaunchFailed failed;
    const char* words;
  };
  const auto row = GENERATE(values<Row>({
      {"Karpenter waits",
       {.asked = 760s, .by = By::karpenter, .pods = 1, .not_before = 940s},
       "EC2 has no m5.xlarge for cpu: 1 pod goes on waiting, and Karpenter leaves it out for 3 min"},
      {"or takes another",
       {.asked = 760s, .offering = Offering::spot, .by = By::karpenter, .pods = 2, .short_types = 2,
        .instead = TypeId{1}, .not_before = 940s},
       "EC2 has no m5.xlarge spot and 1 other type for cpu: m5a.xlarge comes instead"},
      {"or lets nodes be",
       {.asked = 760s, .by = By::consolidation, .pods = 2, .not_before = 940s},
       "EC2 has no m5.xlarge for cpu: what it was to replace stays, and Karpenter leaves it out for "
       "3 min"},
      {"Cluster Autoscaler sees it later",
       {.asked = 705s, .by = By::cluster_autoscaler, .nodes = 2, .pods = 3, .not_before = 1060s},
       "EC2 has no m5.xlarge for cpu: 2 nodes for 3 pods, asked for 55 s ago, do not come, and Cluster "
       "Autoscaler leaves the group alone for 5 min"},
      {"a kept node is asked for again",
       {.asked = 760s, .by = By::minimum, .not_before = 820s},
       "EC2 has no m5.xlarge for cpu: 1 node that the pool keeps is missing, asked for again in 60 s"},
  }));
  CAPTURE(row.because);
  CHECK(said(row.failed)["words"] == row.words);
  const Json json = said({.asked = 705s, .by = By::cluster_autoscaler, .nodes = 2, .pods = 3,
                          .not_before = 1060s});
  const Json fields{
      {"at_s",          160                                     },
      {"at",            "2026-11-23T00:02:40.000Z"              },
      {"type",          "launch_failed"                         },
      {"about",         "nodes"                                 },
      {"words",         json["words"]                           },
      {"platform",      "eks"                                   },
      {"pool",          "cpu"                                   },
      {"instance_type", "m5.xlarge"                             },
      {"offering",      "on_demand"                             },
      {"by",            "cluster_autoscaler"                    },
      {"nodes",         2                                       },
      {"pods",          3                                       },
      {"short_types",   1                                       },
      {"instead",       nullptr                                 },
      {"asked_ago_s",   55                                      },
      {"retry_after_s", 300                                     }
  };
  CHECK(json == fields);
}

TEST_CASE("a node that did not register, and a scale-up that is too late, are told") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  using By = NodeRequested::By;
  const auto late = [&](By by) {
    return Json::parse(writer.line(NodeUnregistered{
        .at = 1501s, .requested = 601s, .platform = {1}, .node = 3, .by = by}));
  };
  Json json = late(By::karpenter);
  CHECK(json["words"] ==
        "node 3 of cpu (m5.xlarge) has not registered 15 min after it was asked for: Karpenter gives it "
        "back, whoever waits for it goes on waiting");
  CHECK(json["type"] == "node_unregistered");
  CHECK((json["node"] == 3 && json["by"] == "karpenter" && json["asked_ago_s"] == 900));
  json = late(By::cluster_autoscaler);
  CHECK(std::string(json["words"]).find(": Cluster Autoscaler gives it back") != std::string::npos);
  json = Json::parse(writer.line(ScaleUpTimedOut{
      .at = 1510s, .asked = 600s, .platform = {1}, .nodes = 2, .not_before = 1810s}));
  CHECK(json["words"] ==
        "2 nodes of m5.xlarge for cpu are not ready 15.2 min after the last was asked for: the scale-up "
        "counts as failed, and Cluster Autoscaler leaves the group alone for 5 min");
  CHECK(json["type"] == "scale_up_timed_out");
  CHECK((json["nodes"] == 2 && json["asked_ago_s"] == 910 && json["retry_after_s"] == 300));
  json = Json::parse(writer.line(NodeGone{.at = 1501s, .platform = {1}, .why = NodeGone::Why::unregistered}));
  CHECK(json["why"] == "unregistered");
}

TEST_CASE("what the warm-up saw has a time before the window") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[0], {});
  const Json line = Json::parse(writer.line(JobSubmitted{.at = 590.5s}));
  CHECK(line["at_s"] == -9.5);
  CHECK(line["at"] == "2026-11-22T23:59:50.500Z");
  CHECK(line["class"] == "train");
}

TEST_CASE("a start says what the wait was made of, the longest first") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[0], {});
  JobStarted started{.at = 719s, .submitted = 600s};
  started.ledger[Phase::provisioning] = 90s;
  started.ledger[Phase::data] = 29s;
  const Json line = Json::parse(writer.line(started));
  CHECK(line["waited_s"] == 119);
  CHECK(line["phases_s"]["data"] == 29);
  CHECK(line["words"] ==
        "a job of train starts 119 s after it was submitted: 90 s provisioning, 29 s "
        "data");
}

TEST_CASE("a drain that has to wait says for whom") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  const EvictionRefused refused{.at = 700s,
                                .platform = {1},
                                .pool = {0},
                                .node = 3,
                                .holder = Holder::of(ServiceId{0}),
                                .pods = 2};
  const Json line = Json::parse(writer.line(refused));
  CHECK(line["service"] == "eta");
  CHECK(line["words"] == "2 pods of eta may not leave node 3 of cpu yet: the disruption budget "
                         "allows no more");
  const Json again = Json::parse(
      writer.line(NodeUncordoned{.at = 820s, .platform = {1}, .pool = {0}, .node = 3, .pods = 2}));
  CHECK(again["words"] == "node 3 of cpu takes pods again: 2 pods stay on it");
}

TEST_CASE("a preemption that breaks a disruption budget says so") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  PodEvicted evicted{.at = 700s,
                     .gone_by = 730s,
                     .platform = {1},
                     .pool = {0},
                     .node = 3,
                     .holder = Holder::of(ServiceId{0}),
                     .why = PodEvicted::Why::preempted,
                     .by = Holder::of(TrainingId{0}),
                     .by_priority = 10};
  const std::string words =
      "a pod of eta must leave node 3 of cpu within 30 s: a pod of train of priority 10 needs the room";
  const Json kept = Json::parse(writer.line(evicted));
  CHECK(kept["breaks_budget"] == false);
  CHECK(kept["words"] == words);
  evicted.breaks_budget = true;
  const Json broken = Json::parse(writer.line(evicted));
  CHECK(broken["breaks_budget"] == true);
  CHECK(broken["words"] == words + ", though its disruption budget allows no more to go");
}

TEST_CASE("an autoscaler that stays within its tolerance says so") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  HpaDecided decided{.at = 700s, .service = {0}, .current = 9, .replicas = 9};
  decided.metrics = {
      {.what = Measure::cpu, .target = 0.5, .percent = 54, .proposal = 9, .tolerated = true}
  };
  const Json kept = Json::parse(writer.line(decided));
  CHECK(kept["metrics"][0]["within_tolerance"] == true);
  CHECK(kept["words"] ==
        "the autoscaler of eta stays at 9 replicas: cpu 54 % of 50 % is within the tolerance");
  // What is within it is what is counted where pods are filled in.
  decided.metrics[0].percent = 100, decided.metrics[0].filled = 0.5;
  decided.unready = 4;
  const Json filled = Json::parse(writer.line(decided));
  CHECK(filled["metrics"][0]["value_filled"] == 0.5);
  CHECK(filled["words"] == "the autoscaler of eta stays at 9 replicas: cpu 100 % of 50 %, with the others filled in "
                           "50 %, is within the tolerance; 4 pods not ready, 0 without a sample");
  decided.metrics[0] = {.what = Measure::cpu, .target = 0.5, .percent = 54, .proposal = 9};
  decided.unready = 0;
  const Json asked = Json::parse(writer.line(decided));
  CHECK(asked["metrics"][0]["within_tolerance"] == false);
  CHECK(asked["words"] == "the autoscaler of eta stays at 9 replicas: cpu 54 % of 50 % asks for 9");
}

TEST_CASE("the choice of a node group says which, by which expander and how much better it was") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  ScaleUpChosen chosen{.at = 700s, .platform = {1}, .type = {0}, .options = 4, .nodes = 3, .pods = 7, .score = 0.46};
  chosen.next_score = 0.8;
  const Json waste = Json::parse(writer.line(chosen));
  CHECK(waste["expander"] == "least_waste");
  CHECK(waste["next_score"] == 0.8);
  CHECK(waste["words"].get<std::string>().ends_with(
      "among 4 groups that would help, by least_waste, unused shares of CPU and memory of 0.46 in all (the next: 0.8): "
      "3 nodes for 7 pods"));
  CHECK(waste["words"].get<std::string>().starts_with("Cluster Autoscaler chooses " +
                                                      waste["instance_type"].get<std::string>() + " of "));
  chosen.expander = Expander::most_pods, chosen.score = -7, chosen.next_score = -5;
  CHECK(Json::parse(writer.line(chosen))["words"].get<std::string>().find(
            "by most_pods, pods helped 7 (the next: 5): ") != std::string::npos);
  chosen.expander = Expander::random, chosen.score = 0, chosen.next_score = {};
  CHECK(Json::parse(writer.line(chosen))["words"].get<std::string>().find("by random, by lot: ") != std::string::npos);
}

TEST_CASE("a pod without room says why no node comes for it, where none does", "[trace]") {
  Scenario world = scenario();
  const auto no_node = [&](const PodUnschedulable& e) {
    TraceWriter writer(world, world.placements[1], {});
    const Json line = Json::parse(writer.line(e));
    const std::string words = line["words"];
    if (line["no_node_because"].is_null()) return words.find("no node comes") == std::string::npos ? std::string() : words;
    const std::string why = line["no_node_because"];
    CHECK(words.ends_with("; no node comes: " + why));
    return why;
  };
  auto& cluster = std::get<Cluster>(world.platforms[1]);
  cluster.pools[0].max_nodes = 5;
  PodUnschedulable e{.at = 700s, .platform = {1}, .holder = Holder::of(ServiceId{0}), .priority = -100};
  CHECK(no_node(e).empty());
  e.pods = 4, e.nodes_beyond = 2;
  CHECK(no_node(e) == "its 4 pods start together and need 2 nodes more than the pool may have");
  e.pool_is_full = true;
  CHECK(no_node(e) == "the pool is at its maximum of 5 nodes");
  cluster.autoscaler = NodeAutoscaler::cluster_autoscaler;
  CHECK(no_node(e) == "Cluster Autoscaler adds none for priorities below -10");
  e.priority = -10;
  CHECK(no_node(e) == "the pool is at its maximum of 5 nodes");
  cluster.autoscaler = NodeAutoscaler::none;
  CHECK(no_node(e) == "the cluster has no autoscaler of nodes");
}

TEST_CASE("an HPA at 0 replicas says that it is switched off", "[trace]") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  const HpaDecided off{.at = 700s, .service = {0}, .active = ScalingActive::disabled};
  CHECK(Json::parse(writer.line(off))["words"] ==
        "the autoscaler of eta stays at 0 replicas: it is switched off (ScalingDisabled)");
}

TEST_CASE("a total by value says that it is of all replicas", "[trace]") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  HpaDecided decided{.at = 700s, .service = {0}, .current = 4, .replicas = 8};
  decided.metrics = {{.what = Measure::outstanding, .target = 10, .by_value = true, .value_milli = 20'000, .proposal = 8}};
  const Json asked = Json::parse(writer.line(decided));
  CHECK(asked["metrics"][0]["by_value"] == true);
  CHECK(asked["words"] == "the autoscaler of eta 4 -> 8 replicas: outstanding 20 of 10 in all asks for 8");
  decided.metrics[0].by_value = false;
  CHECK_FALSE(Json::parse(writer.line(decided))["metrics"][0].contains("by_value"));
}

TEST_CASE("times are rounded to milliseconds, also before 1970") {
  CHECK(iso_time(0.0004) == "1970-01-01T00:00:00.000Z");
  CHECK(iso_time(59.9996) == "1970-01-01T00:01:00.000Z");
  CHECK(iso_time(-0.25) == "1969-12-31T23:59:59.750Z");
}
