// Exact queues with phases: M/PH/c (service in two exponential phases) and MMPP(2)/M/c (bursts).
//
// Both are Markov chains in levels (requests in the system) and phases (how many servers are in
// which phase; which of two arrival rates holds). From level c on every level looks alike, so
//   pi_{n+1} = pi_n R,  R = A_up (-(A_local + A_up G))^{-1},  G by logarithmic reduction,
// and below it pi_{n+1} = pi_n R_n with R_n from the level above: no large system is solved.
//
// The wait of one who finds k ahead of him is the time to the (k+1)-th departure of a system whose
// servers are all busy; summed over k with uniformisation: P(W > t) = sum_m Pois(m; q t) w_m, all
// terms positive. Cost grows with c^3 times the number of terms: 64 servers take seconds.
// Latouche & Ramaswami (1993), Neuts (1981), Fischer & Meier-Hellstern (1993). Tested by
// tests/oracles/qbd_test.cpp, families mphc and mmpp_mmc of the validation cases.
#pragma once

#include <vector>

namespace berth::queueing {

// A service in phase 1 with probability `first`, else in phase 2. Phase 1 ends at rate_1 and goes on
// to phase 2 with probability `onward`, else the service is done; phase 2 ends at rate_2.
struct TwoPhaseService {
  double first = 1, rate_1 = 1, onward = 0, rate_2 = 1;
};
TwoPhaseService erlang2_service(double mean);
TwoPhaseService hyper2_service(double mean, double cv);  // balanced means, cv >= 1
double mean(const TwoPhaseService& service);

// Poisson(rate_1) arrivals in phase 1, Poisson(rate_2) in phase 2, phases left at the switch rates.
struct TwoPhaseArrivals {
  double rate_1 = 0, rate_2 = 0, switch_12 = 0, switch_21 = 0;
  double mean_rate() const {
    return (rate_1 * switch_21 + rate_2 * switch_12) / (switch_12 + switch_21);
  }
};

class PhaseQueue {
 public:
  double arrival_rate() const { return arrival_rate_; }
  double utilisation() const { return utilisation_; }
  double p_wait() const { return p_wait_; }  // as arrivals see it
  double mean_queue() const { return mean_queue_; }
  double mean_wait() const { return mean_queue_ / arrival_rate_; }
  double wait_ccdf(double t) const;
  double wait_quantile(double p) const;

 private:
  friend PhaseQueue mphc(double, const TwoPhaseService&, int);
  friend PhaseQueue mmpp_mmc(const TwoPhaseArrivals&, double, int);
  double arrival_rate_ = 0, utilisation_ = 0, p_wait_ = 0, mean_queue_ = 0;
  double uniform_rate_ = 1;
  std::vector<double> still_waiting_;  // w_m: not yet served after m uniformised steps
};
PhaseQueue mphc(double arrival_rate, const TwoPhaseService& service, int servers);
PhaseQueue mmpp_mmc(const TwoPhaseArrivals& arrivals, double service_rate, int servers);

}  // namespace berth::queueing
