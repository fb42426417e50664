#include "tools/kubernetes_history.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/job_history.h"

namespace berth {
namespace {

TEST_CASE("durations are read as Go prints them", "[kubernetes_history]") {
  CHECK(parse_go_duration("12.3s").value() == Approx(12.3));
  CHECK(parse_go_duration("1m2.5s").value() == Approx(62.5));
  CHECK(parse_go_duration("1h0m1s").value() == Approx(3601));
  CHECK(parse_go_duration("850ms").value() == Approx(0.85));
  CHECK(parse_go_duration("3\xC2\xB5s").value() == Approx(3e-6));
  for (const char* wrong : {"", "12", "s", "-1s", "1x", "nans"})
    CHECK_FALSE(parse_go_duration(wrong));
}

TEST_CASE("the kubelet's three ways to say how long a pull took", "[kubernetes_history]") {
  struct Row {
    const char* because;
    const char* message;
    double pull, waiting;
    std::int64_t size;
  };
  const Row rows[] = {
      {"since 1.31, with the size",
       "Successfully pulled image \"a/b:1\" in 12.5s (20s including waiting). Image size: "
       "1843200000 bytes.",                                                                                   12.5, 7.5, 1843200000},
      {"since 1.27",                "Successfully pulled image \"a/b:1\" in 1.25s (1.25s including waiting)", 1.25,
       0,                                                                                                                0         },
      {"older",                     "Successfully pulled image \"a/b:1\" in 1m1s",                            61,   0,   0         },
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const auto got = parse_pulled(row.message);
    REQUIRE(got);
    CHECK(got->pull_s == Approx(row.pull));
    CHECK(got->waiting_s == Approx(row.waiting));
    CHECK(got->size.value_or(Bytes{0}).count == row.size);
  }
  CHECK_FALSE(parse_pulled("Container image \"a\" already present on machine"));
  CHECK_FALSE(parse_pulled("Successfully pulled image \"a\""));
}

std::string event(const std::string& name, const std::string& reason, const std::string& at,
                  const std::string& message) {
  return nlohmann::json{
      {"kind",           "Event"                                             },
      {"metadata",       {{"name", name}, {"namespace", "n"}}                },
      {"involvedObject", {{"kind", "Pod"}, {"name", "p"}, {"namespace", "n"}}},
      {"reason",         reason                                              },
      {"firstTimestamp", at                                                  },
      {"message",        message                                             }
  }
      .dump();
}

JobHistory read(const std::string& text) {
  std::istringstream in(text);
  const HistoryInput input{"k8s.json", &in};
  return read_job_history({&input, 1});
}

const char* const kNode =
    R"({"kind":"Node","metadata":{"name":"ip-1","creationTimestamp":"2026-08-01T07:00:00Z",)"
    R"("labels":{"node.kubernetes.io/instance-type":"g5.xlarge"}},)"
    R"("status":{"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-08-01T07:01:15Z"}]}})";

TEST_CASE("a node, a pull and a pod are timed, with the node's type", "[kubernetes_history]") {
  const std::string items =
      std::string(kNode) + "," +
      event("e1", "Scheduled", "2026-08-01T07:02:00Z", "Successfully assigned n/p to ip-1") + "," +
      event("e2", "Pulled", "2026-08-01T07:02:31Z",
            "Successfully pulled image \"a:1\" in 20s (25s including waiting). Image size: "
            "2000000000 bytes.") +
      "," + event("e3", "Created", "2026-08-01T07:02:32Z", "Created container") + "," +
      event("e4", "Started", "2026-08-01T07:02:33Z", "Started container") + "," +
      event("e4", "Started", "2026-08-01T07:02:33Z", "Started container");
  const JobHistory history = read("{\"kind\":\"List\",\"items\":[" + items + "]}");
  const KubernetesFacts& facts = history.kubernetes;
  CHECK(facts.objects == 6);
  CHECK(facts.used == 4);  // the node, Scheduled, Pulled, Started
  CHECK(facts.left_out.at("seen before") == 1);
  CHECK(facts.left_out.at("an event that ends no phase") == 1);
  REQUIRE(facts.phases.size() == 3);
  const auto seconds_of = [&](StartupPhase phase) {
    for (const TimedPhase& one : facts.phases)
      if (one.phase == phase) {
        CHECK(one.family == "g5");
        CHECK(one.accelerator == Accelerator::gpu);
        CHECK(one.year == 2026);
        return one.seconds;
      }
    return -1.0;
  };
  CHECK(seconds_of(StartupPhase::join) == 75);  // from its registration
  CHECK(seconds_of(StartupPhase::pull) == 20);
  CHECK(seconds_of(StartupPhase::pod) == 8);  // 33 s less 25 s of pulling and waiting
  REQUIRE(facts.pulls.size() == 1);
  CHECK(facts.pulls[0].compressed.count == 2'000'000'000);
}

TEST_CASE("a boot begins with Karpenter's claim, not with the Node", "[kubernetes_history]") {
  const char* const claim =
      R"({"kind":"NodeClaim","metadata":{"name":"c","creationTimestamp":"2026-08-01T06:59:21Z"},)"
      R"("status":{"nodeName":"ip-1"}})";
  const char* const lost =
      R"({"kind":"NodeClaim","metadata":{"name":"d","creationTimestamp":"2026-08-01T06:59:21Z"},)"
      R"("status":{"nodeName":"ip-2"}})";
  const KubernetesFacts facts =
      read(std::string(kNode) + "\n" + claim + "\n" + lost + "\n").kubernetes;
  REQUIRE(facts.phases.size() == 1);
  CHECK(facts.phases[0].phase == StartupPhase::node);
  CHECK(facts.phases[0].seconds == 39 + 75);  // 06:59:21 to 07:01:15
  CHECK(facts.phases[0].family == "g5");
  CHECK(facts.used == 2);
  CHECK(facts.left_out.at("a NodeClaim whose Node is not in the files") == 1);
}

TEST_CASE("the run of an init container is nobody's overhead", "[kubernetes_history]") {
  std::string init = event("e3", "Started", "2026-08-01T07:02:03Z", "Started container");
  const std::string object = "\"involvedObject\":{";
  REQUIRE(init.find(object) != std::string::npos);
  init.insert(init.find(object) + object.size(), "\"fieldPath\":\"spec.initContainers{i}\",");
  const KubernetesFacts facts =
      read(event("e1", "Scheduled", "2026-08-01T07:02:00Z", "Successfully assigned n/p to ip-1") +
           "\n" + init + "\n" +
           event("e4", "Started", "2026-08-01T07:12:33Z", "Started container") + "\n")
          .kubernetes;
  CHECK(facts.phases.empty());
  CHECK(facts.left_out.at("events of a pod with init containers, whose run is no overhead") == 3);
}

TEST_CASE("what cannot be timed is counted", "[kubernetes_history]") {
  const std::string lines =
      event("a", "Started", "2026-08-01T07:02:33Z", "Started container") + "\n" +
      event("b", "Pulled", "2026-08-01T07:02:31Z",
            "Container image \"a\" already present on machine") +
      "\n" +
      R"({"kind":"Node","metadata":{"name":"x","creationTimestamp":"2026-08-01T07:00:00Z"},"status":{}})"
      "\n" +
      R"({"kind":"Pod","metadata":{"name":"p"},"status":{}})"
      "\n";
  const KubernetesFacts facts = read(lines).kubernetes;
  CHECK(facts.objects == 4);
  CHECK(facts.used == 0);
  std::int64_t left_out = 0;
  for (const auto& [reason, count] : facts.left_out) left_out += count;
  CHECK(left_out == 4);
  CHECK(facts.phases.empty());
}

TEST_CASE("the sample objects are read", "[kubernetes_history]") {
  const std::filesystem::path folder =
      std::filesystem::path(BERTH_SOURCE_DIR) / "../shared/data/formats";
  if (!std::filesystem::exists(folder / "k8s_node.sample.json")) {
    WARN("skipped: no samples here");
    return;
  }
  std::ifstream in(folder / "k8s_node.sample.json");
  const KubernetesFacts facts =
      read(std::string(std::istreambuf_iterator<char>(in), {})).kubernetes;
  REQUIRE(facts.phases.size() == 1);
  CHECK(facts.phases[0].seconds == 41);  // 07:00:00 to 07:00:41
  CHECK(facts.phases[0].family == "c6i");
}

}  // namespace
}  // namespace berth
