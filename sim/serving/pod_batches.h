// Batches at each pod of its own queue, as where a Service spreads requests over pods whose servers
// (Triton, TorchServe) form their batches themselves.
//
//   a request goes to one of the pods that take work, drawn blindly (kube-proxy), and to a batch there;
//   what a batch is: batch_queue.h
//
// Without a pod requests are rejected, as by a Service without endpoints, or held where somebody buffers
// (Knative's activator). A pod that drains serves its queue until its grace is over. What is cut off then, or
// waits still, goes to other pods at once, or is lost, as the rules say.
// n pods at a Poisson stream are n single ones at an n-th of its rate.
// Left out: balancers that look at pods before they choose.
// Tested by tests/sim/serving/pod_batches_test.cpp.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "models/random_stream.h"
#include "sim/serving/batch_queue.h"

namespace berth::serving {

class PodBatches final : public Dispatcher {
 public:
  PodBatches(BatchRules rules, RandomStream dispatch) : rules_(rules), dispatch_(dispatch) {}

  void serve(const Requests& block, double until) override;
  void serve_until(double t) override;
  void join(Pod pod, int workers, double now) override;
  double drain(Pod pod, double now, double grace) override;
  void kill(Pod pod, double now) override;
  void occupy(double now, double end) override;

  void limit_queue(std::uint64_t most) override;
  std::uint64_t waiting(double now) const override;
  std::uint64_t in_service(double now) const override;
  std::uint64_t in_service(Pod pod, double now) const override;
  void add_use(double now, std::vector<PodUse>& out) const override;
  double waited(double now) const override;

 private:
  struct Door {
    std::unique_ptr<BatchQueue> queue;
    double cut_at = kNever;  // it drains until then
  };
  void place(const BatchQueue::Waiting& one);
  void close(std::map<Pod, Door>::iterator door, double now);
  void cut_drained(double t);
  void list_ready();

  BatchRules rules_;
  FastRandom dispatch_;
  std::map<Pod, Door> doors_;
  std::vector<BatchQueue*> ready_;  // that take work, by pod
  std::deque<BatchQueue::Waiting> held_;
  mutable Backlog held_backlog_;
  double next_cut_ = kNever;
};

}  // namespace berth::serving
