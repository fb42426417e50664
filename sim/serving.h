// The lives of Services: a controller that decides every 15 seconds how many replicas there should
// be, pods on a cluster or instances behind a SageMaker endpoint that come and go, and the latency
// model, which is told of every change.
//
// Requests need no events: between two changes they are formulas (`fluid`: models/serving/
// fluid_service.h) or the request engine's own loop (sim/serving/recorded_requests.h). A pod that is
// told to stop finishes what it serves within its grace; one whose node goes drops it, and those
// requests are tried again elsewhere.
// On scale-down, replicas that are not ready go first, then the newest (ReplicaSet's order as far as
// pods without deletion costs on nodes of one pool go).
// Left out: the room a draining pod holds until it is done, rolling updates, readiness probes'
// periods.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "models/serving/fluid_service.h"
#include "models/serving/replica_policy.h"
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

  void become_ready();
  void stop();  // wakes its life, which ends
  void lose_node() override {
    lost_ = true;
    stop();
  }

  bool stopped() const { return stopped_; }
  bool is_ready() const { return ready_; }
  std::uint64_t number() const { return number_; }
  int copies() const { return copies_; }  // pods' worth of slots: more than one on an instance
  std::coroutine_handle<> sleeper;  // set while it serves
  ClusterPlatform::Request* waiting = nullptr;  // set while it waits for room

 private:
  ServedService& service_;
  std::uint64_t number_;
  int copies_;
  bool ready_ = false, stopped_ = false, lost_ = false;
};

class ServedService {
 public:
  ServedService(World& world, ServiceId id);

  World& world() { return world_; }
  ServiceId id() const { return id_; }
  const Service& settings() const { return service_; }
  const ServiceHome& home() const { return home_; }

  void scale_to(int replicas);     // from the controller
  void account_until_now();        // before anything changes, and at the end of a slice
  void end_slice();
  ServiceOutcome take();
  double rate_at(Seconds t) const { return service_.demand.rate_at(t); }

 private:
  friend class Replica;
  void join(const Replica& replica);
  void leave(const Replica& replica, bool lost);

  World& world_;
  ServiceId id_;
  const Service& service_;
  const ServiceHome& home_;
  std::variant<FluidService, serving::RecordedRequests> requests_;
  std::vector<Replica*> replicas_;  // by number
  std::uint64_t next_number_ = 0;
  int ready_copies_ = 0;
  int desired_ = 0;
  Seconds accounted_{0};
  Seconds slice_began_;
};

Life control_service(World& world, ServedService& service);

}  // namespace berth
