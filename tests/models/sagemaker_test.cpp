#include "models/sagemaker.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

WarmPoolKey trainer() {
  return {.role = "arn:aws:iam::1:role/train",
          .instance_type = "ml.g5.2xlarge",
          .instance_count = 2,
          .volume_gib = 100,
          .security_groups = {"sg-1", "sg-2"},
          .subnets = {"subnet-1"}};
}

TEST_CASE("a job takes a warm pool only when every listed setting is the same", "[sagemaker]") {
  struct Row { const char* because; void (*change)(WarmPoolKey&); const char* expected; };
  const auto row = GENERATE(values<Row>({
      {"nothing differs",                 [](WarmPoolKey&) {},                               ""              },
      {"another role",                    [](WarmPoolKey& k) { k.role = "other"; },          "RoleArn"       },
      {"fewer instances do not fit in",   [](WarmPoolKey& k) { k.instance_count = 1; },      "InstanceCount" },
      {"a larger type is another type",   [](WarmPoolKey& k) { k.instance_type = "ml.g5.4xlarge"; }, "InstanceType"},
      {"the volume is already formatted", [](WarmPoolKey& k) { k.volume_gib = 50; },         "VolumeSizeInGB"},
      {"a key",                           [](WarmPoolKey& k) { k.volume_key = "k"; },        "VolumeKmsKeyId"},
      {"security groups are a set",       [](WarmPoolKey& k) { k.security_groups = {"sg-2", "sg-1"}; }, ""   },
      {"one group fewer",                 [](WarmPoolKey& k) { k.security_groups = {"sg-1"}; }, "SecurityGroupIds"},
      {"another subnet",                  [](WarmPoolKey& k) { k.subnets = {"subnet-2"}; },  "Subnets"       },
      {"isolation",                       [](WarmPoolKey& k) { k.network_isolation = true; }, "EnableNetworkIsolation"},
      {"session chaining",                [](WarmPoolKey& k) { k.session_chaining = true; }, "EnableSessionTagChaining"},
      {"encryption",                      [](WarmPoolKey& k) { k.encrypted_between_containers = true; }, "EnableInterContainerTrafficEncryption"},
  }));
  CAPTURE(row.because);
  WarmPoolKey job = trainer();
  row.change(job);
  const auto names = differences(trainer(), job);
  CHECK(matches(trainer(), job) == (std::string_view(row.expected).empty()));
  CHECK((names.empty() ? std::string_view() : names.front()) == row.expected);
}

TEST_CASE("keep-alive has limits and does not go with spot", "[sagemaker]") {
  struct Row { const char* because; KeepAliveRequest request; std::optional<KeepAliveProblem> expected; };
  const auto row = GENERATE(values<Row>({
      {"the least",              {1s},                std::nullopt                },
      {"the most",               {3600s},             std::nullopt                },
      {"none is not a pool",     {0s},                KeepAliveProblem::too_short },
      {"an hour and a second",   {3601s},             KeepAliveProblem::too_long  },
      {"spot",                   {600s, true},        KeepAliveProblem::with_spot },
  }));
  CAPTURE(row.because);
  CHECK(check_keep_alive(row.request) == row.expected);
}

TEST_CASE("a pool ends with its keep-alive, and after 28 days at the latest", "[sagemaker]") {
  CHECK(kept_until(100s, 0s, 600s) == std::optional<Seconds>(700s));
  CHECK(kept_until(28 * kDay - 100s, 0s, 600s) == std::optional<Seconds>(28 * kDay));
  CHECK_FALSE(kept_until(28 * kDay, 0s, 600s));
  CHECK_FALSE(kept_until(100s, 0s, 0s));
}

TEST_CASE("retained instances count inside the training quota", "[sagemaker]") {
  const InstanceQuota quota{.training = 10, .warm_pool = 4};
  const InstanceUse use{.running = 5, .retained = 3};
  CHECK(may_start(quota, use, 2));
  CHECK_FALSE(may_start(quota, use, 3));      // 5 + 3 + 3 > 10
  CHECK(may_start_in_pool(use, 3));           // these three are counted already
  CHECK_FALSE(may_start_in_pool(use, 4));
  CHECK(may_retain(quota, use, 1));
  CHECK_FALSE(may_retain(quota, use, 2));     // the fifth would be over the warm-pool quota
  CHECK_FALSE(may_retain({.training = 10}, {}, 1));  // the default quota is 0
}

TEST_CASE("a job's life gives back what it took", "[sagemaker]") {
  InstanceUse use = started({}, 2);
  CHECK(use.running == 2);
  use = ended(use, 2, true);
  CHECK((use.running == 0 && use.retained == 2));
  use = started_in_pool(use, 2);
  CHECK((use.running == 2 && use.retained == 0));
  use = released(ended(use, 2, true), 2);
  CHECK((use.running == 0 && use.retained == 0));
}

TEST_CASE("waiting for a launch is free, the download is not", "[sagemaker]") {
  for (const StatusRule& rule : status_rules()) {
    CAPTURE(rule.name);
    CHECK(rule_of(rule.status).name == rule.name);
    CHECK_FALSE((rule.billed && rule.final));
  }
  CHECK_FALSE(rule_of(TrainingStatus::starting).billed);
  CHECK_FALSE(rule_of(TrainingStatus::interrupted).billed);
  CHECK(rule_of(TrainingStatus::downloading).billed);
  CHECK(rule_of(TrainingStatus::uploading).billed);
}

TEST_CASE("calls come through in a burst and then one by one", "[sagemaker]") {
  CallBucket bucket;
  const CallLimit limit{.per_second = 0.5, .burst = 2};
  CHECK(wait_for_call(bucket, limit, 10s) == 0s);
  CHECK(wait_for_call(bucket, limit, 10s) == 0s);
  CHECK(wait_for_call(bucket, limit, 10s) == 2s);
  CHECK(wait_for_call(bucket, limit, 11s) == 3s);  // after the one that waits until 12 s
  CHECK(wait_for_call(bucket, limit, 100s) == 0s);  // the bucket is full again
}

}  // namespace
}  // namespace berth
