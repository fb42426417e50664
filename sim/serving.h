// A Service in the simulated world: replicas that come and go, the model of its requests, which is
// told of every change, and the loop that asks its scaler (models/serving/scaling.h) and carries
// out what it wishes.
//
//   control_service   looks when the scaler wants to, at slices' ends and when the window opens
//   scale_to          on a cluster: a ReplicaSet (models/kubernetes/replica_set.h) that makes pods
//                     in batches, as fast as the API lets it, and takes the victims Kubernetes
//                     would; at an endpoint: instances, newest first to go
//   a pod's life      sim/service_pod.h; an instance's: sim/endpoint_instance.h
//
// Requests need no events: between two changes they are formulas (`fluid`: models/serving/
// fluid_service.h) or the request engine's own loop (sim/serving/recorded_requests.h). A replica
// that is told to stop takes no more requests, finishes those it has within its grace and holds its
// room until then; one whose node goes drops them, and they are tried again elsewhere. Whatever is
// lost is made again at once. Left out: rolling updates, failing pods. Tested by
// tests/sim/serving_test.cpp and tests/sim/replication_test.cpp.
#pragma once

#include <coroutine>
#include <memory>
#include <variant>
#include <vector>

#include "models/kubernetes/replica_set.h"
#include "models/serving/fluid_service.h"
#include "models/serving/scaling.h"
#include "sim/cluster.h"
#include "sim/life.h"
#include "sim/serving/recorded_requests.h"
#include "sim/world.h"

namespace berth {

class ServedService;

// One replica on its way, ready, or told to stop. Lives in the frame of its own life.
class Replica final : public Resident {
 public:
  Replica(ServedService& service, int copies);
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;
  ~Replica();

  // Steps of its life, told by the life itself.
  void bind(NodeId node);
  void start_containers();
  void pass_probe();  // Ready, as Kubernetes sees it
  void join();                                 // requests come
  // Takes no more requests; when the last it has is done or cut off.
  Seconds drain();

  void stop();  // wakes its life, which ends
  void lose_node() override;

  // Its ReplicaSet makes another one at once.
  void evict(PodEvicted::Why why, Seconds by) override;
  std::optional<GuardedPod> guarded() const override;

  bool stopped() const { return stopped_; }
  bool lost() const { return lost_; }
  bool serves() const { return serves_; }
  bool was_ready() const { return ready_since_.has_value(); }
  std::uint64_t number() const { return number_; }
  int copies() const { return copies_; }  // pods' worth of slots: more than one on an instance
  Seconds created() const { return created_; }
  HpaPod seen() const;
  ReplicaPod victim() const;

  std::coroutine_handle<> sleeper;              // set while it waits to be stopped
  ClusterPlatform::Request* waiting = nullptr;  // set while it waits for room

 private:
  friend class ServedService;
  Seconds now() const;

  ServedService& service_;
  std::uint64_t number_;
  int copies_;
  Seconds created_;
  std::optional<NodeId> node_;
  std::optional<Seconds> bound_at_, containers_since_, ready_since_;
  UseCounters joined_;  // what a pod that is ready all along had done when this one joined
  std::optional<Seconds> killed_at_;  // its pod, whatever it is still doing: evicted with less than its grace
  bool serves_ = false, stopped_ = false, lost_ = false;
};

class ServedService {
 public:
  ServedService(World& world, ServiceId id);

  World& world() { return world_; }
  ServiceId id() const { return id_; }
  const Service& settings() const { return service_; }
  const ServiceHome& home() const { return home_; }
  ScaledService scaled() const;

  // With so many replicas: a service that was there before had them all, so until they all are there, or
  // what is measured begins, nobody who finds them busy waits.
  void begin_with(int replicas);
  void end_start();             // if it is over
  void scale_to(int replicas);  // from the controller
  // Fills what a scaler may see now; `until` is when the stretch under way ends by itself.
  void see(const Needs& needs, Seconds until, ServiceSeen& seen);
  void account_until_now();  // before anything changes, and at the end of a slice
  void end_slice();
  ServiceOutcome take();
  double rate_at(Seconds t) const { return service_.demand.rate_at(t); }
  // Notes when offered load crosses the ready slots, and when the queue is gone that it left.
  void watch_overload();
  // When its rate's curve turns next, if that is known.
  Seconds next_turn() const { return straight_.to; }
  bool may_sleep() const { return home_.replicas.may_sleep(); }
  Scaler& scaler() { return scaler_; }
  // Before its controller's turn: what a look reads of it, if it is such a service as `like` (nothing is
  // read of itself, it is not there yet), and then what that leads to.
  void fetch_as(const ServedService& like) const;
  void fetch_behind() const;
  bool is_fixed() const { return std::holds_alternative<FixedScaler>(scaler_); }

 private:
  friend class Replica;
  friend Life make_later(World& world, ServedService& service, Seconds date);
  // Those that were not told to stop, as a scaler sees them: made anew after one of them changed.
  struct Staying {
    HpaPod pod;
    std::optional<Seconds> containers_since;
    bool serves;
  };
  const std::vector<Staying>& staying();
  // One pod more is ready: who may give back nodes looks again.
  void tell_budget_grew();
  double expected_until_now();
  void reconcile();
  void stop_pods(std::size_t count);
  void make(int replicas);
  void make_one();
  int copies_each() const;
  Stretch stretch_until_now();
  void change_slots(int copies);
  void note_overload();
  double waiting() const;
  void watch_queue(int slots);
  void note_queue_gone(Seconds at);  // of the window
  double rate_since_last_watch();
  bool wakes_in_vain();  // no replica is ready, long after one should have been

  const ServiceHome& home_;
  const Service service_;  // as its home serves it: models/sagemaker_endpoint.h
  // What a look reads lies together: there are thousands of services, and one look at each.
  World& world_;
  ServiceId id_;
  double mean_service_s_ = 0;
  int concurrency_;
  int ready_copies_ = 0, serving_ = 0;  // serving_: replicas
  int desired_ = 0;
  std::optional<int> start_;  // replicas to begin with, until they are there
  int coming_ = 0;  // replicas the API still has to make
  int ready_ = 0;   // of those staying, as Kubernetes sees them
  bool replicas_changed_ = false;
  bool stuck_ = false;  // what the stretch under way is held to be
  std::vector<Staying> staying_;
  Scaler scaler_;
  std::variant<FluidService, serving::RecordedRequests> requests_;
  std::optional<Seconds> overloaded_since_, waking_since_, queue_left_since_;
  Seconds straight_since_{0};
  RateCurve::Straight straight_{};  // of the demand, from then on
  Seconds watched_at_{0};           // of a service with bursts, and what its rate was then
  double expected_by_watch_ = 0, watched_rate_ = 0;
  Seconds accounted_{0};
  double expected_by_then_ = 0;  // requests since the beginning, up to accounted_
  RateWalk walk_;
  std::vector<UseCounters> joined_;  // of those staying, for a flow: Replica::joined_
  std::vector<Replica*> replicas_;  // by number
  std::uint64_t next_number_ = 0;
  Seconds slice_began_;
  std::vector<OverloadSpan> overloads_;  // that have ended
  std::size_t with_queue_gone_ = 0;      // the first of them, whose queues are gone
};

Life control_service(World& world, ServedService& service);

// Sleeps until the replica is told to stop, if it has not been yet.
struct UntilStopped {
  Replica& replica;
  bool await_ready() const { return replica.stopped(); }
  void await_suspend(std::coroutine_handle<> life) { replica.sleeper = life; }
  void await_resume() const {}
};

}  // namespace berth
