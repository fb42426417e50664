#include "tests/oracles/mtginf.h"

#include <cmath>
#include <numbers>

#include "models/queueing/transform.h"

namespace berth::queueing {

double SwingingLoad::mean_busy(Seconds t) const {
  return average + amplitude * std::sin(2 * std::numbers::pi * ((t - lag) / period));
}

SwingingLoad mtginf(const SinusoidalRate& rate, const Distribution& service) {
  const double w = 2 * std::numbers::pi / rate.period.count();
  const std::complex<double> i(0, 1);
  const std::complex<double> response = (1.0 - Transform(service)(i * w)) / (i * w);
  double angle = -std::arg(response);
  if (angle < 0) angle += 2 * std::numbers::pi;
  return {rate.base * mean(service), rate.base * rate.beta * std::abs(response),
          Seconds{angle / w}, rate.period};
}

}  // namespace berth::queueing
