// One server with Poisson arrivals and any service law, and one server with exponential service and
// any arrival law.
//
//   M/G/1  E W = lambda E S^2 / (2 (1-rho)),  Var W = (E W)^2 + lambda E S^3 / (3 (1-rho))
//          law of W: Pollaczek-Khinchine's transform (1-rho) s / (s - lambda (1 - B(s))), inverted
//   priorities (not interrupting): W_k = W0 / ((1 - s_{k-1})(1 - s_k)), W0 = sum lambda_i E S_i^2 / 2
//   processor sharing: E T = E S / (1-rho), whatever the law; a request of size x takes x/(1-rho)
//   G/M/1  sigma = A(mu (1 - sigma)) in (0,1); P(W > t) = sigma e^{-mu (1-sigma) t}
//
// The law of W is smooth and inverted to 1e-9 for service laws with a density; a constant service
// has steps in its derivatives: use mdc.h. Tested by tests/models/queueing/mg1_test.cpp, families
// mg1, mg1_priority, mg1_ps, ps_capped and gm1 of the validation cases.
#pragma once

#include <span>
#include <vector>

#include "models/distribution.h"
#include "models/queueing/transform.h"

namespace berth::queueing {

class Mg1 {
 public:
  Mg1(double arrival_rate, const Distribution& service);
  double utilisation() const { return rho_; }
  double mean_wait() const;
  double wait_variance() const;
  double wait_ccdf(double t) const;
  double wait_quantile(double p) const;

 private:
  double arrival_rate_, rho_, second_, third_;
  Transform service_;
};

struct PriorityClass {
  double arrival_rate = 0, service_mean = 0, service_second_moment = 0;
};
struct PriorityQueue {
  std::vector<double> mean_waits;  // by class, the first is served first
  double utilisation = 0, residual_work = 0;
};
PriorityQueue mg1_priority(std::span<const PriorityClass> classes);

struct ProcessorSharing {
  double utilisation = 0, mean_sojourn = 0, mean_in_system = 0, slowdown = 0;
};
ProcessorSharing mg1_processor_sharing(double arrival_rate, double service_mean);

// Transfers that share a link equally, none faster than its own cap; link / cap whole. The number
// in progress is that of M/M/m, m = link / cap, whatever the sizes.
struct CappedSharing {
  double load = 0, mean_flows = 0, mean_transfer_time = 0, mean_slowdown = 0, p_contention = 0;
};
CappedSharing capped_processor_sharing(double arrival_rate, double mean_size, double link_capacity,
                                       double flow_cap);

struct Gm1 {
  double sigma = 0, service_rate = 1;
  double mean_wait() const { return sigma / (service_rate * (1 - sigma)); }
  double mean_sojourn() const { return 1 / (service_rate * (1 - sigma)); }
  double wait_quantile(double p) const;
  double sojourn_quantile(double p) const;
};
Gm1 gm1(const Distribution& interarrival, double service_rate);

}  // namespace berth::queueing
