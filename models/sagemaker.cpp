#include "models/sagemaker.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace berth {
namespace {

bool same_set(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

constexpr std::array kStatusRules{
    StatusRule{TrainingStatus::pending, "Pending", false, false, "waits for the platform"},
    StatusRule{TrainingStatus::starting, "Starting", false, false,
               "launch, capacity retries and replaced instances are AWS's time"},
    StatusRule{TrainingStatus::downloading, "Downloading", true, false,
               "TrainingStartTime: input data, and the image since about 2024"},
    StatusRule{TrainingStatus::training, "Training", true, false,
               "the algorithm, and the image where it is not pulled before"},
    StatusRule{TrainingStatus::uploading, "Uploading", true, false,
               "TrainingEndTime is after the upload of the artifacts"},
    StatusRule{TrainingStatus::stopping, "Stopping", true, false,
               "the instances are held until the artifacts are out"},
    StatusRule{TrainingStatus::interrupted, "Interrupted", false, false,
               "spot capacity was taken back; no instance is held"},
    StatusRule{TrainingStatus::completed, "Completed", false, true, "over"},
    StatusRule{TrainingStatus::failed, "Failed", false, true, "over"},
    StatusRule{TrainingStatus::stopped, "Stopped", false, true, "over"},
    StatusRule{TrainingStatus::max_runtime_exceeded, "MaxRuntimeExceeded", false, true, "over"},
    StatusRule{TrainingStatus::max_wait_time_exceeded, "MaxWaitTimeExceeded", false, true, "over"},
};

}  // namespace

std::vector<std::string_view> differences(const WarmPoolKey& pool, const WarmPoolKey& job) {
  std::vector<std::string_view> names;
  const auto compare = [&names](std::string_view name, bool same) {
    if (!same) names.push_back(name);
  };
  compare("RoleArn", pool.role == job.role);
  compare("InstanceCount", pool.instance_count == job.instance_count);
  compare("InstanceType", pool.instance_type == job.instance_type);
  compare("VolumeKmsKeyId", pool.volume_key == job.volume_key);
  compare("VolumeSizeInGB", pool.volume_gib == job.volume_gib);
  compare("SecurityGroupIds", same_set(pool.security_groups, job.security_groups));
  compare("Subnets", same_set(pool.subnets, job.subnets));
  compare("EnableInterContainerTrafficEncryption",
          pool.encrypted_between_containers == job.encrypted_between_containers);
  compare("EnableNetworkIsolation", pool.network_isolation == job.network_isolation);
  compare("EnableSessionTagChaining", pool.session_chaining == job.session_chaining);
  return names;
}

bool matches(const WarmPoolKey& pool, const WarmPoolKey& job) {
  return differences(pool, job).empty();
}

std::optional<KeepAliveProblem> check_keep_alive(const KeepAliveRequest& request) {
  if (request.keep_alive < kKeepAliveMin) return KeepAliveProblem::too_short;
  if (request.keep_alive > kKeepAliveMax) return KeepAliveProblem::too_long;
  if (request.spot) return KeepAliveProblem::with_spot;
  return std::nullopt;
}

std::string_view to_text(KeepAliveProblem problem) {
  switch (problem) {
    case KeepAliveProblem::too_short:
      return "keep-alive must be at least 1 s";
    case KeepAliveProblem::too_long:
      return "keep-alive must be at most 3600 s";
    case KeepAliveProblem::with_spot:
      return "managed spot training cannot keep instances alive";
  }
  throw std::logic_error("unknown KeepAliveProblem");
}

std::optional<Seconds> kept_until(Seconds now, Seconds pool_began, Seconds keep_alive) {
  const Seconds until = std::min(now + keep_alive, pool_began + kPoolLifeMax);
  if (until <= now) return std::nullopt;
  return until;
}

bool may_start(const InstanceQuota& quota, const InstanceUse& use, int instances) {
  return use.running + use.retained + instances <= quota.training;
}

bool may_start_in_pool(const InstanceUse& use, int instances) { return instances <= use.retained; }

bool may_retain(const InstanceQuota& quota, const InstanceUse& use, int instances) {
  return use.retained + instances <= quota.warm_pool;
}

InstanceUse started(InstanceUse use, int instances) {
  return {use.running + instances, use.retained};
}

InstanceUse started_in_pool(InstanceUse use, int instances) {
  return {use.running + instances, use.retained - instances};
}

InstanceUse ended(InstanceUse use, int instances, bool retained) {
  return {use.running - instances, use.retained + (retained ? instances : 0)};
}

InstanceUse released(InstanceUse use, int instances) {
  return {use.running, use.retained - instances};
}

std::span<const StatusRule> status_rules() { return kStatusRules; }

const StatusRule& rule_of(TrainingStatus status) {
  return kStatusRules.at(static_cast<std::size_t>(status));
}

}  // namespace berth
