// SageMaker as its users meet it: a rate limit on creating jobs, a quota of instances per type that
// makes jobs wait first come, first served, and warm pools that keep instances after a job.
//
// What may be reused is models/sagemaker.h's rule; when it is, is decided here: a job that finds a
// matching idle pool takes it at once; a pool that becomes free goes to the first waiting job that
// matches before it idles. Idle instances stay inside the training quota and are billed until they
// are reused or their keep-alive ends. Over the warm-pool quota, instances are released, as AWS does.
// Left out: patching, failures of a pool.
#pragma once

#include <coroutine>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>

#include "models/sagemaker.h"
#include "sim/lazy_mounts.h"
#include "sim/world.h"

namespace berth {

class SageMakerPlatform {
 public:
  SageMakerPlatform(World& world, PlatformId id, const SageMaker& settings);

  const SageMaker& settings() const { return settings_; }
  Endpoint endpoint() const { return endpoint_; }

  // How long CreateTrainingJob is refused from now on, given all calls so far; counts as a call.
  Seconds throttle();

  // Instances for one job, from a warm pool or by quota. After the co_await it says which, and what
  // image layers the instances hold. `job` must stay alive until then.
  struct Admission {
    SageMakerPlatform& platform;
    TypeId type;
    const WarmPoolKey& job;
    bool warm = false;
    LayerSet cached{};
    LazyMounts lazy{};
    Seconds began{0};  // of the chain of jobs on these instances; meaningful when warm
    std::coroutine_handle<> life{};

    bool await_ready();
    void await_suspend(std::coroutine_handle<> waiting);
    void await_resume() const {}
    void give(LayerSet layers, LazyMounts mounted, Seconds since) {
      warm = true;
      cached = std::move(layers);
      lazy = std::move(mounted);
      began = since;
    }
  };
  Admission admit(TypeId type, const WarmPoolKey& job) { return {*this, type, job}; }

  // The job's instances are free again; with keep_alive > 0 they stay warm if the quota allows.
  struct Finished {
    TypeId type;
    TrainingId workload;  // who pays while they idle
    Seconds keep_alive{0};
    Seconds began{0};  // when the instances were first launched
    Bytes volume;
    LayerSet cached;
    LazyMounts lazy;
  };
  void finish(const WarmPoolKey& job, Finished finished);

 private:
  struct WarmPool {
    WarmPoolKey key;
    LayerSet cached;
    LazyMounts lazy;
    Seconds began{0};
    std::uint64_t number = 0;
    std::unique_ptr<Lease> instances, volume;  // billed while it idles
  };
  struct TypeState {
    InstanceQuota quota;
    InstanceUse use;
    std::list<WarmPool> pools;  // oldest first
    std::deque<Admission*> waiting;
  };

  bool take_pool(TypeState& state, Admission& admission);
  bool pass_on(TypeState& state, const WarmPoolKey& key, Finished& finished);
  void start_waiting(TypeState& state);
  void retain(TypeState& state, const WarmPoolKey& key, Finished finished, Seconds until);
  static Life let_pool_go(World& world, SageMakerPlatform& platform, TypeId type,
                          std::uint64_t number, Seconds until);

  World& world_;
  const SageMaker& settings_;
  Endpoint endpoint_;
  std::map<TypeId, TypeState> types_;
  std::uint64_t next_pool_ = 0;
  std::unique_ptr<Lease> gateways_;
  CallBucket calls_;
};

}  // namespace berth
