#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "scenarios/read_catalogue.h"
#include "tests/scenarios/small_scenario.h"
#include "tests/support/own_path.h"

namespace berth {
namespace {

// A second class of a team, a second pool; the placements are the test's.
std::string with_placements(const std::string& placements) {
  std::string text(kSmall);
  text.resize(text.find("  p:\n"));
  text = with("      cpu: {instance_type: m5.xlarge, max: 4}\n",
              "      cpu: {instance_type: m5.xlarge, max: 4}\n"
              "      big: {instance_type: m5.4xlarge, max: 4, offering: spot}\n",
              text);
  text = with("services:\n",
              "  u:\n    team: vision\n    image: a\n    schedule: {every: 1h}\n"
              "    needs: {cpu: 1, memory: 2GiB}\n    duration: 4min\nservices:\n",
              text);
  return text + placements;
}

const char* kServices = "    services: {\"*\": {platform: eks, pool: cpu, replicas: {max: 3}}}\n";

std::string pool_name(const Scenario& s, const TrainingHome& home) {
  if (!home.pool) return "sagemaker:" + s.catalogue.types[home.type.index()].name;
  return std::get<Cluster>(s.platforms[home.platform.index()]).pools[home.pool->index()].name;
}

TEST_CASE("rules hold from the general to the particular", "[scenarios][placement]") {
  struct Row {
    const char* because;
    const char* rules;
    const char *t, *u;
  };
  const auto row = GENERATE(values<Row>({
      {"* holds for all",                                       "{\"*\": {platform: eks, pool: cpu}}",                           "cpu", "cpu"},
      {"a team's rule beats *",                                 "{\"*\": {platform: eks, pool: cpu}, team:vision: {pool: big}}",
       "cpu",                                                                                                                           "big"},
      {"a name beats its team, whatever the order in the file",
       "{u: {pool: cpu}, team:vision: {pool: big}, \"*\": {platform: eks, pool: big}}",                                          "big",
       "cpu"                                                                                                                                 },
      {"another platform drops the pool of the old",
       "{\"*\": {platform: eks, pool: cpu}, u: {platform: sm, instance_type: ml.m5.large}}",                                     "cpu",
       "sagemaker:m5.large"                                                                                                                  },
      {"the same platform again keeps the pool",
       "{\"*\": {platform: eks, pool: big}, u: {platform: eks}}",                                                                "big", "big"},
  }));
  CAPTURE(row.because);
  const Scenario s = scenario_of(
      with_placements(std::string("  p:\n    training: ") + row.rules + "\n" + kServices));
  CHECK(pool_name(s, s.placements[0].training[0]) == row.t);
  CHECK(pool_name(s, s.placements[0].training[1]) == row.u);
}

TEST_CASE("a placement's rules come after all rules of the one it extends",
          "[scenarios][placement]") {
  const Scenario s = scenario_of(with_placements(std::string(R"(  base:
    training: {"*": {platform: eks, pool: cpu, pull: soci_parallel}, u: {pool: big}}
)") + kServices + R"(  moved:
    extends: base
    training: {"*": {platform: sm, instance_type: ml.m5.xlarge}}
  again:
    extends: moved
    training: {t: {keep_alive: 5min, offering: on_demand}}
)"));
  const Placement &base = s.placements[0], &moved = s.placements[1], &again = s.placements[2];
  CHECK(pool_name(s, base.training[1]) == "big");
  CHECK(base.training[0].pull == PullMode::soci_parallel);
  // The base's rule for u named a pool of EKS; the later "*" moves it all the same.
  CHECK(pool_name(s, moved.training[1]) == "sagemaker:m5.xlarge");
  CHECK(moved.training[0].pull == PullMode::full);
  CHECK(again.training[0].keep_alive == 300s);
  CHECK(again.training[1].keep_alive == 0s);
  CHECK(again.services[0].replicas.max == 3);
}

TEST_CASE("on Kubernetes the pool says type and offering", "[scenarios][placement]") {
  const Scenario s = scenario_of(with_placements(
      std::string("  p:\n    training: {\"*\": {platform: eks, pool: big}}\n") + kServices));
  CHECK(s.placements[0].training[0].offering == Offering::spot);
  CHECK(s.catalogue.types[s.placements[0].training[0].type.index()].name == "m5.4xlarge");
}

TEST_CASE("a cluster with several pools needs to be told which", "[scenarios][placement]") {
  CHECK_THAT(first_line_of(with_placements(
                 std::string("  p:\n    training: {\"*\": {platform: eks}}\n") + kServices)),
             Catch::Contains("\"eks\" has 2 node pools; say which one"));
}

TEST_CASE("a mistake of a rule is told once however many workloads it holds for",
          "[scenarios][placement]") {
  const Loaded loaded = read_scenario_text(
      with_placements(std::string("  p:\n    training: {\"*\": {platform: eks, pool: cup}}\n") +
                      kServices),
      "x.yaml");
  CHECK(loaded.issues.size() == 1);
}

TEST_CASE("a warm pool without quota keeps nothing, which is a warning", "[scenarios][placement]") {
  const Loaded loaded = read_scenario_text(
      with_placements(std::string("  p:\n    training: {\"*\": {platform: sm, instance_type: "
                                  "ml.m5.xlarge, keep_alive: 5min}}\n") +
                      kServices),
      "x.yaml");
  CHECK(loaded.scenario);
  REQUIRE_FALSE(loaded.issues.empty());
  CHECK(loaded.issues[0].severity == Severity::warning);
  CHECK(loaded.issues[0].message ==
        "nothing of \"t\" is kept: the warm-pool quota of ml.m5.xlarge is 0");
}

// The small scenario with training as written; its service stays on the cluster.
std::string with_training(const std::string& rule) {
  return with("training: {\"*\": {platform: eks}}", "training: {\"*\": " + rule + "}");
}

TEST_CASE("spot needs to be known by how often it is taken back", "[scenarios][placement]") {
  struct Row {
    const char* because;
    std::string text;
    const char* line;
  };
  const auto row = GENERATE(values<Row>({
      {"managed spot training: g7e has a spot price and no interruption band",
       with_training("{platform: sm, instance_type: ml.g7e.2xlarge, offering: spot}"),
       "x.yaml:26:77: error: no spot_reclaim_per_month is known for g7e.2xlarge: how often AWS takes "
       "it back  [/placements/p/training/*/offering]"},
      {"a spot node pool", with("m5.xlarge, max: 4", "p5.4xlarge, max: 4, offering: spot"),
       "x.yaml:26:32: error: no spot_reclaim_per_month is known for p5.4xlarge: how often AWS takes "
       "it back  [/placements/p/training/*/platform]"},
      {"on demand nobody takes it back",
       with_training("{platform: sm, instance_type: ml.g7e.2xlarge}"), ""},
      {"a spot type whose band is known",
       with_training("{platform: sm, instance_type: ml.m5.xlarge, offering: spot}"), ""},
  }));
  CAPTURE(row.because);
  CHECK(first_line_of(row.text) == row.line);
}

// The small scenario on the built-in catalogue without some of its prices.
Loaded read_without(std::initializer_list<SimplePrice> gone, const std::string& text) {
  Catalogue catalogue = builtin_catalogue();
  for (const SimplePrice price : gone) catalogue.price(price).reset();
  const std::filesystem::path file = own_path("placement_test_prices.csv");
  std::ofstream(file) << write_catalogue_csv(catalogue);
  Loaded loaded = read_scenario_text(
      with("horizon: 1d", "horizon: 1d\ncatalogue: " + file.string(), text), "x.yaml");
  std::filesystem::remove(file);
  return loaded;
}

TEST_CASE("a price that a placement pays and nobody knows is an error of the scenario",
          "[scenarios][placement]") {
  struct Row {
    const char* because;
    SimplePrice gone;
    std::string text;
    const char* unknown;  // "": the price is not needed
  };
  const std::string on_sagemaker =
      with("services: {\"*\": {platform: eks, replicas: {max: 3}}}",
           "services: {\"*\": {platform: sm, instance_type: ml.m5.xlarge, replicas: {max: 3}}}",
           with_training("{platform: sm, instance_type: ml.m5.xlarge}"));
  using enum SimplePrice;
  const Row rows[] = {
      {"a cluster's hours",                   eks_cluster_hour,           std::string(kSmall), "eks_cluster_hour"          },
      {"the volumes of nodes",                gp3_gb_month,               std::string(kSmall), "gp3_gb_month"              },
      {"the registry",                        ecr_gb_month,               std::string(kSmall), "ecr_gb_month"              },
      {"no gateway, no price",                nat_hour,                   std::string(kSmall), ""                          },
      {"volumes of training jobs",            sagemaker_storage_gb_month, on_sagemaker,        "sagemaker_storage_gb_month"},
      {"no cluster in use, no price",         eks_cluster_hour,           on_sagemaker,        ""                          },
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const Loaded loaded = read_without({row.gone}, row.text);
    const std::string expected = row.unknown;
    CHECK(loaded.scenario.has_value() == expected.empty());
    CHECK(loaded.issues.size() == (expected.empty() ? 0 : 1));
    if (loaded.issues.size() != 1) continue;
    CHECK(loaded.issues[0].message ==
          "no price is known for " + expected + ", which this placement pays");
    CHECK(loaded.issues[0].path == "/placements/p");
    CHECK(loaded.issues[0].hint == "set /prices/other/" + expected);
  }
}

TEST_CASE("every unknown price is told at once, and the scenario's own fills the gap",
          "[scenarios][placement]") {
  const auto gone = {SimplePrice::eks_cluster_hour, SimplePrice::gp3_gb_month};
  CHECK(read_without(gone, std::string(kSmall)).issues.size() == 2);
  const std::string own =
      "horizon: 1d\nprices: {as_of: 2026-11-01, other: {eks_cluster_hour: $0.1/h, "
      "gp3_gb_month: $0.08/GB-month}}";
  CHECK(read_without(gone, with("horizon: 1d", own)).issues.empty());
}

TEST_CASE("a behavior's tolerance replaces the common one in its direction",
          "[scenarios][placement]") {
  struct Row {
    const char* replicas;
    double down, up;
  };
  const auto row = GENERATE(values<Row>({
      {"{max: 3, behavior: {scale_up: {tolerance: 0%}}}",                          0.1,  0   },
      {"{max: 3, behavior: {scale_down: {tolerance: 30%}}}",                       0.3,  0.1 },
      {"{max: 3, hpa: {tolerance: 5%}, behavior: {scale_down: {tolerance: 0.2}}}", 0.2,  0.05},
      {"{max: 3, hpa: {tolerance: 5%}, behavior: {scale_down: {window: 60s}}}",    0.05, 0.05},
  }));
  CAPTURE(row.replicas);
  const Scenario s = scenario_of(with("{max: 3}", row.replicas));
  const auto& hpa = std::get<HpaPolicy>(s.placements[0].services[0].replicas.autoscaler);
  CHECK(hpa.tolerance.down == row.down);
  CHECK(hpa.tolerance.up == row.up);
  CHECK(hpa.behaviour);
}

TEST_CASE("a pull that SageMaker does not honour is a warning", "[scenarios][placement]") {
  struct Row {
    const char* because;
    std::string text;
    std::string message;
  };
  const std::string lazy = with_training("{platform: sm, instance_type: ml.m5.xlarge, pull: soci_lazy}");
  const auto row = GENERATE_COPY(values<Row>({
      {"a training job", lazy,
       "SageMaker does not load images lazily for training jobs: a full pull is simulated"},
      {"nor in parallel",
       with_training("{platform: sm, instance_type: ml.m5.xlarge, pull: soci_parallel}"),
       "SageMaker does not load images in parallel for training jobs: a full pull is simulated"},
      {"Studio notebooks do", with("    duration: 4min", "    duration: 4min\n    interactive: true", lazy),
       ""},
      {"the what-if of a SageMaker that does",
       with("default_training_quota: 10", "default_training_quota: 10, soci: everywhere", lazy), ""},
      {"an endpoint",
       with("services: {\"*\": {platform: eks, ",
            "services: {\"*\": {platform: sm, instance_type: ml.m5.xlarge, pull: soci_lazy, "),
       "SageMaker does not load images lazily for endpoints: their creation time holds whatever is "
       "pulled"},
      {"Kubernetes does", with_training("{platform: eks, pull: soci_lazy}"), ""},
  }));
  CAPTURE(row.because);
  const Loaded loaded = read_scenario_text(row.text, "x.yaml");
  CHECK(loaded.scenario);
  CHECK((loaded.issues.empty() ? "" : loaded.issues[0].message) == row.message);
  if (!loaded.issues.empty()) CHECK(loaded.issues[0].severity == Severity::warning);
}

TEST_CASE("Savings Plans are read as one or as a list", "[scenarios][placement]") {
  const Scenario s = scenario_of(with_placements(
      std::string("  p:\n    training: {\"*\": {platform: eks, pool: cpu}}\n") + kServices + R"(
    commitments:
      compute_sp: [{hourly: $12/h, term: 1y}, {hourly: $3/h, term: 3y}]
      ec2_instance_sp: {m5: {hourly: $5/h, term: 1y}}
      sagemaker_sp: {hourly: $1/h, term: 1y}
)"));
  const auto& plans = s.placements[0].commitments.plans;
  REQUIRE(plans.size() == 4);
  using Plan = Commitment::Plan;
  using Term = Commitment::Term;
  CHECK(plans[1] == Commitment{Plan::compute, Term::three_years, "", {3}});
  CHECK(plans[2] == Commitment{Plan::ec2_instance, Term::one_year, "m5", {5}});
  CHECK(plans[3] == Commitment{Plan::sagemaker, Term::one_year, "", {1}});
}

// ---- Endpoints ----------------------------------------------------------------------------------

std::string with_endpoint(const std::string& endpoint) {
  const bool instances = endpoint.find("serverless") == std::string::npos;
  return with_placements(
      "  p:\n    training: {\"*\": {platform: eks, pool: cpu}}\n"
      "    services:\n      s: {platform: sm, " +
      std::string(instances ? "instance_type: ml.m5.xlarge, " : "") + "endpoint: {" + endpoint + "}}\n");
}

TEST_CASE("an endpoint is scaled in instances, each with as many copies as fit",
          "[scenarios][placement][endpoint]") {
  // Four copies of 1 CPU on an m5.xlarge.
  const Scenario s = scenario_of(with_endpoint(
      "kind: realtime, min_instances: 2, max_instances: 5, invocations_per_instance: 600, "
      "scale_in_cooldown: 10min, routing: least_outstanding"));
  const ServiceHome& home = s.placements[0].services[0];
  CHECK(home.replicas.min == 8);
  CHECK(home.replicas.max == 20);
  const auto& tracking = std::get<TargetTrackingPolicy>(home.replicas.autoscaler);
  CHECK(tracking.target == 600);
  CHECK(tracking.scale_in_cooldown == Seconds{600});
  CHECK(tracking.scale_out_cooldown == Seconds{300});
  CHECK(std::get<RealtimeEndpoint>(*home.endpoint).routing == Routing::least_outstanding);
}

TEST_CASE("serverless and asynchronous endpoints have settings of their own",
          "[scenarios][placement][endpoint]") {
  const Scenario s = scenario_of(
      with_endpoint("kind: serverless, memory_gb: 4, max_concurrency: 50, keep_warm: 10min"));
  const auto& serverless = std::get<ServerlessEndpoint>(*s.placements[0].services[0].endpoint);
  CHECK(serverless.memory_gb == 4);
  CHECK(serverless.max_concurrency == 50);
  CHECK(serverless.keep_warm == Seconds{600});
  CHECK(mean(serverless.cold_start) > 0);
  const Scenario a = scenario_of(with_endpoint(
      "kind: async, max_instances: 3, backlog_per_instance: 5, max_concurrent_invocations: 2"));
  const ServiceHome& home = a.placements[0].services[0];
  CHECK(home.replicas.min == 0);
  CHECK(home.replicas.max == 3);
  CHECK(std::get<AsyncEndpoint>(*home.endpoint).max_concurrent == 2);
  CHECK(first_line_of(with("service_time: 8ms", "service_time: 8ms\n    timeout: 5s",
                           with_endpoint("kind: async, max_instances: 3, backlog_per_instance: 5")))
            .find("the service's timeout does not count here") != std::string::npos);
}

TEST_CASE("what an endpoint cannot be is told where it was said",
          "[scenarios][placement][endpoint]") {
  struct Row {
    const char* endpoint;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"kind: realtime, max_instances: 2", "nothing says what the instances are scaled by"},
      {"kind: realtime, invocations_per_instance: 60", "the endpoint's most instances are not said"},
      {"kind: realtime, min_instances: 0, max_instances: 2, invocations_per_instance: 60",
       "a realtime endpoint has at least one instance"},
      {"kind: realtime, min_instances: 3, max_instances: 2, invocations_per_instance: 60",
       "min_instances 3 is more than max_instances 2"},
      {"kind: realtime, max_instances: 2, invocations_per_instance: 60, concurrent_requests: 2",
       "two targets: invocations_per_instance and concurrent_requests"},
      {"kind: realtime, max_instances: 2, backlog_per_instance: 60",
       "backlog_per_instance is for async endpoints"},
      {"kind: async, max_instances: 2, backlog_per_instance: 5, routing: random",
       "routing is for realtime endpoints"},
      {"kind: serverless, memory_gb: 4, max_concurrency: 20, max_instances: 2",
       "max_instances is for realtime and async endpoints"},
      {"kind: serverless, max_concurrency: 20", "a serverless endpoint's memory is not said"},
      {"kind: serverless, memory_gb: 4", "a serverless endpoint's most requests at once are not said"},
      {"kind: serverless, memory_gb: 1, max_concurrency: 20", "\"s\" needs 2.0 GiB and a container has 1 GB"},
      {"kind: serverless, memory_gb: 4, max_concurrency: 20, provisioned_concurrency: 30",
       "provisioned_concurrency 30 is more than max_concurrency 20"},
      {"kind: serverless, memory_gb: 4, max_concurrency: 20, provisioned_concurrency: 3",
       "no price is known for sagemaker_serverless_provisioned_gb_s"},
  }));
  CAPTURE(row.endpoint);
  const std::string line = first_line_of(with_endpoint(row.endpoint));
  CAPTURE(line);
  CHECK(line.find(row.message) != std::string::npos);
}

TEST_CASE("a serverless endpoint takes 4 MB each way", "[scenarios][placement][endpoint]") {
  const std::string endpoint = with_endpoint("kind: serverless, memory_gb: 4, max_concurrency: 20");
  CHECK(first_line_of(with("slo: {latency: 50ms}", "slo: {latency: 50ms}\n    request_size: 4MB", endpoint)).empty());
  for (const char* size : {"request_size: 4.1MB", "response_size: 5MB"}) {
    const std::string line =
        first_line_of(with("slo: {latency: 50ms}", std::string("slo: {latency: 50ms}\n    ") + size, endpoint));
    CAPTURE(line);
    CHECK(line.find("\"s\" has requests or answers of more than 4 MB") != std::string::npos);
  }
}

TEST_CASE("a serverless endpoint has no machine of its own", "[scenarios][placement][endpoint]") {
  const auto with_rule = [](const std::string& rule) {
    return first_line_of(with_placements(
        "  p:\n    training: {\"*\": {platform: eks, pool: cpu}}\n    services:\n"
        "      \"*\": {platform: sm, instance_type: ml.m5.xlarge}\n"
        "      s: {" + rule + "endpoint: {kind: serverless, memory_gb: 4, max_concurrency: 20}}\n"));
  };
  CHECK(with_rule("").empty());  // what an earlier rule says of others is no mistake
  CHECK(with_rule("instance_type: ml.m5.large, ").find("has no instance type") != std::string::npos);
  CHECK(with_rule("pull: preloaded, ").find("has no pull") != std::string::npos);
}

TEST_CASE("pods have no endpoint", "[scenarios][placement][endpoint]") {
  const std::string line = first_line_of(with_placements(
      "  p:\n    training: {\"*\": {platform: eks, pool: cpu}}\n    services: {s: {platform: eks, pool: cpu, "
      "replicas: {max: 3}, endpoint: {kind: serverless, memory_gb: 4, max_concurrency: 20}}}\n"));
  CHECK(line.find("only SageMaker has endpoints") != std::string::npos);
}

}  // namespace
}  // namespace berth
