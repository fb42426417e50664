#include "planner/levers.h"

#include <catch2/catch.hpp>
#include <algorithm>

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
  CHECK_FALSE(options.derived.empty());
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
  PlanRequest request;
  request.training = {{"*", {.platforms = {"eks"}}}};
  const Options options = options_of(scenario, request);
  REQUIRE(options.homeless.size() == 1);
  CHECK(options.homeless[0].workload == "train");
  CHECK(options.homeless[0].refused ==
        std::vector<std::string>{"eks/cpu: a pod is larger than its nodes"});
}
