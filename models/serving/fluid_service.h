// Serving at `fluid` fidelity: a Service is a stationary queue for as long as neither its load nor
// its pods change, and a tank of water when it is overloaded.
//
//   not overloaded, nothing queued    wait + service by models/queueing/stationary.h
//   otherwise                         backlog b' = rate - slots / E[S]; a request that comes at t
//                                     waits b(t) E[S] / slots and is then served (no queueing on
//                                     top). b is at most what the queues hold, and at most what the
//                                     pods do in a time-out; beyond it requests are lost: rejected,
//                                     or given up
//   no pod                            who comes is held until there is one and then served in turn;
//                                     refused where only pods have queues
//
// A stretch is handed over at every change of the pods and at the end of every slice, and cut into parts whose
// rate is within 10 % of their mean, which is taken. What is asked of the formula outside its range (a stretch shorter than
// the queue's own memory, or few slots with a variable service time) is counted as `doubtful` time,
// and the result says how much there was.
// Left out: queue limits and time-outs where nothing is overloaded, and retries; those who wait and will
// give up are not among those that an autoscaler sees waiting. The stated
// error (models/serving/fidelity.h) takes each stretch at its mean rate; balancers that look at
// pods' counts are served by the formula of one shared queue, and stated to be 30 % off (least
// outstanding) or 60 % (two choices, whose 99th percentile is up to 2.4 times its); 45 % for round robin; 30 %
// a service whose new pods are slow, while they are. It has no bound where a thousandth of the requests
// finds a service asleep that a flow keeps awake (models/serving/idle_chance.h).
// Tested by tests/models/serving/fluid_service_test.cpp.
#pragma once

#include <optional>
#include <vector>

#include "models/outcome.h"
#include "models/queueing/stationary.h"
#include "models/rate_curve.h"
#include "models/scenario.h"
#include "models/serving/autoscaler.h"
#include "models/serving/error_of_p99.h"
#include "models/serving/held_requests.h"
#include "models/serving/use_counters.h"

namespace berth {

struct Stretch {
  Seconds from{}, to{};
  double requests = 0;  // that arrive in it
  int ready = 0;        // replicas
  int desired = 0;
  bool may_be_none = false;  // no replica at all is meant, and no overload
  bool nobody_waits = false; // who finds all busy goes away
};

class FluidService {
 public:
  // Recorded from `begin` on. Both are referred to. `copies`: so many replicas share a queue, where the
  // balancer means one each (the copies on an endpoint's instance).
  FluidService(const Service& service, const ReplicaPolicy& replicas, Seconds begin, int copies = 1);

  void advance(const Stretch& stretch);  // in order, without gaps; in parts whose rate is level
  // After the stretch that ends with the slice; nothing before recording begins.
  std::optional<ServiceSlice> end_slice();
  // From another look: who waits now, and for how long on average those do who are not recorded yet.
  void take_over(Seconds now, double waiting, std::optional<Seconds> unrecorded_for);
  double backlog() const { return backlog_; }
  // Counters at the end of `stretch`, which is not recorded, and requests in the system then: the
  // backlog, or what a steady queue holds at the rate of that moment.
  struct Seen {
    UseCounters total, per_pod;  // per_pod: of a pod that was ready all along
    double waiting = 0, in_service = 0;
  };
  Seen see(const Stretch& stretch, bool with_waiting);
  ServiceOutcome take();

 private:
  void advance_level(const Stretch& stretch);
  void note_load(double load, const Stretch& stretch);
  const std::vector<CdfPoint>& full_law() const { return full_batch_.empty() ? law_.points : full_batch_; }
  int queues(int ready) const { return (ready + copies_ - 1) / copies_; }  // where they are not one for all
  void state_error(const Stretch& stretch);
  UseCounters use_of(const Stretch& stretch, double& backlog) const;
  UseCounters of_a_pod(UseCounters use, int ready) const;
  queueing::StationaryQueue queue_of(double rate, int ready) const;
  void serve_steadily(const Stretch& stretch, int slots, const queueing::StationaryQueue& queue);
  bool has_a_queue_each() const;
  bool refuses(const Stretch& stretch) const;  // no pod, and no queue but a pod's
  void hold(const Stretch& stretch);
  void release(Seconds now, double capacity);
  void lose(double requests, double ServiceOutcome::*in_all, double ServiceSlice::*in_slice);
  // How many may wait and will be served; without a pod, who came since the oldest gave up.
  struct Room {
    double requests = 0;
    bool clients_give_up = false;  // or the queues are full
  };
  Room room_of(const Stretch& stretch) const;
  void serve_backlog(const Stretch& stretch, int slots);
  void serve_full(const Stretch& stretch, double capacity, const Room& room);
  void record(const std::vector<CdfPoint>& law, double shift, double requests);
  void record_usage(const Stretch& stretch, int slots, bool overloaded);

  // What a look reads lies together, first.
  const Service& service_;
  const ReplicaPolicy& replicas_;
  RateWalk walk_;
  double backlog_ = 0;  // requests
  UseCounters total_, per_pod_;
  queueing::ServiceLaw law_;
  std::vector<CdfPoint> full_batch_;  // latencies of full batches; none where there are no batches
  HeldRequests held_;  // of the backlog, those without a pod, who are not recorded yet
  Seconds begin_;
  int copies_;
  int last_ready_ = 0;
  double last_load_ = -1;        // per slot
  Seconds changed_at_{0}, elapsed_{0};  // since the load jumped, at the end of the part under way
  Seconds warm_from_{0};  // the pods that came are as fast as the others
  bool recording_ = false;
  ErrorOfP99 error_;
  ServiceOutcome outcome_;
  // Of the slice under way:
  ServiceSlice current_;
  WeightedHistogram current_latency_;
  double current_requests_ = 0, current_seconds_ = 0, current_busy_ = 0, current_slots_ = 0;
};

}  // namespace berth
