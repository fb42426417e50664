#include "reports/explain.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/trace.h"
#include "tests/support/builders.h"

using namespace berth;
using Json = nlohmann::json;

namespace {

constexpr Seconds kOpens = 600s;  // simulated time of the window's begin, midnight of 2026-11-23

Scenario scenario() {
  Scenario scenario = small_scenario(test_class(Every{}, 60s));
  scenario.warm_up = kOpens;
  scenario.horizon = 7200s;
  scenario.services.push_back({.name = "eta", .slo_latency = 0.1s});
  scenario.services.push_back({.name = "pricing", .slo_latency = 0.1s});
  for (Placement& placement : scenario.placements)
    placement.services = {{.platform = {1}, .pool = PoolId{0}}, {.platform = {0}}};
  return scenario;
}

ServiceObserved look(Seconds until, double rate, double p99, bool overloaded) {
  return {.at = kOpens + until,
          .from = kOpens + until - 300s,
          .service = {0},
          .slice = {.request_rate = rate,
                    .ready = 4,
                    .desired = 6,
                    .utilisation = 0.9,
                    .p99_s = p99,
                    .overloaded = overloaded}};
}

// Load doubles at 0:10, two slices are overloaded, it is good again from 0:20.
std::string story() {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {.seed = 5, .number = 2});
  std::string text = writer.head();
  const auto add = [&](const Event& event) { text += writer.line(event); };
  add(look(300s, 100, 0.05, false));
  add(look(600s, 100, 0.05, false));
  add(PodUnschedulable{.at = kOpens + 660s,
                       .platform = {1},
                       .holder = Holder::of(ServiceId{0}),
                       .needs = {.cpu_milli = 2000, .memory = {4 * kGiB}},
                       .nodes = 3,
                       .failed = {0, 3, 0, 0}});
  add(NodeRequested{.at = kOpens + 661s,
                    .platform = {1},
                    .node = 3,
                    .price = {0.192},
                    .pods = 1,
                    .by = NodeRequested::By::karpenter});
  add(JobSubmitted{.at = kOpens + 700s, .workload = {0}});
  add(NodeReady{.at = kOpens + 721s, .requested = kOpens + 661s, .platform = {1}, .node = 3});
  add(look(900s, 210, 0.4, true));
  add(look(1200s, 200, 1.2, true));
  add(look(1500s, 200, 0.06, false));
  return text + writer.end();
}

RunTrace read(const std::string& text) {
  auto trace = read_trace(text);
  if (const auto* wrong = std::get_if<TraceProblem>(&trace)) FAIL(wrong->message);
  return std::get<RunTrace>(trace);
}

TraceProblem problem(const std::string& text) {
  auto trace = read_trace(text);
  REQUIRE(std::holds_alternative<TraceProblem>(trace));
  return std::get<TraceProblem>(trace);
}

double at(const RunTrace& trace, const char* text) {
  const auto found = moment(trace, text);
  if (const auto* wrong = std::get_if<TraceProblem>(&found)) FAIL(wrong->message);
  return std::get<double>(found);
}

bool says(const Explanation& e, const std::string& sentence) {
  return std::ranges::find(e.summary, sentence) != e.summary.end();
}

}  // namespace

TEST_CASE(
    "a moment is a time of the scenario's day, a date-time or seconds since the window opened") {
  RunTrace trace = read(story());
  CHECK(at(trace, "00:15") == 900);
  CHECK(at(trace, "00:15:30") == 930);
  CHECK(at(trace, "2026-11-23T00:15") == 900);
  CHECK(at(trace, "2026-11-23 00:15:00Z") == 900);
  CHECK(at(trace, "+900") == 900);
  CHECK(at(trace, "2026-11-22T23:55") == -300);  // in the warm-up
  trace.starts_at += 6 * 3600;                   // a window that opens at six
  trace.horizon_s = 86400;
  CHECK(at(trace, "06:30") == 1800);
  CHECK(at(trace, "05:30") == 23.5 * 3600);  // the next morning
}

TEST_CASE("launches that EC2 had no capacity for are part of the story") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  std::string text = writer.head();
  const auto fails = [&](Seconds at) {
    text += writer.line(LaunchFailed{.at = kOpens + at,
                                     .asked = kOpens + at,
                                     .platform = {1},
                                     .by = NodeRequested::By::karpenter,
                                     .pods = 1,
                                     .not_before = kOpens + at + 180s});
  };
  fails(660s);
  fails(850s);
  const RunTrace trace = read(text + writer.end());
  const Explanation both =
      explain(trace, {.service = "eta", .at_s = 700, .window_s = 300});
  CHECK(both.summary ==
        std::vector<std::string>{"Launches for which EC2 had no capacity: 2, first at 00:11."});
  const Explanation one =
      explain(trace, {.service = "eta", .at_s = 700, .window_s = 100});
  CHECK(one.summary ==
        std::vector<std::string>{"Launches for which EC2 had no capacity: 1, at 00:11."});
  CHECK(explanation_text(one, false)
            .find("EC2 has no m5.xlarge for cpu: 1 pod goes on waiting") != std::string::npos);
}

TEST_CASE("nodes that did not register are part of the story") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  std::string text = writer.head();
  for (const Seconds at : {660s, 850s})
    text += writer.line(NodeUnregistered{.at = kOpens + at,
                                         .requested = kOpens + at - 900s,
                                         .platform = {1},
                                         .node = 3,
                                         .by = NodeRequested::By::karpenter});
  const RunTrace trace = read(text + writer.end());
  CHECK(explain(trace, {.service = "eta", .at_s = 700, .window_s = 300}).summary ==
        std::vector<std::string>{
            "Nodes given back because they did not register in time: 2, first at 00:11."});
  CHECK(explain(trace, {.service = "eta", .at_s = 700, .window_s = 100}).summary ==
        std::vector<std::string>{
            "Nodes given back because they did not register in time: 1, at 00:11."});
}

TEST_CASE("lost requests are told with why") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {.seed = 5, .number = 2});
  std::string text = writer.head();
  ServiceObserved one = look(300s, 100, 0.05, true), two = look(600s, 50, 0.05, false);
  one.slice.rejected = 2000;
  one.slice.timed_out = 400;
  two.slice.cut_off = 3;
  for (const Event& event : {Event(one), Event(two), Event(look(900s, 100, 0.05, false))})
    text += writer.line(event);
  text += writer.end();
  CHECK(text.find("overloaded, 2,400 lost") != std::string::npos);
  const RunTrace trace = read(text);
  const Explanation e = explain(trace, {.service = "eta", .at_s = 300, .window_s = 100});
  CHECK(says(e, "Lost: 2,403 of 45,000 requests; 2,000 found no pod or no room in its queue, 400 waited "
                "longer than their timeout, 3 went with their pod."));
  CHECK(explanation_text(e, false).find("overloaded  2,400 lost") != std::string::npos);
  // An endpoint has no pods.
  one.service = {1};
  TraceWriter endpoint(world, world.placements[1], {.seed = 5, .number = 2});
  text = endpoint.head();
  text += endpoint.line(one);
  text += endpoint.end();
  CHECK(says(explain(read(text), {.service = "pricing", .at_s = 200, .window_s = 100}),
             "Lost: 2,400 of 30,000 requests; 2,000 found no instance, no room in its queue or no free "
             "container, 400 waited longer than their timeout."));
}

TEST_CASE("a moment that is no time, or outside the trace, is told with what would do") {
  const RunTrace trace = read(story());
  for (const char* text :
       {"soon", "25:00", "18:5", "+", "+ten", "2026-13-01T00:00", "18:05 PM", ""}) {
    INFO(text);
    const auto found = moment(trace, text);
    REQUIRE(std::holds_alternative<TraceProblem>(found));
    CHECK(std::get<TraceProblem>(found).hint.find("18:05") == 0);
  }
  for (const char* text : {"+7201", "18:05", "2026-11-22T23:49"}) {
    INFO(text);
    const auto found = moment(trace, text);
    REQUIRE(std::holds_alternative<TraceProblem>(found));
    CHECK(std::get<TraceProblem>(found).message == std::string(text) + " is outside the trace");
  }
}

TEST_CASE("a trace that is cut, altered or something else is refused with its line") {
  const std::string good = story();
  const std::size_t last = good.rfind('\n', good.size() - 2) + 1;
  CHECK(problem(good.substr(0, last)).message ==
        "the trace ends too early: its last line is missing");
  CHECK(problem(good.substr(0, good.size() - 5)).line == 11);
  CHECK(problem(good + good).message == "there is more after the end of the trace");
  std::string fewer = good;
  const std::size_t second = fewer.find('\n') + 1;
  fewer.erase(second, fewer.find('\n', second) + 1 - second);
  CHECK(problem(fewer).message == "the trace says it has 9 events and has 8");
  std::string other = good;
  other.replace(other.find("berth/trace/1"), 13, "berth/trace/9");
  CHECK(problem(other).message == "expected schema \"berth/trace/1\", found \"berth/trace/9\"");
  std::string broken = good;
  broken[second] = '[';
  CHECK(problem(broken).line == 2);
  CHECK(problem("").line == 1);
}

TEST_CASE("what a file is, is told by what is in it") {
  CHECK(schema_of_document(story()) == "berth/trace/1");
  CHECK(schema_of_document("{\n  \"schema\": \"berth/result/1\"\n}\n") == "berth/result/1");
  CHECK(schema_of_document("no JSON at all") == "");
  CHECK(schema_of_document("") == "");
}

TEST_CASE("the story of a service: load, room, nodes, and when it was good again") {
  const RunTrace trace = read(story());
  const Explanation told = explain(trace, {.service = "eta", .at_s = 900, .window_s = 450});
  CHECK(told.from_s == 450);
  CHECK(told.to_s == 1350);
  // 0:05-0:10 at 100, then 210, 200, and 0:20-0:25 at 200, which the window's end touches.
  CHECK(says(told, "Load went from 100 to 200 requests/s (+100 %), with 210 at 00:10."));
  CHECK(says(told, "Pods that found no room: 1, first at 00:11."));
  CHECK(says(told, "Nodes asked for: 1, first at 00:11:01."));
  CHECK(says(told, "Nodes ready: 1, last at 00:12:01."));
  CHECK(says(told,
             "Slower than the goal from 00:10: p99 1.20 s at worst, the goal is 100 ms. Recovered from "
             "00:20."));
  CHECK(says(told, "Overloaded from 00:10 to 00:20."));
  REQUIRE(told.chapters.size() == 2);
  CHECK(told.chapters[0].about == "pods");
  CHECK(told.chapters[1].about == "nodes");
  CHECK(told.chapters[1].events.size() == 2);
}

TEST_CASE("an endpoint has instances with copies of its model, a service in a cluster replicas") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  const auto words = [&](const Event& event) {
    return Json::parse(writer.line(event)).at("words").get<std::string>();
  };
  CHECK(words(ReplicaStopped{.at = 700s, .gone = 700s, .service = {1}, .replica = 2}) ==
        "instance 2 of pricing is told to stop");
  CHECK(words(ReplicaStopped{.at = 700s, .gone = 700s, .service = {0}, .replica = 2}) ==
        "replica 2 of eta is told to stop");
  CHECK(words(ReplicaReady{.at = 700s, .asked = 640s, .service = {1}, .replica = 2})
            .starts_with("instance 2 of pricing serves"));

  TraceWriter story(world, world.placements[1], {});
  ServiceObserved of_endpoint = look(300s, 100, 0.05, false), of_pods = of_endpoint;
  of_endpoint.service = {1};
  std::string text = story.head();
  text += story.line(of_endpoint);
  text += story.line(of_pods);
  const RunTrace trace = read(text + story.end());
  CHECK(says(explain(trace, {.service = "pricing", .at_s = 100}),
             "Ready copies stayed at 4; desired stayed at 6."));
  CHECK(says(explain(trace, {.service = "eta", .at_s = 100}),
             "Ready replicas stayed at 4; desired stayed at 6."));
  CHECK(trace.events[0].words.find("on 4 ready of 6 desired copies,") != std::string::npos);
  CHECK(trace.events[1].words.find("on 4 ready of 6 desired,") != std::string::npos);
}

TEST_CASE("recovery is looked for beyond the window, and missed when the trace ends first") {
  RunTrace trace = read(story());
  CHECK(says(
      explain(trace, {.service = "eta", .at_s = 800, .window_s = 100}),
      "Slower than the goal from 00:10: p99 400 ms at worst, the goal is 100 ms. Recovered from 00:20."));
  trace.events.pop_back();
  CHECK(
      says(explain(trace, {.service = "eta", .at_s = 800, .window_s = 100}),
           "Slower than the goal from 00:10: p99 400 ms at worst, the goal is 100 ms. Not recovered when the "
           "trace ends at 00:20."));
}

TEST_CASE("overload is told by itself: it may end before the latency is good again, and begin after it was bad") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  std::string text = writer.head();
  text += writer.line(look(300s, 100, 0.4, false));
  text += writer.line(OverloadBegan{.at = kOpens + 345s, .service = {0}, .offered = 5, .slots = 4});
  text += writer.line(look(600s, 200, 0.9, true));
  text += writer.line(OverloadEnded{.at = kOpens + 720s, .began = kOpens + 345s, .service = {0}, .offered = 3, .slots = 4, .waiting = 50});
  text += writer.line(QueueGone{.at = kOpens + 800s, .ended = kOpens + 720s, .service = {0}});
  text += writer.line(look(900s, 100, 0.4, true));
  text += writer.line(OverloadBegan{.at = kOpens + 1000s, .service = {0}, .offered = 5, .slots = 4});
  const Explanation told = explain(read(text + writer.end()), {.service = "eta", .at_s = 600, .window_s = 600});
  CHECK(says(told, "Slower than the goal from 00:00: p99 900 ms at worst, the goal is 100 ms. Not recovered when the "
                   "trace ends at 00:15."));
  CHECK(says(told, "Overloaded from 00:05:45 to 00:12, its queue gone at 00:13:20 and 1 times more."));
  const Explanation later = explain(read(text + writer.end()), {.service = "eta", .at_s = 1200, .window_s = 300});
  CHECK(says(later, "Overloaded from 00:16:40, to the end of the trace."));
}

TEST_CASE("a story says since when replicas were missing before it, and who made room") {
  const Scenario world = scenario();
  TraceWriter writer(world, world.placements[1], {});
  std::string text = writer.head();
  text += writer.line(PodUnschedulable{.at = kOpens + 10s, .platform = {1}, .pool = {0}, .holder = Holder::of(ServiceId{0})});
  text += writer.line(look(300s, 100, 0.05, false));
  text += writer.line(PodEvicted{.at = kOpens + 400s, .gone_by = kOpens + 400s, .platform = {1}, .pool = {0},
                                 .holder = Holder::of(TrainingId{0}), .why = PodEvicted::Why::preempted,
                                 .by = Holder::of(ServiceId{0})});
  text += writer.line(look(600s, 100, 0.05, false));
  const Explanation told = explain(read(text + writer.end()), {.service = "eta", .at_s = 450, .window_s = 100});
  CHECK(std::ranges::any_of(told.summary, [](const std::string& line) {
    return line.starts_with("Replicas were missing before, since 00:00:10: no room for a pod of eta");
  }));
  REQUIRE_FALSE(told.chapters.empty());
  CHECK(told.chapters[0].events[0].type == "pod_evicted");
}

TEST_CASE("another service's story holds neither the first one's pods nor its cluster's nodes") {
  const Explanation told = explain(read(story()), {.service = "pricing", .at_s = 900});
  CHECK(told.chapters.empty());
  CHECK(told.summary == std::vector<std::string>{"Nothing happened that the trace tells."});
}

TEST_CASE("a class's story holds its jobs and its pool's nodes, the clusters' count the jobs") {
  const RunTrace trace = read(story());
  const Explanation jobs = explain(trace, {.workload_class = "train", .at_s = 900});
  REQUIRE(jobs.chapters.size() == 2);
  CHECK(jobs.chapters[1].about == "jobs");
  CHECK(says(jobs, "Jobs: 1 submitted, 0 started."));
  const Explanation all = explain(trace, {.at_s = 900});
  CHECK(all.counted.at("job_submitted of train") == 1);
  CHECK(all.loads.empty());
}

TEST_CASE("what is alike within a second is one line, and JSON has it all") {
  std::string text = story();
  text.resize(text.rfind('\n', text.size() - 2) + 1);
  const auto bind = [&](double at_s, const std::string& words) {
    text += Json{{"at_s", at_s}, {"at", "x"},        {"type", "pod_bound"},
                 {"about", "pods"}, {"service", "eta"}, {"words", words}}
                .dump() +
            "\n";
  };
  for (const int node : {3, 12, 4}) bind(1600.2, "a pod of eta goes to node " + std::to_string(node));
  bind(1600.3, "a pod of eta goes elsewhere");
  bind(1601.0, "a pod of eta goes to node 5");
  text += "{\"type\":\"end\",\"events\":14}\n";
  const Explanation told = explain(read(text), {.service = "eta", .at_s = 1600, .window_s = 60});
  const std::string words = explanation_text(told, false);
  CHECK(words.find("goes to node 3\n            ... and 2 alike\n") != std::string::npos);
  CHECK(words.find("goes to node 12") == std::string::npos);
  CHECK(words.find("goes elsewhere\n") != std::string::npos);
  CHECK(words.find("goes to node 5\n") != std::string::npos);
  CHECK(Json::parse(explanation_json(told))["pods"].size() == 5);
}

TEST_CASE("looks that changed nothing are one line, and JSON has them all") {
  std::string text = story();
  const std::string end = text.substr(text.rfind('\n', text.size() - 2) + 1);
  text.resize(text.size() - end.size());
  for (int i = 0; i < 3; ++i)
    text +=
        Json{{"at_s", 1600 + i}, {"at", "x"},          {"type", "scaled"}, {"about", "decision"},
             {"service", "eta"}, {"words", "keeps 4"}, {"changed", i == 2}}
            .dump() +
        "\n";
  text += "{\"type\":\"end\",\"events\":12}\n";
  const Explanation told = explain(read(text), {.service = "eta", .at_s = 1600, .window_s = 60});
  CHECK(says(told, "1 of 3 decisions changed something. The first, at 00:26:42: keeps 4."));
  const std::string words = explanation_text(told, false);
  CHECK(words.find("... 1 more look until 00:26:41 changed nothing") != std::string::npos);
  const Json json = Json::parse(explanation_json(told));
  CHECK(json["schema"] == "berth/explanation/1");
  CHECK(json["decision"].size() == 3);
  CHECK(json["at"] == "2026-11-23T00:26:40.000Z");
}
