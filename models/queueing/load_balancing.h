// Which pod a request goes to decides how long it waits: N pods, each with a queue of its own,
// Poisson arrivals, exponential service, no moving over later.
//
//   random         every pod is an M/M/1
//   round robin    every pod is an E_N/M/1
//   d choices      the shortest of d pods drawn at random; d = N is join the shortest queue
//   mean field     the limit for many pods: s_i = rho^{(d^i - 1)/(d - 1)} of them hold i or more
//
// The result is what an arrival finds in its pod; its wait is that many services long. For choices
// the Markov chain on sorted queue lengths is solved (pods are alike, so order does not matter), cut
// where less than 1e-10 is left: exact to 1e-7 for up to 4 pods, refused beyond (use the mean field).
// Left out: balancers that each see only their own requests, service laws other than exponential.
// Kingman (1961), Vvedenskaya et al. (1996), Mitzenmacher (2001). Tested by
// tests/models/queueing/load_balancing_test.cpp, families load_balancing and p2c_meanfield of the
// validation cases.
#pragma once

#include <vector>

namespace berth::queueing {

enum class Balancing {
  random,
  round_robin,
  shortest_queue,
  two_choices,                   // two different pods
  two_choices_with_replacement,  // two draws, possibly of the same pod (Envoy)
};

class JoinedQueue {
 public:
  // at_least[k]: the probability that the pod joined holds k or more requests.
  JoinedQueue(std::vector<double> at_least, double service_rate)
      : at_least_(std::move(at_least)), service_rate_(service_rate) {}
  double p_wait() const { return at_least_.size() > 1 ? at_least_[1] : 0; }
  double mean_wait() const { return mean_sojourn() - 1 / service_rate_; }
  double mean_sojourn() const;
  double wait_quantile(double p) const;
  double sojourn_quantile(double p) const;

 private:
  std::vector<double> at_least_;
  double service_rate_;
};

JoinedQueue balance_load(Balancing policy, int pods, double total_arrival_rate,
                         double service_rate);
JoinedQueue mean_field_choices(double utilisation, double service_rate, int choices);

// Two draws of any of `pods` pods (the same may come twice) of `slots` slots each, exponential service
// of mean 1: what a request finds if the pods were independent of each other. Of the wait it is 10 to
// 20 % short for 8 pods, 37 to 77 % for 2 of several slots; for one pod it is the M/M/c.
struct TwoDraws {
  double p_wait = 0, mean_wait = 0;
};
TwoDraws two_draws(double utilisation, int slots, int pods);

}  // namespace berth::queueing
