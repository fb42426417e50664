// One queue for all pods, first come first served: G(t)/G/c(t), exact, with c changing while
// requests wait.
//
// Two kernels that give the same answers:
//   direct  a request is bound to the slot that is free first when it arrives (Kiefer & Wolfowitz):
//           its start is max(arrival, earliest slot), the slot's new date start + service. Wrong
//           when the slots change while bound requests wait, when one waits longer than its client,
//           and when the queue fills up
//   lazy    requests wait in a queue and are bound when a slot is free: right in every case, dearer
//
// A block of requests is tried directly where nobody waits and no pod is warming up; if the last of
// them would start after `until` (the next moment at which slots may change), or one would wait too
// long, or the queue limit could be reached, its slots are put back and the block is served lazily;
// those of the blocks before who still wait in it (bound) take their places in the queue.
//
// Among free slots the one idle for longest is next. A request cut off with its pod goes back to
// the head of the queue, in order of arrival, and draws a new service time (its client waits on: a
// time-out ends with the pod). Whoever is cut off in service is no fair sample of service times: its wait stays
// recorded, to be convolved with the whole law, and the latency that it would have had is taken off.
// Left out: priorities, pods of different speed (other than warm-up), the time a balancer itself
// takes.
// Tested by tests/sim/serving/central_queue_test.cpp (kernels against each other; the exact
// probabilities of family mtmct) and by the queueing families of the validation cases.
#pragma once

#include <deque>
#include <vector>

#include "sim/serving/backlog.h"
#include "sim/serving/dispatcher.h"

namespace berth::serving {

enum class Kernel { fastest, lazy };

class CentralQueue final : public Dispatcher {
 public:
  // `services`: for requests that are served again; outlives this.
  CentralQueue(QueueRules rules, const LawDraws& services, RandomStream retries,
               Kernel kernel = Kernel::fastest);

  void serve(const Requests& block, double until) override;
  void serve_until(double t) override;
  void join(Pod pod, int slots, double now) override;
  double drain(Pod pod, double now, double grace) override;
  void kill(Pod pod, double now) override;

  void occupy(double now, double end) override;

  void limit_queue(std::uint64_t most) override { rules_.queue_limit = most; }
  std::uint64_t waiting(double now) const override;
  std::uint64_t in_service(double now) const override;
  std::uint64_t in_service(Pod pod, double now) const override;
  void add_use(double now, std::vector<PodUse>& out) const override;
  double waited(double now) const override;

 private:
  struct Waiting {
    double arrival, service, gives_up;  // gives_up: a date
    double since;                       // not to be served before: arrival, or when it was put back
    bool again;                         // put back after its pod died
  };
  struct Served {
    double arrival = 0, start = 0;  // start: kUncounted where the slot was only occupied
    double work = 0, begun = 0;     // of the slot since it joined
  };
  static constexpr double kUncounted = -kNever;
  struct Slot {
    Pod pod = 0;
    double joined = 0;
  };
  struct Leaving {  // in service on a pod that takes no more
    Pod pod;
    Served request;
    double end, cut_at;
  };

  bool try_directly(const Requests& block, double until);
  bool nobody_turned_away(const Requests& block);
  void keep_bound(double last_arrival);
  std::size_t in_queue(double now);
  void serve_lazily(const Requests& block);
  void start_waiting(double t);
  void arrive(const Waiting& request);
  void begin(const Waiting& request, double start);
  bool is_full(double now);
  void clear_given_up(double now);
  void cut_leaving(double t);
  void cut_off(Pod pod, double now);
  void take_back(const Served& request, double end);
  void put_back(std::vector<Leaving> victims, double now);
  void remove_slots(Pod pod);
  double slowness(const Slot& slot, double start) const;

  QueueRules rules_;
  const LawDraws* services_;
  FastRandom retries_;
  Kernel kernel_;
  SlotTree tree_, tree_before_;
  std::vector<Slot> slots_;
  std::vector<Served> served_;       // by slot: the request it is busy with
  std::vector<std::size_t> unused_;  // slots without a pod
  std::deque<Waiting> queue_;
  mutable Backlog backlog_;  // of the queue; a look counts who has given up by then
  std::vector<Leaving> leaving_;
  double next_cut_ = kNever;
  double warm_from_ = -kNever;
  std::uint64_t waiting_run_ = 0;  // requests bound directly since the last one that did not wait
  std::deque<double> bound_;       // starts of those bound directly who may wait still, ascending
  std::vector<double> starts_;     // of a block
  std::vector<std::uint32_t> taken_;  // and the slots
};

}  // namespace berth::serving
