// Queues whose service takes a fixed time: M/D/c, and a GPU worker that takes requests in batches.
//
// M/D/c: looking every D seconds, who was in service has left and all who arrived are there, so
//   N(t+D) = max(N(t) - c, 0) + Poisson(lambda D)
// Batches: the worker takes b = min(queue, B) requests and is busy s(b) = fixed + per_item b, so
//   Q' = Q - b + Poisson(lambda s(b)); who comes to an idle worker starts alone.
//
// Both chains are solved exactly: a linear system up to some state, and behind it the geometric tail
// with the ratio 1/z, z > 1 the root of z^c = e^{lambda D (z-1)}. The law of the wait is Franx's
// formula, P(W <= t) = sum_{j < kc} P(Lq <= kc-1-j) Pois(j; lambda (kD - t)), (k-1) D <= t < kD,
// which has no alternating terms. About 10 ms for 64 servers.
// Crommelin (1932), Franx (2001), Bailey (1954), Inoue (2021). Tested by
// tests/oracles/mdc_test.cpp, families md1, mdc and dynamic_batching of the validation cases.
#pragma once

#include <vector>

namespace berth::queueing {

class Mdc {
 public:
  Mdc(double arrival_rate, double service_time, int servers);
  double utilisation() const { return arrival_rate_ * service_time_ / servers_; }
  double p_wait() const;
  double mean_wait() const;
  double wait_ccdf(double t) const;
  double wait_quantile(double p) const;
  double sojourn_quantile(double p) const { return service_time_ + wait_quantile(p); }

 private:
  double arrival_rate_, service_time_;
  int servers_;
  std::vector<double> law_;         // P(N = n), as far as the linear system went
  std::vector<double> cumulative_;  // P(N <= n)
  double ratio_;                    // of the tail behind
  double at_most(int n) const;      // P(N <= n)
};

struct DynamicBatching {
  double mean_batch_size = 0, utilisation = 0, mean_latency = 0;  // arrival to end of its batch
  double mean_in_system = 0, batches_per_s = 0;
};
DynamicBatching dynamic_batching(double arrival_rate, double batch_fixed, double batch_per_item,
                                 int max_batch);

}  // namespace berth::queueing
