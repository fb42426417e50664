// Erlang's formulas and the queues with exponential service they solve.
//
//   B_k = a B_{k-1} / (k + a B_{k-1}),  B_0 = 1          loss probability of M/G/c/c
//   C   = B / (1 - rho (1 - B)),        rho = a / c      probability of waiting in M/M/c
//
// a: offered load (arrival rate x mean service), c: servers. The recursion neither overflows nor
// cancels; with factorials everything beyond 170 servers would. Rates per second, times in seconds.
// Left out: service laws other than exponential (mdc.h, mphc.h, gigc.h).
// Erlang (1917); Palm (1946). Tested by tests/models/queueing/erlang_test.cpp, families mm1, mmc,
// mmck, erlang_a, finite_source and provisioned_pool of the validation cases.
#pragma once

namespace berth::queueing {

double erlang_b(int servers, double offered_load);
double erlang_c(int servers, double offered_load);  // 1 when the load is no less than the servers

// M/M/c, first come first served, stationary: needs arrival_rate < servers * service_rate.
struct Mmc {
  double arrival_rate = 0, service_rate = 1;
  int servers = 1;

  double utilisation() const { return arrival_rate / (service_rate * servers); }
  double p_wait() const;
  double mean_wait() const;
  double mean_queue() const { return arrival_rate * mean_wait(); }
  double mean_sojourn() const { return mean_wait() + 1 / service_rate; }
  double wait_quantile(double p) const;
  double sojourn_ccdf(double t) const;  // P(wait + service > t)
  double sojourn_quantile(double p) const;
};

// M/M/c/K: who finds `capacity` requests (in service included) is turned away.
struct Mmck {
  double p_block = 0, throughput = 0, mean_queue = 0, utilisation = 0;
  double mean_wait_accepted = 0, p_wait_accepted = 0;
};
Mmck mmck(double arrival_rate, double service_rate, int servers, int capacity);

// M/M/c+M: who waits gives up after an exponential time of rate abandonment_rate (a client's
// time-out). Stable at any load.
struct ErlangA {
  double p_abandon = 0, p_delay = 0;  // p_delay: all servers are busy on arrival
  double mean_queue = 0, mean_in_service = 0;
  double mean_wait_all = 0;  // until service or giving up, over all arrivals
};
ErlangA erlang_a(double arrival_rate, double service_rate, int servers, double abandonment_rate);

// A closed loop: `clients` think for an exponential time, then ask one of the servers and wait.
struct FiniteSource {
  double throughput = 0, mean_down = 0;  // mean_down: requests waiting or in service
  double mean_response = 0, mean_wait = 0, utilisation = 0, p_all_idle = 0;
};
FiniteSource finite_source(int clients, int servers, double think_rate, double service_rate);

}  // namespace berth::queueing
