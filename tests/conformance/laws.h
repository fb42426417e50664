// How the queueing cases name their laws of service and of gaps between arrivals.
#pragma once

#include "models/distribution.h"
#include "tests/conformance/family.h"

namespace berth::conformance {

Distribution service_of(const Parameters& in);  // service_law, service_mean, service_cv
Distribution interarrival_of(
    const Parameters& in);  // interarrival_law, arrival_rate, interarrival_cv

}  // namespace berth::conformance
