// One queue before workers that serve several requests at once, as GPU models do (Triton's and
// TorchServe's dynamic batching).
//
//   a worker that is free takes min(waiting, max_batch) requests when max_batch wait, or the first
//   of them has waited for max_delay; the batch takes (fixed + per_item x size) x scatter seconds
//
// With max_delay 0 a request that finds a free worker starts alone. All of a batch end together.
// Latencies are recorded as they are: a batch's duration depends on how many came with it, so a
// wait and a service time are not independent. `busy` counts slot-seconds of workers; a worker
// under load is nearly always busy, long before it can take no more: its utilisation says little,
// its batch size does.
// Left out: patience, sequences (LLMs). A queue a pod, each with its own batches: pod_batches.h.
// Tested by tests/sim/serving/batch_queue_test.cpp and family dynamic_batching.
#pragma once

#include <deque>
#include <vector>

#include "sim/serving/backlog.h"
#include "sim/serving/dispatcher.h"

namespace berth::serving {

struct BatchRules {
  int max_batch = 1;
  double max_delay = 0;            // seconds the first of a batch may be made to wait for others
  double fixed = 0, per_item = 0;  // seconds
  std::uint64_t queue_limit = 100'000;
  CutOff cut_off = CutOff::retry;
  bool queue_each = false;  // pods drawn blindly, each with a queue and batches of its own (pod_batches.h)
  bool buffers = false;     // without a pod requests wait for one, also where each pod has a queue
};

class BatchQueue final : public Dispatcher {
 public:
  struct Waiting {
    double arrival, scatter;
    double since;  // not to be served before
  };
  // Counts are kept where they are wanted, which must outlive it; absent: here.
  explicit BatchQueue(BatchRules rules, ServingCounts* counts = nullptr) : rules_(rules), elsewhere_(counts) {}

  // A block's services are what each batch's duration is multiplied with: a law of mean 1.
  void serve(const Requests& block, double until) override;
  void serve_until(double t) override;
  void join(Pod pod, int workers, double now) override;
  double drain(Pod pod, double now, double grace) override;
  void kill(Pod pod, double now) override;

  void occupy(double now, double end) override;

  void limit_queue(std::uint64_t most) override { rules_.queue_limit = most; }
  std::uint64_t waiting(double) const override { return queue_.size(); }
  std::uint64_t in_service(double now) const override;
  std::uint64_t in_service(Pod pod, double now) const override;
  void add_use(double now, std::vector<PodUse>& out) const override;
  double waited(double now) const override;

  // One that comes now, if there is room for it; time must have been served until then.
  bool add(const Waiting& one);
  std::vector<Waiting> take_queue();
  double waited_in_queue(double now) const { return backlog_.waited(now); }
  // When its last worker is free if nobody else comes; of `until` at most.
  double ends_by(double until) const;

 private:
  ServingCounts& out() { return elsewhere_ != nullptr ? *elsewhere_ : counts_; }
  struct Worker {
    Pod pod = 0;
    bool present = false, leaving = false;
    double cut_at = kNever, start = 0, end = 0;
    double work = 0, begun = 0;  // since it joined
    std::vector<Waiting> batch;
  };
  double launch_date() const;
  void launch_until(double t);
  void launch(double at);
  void cut_off(Worker& worker, double now);
  void cut_leaving(double t);

  BatchRules rules_;
  ServingCounts* elsewhere_;
  SlotTree tree_;
  std::vector<Worker> workers_;
  std::deque<Waiting> queue_;
  mutable Backlog backlog_;  // of the queue
  double next_cut_ = kNever;
};

}  // namespace berth::serving
