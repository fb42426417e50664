#include <catch2/catch.hpp>

#include "tests/scenarios/small_scenario.h"

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

}  // namespace
}  // namespace berth
