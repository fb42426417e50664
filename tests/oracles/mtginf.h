// How many are busy when everyone is served at once and the load swings like a day: M_t/G/infinity.
//
//   m(t) = base E S + base beta |K| sin(2 pi t / period - d),  K = (1 - E e^{-i w S})/(i w), w = 2 pi/period
//
// The number busy is Poisson with mean m(t); m peaks later than the rate by d/w (half the service
// time when that is constant). The offered load that sizes a service under time-varying traffic.
// Eick, Massey & Whitt (1993). Tested by tests/oracles/mtginf_test.cpp, family mtginf of the
// validation cases.
#pragma once

#include "models/distribution.h"
#include "models/rate_curve.h"

namespace berth::queueing {

struct SwingingLoad {
  double average = 0, amplitude = 0;
  Seconds lag{}, period = kDay;

  double mean_busy(Seconds t) const;
  double peak() const { return average + amplitude; }
  Seconds time_of_peak() const { return period / 4 + lag; }
};
SwingingLoad mtginf(const SinusoidalRate& rate, const Distribution& service);

}  // namespace berth::queueing
