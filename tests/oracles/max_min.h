// Fluid max-min fair sharing: flows over shared links, each perhaps with a cap of its own.
//
// Rates by progressive filling: all rates rise together; a flow stops when a link on its route is
// full or when it reaches its cap. Nobody's rate can then be raised without lowering one that is
// not larger. The rates are computed anew whenever a flow begins or ends; between two such events
// every flow moves rate * time, so completion times are exact up to rounding.
//
// This is the reference for what SimGrid does with the same links in a simulation. Cost: one
// filling is O(links^2 + links * flows); for thousands of flows on one link use
// models/processor_sharing.h. Left out: latency, windows, start-up of a connection. Tested by
// tests/oracles/max_min_test.cpp and the conformance family maxmin.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "models/units.h"

namespace berth {

struct Flow {
  std::vector<int> route;  // positions in the list of link capacities; no link twice
  double size = 0;         // bytes, or any unit the capacities count per second
  Seconds start{0};
  std::optional<double> cap;
};

// The rates of flows that are all in progress. A flow over no link with no cap is infinitely fast.
std::vector<double> max_min_rates(std::span<const double> capacities, std::span<const Flow> flows);

std::vector<Seconds> completion_times(std::span<const double> capacities,
                                      std::span<const Flow> flows);

}  // namespace berth
