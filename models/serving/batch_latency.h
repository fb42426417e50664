// Latency of requests that are served in batches, for where a formula stands for them: roughly, and with no bound.
//
// A worker that r requests a second come to takes b of them at once: who comes within `max_delay` of the first, or
// while a batch is served (r fixed / (1 - r per_item), where T(b) = fixed + per_item b and r T = b), at most
// max_batch. A request waits for its batch to fill, and for the batch before it as often as the worker is busy, then
// takes T(b): evenly between T(b) and T(b) + fill + busy T(b). Tested by tests/models/serving/batch_latency_test.cpp.
#pragma once

#include <vector>

#include "models/histogram.h"
#include "models/scenario.h"

namespace berth {

// `rate`: requests a second that come to one worker; infinite: full batches one after the other.
std::vector<CdfPoint> batch_latency_law(const Batching& batching, double rate);

}  // namespace berth
