// Replicas over time without a simulation: what any autoscaler comes to where load moves slowly.
//
//   wish    = what the targets ask for at the rate of a while ago, within [min, max]
//   desired = the largest wish of the delay
//
// For formulas that price a placement before it is simulated. Left out: tolerance, limits of growth,
// readiness, start-up, whole per cents.
// Tested by tests/models/serving/scaling_test.cpp.
#pragma once

#include <deque>
#include <string>

#include "models/scenario.h"
#include "models/serving/scaling.h"

namespace berth {

ScaledService scaled_service(const Service& service);

// The target by which a policy is tuned: the first metric's, or the share of busy slots; 1 for none
// and for target tracking, whose target is a number of requests and is left alone.
double target_of(const ReplicaPolicy& policy);
// A share of what a pod can do, which may be varied between 0 and 1; else a number of requests, jobs in a
// queue or the like, or no target at all.
bool target_is_share(const ReplicaPolicy& policy);
// "70 %", "20 requests_per_second a pod", "700 an instance", "none".
std::string target_words(const ReplicaPolicy& policy);
void aim_at(ReplicaPolicy& policy, double target);
// From a change of load to the decision that follows it, and how long a wish is remembered.
Seconds lag_of(const ReplicaPolicy& policy);
Seconds delay_of(const ReplicaPolicy& policy);

class ReplicaForecast {
 public:
  // copies: replicas on one instance of an endpoint.
  ReplicaForecast(const Service& service, const ReplicaPolicy& policy, int copies = 1);
  int desired(Seconds now, double rate);  // rate: of lag_of(policy) ago

 private:
  struct Wish {
    Seconds at;
    int replicas;
  };
  ScaledService service_;
  ReplicaPolicy policy_;
  Seconds delay_;
  std::deque<Wish> wishes_;  // descending in replicas, ascending in time
};

}  // namespace berth
