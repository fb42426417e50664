// A queue at every pod: a balancer sends each request to a pod when it arrives, and there it stays.
//
//   random             any pod (kube-proxy, per request)
//   round_robin        one after the other
//   least_outstanding  a pod with the fewest requests (queued or in service), any that ties
//   choices            of d pods at random the one with the fewest requests, the first that ties;
//                      with replacement, d = 2: Envoy's LEAST_REQUEST
//   choices_by_work    the same by unfinished work: by when the pod's next slot is free
//
// At its pod a request takes the slot that is free first, so its wait is known when it arrives and
// pods that come or go change nothing for those already queued elsewhere. A pod that drains serves
// its queue until its grace is over. What is cut off goes to other pods at once, in order of
// arrival, and draws a new service time (its client waits on: a time-out ends with the pod);
// without a pod, requests are rejected, as by a Service without endpoints. What each costs:
// docs/performance.md.
// Left out: several balancers that do not know of each other, connections that stick to a pod, slow
// start and weights, an outdated view of who is ready.
// Tested by tests/sim/serving/pod_queues_test.cpp and families load_balancing and p2c_meanfield.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "sim/serving/backlog.h"
#include "sim/serving/count_order.h"
#include "sim/serving/dates_ahead.h"
#include "sim/serving/departures.h"
#include "sim/serving/dispatcher.h"
#include "sim/serving/sent_requests.h"

namespace berth::serving {

enum class Balancing { random, round_robin, least_outstanding, choices, choices_by_work };

struct BalancerRules {
  Balancing balancing = Balancing::least_outstanding;
  int choices = 2;
  bool with_replacement = true;
};

class PodQueues final : public Dispatcher {
 public:
  PodQueues(QueueRules rules, BalancerRules balancer, const LawDraws& services,
            RandomStream dispatch, RandomStream retries);

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
  // What every request reads and writes of its pod: one line of the cache.
  struct alignas(64) Door {
    double first_free = 0;   // of its slots' dates the earliest
    double* free = nullptr;  // its slots' dates, the first in front; not kept while all have one slot
    std::uint32_t slots = 1;
    std::uint32_t outstanding = 0;  // queued or in service: for two choices only
    // Requests that had to wait since the last one that did not: at least as many as wait now.
    std::uint64_t run = 0;
    double work = 0, waits = 0, begun = 0;  // of all that was sent there
  };
  struct PodState {
    Pod name = 0;
    double joined = 0;
    double cut_at = kNever;     // of a draining pod
    std::vector<double> free;   // what its door points at
    DatesAhead starts, give_ups;  // of those who wait
    std::size_t queued(double now) { return starts.count(now) + give_ups.count(now); }
  };
  struct Request {
    double arrival, service, gives_up;
    bool again;
  };

  bool is_plain(const Requests& block) const;
  template <Balancing balancing>
  std::uint32_t pick_plainly(std::span<const std::uint32_t> ready, const Door* doors,
                             FastRandom& random, double now);
  template <Balancing balancing>
  void serve_plainly(const Requests& block);
  void record_starts(std::span<const double> starts, std::span<const double> arrivals);
  void note_waits(double now) const;
  std::uint64_t busy_slots(std::uint32_t where, double now) const;
  std::uint32_t pick(double now);
  std::uint32_t pick_of_several(double now);
  double load(std::uint32_t pod, double now);
  void place(const Request& request, double now);
  void take_slot(Door& door, double end);
  void note_work(std::uint32_t where, double wait, double service);
  void record(const Request& request, std::uint32_t where, double start, double service,
              double now);
  bool can_hold(double now);
  void clear_given_up(double now);
  bool has_place(std::uint32_t where, double now);
  void note_departure(std::uint32_t pod, double at);
  void let_depart(double now);
  void spread_departures();
  void cut_off(std::uint32_t where, double now);
  double slowness(std::uint32_t where, double start) const;
  void cut_drained(double t);
  std::size_t find(Pod pod) const;

  QueueRules rules_;
  BalancerRules balancer_;
  const LawDraws* services_;
  FastRandom dispatch_, retries_;
  bool counts_outstanding_;                    // by pod, or in by_count_
  mutable std::vector<PodState> pods_;         // a pod keeps its place; places are used again
  std::vector<Door> doors_;                    // by the same place
  mutable SentRequests sent_;
  std::deque<Request> held_;    // without a pod, for the first that joins (QueueRules::buffers)
  mutable Backlog held_backlog_;  // of them
  double warm_from_ = -kNever;
  bool one_slot_each_ = true;
  std::vector<std::uint32_t> ready_;  // places of pods that take requests, in order of joining
  std::vector<std::uint32_t> draining_, unused_;
  std::size_t next_ = 0;      // round robin
  std::size_t occupied_ = 0;  // the pod to be occupied next
  CountOrder by_count_;
  Departures departures_;        // where requests are counted
  std::size_t spread_over_ = 0;  // slots
  double next_cut_ = kNever;
};

}  // namespace berth::serving
