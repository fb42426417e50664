#include "planner/levers.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "planner/conflict.h"
#include "planner/homes.h"
#include "tests/support/builders.h"

using namespace berth;

namespace {

std::vector<std::string> words(const Scenario& scenario, const Options& options) {
  std::vector<std::string> list;
  for (const TrainingHome& home : options.training[0]) list.push_back(in_words(scenario, home));
  return list;
}

}  // namespace

TEST_CASE("with nothing stated, platforms, pools and keep-alive follow from the scenario") {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  std::get<SageMaker>(scenario.platforms[0]).default_warm_pool_quota = 2;
  const Options options = options_of(scenario, {});
  CHECK(words(scenario, options) ==
        std::vector<std::string>{"sagemaker ml.m5.xlarge", "eks/cpu m5.xlarge",
                                 "sagemaker ml.m5.xlarge, kept 15 min"});
  // The only type is the placed one.
  CHECK(std::ranges::count(options.derived,
                           "SageMaker types ml.m5.xlarge as placed, and nothing cheaper that fits: train") ==
        1);
}

TEST_CASE("SageMaker types are listed with why they are tried and for whom, the work's price first") {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  InstanceType fast = scenario.catalogue.types[0];
  fast.name = "m7i.xlarge";
  fast.sagemaker_training->usd = 0.3;
  scenario.catalogue.types.push_back(fast);
  scenario.training.push_back(scenario.training[0]);
  scenario.training[1].name = "other";
  for (Placement& placement : scenario.placements) placement.training.push_back(placement.training[0]);
  // Twice as fast for one of them: 0.15 $ for an hour of its work.
  scenario.training[1].speeds = {{TypeId{1}, 2.0}};
  const Options options = options_of(scenario, {});
  const auto told = [&](const std::string& line) {
    return std::ranges::count(options.derived, line) == 1;
  };
  CHECK(told("SageMaker types ml.m5.xlarge as placed, and the cheapest that fit, ml.m7i.xlarge at 0.3 $/h for an hour of work: train"));
  CHECK(told("SageMaker types ml.m5.xlarge as placed, and the cheapest that fit, ml.m7i.xlarge at 0.15 $/h for an hour of work: other"));
}

TEST_CASE("spot is tried for classes that write checkpoints, with the best interval besides") {
  TrainingClass work = test_class(Every{900s}, 240s);
  work.checkpoint = Checkpointing{.interval = 600s, .cost = 10s};
  const Scenario scenario = small_scenario(work);
  const auto list = words(scenario, options_of(scenario, {}));
  CHECK(std::ranges::count(list, "sagemaker ml.m5.xlarge, spot") == 1);
  CHECK(std::ranges::any_of(list, [](const std::string& one) {
    return one.starts_with("sagemaker ml.m5.xlarge, spot, checkpoints every");
  }));
}

TEST_CASE("stated levers are the only ones; the particular replaces the general") {
  const Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  PlanRequest request;
  request.training = {{"*", {.platforms = {"sagemaker"}}}, {"train", {.platforms = {"eks"}}}};
  CHECK(words(scenario, options_of(scenario, request)) ==
        std::vector<std::string>{"eks/cpu m5.xlarge"});
}

TEST_CASE("a workload that fits nowhere is named with every refusal") {
  TrainingClass work = test_class(Every{900s}, 240s);
  work.needs = {.cpu_milli = 64'000, .memory = {4 * kGiB}};
  Scenario scenario = small_scenario(work);
  scenario.placements.pop_back();  // that has it there all the same
  PlanRequest request;
  request.training = {{"*", {.platforms = {"eks"}}}};
  const Options options = options_of(scenario, request);
  REQUIRE(options.homeless.size() == 1);
  CHECK(options.homeless[0].workload == "train");
  CHECK(options.homeless[0].refused ==
        std::vector<std::string>{"eks/cpu: a pod is larger than its nodes"});
  AnalysisMemory memory;
  CHECK(conflict_of(scenario, request, options, memory).limits ==
        std::vector<std::string>{"train has no home its levers allow (eks/cpu: a pod is larger than its nodes)"});
  request.training = {{"*", {.platforms = {"sagemaker"}, .instance_types = {"ml.m5.xlarge"}}}};
  scenario.placements[0].training[0].type = {1};
  const Options small = options_of(scenario, request);
  REQUIRE(small.homeless.size() == 1);
  CHECK(small.homeless[0].refused ==
        std::vector<std::string>{"sagemaker/ml.m5.xlarge: the job asks for 64 CPUs, and it has 4"});
}

namespace {

Scenario with_a_service() {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  Service& service = scenario.services.emplace_back();
  service.name = "score";
  service.image = {0};
  service.needs = {.cpu_milli = 1000, .memory = {kGiB}};
  service.service_time = constant(0.05);
  service.concurrency = 4;
  return scenario;
}

}  // namespace

TEST_CASE("targets that are shares are varied, numbers of requests are kept") {
  Scenario scenario = with_a_service();
  ServiceHome home{.platform = {1}, .pool = PoolId{0}, .type = {0}};
  const auto listed = [&](const Autoscaler& autoscaler) {
    home.replicas = {.min = 2, .max = 100, .autoscaler = autoscaler};
    for (Placement& placement : scenario.placements) placement.services = {home};
    std::vector<std::string> list;
    const Options options = options_of(scenario, {});
    for (const ServiceHome& one : options.services[0])
      if (one.pool) list.push_back(in_words(scenario, one));
    return list;
  };
  CHECK(listed(HpaPolicy{.metrics = {{.what = Measure::cpu, .target = 0.65}}}) ==
        std::vector<std::string>{"eks/cpu m5.xlarge, target 65 %", "eks/cpu m5.xlarge, target 50 %",
                                 "eks/cpu m5.xlarge, target 60 %", "eks/cpu m5.xlarge, target 70 %",
                                 "eks/cpu m5.xlarge, target 80 %"});
  CHECK(listed(HpaPolicy{.metrics = {{.what = Measure::requests_per_second, .target = 20}}}) ==
        std::vector<std::string>{"eks/cpu m5.xlarge, target 20 " +
                                 std::string(name_of(Measure::requests_per_second)) + " a pod"});
  CHECK(listed(KedaPolicy{}).size() == 1);
  CHECK(listed(KnativePolicy{.target = 3, .absolute = true}).size() == 1);
  CHECK(listed(KnativePolicy{.target = 0.7}).size() == 4);
}

TEST_CASE("least and most replicas are paired where they can be, and told where placements say otherwise") {
  Scenario scenario = with_a_service();
  ServiceHome home{.platform = {1}, .pool = PoolId{0}, .type = {0}};
  home.replicas = {.min = 2, .max = 10, .autoscaler = HpaPolicy{}};
  for (Placement& placement : scenario.placements) placement.services = {home};
  const auto listed = [&](const ServiceLevers& levers) {
    PlanRequest request;
    request.services = {{"score", levers}};
    std::vector<std::string> list;
    const Options options = options_of(scenario, request);
    for (const ServiceHome& one : options.services[0])
      if (one.pool) list.push_back(in_words(scenario, ServiceId{0}, one));
    return list;
  };
  const std::string usual = "eks/cpu m5.xlarge, target 80 %";
  CHECK(listed({.platforms = {"eks"}, .targets = {0.8}}) == std::vector<std::string>{usual});
  CHECK(listed({.platforms = {"eks"}, .targets = {0.8}, .minima = {1, 6, 12}, .maxima = {4, 10}}) ==
        std::vector<std::string>{usual + ", 1 to 4 replicas", usual + ", 1 to 10 replicas",
                                 usual + ", 6 to 10 replicas"});
  CHECK(listed({.platforms = {"eks"}, .targets = {0.8}, .maxima = {1, 20}}) ==
        std::vector<std::string>{usual + ", 2 to 20 replicas"});
  // On a platform where no placement has it, all of them are the measure.
  for (Placement& placement : scenario.placements)
    placement.services[0] = {.platform = {0}, .type = {0}, .replicas = home.replicas};
  CHECK(listed({.platforms = {"eks"}, .targets = {0.8}, .minima = {2, 3}}) ==
        std::vector<std::string>{usual, usual + ", 3 to 10 replicas"});
  // Placements that differ leave nothing to be taken for granted.
  scenario.placements[0].services[0].replicas.max = 11;
  CHECK(listed({.platforms = {"eks"}, .targets = {0.8}, .maxima = {10}}) ==
        std::vector<std::string>{usual + ", 2 to 10 replicas"});
}

TEST_CASE("a home whose price nobody knows is refused by the price's name, not counted as free") {
  TrainingClass work = test_class(Every{900s}, 240s);
  Scenario scenario = small_scenario(work);
  scenario.placements.pop_back();  // only SageMaker is placed
  scenario.catalogue.price(SimplePrice::eks_cluster_hour).reset();
  CHECK(words(scenario, options_of(scenario, {})) ==
        std::vector<std::string>{"sagemaker ml.m5.xlarge"});
  PlanRequest request;
  request.training = {{"*", {.platforms = {"eks"}}}};
  const Options options = options_of(scenario, request);
  REQUIRE(options.homeless.size() == 1);
  CHECK(options.homeless[0].refused ==
        std::vector<std::string>{"eks/cpu m5.xlarge: no price is known for " +
                                 std::string(name_of(SimplePrice::eks_cluster_hour))});
}

TEST_CASE("a value that is stated and that no home has is named, with why") {
  TrainingClass work = test_class(Every{900s}, 240s);
  Scenario scenario = small_scenario(work);
  scenario.training.push_back(scenario.training[0]);
  scenario.training[1].name = "other";
  scenario.training[1].checkpoint = Checkpointing{.interval = 600s, .cost = 10s};
  for (Placement& placement : scenario.placements) placement.training.push_back(placement.training[0]);
  std::get<SageMaker>(scenario.platforms[0]).default_warm_pool_quota = 0;
  PlanRequest request;
  request.training = {{"*",
                       {.platforms = {"sagemaker"},
                        .pools = {"cpu"},
                        .offerings = {Offering::on_demand},
                        .pulls = {PullMode::full, PullMode::soci_lazy},
                        .keep_alives = {0s, 600s},
                        .checkpoint_intervals = {600s, 1200s}}}};
  request.training[0].levers.instance_types = {"ml.m5.xlarge"};  // as in files: SageMaker's name of it
  const auto unused = options_of(scenario, request).unused;
  const auto named = [&](const std::string& begin) {
    return std::ranges::count_if(unused, [&](const std::string& one) {
      return one.starts_with("stated as a lever, and in no home of " + begin);
    });
  };
  CHECK(named("train, other: pool cpu (") == 1);
  CHECK(named("train, other: instance type") == 0);
  CHECK(named("train, other: pull soci_lazy (") == 1);
  CHECK(named("train, other: keep-alive 10 min (") == 1);
  CHECK(named("train: checkpoints every 10 min (it writes none)") == 1);
  CHECK(named("train: checkpoints every 20 min (it writes none)") == 1);
  CHECK(unused.size() == 5);
  request.training = {{"*", {.platforms = {"sagemaker", "eks"}, .pools = {"cpu"}}}};
  CHECK(options_of(scenario, request).unused.empty());
  request.training = {{"train", {.offerings = {Offering::spot}}}};
  CHECK(options_of(scenario, request).unused.size() <= 1);
}

TEST_CASE("checkpoint intervals that are stated are the only ones") {
  TrainingClass work = test_class(Every{900s}, 240s);
  work.checkpoint = Checkpointing{.interval = 600s, .cost = 10s};
  const Scenario scenario = small_scenario(work);
  const auto intervals = [&](std::vector<Seconds> stated) {
    PlanRequest request;
    request.training = {{"*", {.checkpoint_intervals = std::move(stated)}}};
    std::set<double> all;
    const Options options = options_of(scenario, request);
    for (const TrainingHome& home : options.training[0])
      all.insert(home.checkpoint_interval.value_or(work.checkpoint->interval).count());
    return all;
  };
  CHECK(intervals({300s, 1200s}) == std::set<double>{300, 1200});
  CHECK(intervals({300s, 600s}) == std::set<double>{300, 600});
}
