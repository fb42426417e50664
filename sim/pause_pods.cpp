#include "sim/pause_pods.h"

#include <utility>

namespace berth {
namespace {

// One pause pod after the other, each until it is told to go or its node is lost.
class PausePod final : public Resident {
 public:
  explicit PausePod(World& world) : world_(world) {}

  void lose_node() override { go(); }
  void evict(PodEvicted::Why, Seconds) override { go(); }

  struct Stay {
    PausePod& pod;
    bool await_ready() const { return pod.told_; }
    void await_suspend(std::coroutine_handle<> life) { pod.sleeper_ = life; }
    void await_resume() const { pod.told_ = false; }
  };
  Stay stay() { return {*this}; }

 private:
  void go() {
    told_ = true;  // maybe before it knows of its room
    if (sleeper_) world_.agenda.resume_now(std::exchange(sleeper_, {}));
  }

  World& world_;
  std::coroutine_handle<> sleeper_;
  bool told_ = false;
};

Life run_pause_pod(World& world, ClusterPlatform& cluster, PoolId pool) {
  const PausePods& pause = cluster.pool(pool).pause;
  PausePod pod(world);
  while (true) {
    auto room = cluster.request({.pool = pool,
                                 .needs = pause.needs,
                                 .priority = pause.priority,
                                 .preempts = false,
                                 .resident = &pod});
    co_await room;
    auto stay = pod.stay();
    co_await stay;
    room.bound.release();
  }
}

}  // namespace

void run_pause_pods(World& world, ClusterPlatform& cluster, PoolId pool) {
  for (int i = 0; i < cluster.pool(pool).pause.pods; ++i) run_pause_pod(world, cluster, pool);
}

}  // namespace berth
