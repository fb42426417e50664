#include "scenarios/plan_fields.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/scenarios/small_scenario.h"

using namespace berth;

namespace {

Loaded planned(const std::string& plan) {
  return read_scenario_text(std::string(kSmall) + "plan:\n" + plan, "x.yaml");
}

}  // namespace

TEST_CASE("a plan section is read with its levers, limits and ranges") {
  const Loaded loaded = planned(
      "  objective: start_latency\n"
      "  limits: {cost: $5000/month, deadline_missed_share: 2%}\n"
      "  levers:\n"
      "    training: {t: {platforms: [eks], pulls: [full, preloaded]}}\n"
      "    services: {\"*\": {targets: [50%, 70%], endpoints: [realtime, serverless]}}\n"
      "  uncertain: {demand: {low: 0.8, high: 1.5}}\n"
      "  commitments: {sagemaker_sp: {hourly: $2/h, term: 1y}}\n");
  REQUIRE(loaded.scenario);
  const PlanRequest& plan = loaded.plan;
  CHECK(plan.objective == Objective::start_latency);
  CHECK(plan.limits.cost_usd_per_month == 5000);
  CHECK(plan.limits.deadline_missed_share == 0.02);
  REQUIRE(plan.training.size() == 1);
  CHECK(plan.training[0].levers.pulls.size() == 2);
  CHECK(plan.services[0].levers.targets == std::vector<double>{0.5, 0.7});
  CHECK(plan.services[0].levers.endpoints ==
        std::vector{EndpointKind::realtime, EndpointKind::serverless});
  REQUIRE(plan.uncertain.size() == 1);
  CHECK(plan.uncertain[0].likely == 1);
  CHECK(plan.uncertain[0].confidence == 0.9);
  CHECK(plan.held.plans.size() == 1);
}

TEST_CASE("terms of Savings Plans that may be bought are read, none unless said, and others refused") {
  CHECK(planned("  objective: cost\n").plan.savings_plans.empty());
  const Loaded loaded = planned("  levers: {savings_plans: [1y, 3y]}\n");
  REQUIRE(loaded.scenario);
  CHECK(loaded.plan.savings_plans == std::vector{Commitment::Term::one_year, Commitment::Term::three_years});
  const std::string line = first_line(planned("  levers: {savings_plans: [2y]}\n"));
  CHECK(line.find("\"2y\"") != std::string::npos);
  CHECK(line.find("[/plan/levers/savings_plans/0]") != std::string::npos);
  CHECK(first_line(planned("  levers: {savings_plans: []}\n")).find("/plan/levers/savings_plans") !=
        std::string::npos);
  CHECK_FALSE(first_line(planned("  levers: {savings_plans: 1y}\n")).empty());
}

TEST_CASE("an uncertain input that reaches nothing is refused with the reason") {
  const std::string line = first_line(planned("  uncertain: {hour_price: {low: 0.5, high: 2}}\n"));
  CHECK(line.find("this input reaches nothing: an hour of people costs nothing") != std::string::npos);
  CHECK(line.find("[/plan/uncertain/hour_price]") != std::string::npos);
}

TEST_CASE("a lever that names nothing is an error with the nearest word") {
  CHECK(first_line(planned("  levers: {training: {tt: {platforms: [eks]}}}\n"))
            .find("names nothing") != std::string::npos);
  CHECK(first_line(planned("  levers: {training: {t: {platforms: [esk]}}}\n"))
            .find("no platform named \"esk\"") != std::string::npos);
  CHECK(first_line(planned("  levers: {services: {s: {pools: [gpu]}}}\n"))
            .find("no node pool named \"gpu\"") != std::string::npos);
  CHECK(first_line(planned("  levers: {services: {s: {endpoints: [serverles]}}}\n"))
            .find("x.yaml") != std::string::npos);
}

TEST_CASE("a range that is not in order is an error") {
  CHECK(first_line(planned("  uncertain: {demand: {low: 1.2, high: 1.5}}\n"))
            .find("expected low <= likely <= high") != std::string::npos);
}

TEST_CASE("levers that do nothing are warned of, and levers for nothing refused") {
  const auto told = [](const std::string& levers) {
    const Loaded loaded = planned("  levers: {" + levers + "}\n");
    std::string all;
    for (const Issue& issue : loaded.issues) all += issue.path + ": " + issue.message + "\n";
    return all;
  };
  const std::string nothing = ": this lever does nothing: ";
  CHECK(told("training: {t: {platforms: [sm], pools: [cpu]}}") ==
        "/plan/levers/training/t/pools" + nothing + "none of its platforms is a cluster\n");
  CHECK(told("training: {t: {platforms: [eks], instance_types: [ml.m5.xlarge], keep_alives: [5min]}}") ==
        "/plan/levers/training/t/instance_types" + nothing + "none of its platforms is SageMaker\n" +
            "/plan/levers/training/t/keep_alives" + nothing + "none of its platforms is SageMaker\n");
  CHECK(told("services: {\"*\": {platforms: [eks], endpoints: [serverless]}}") ==
        "/plan/levers/services/*/endpoints" + nothing + "none of its platforms is SageMaker\n");
  CHECK(told("training: {\"*\": {checkpoint_intervals: [7min]}}") ==
        "/plan/levers/training/*/checkpoint_intervals" + nothing +
            "nothing it is for writes checkpoints\n");
  CHECK(told("training: {t: {platforms: [sm, eks], pools: [cpu], instance_types: [ml.m5.xlarge]}}") == "");
  const Loaded jobs_only = read_scenario_text(
      "schema: berth/scenario/1\nname: x\nhorizon: 1d\nimages: {i: {size: 1GB, unpacked: 2GB, layers: 5}}\n"
      "platforms: {sm: {kind: sagemaker}}\ntraining:\n  t:\n    image: i\n    schedule: {every: 1h}\n"
      "    needs: {cpu: 1, memory: 1GiB}\n    duration: 10min\nplacements:\n"
      "  p: {training: {t: {platform: sm, instance_type: ml.m5.xlarge}}}\n"
      "plan: {levers: {services: {\"*\": {targets: [50%]}}}}\n",
      "x.yaml");
  CHECK(std::ranges::any_of(jobs_only.issues, [](const Issue& issue) {
    return issue.message == "the scenario has no services to choose for" &&
           issue.path == "/plan/levers/services/*";
  }));
}

TEST_CASE("replica bounds of levers are read, and those that leave nothing are an error") {
  const auto with = [](const std::string& levers) {
    return planned("  levers: {services: {" + levers + "}}\n");
  };
  const Loaded loaded = with("\"*\": {minima: [1, 3]}, s: {maxima: [3, 40]}");
  REQUIRE(loaded.scenario);
  CHECK(loaded.plan.services[0].levers.minima == std::vector{1, 3});
  CHECK(loaded.plan.services[1].levers.maxima == std::vector{3, 40});

  const auto said = [&](const std::string& levers) { return first_line(with(levers)); };
  CHECK(said("s: {minima: [1, 30]}").find("at least 30 replicas, where there may be at most 3") !=
        std::string::npos);
  CHECK(said("s: {minima: [3, 5], maxima: [4, 8]}").empty());
  CHECK(said("s: {minima: [5], maxima: [4, 8]}").find("at most 4 replicas, where at least 5 are kept") !=
        std::string::npos);
  CHECK(said("s: {minima: [5], maxima: [4]}").find("at least 5 replicas, where there may be at most 4") !=
        std::string::npos);
  CHECK(said("s: {minima: [2], maxima: [1, 2]}").find("at most 1 replicas, where at least 2 are kept") != std::string::npos);
  CHECK(said("\"*\": {minima: [30]}, s: {maxima: [40]}").empty());
  CHECK(said("s: {maxima: [0]}").find("/plan/levers/services/s/maxima") != std::string::npos);
}

TEST_CASE("levers of clusters are read, and what they name wrongly is an error") {
  const Loaded loaded = planned(
      "  levers:\n"
      "    clusters:\n"
      "      eks:\n"
      "        autoscalers: [karpenter, cluster_autoscaler, none]\n"
      "        pools: {cpu: {instance_types: [m5.xlarge, m5.2xlarge], min_nodes: [0, 2], pause_pods: [1]}}\n");
  REQUIRE(loaded.scenario);
  REQUIRE(loaded.plan.clusters.size() == 1);
  const auto& [name, levers] = loaded.plan.clusters[0];
  CHECK(name == "eks");
  CHECK(levers.autoscalers.size() == 3);
  REQUIRE(levers.pools.size() == 1);
  CHECK(levers.pools[0].second.min_nodes == std::vector<int>{0, 2});
  CHECK(combinations(levers) == 12);

  const auto said = [](const std::string& clusters) {
    return first_line(planned("  levers: {clusters: " + clusters + "}\n"));
  };
  CHECK(said("{sm: {autoscalers: [none]}}").find("no cluster named \"sm\"") != std::string::npos);
  CHECK(said("{eks: {pools: {cpuu: {min_nodes: [1]}}}}").find("no node pool named \"cpuu\"") !=
        std::string::npos);
  CHECK(said("{eks: {pools: {cpu: {min_nodes: [9]}}}}")
            .find("9 nodes at least and 4 at most leave no shape of the pool") != std::string::npos);
  CHECK(said("{eks: {pools: {cpu: {min_nodes: [0, 1, 2, 3], pause_pods: [0, 1, 2, 3]}}}}")
            .find("16 combinations of levers, at most 16 shapes") != std::string::npos);
}
