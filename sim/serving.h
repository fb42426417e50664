// The lives of Services: a controller that decides every 15 seconds how many replicas there should
// be, pods on a cluster or instances behind a SageMaker endpoint that come and go, and the latency
// model, which is told of every change.
//
// Demand needs no events: between two changes it is an integral (models/serving/fluid_service.h).
// On scale-down, replicas that are not ready go first, then the newest (ReplicaSet's order as far as
// pods without deletion costs on nodes of one pool go).
// Left out: draining (a replica stops at once), rolling updates, readiness probes' periods.
#pragma once

#include <memory>
#include <vector>

#include "models/serving/fluid_service.h"
#include "models/serving/replica_policy.h"
#include "sim/cluster.h"
#include "sim/life.h"
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
  void lose_node() override { stop(); }

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
  bool ready_ = false, stopped_ = false;
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
  void end_slice() { fluid_.end_slice(); }
  ServiceOutcome take();
  double rate_at(Seconds t) const { return service_.demand.rate_at(t); }

 private:
  friend class Replica;

  World& world_;
  ServiceId id_;
  const Service& service_;
  const ServiceHome& home_;
  FluidService fluid_;
  std::vector<Replica*> replicas_;  // by number
  std::uint64_t next_number_ = 0;
  int ready_copies_ = 0;
  int desired_ = 0;
  Seconds accounted_{0};
};

Life control_service(World& world, ServedService& service);

}  // namespace berth
