#include "models/queueing/mg1.h"

#include <cmath>
#include <stdexcept>

#include "models/queueing/erlang.h"
#include "models/queueing/solve.h"

namespace berth::queueing {

Mg1::Mg1(double arrival_rate, const Distribution& service)
    : arrival_rate_(arrival_rate),
      rho_(arrival_rate * mean(service)),
      second_(raw_moment(service, 2)),
      third_(raw_moment(service, 3)),
      service_(service) {
  if (rho_ >= 1) throw std::domain_error("M/G/1 at or above capacity has no stationary law");
}

double Mg1::mean_wait() const { return arrival_rate_ * second_ / (2 * (1 - rho_)); }

double Mg1::wait_variance() const {
  return mean_wait() * mean_wait() + arrival_rate_ * third_ / (3 * (1 - rho_));
}

double Mg1::wait_ccdf(double t) const {
  if (t <= 0) return rho_;
  return invert(
      [this](std::complex<double> s) {
        const auto law = (1 - rho_) * s / (s - arrival_rate_ * (1.0 - service_(s)));
        return (1.0 - law) / s;
      },
      t);
}

// A secant search on the logarithm, in which the tail is nearly straight: each value costs 56
// transforms, so the bisection of falls_to would be slow.
double Mg1::wait_quantile(double p) const {
  if (rho_ <= 1 - p) return 0;
  const auto excess = [&](double t) { return std::log(wait_ccdf(t) / (1 - p)); };
  double a = 0, fa = std::log(rho_ / (1 - p));
  double b = mean_wait() / rho_ * fa, fb = excess(b);
  for (int i = 0; i < 60 && std::abs(b - a) > 1e-13 * b && fb != fa; ++i) {
    double next = b - fb * (b - a) / (fb - fa);
    if (!(next > 0)) next = b / 2;
    a = b, fa = fb;
    b = next, fb = excess(b);
  }
  return b;
}

PriorityQueue mg1_priority(std::span<const PriorityClass> classes) {
  PriorityQueue queue;
  for (const auto& [rate, service, second] : classes) queue.residual_work += rate * second / 2;
  for (const auto& [rate, service, second] : classes) {
    const double above = queue.utilisation;
    queue.utilisation += rate * service;
    queue.mean_waits.push_back(queue.residual_work / ((1 - above) * (1 - queue.utilisation)));
  }
  return queue;
}

ProcessorSharing mg1_processor_sharing(double arrival_rate, double service_mean) {
  const double rho = arrival_rate * service_mean, slowdown = 1 / (1 - rho);
  return {rho, service_mean * slowdown, rho * slowdown, slowdown};
}

CappedSharing capped_processor_sharing(double arrival_rate, double mean_size, double link_capacity,
                                       double flow_cap) {
  const double flows = std::round(link_capacity / flow_cap);
  if (std::abs(flows * flow_cap - link_capacity) > 1e-9 * link_capacity)
    throw std::invalid_argument("the link must hold a whole number of flows at their cap");
  const Mmc queue{arrival_rate, flow_cap / mean_size, static_cast<int>(flows)};
  const double time = queue.mean_sojourn();
  return {queue.utilisation(), arrival_rate * time, time, time * flow_cap / mean_size,
          queue.p_wait()};
}

double Gm1::wait_quantile(double p) const {
  return sigma <= 1 - p ? 0 : std::log(sigma / (1 - p)) / (service_rate * (1 - sigma));
}

double Gm1::sojourn_quantile(double p) const {
  return -std::log1p(-p) / (service_rate * (1 - sigma));
}

// The transform is convex and crosses the diagonal once below 1, where it comes from above.
Gm1 gm1(const Distribution& interarrival, double service_rate) {
  if (mean(interarrival) * service_rate <= 1)
    throw std::domain_error("G/M/1 at or above capacity has no stationary law");
  const Transform arrivals(interarrival);
  double low = 0, high = 1 - 1e-9;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return {high, service_rate};
    const bool above = arrivals(service_rate * (1 - middle)).real() > middle;
    (above ? low : high) = middle;
  }
}

}  // namespace berth::queueing
