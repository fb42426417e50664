// SageMaker training's rules: when a job may take over the instances another one left (warm pools),
// what quota allows, and which part of a job's life is billed.
//
// Rules as in the SageMaker developer guide and API reference, read in 2026 and, where the page of
// 2023 differs, with both dates. Left out: heterogeneous clusters' instance groups, HyperPod,
// pools that end because an instance became unhealthy.
// Tested by tests/models/sagemaker_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/call_limit.h"
#include "models/units.h"

namespace berth {

// ---- Warm pools --------------------------------------------------------------------------------

// What must be equal between the job that left a pool and the one that takes it. The image is not
// among it: another image is pulled onto the same instances.
struct WarmPoolKey {
  std::string role;
  std::string instance_type;
  int instance_count = 1;
  int volume_gib = 0;
  std::string volume_key;  // KMS
  std::vector<std::string> security_groups, subnets;  // in any order
  bool encrypted_between_containers = false;
  bool network_isolation = false;
  bool session_chaining = false;  // in the list since 2024
};

bool matches(const WarmPoolKey& pool, const WarmPoolKey& job);
// The API's names of the fields that keep a job from taking the pool, in the order of the API.
std::vector<std::string_view> differences(const WarmPoolKey& pool, const WarmPoolKey& job);

inline constexpr Seconds kKeepAliveMin{1};
inline constexpr Seconds kKeepAliveMax{3600};
// A pool may pass from job to job for at most 28 days (7 days in the guide of 2023).
inline constexpr Seconds kPoolLifeMax = 28 * kDay;

enum class KeepAliveProblem : std::uint8_t {
  too_short,  // below 1 s; a job without keep-alive has none
  too_long,   // above 3600 s
  with_spot,  // managed spot training cannot keep instances
};
struct KeepAliveRequest {
  Seconds keep_alive{0};
  bool spot = false;
};
std::optional<KeepAliveProblem> check_keep_alive(const KeepAliveRequest& request);
std::string_view to_text(KeepAliveProblem problem);

// Until when instances that a job leaves at `now` may stay, if nobody takes them: the job's own
// keep-alive, but not past the pool's 28 days. Absent when they go at once.
std::optional<Seconds> kept_until(Seconds now, Seconds pool_began, Seconds keep_alive);

// ---- Quota -------------------------------------------------------------------------------------

// Instances of one type. The training quota counts running and retained instances together; the
// warm-pool quota (0 until raised) counts the retained ones alone.
struct InstanceQuota {
  int training = 0;
  int warm_pool = 0;
};
struct InstanceUse {
  int running = 0;
  int retained = 0;
};

bool may_start(const InstanceQuota& quota, const InstanceUse& use, int instances);
// A job in a pool takes instances that are counted already.
bool may_start_in_pool(const InstanceUse& use, int instances);
// At a job's end. When not, the job completes all the same and its instances go.
bool may_retain(const InstanceQuota& quota, const InstanceUse& use, int instances);

InstanceUse started(InstanceUse use, int instances);
InstanceUse started_in_pool(InstanceUse use, int instances);
InstanceUse ended(InstanceUse use, int instances, bool retained);
InstanceUse released(InstanceUse use, int instances);  // a pool ended

// ---- Statuses and what is billed ---------------------------------------------------------------

enum class TrainingStatus : std::uint8_t {
  pending,
  starting,
  downloading,
  training,
  uploading,
  stopping,
  interrupted,
  completed,
  failed,
  stopped,
  max_runtime_exceeded,
  max_wait_time_exceeded,
};

struct StatusRule {
  TrainingStatus status;
  std::string_view name;  // SecondaryStatus of the API
  bool billed = false;    // instance seconds count towards BillableTimeInSeconds
  bool final = false;
  std::string_view why;
};
std::span<const StatusRule> status_rules();
const StatusRule& rule_of(TrainingStatus status);

// Between a stop request (or a spot interruption) and the end: SIGTERM, then this long.
inline constexpr Seconds kStopGrace{120};

}  // namespace berth
