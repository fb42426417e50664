// The queue in front of a set of pods in one slice of time, as if its load had always been this:
// what `fluid` serving is made of.
//
//   shared queue (or a balancer that sees all pods): GI/G/c
//       mean wait by Kimura (ca2 > 1: by Whitt), P(wait > t) = C e^{-C t / W}, C by Erlang (c = 1 and
//       arrivals not Poisson: Kraemer & Langenbach-Belz)
//   random (kube-proxy): each pod is an M/G/c of its own with 1/N of the traffic; for one slot the
//       mean and variance of the wait are exact (Pollaczek, Khinchine, Takacs) and its law is two
//       exponentials that have them
//   round robin: each pod's arrivals have ca2/N, otherwise GI/G/c with 1/N of the traffic
//
//   latency = wait + service, by one pass over the service law: with exponential waits of mean m the
//       convolution G solves G' = (F_service - G)/m, exactly on pieces where F is straight
//
// Valid: shared queue, cs2 <= 1, c >= 4, rho <= 0.95: p99 latency within 3 %; cs2 <= 4 and c >= 64:
// 1 %; few slots and cs2 > 1: up to 30 % low. Random with one slot: p99 within 2 % for cs2 <= 1,
// 11 % high for cs2 = 4 (test). Arrivals more variable than Poisson's: see Whitt's in
// gigc.h; Erlang's chance of waiting is too low for them. A law without a second or third moment
// counts with those of the law that ends where one in ten million requests is longer. At or above
// capacity nothing is stationary: `stable` is false, waits are infinite, and the caller keeps the
// backlog.
// Left out: pods that leave while requests wait, slices shorter than the queue's memory
// E[S] (1 + (ca2+cs2)/(2 c (1-rho)^2)).
// Tested by tests/models/queueing/stationary_test.cpp against the exact M/M/c, M/D/c and M/G/1.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "models/distribution.h"
#include "models/histogram.h"

namespace berth::queueing {

enum class Dispatch { shared_queue, random, round_robin };

// What a formula needs to know of a service law, computed once: moments and the law as points.
struct ServiceLaw {
  double mean = 1, scv = 0;
  double second_moment = 1, third_moment = 1;
  std::vector<CdfPoint> points;  // ascending; from probability 0 to 1
};
ServiceLaw service_law(const Distribution& service);

// P(wait > t) = sum of weight * e^{-t/mean}; a second weight may be negative.
struct WaitPhase {
  double weight = 0, mean = 0;
};

struct StationaryQueue {
  bool stable = true;
  double utilisation = 0;  // offered load per slot, may exceed 1
  double p_wait = 0;
  double mean_wait = 0;  // over all requests
  std::array<WaitPhase, 2> phases;

  double wait_ccdf(double t) const;
  double wait_quantile(double p) const;
};

// A queue that began empty `elapsed_s` ago waits no longer on average than its work, left to chance alone, has had
// time to pile up: a random walk reflected at 0 is at sqrt(2 V t / pi), two thirds of that on average until t, with
// V = rate (E[S^2] + (ca2 - 1) E[S]^2) seconds^2 of work a second. Near its slots' limit a stationary wait takes
// days to come about. `arrival_rate` is of one queue, before `servers` slots.
StationaryQueue begun(StationaryQueue queue, double elapsed_s, double arrival_rate, int servers,
                      const ServiceLaw& service, double arrival_scv = 1);

// One queue before `servers` slots, from two moments.
StationaryQueue stationary(double arrival_rate, int servers, double service_mean,
                           double service_scv, double arrival_scv = 1);

// `pods` pods of `slots` slots each.
StationaryQueue stationary_pods(double arrival_rate, int pods, int slots, const ServiceLaw& service,
                                Dispatch dispatch, double arrival_scv = 1);

// The law of wait + service; needs a stable queue.
std::vector<CdfPoint> sojourn_law(const StationaryQueue& queue, const ServiceLaw& service);
std::vector<CdfPoint> shifted(std::vector<CdfPoint> law, double by);
double quantile(std::span<const CdfPoint> law, double p);
double probability_at_most(std::span<const CdfPoint> law, double x);

double sojourn_quantile(const StationaryQueue& queue, const ServiceLaw& service, double p);
double sojourn_ccdf(const StationaryQueue& queue, const ServiceLaw& service, double x);

// How long the queue remembers: the time scale after a change of load (theory: relaxation).
double relaxation_time(const StationaryQueue& queue, int servers, double service_mean,
                       double service_scv, double arrival_scv = 1);

}  // namespace berth::queueing
