// How many replicas a Service should have.
//
//   wish    = ceil(rate * E[S] / (concurrency * target))          within [min, max]
//   desired = the largest wish of the last scale_down_delay
//
// The rate is the one seen scale_up_lag ago: metrics are averaged, scraped and synced before a
// controller acts on them. Target tracking on SageMaker endpoints and Kubernetes' autoscaler on
// utilisation or concurrency both come to this in steady state.
// Left out: the autoscaler's tolerance of 10 %, rate limits on growth, readiness corrections.
// Tested by tests/models/serving/replica_policy_test.cpp.
#pragma once

#include <deque>

#include "models/placement.h"
#include "models/scenario.h"
#include "models/units.h"

namespace berth {

// rate: requests per second.
int wished_replicas(const Service& service, const ReplicaPolicy& policy, double rate);

// Remembers wishes for as long as the delay.
class ReplicaController {
 public:
  ReplicaController(const Service& service, const ReplicaPolicy& policy)
      : service_(&service), policy_(policy) {}
  int desired(Seconds now, double rate);

 private:
  struct Wish {
    Seconds at;
    int replicas;
  };
  const Service* service_;
  ReplicaPolicy policy_;
  std::deque<Wish> wishes_;  // descending in replicas, ascending in time
};

// How many replicas of the service one machine holds; 0 when not even one fits.
int replicas_on(const InstanceType& machine, const Service& service);

}  // namespace berth
