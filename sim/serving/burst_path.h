// One history of a service's bursts: the rate, times the factor of the phase that holds at each time.
//
// Given its phases an MMPP is a Poisson stream of a varying rate. So where there are too many requests to
// look at each of them, the phases are drawn once, and what looks at a rate curve (formulas, windows, a
// tank) looks at the bursts. The law of the phases is that of PoissonArrivals: the first by its long-run
// share, exponential stays; the draws are others, the same in every placement.
// Left out: phases so short that there are more than 100,000 of them; those are no history, but a law.
// Tested by tests/sim/serving/burst_path_test.cpp.
#pragma once

#include <optional>

#include "sim/serving/arrivals.h"

namespace berth::serving {

std::optional<RateCurve> burst_path(const RateCurve& demand, const Bursts& bursts, Seconds until,
                                    RandomStream stream);

}  // namespace berth::serving
