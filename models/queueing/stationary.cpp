#include "models/queueing/stationary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "models/normal.h"
#include "models/queueing/erlang.h"
#include "models/queueing/gigc.h"
#include "models/queueing/solve.h"

namespace berth::queueing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

StationaryQueue overloaded(double utilisation) {
  return {.stable = false, .utilisation = utilisation, .p_wait = 1, .mean_wait = kInfinity};
}

// Two exponentials with the given probability of waiting, mean and second moment of the wait. Given
// that one waits: more variable than exponential -> a mixture with balanced means, less -> a sum of
// two (no less variable than two equal stages).
std::array<WaitPhase, 2> two_phases(double p_wait, double mean, double second_moment) {
  const double m = mean / p_wait;
  const double scv = second_moment / p_wait / (m * m) - 1;
  if (scv > 1 + 1e-9) {
    const double p = (1 + std::sqrt((scv - 1) / (scv + 1))) / 2;
    return {{{p_wait * p, m / (2 * p)}, {p_wait * (1 - p), m / (2 * (1 - p))}}};
  }
  if (scv > 1 - 1e-9) return {{{p_wait, m}, {}}};
  // Means a > b with a + b = m and a^2 + b^2 = scv m^2; equal means are kept a hair apart.
  const double half_gap = m / 2 * std::sqrt(std::max(2 * scv - 1, 1e-6));
  const double a = m / 2 + half_gap, b = m / 2 - half_gap;
  return {{{p_wait * a / (a - b), a}, {-p_wait * b / (a - b), b}}};
}

// Pollaczek-Khinchine for the mean, Takacs for the second moment.
StationaryQueue mg1_pod(double arrival_rate, const ServiceLaw& service) {
  const double rho = arrival_rate * service.mean;
  const double mean = arrival_rate * service.second_moment / (2 * (1 - rho));
  const double second = 2 * mean * mean + arrival_rate * service.third_moment / (3 * (1 - rho));
  return {.utilisation = rho,
          .p_wait = rho,
          .mean_wait = mean,
          .phases = two_phases(rho, mean, second)};
}

// G after a step h, when F goes straight from f0 to f1: G' = (F - G)/mean.
double convolved(double g, double f0, double f1, double h, double mean) {
  const double x = h / mean;
  constexpr double kOver = 40;  // e^-40 is nothing beside 1
  const double grown = x < kOver ? -std::expm1(-x) : 1;
  const double ramp = x < 1e-5 ? x / 2 : 1 - grown / x;
  return g * (1 - grown) + f0 * grown + (f1 - f0) * ramp;
}

// Points behind the last of the service law: fine on the scale of the waits, then coarser, until
// nothing above 1e-7 is left.
void add_tail(std::vector<CdfPoint>& points, const StationaryQueue& queue) {
  double slowest = 0;
  for (const WaitPhase& phase : queue.phases)
    if (phase.weight != 0) slowest = std::max(slowest, phase.mean);
  double step = slowest / 32;
  const double end = points.back().value + 17 * slowest;
  while (slowest > 0 && points.back().value < end) {
    points.push_back({points.back().value + step, 1});
    step *= 1.08;
  }
}

// P(wait > 0). One server with arrivals that are not Poisson: Kraemer & Langenbach-Belz (1976);
// regular arrivals find the server free more often than its idle share.
double waiting_probability(int servers, double rho, double ca2, double cs2, double erlang_c) {
  if (servers > 1 || ca2 == 1) return erlang_c;
  const double h = ca2 < 1
                       ? (1 + ca2 + rho * cs2) / (1 + rho * (cs2 - 1) + rho * rho * (4 * ca2 + cs2))
                       : 4 * rho / (ca2 + rho * rho * (4 * ca2 + cs2));
  return std::clamp(rho + (ca2 - 1) * rho * (1 - rho) * h, 0.0, 1.0);
}

}  // namespace

double StationaryQueue::wait_ccdf(double t) const {
  double sum = 0;
  for (const WaitPhase& phase : phases)
    if (phase.weight != 0) sum += phase.weight * std::exp(-t / phase.mean);
  return stable ? sum : 1;
}

double StationaryQueue::wait_quantile(double p) const {
  if (!stable) return kInfinity;
  if (p_wait <= 1 - p) return 0;
  return falls_to([this](double t) { return wait_ccdf(t); }, 1 - p, mean_wait);
}

StationaryQueue stationary(double arrival_rate, int servers, double service_mean,
                           double service_scv, double arrival_scv) {
  if (servers <= 0) return overloaded(arrival_rate > 0 ? kInfinity : 0);
  const double rho = arrival_rate * service_mean / servers;
  if (rho >= 1) return overloaded(rho);
  if (arrival_rate <= 0 || service_mean <= 0) return {};
  const Gigc queue{arrival_rate, 1 / service_mean, servers, arrival_scv, service_scv};
  const double erlang_c = queueing::erlang_c(servers, arrival_rate * service_mean);
  const double c = waiting_probability(servers, rho, arrival_scv, service_scv, erlang_c);
  // A load so light that nobody waits in a century has a probability that underflows.
  if (c < 1e-300) return {.utilisation = rho};
  const double mmc = erlang_c / (servers / service_mean - arrival_rate);
  const double wait = arrival_scv > 1 ? queue.whitt_mean_wait(mmc) : queue.kimura_mean_wait(mmc);
  if (wait == 0) return {.utilisation = rho};  // regular arrivals to regular work
  if (!(wait > 0)) throw std::logic_error("a mean wait below 0");
  return {.utilisation = rho, .p_wait = c, .mean_wait = wait, .phases = {{{c, wait / c}, {}}}};
}

StationaryQueue stationary_pods(double arrival_rate, int pods, int slots, const ServiceLaw& service,
                                Dispatch dispatch, double arrival_scv) {
  if (pods <= 0 || dispatch == Dispatch::shared_queue)
    return stationary(arrival_rate, pods * slots, service.mean, service.scv, arrival_scv);
  const double own = arrival_rate / pods;
  if (dispatch == Dispatch::round_robin)
    return stationary(own, slots, service.mean, service.scv, arrival_scv / pods);
  if (slots == 1 && own > 0 && own * service.mean < 1) return mg1_pod(own, service);
  return stationary(own, slots, service.mean, service.scv);
}

// 160 points evenly in z = normal quantile from 1e-7 to 1 - 1e-7. A law with a jump has several
// points at one value, which the convolution takes as the jump it is.
ServiceLaw service_law(const Distribution& service) {
  ServiceLaw law{.mean = mean(service),
                 .scv = squared_cv(service),
                 .second_moment = raw_moment(service, 2),
                 .third_moment = raw_moment(service, 3)};
  constexpr int kPoints = 160;
  constexpr double kReach = 5.2;
  for (int i = 0; i <= kPoints; ++i) {
    const double u = normal_cdf(-kReach + 2 * kReach * i / kPoints);
    law.points.push_back({std::max(0.0, berth::quantile(service, u)), u});
  }
  law.points.front().probability = 0;
  law.points.back().probability = 1;
  // A log-logistic law of shape 2 or less has no variance. The longest of ten million requests counts
  // as long as the second longest, in the points and then in these moments, too.
  Distribution bounded = service;
  bounded.at_most = law.points.back().value;
  if (!std::isfinite(law.second_moment)) {
    law.second_moment = raw_moment(bounded, 2);
    law.scv = squared_cv(bounded);
  }
  if (!std::isfinite(law.third_moment)) law.third_moment = raw_moment(bounded, 3);
  return law;
}

std::vector<CdfPoint> sojourn_law(const StationaryQueue& queue, const ServiceLaw& service) {
  std::vector<CdfPoint> law = service.points;
  constexpr double kNobody = 1e-9;  // of the requests: a hundredth of what the law's ends leave out
  if (queue.p_wait < kNobody) return law;
  add_tail(law, queue);
  std::array<double, 2> g = {0, 0};
  CdfPoint last{law.front().value, 0};
  for (CdfPoint& point : law) {
    const CdfPoint here = point;
    double probability = (1 - queue.p_wait) * here.probability;
    for (std::size_t i = 0; i < g.size(); ++i) {
      const auto [weight, mean] = queue.phases[i];
      if (weight == 0) continue;
      g[i] = convolved(g[i], last.probability, here.probability, here.value - last.value, mean);
      probability += weight * g[i];
    }
    point.probability = std::clamp(probability, 0.0, 1.0);
    last = here;
  }
  return law;
}

std::vector<CdfPoint> shifted(std::vector<CdfPoint> law, double by) {
  for (CdfPoint& point : law) point.value += by;
  return law;
}

double quantile(std::span<const CdfPoint> law, double p) {
  const auto after = std::ranges::lower_bound(law, p, {}, &CdfPoint::probability);
  if (after == law.begin()) return law.front().value;
  if (after == law.end()) return law.back().value;
  const auto [x0, p0] = *(after - 1);
  const auto [x1, p1] = *after;
  return x0 + (p - p0) / (p1 - p0) * (x1 - x0);
}

double probability_at_most(std::span<const CdfPoint> law, double x) {
  const auto after = std::ranges::upper_bound(law, x, {}, &CdfPoint::value);
  if (after == law.begin()) return 0;
  if (after == law.end()) return 1;
  const auto [x0, p0] = *(after - 1);
  const auto [x1, p1] = *after;
  return p0 + (x - x0) / (x1 - x0) * (p1 - p0);
}

double sojourn_quantile(const StationaryQueue& queue, const ServiceLaw& service, double p) {
  return queue.stable ? quantile(sojourn_law(queue, service), p) : kInfinity;
}

double sojourn_ccdf(const StationaryQueue& queue, const ServiceLaw& service, double x) {
  return queue.stable ? 1 - probability_at_most(sojourn_law(queue, service), x) : 1;
}

StationaryQueue begun(StationaryQueue queue, double elapsed_s, double arrival_rate, int servers,
                      const ServiceLaw& service, double arrival_scv) {
  constexpr double kPi = 3.14159265358979323846;
  if (!queue.stable || queue.mean_wait <= 0 || servers < 1) return queue;
  const double variance =
      arrival_rate * (service.second_moment + (arrival_scv - 1) * service.mean * service.mean);
  const double most = 2.0 / 3 * std::sqrt(2 * std::max(0.0, variance) * elapsed_s / kPi) / servers;
  if (!(queue.mean_wait > most)) return queue;
  for (WaitPhase& phase : queue.phases) phase.mean *= most / queue.mean_wait;
  queue.mean_wait = most;
  return queue;
}

double relaxation_time(const StationaryQueue& queue, int servers, double service_mean,
                       double service_scv, double arrival_scv) {
  if (!queue.stable) return kInfinity;
  const double spare = 1 - queue.utilisation;
  return service_mean * (1 + (arrival_scv + service_scv) / (2 * servers * spare * spare));
}

}  // namespace berth::queueing
