// Which part of a node's cost a pod carries, by what it requests.
//
//   share = (cpu p_cpu + memory p_mem + gpus p_gpu) of the request / the same of the node's allocatable
//
// The weights are OpenCost's default prices of a CPU-hour, a GiB-hour and a GPU-hour; only their
// ratios matter. Each resource's requests add up to at most the node, so the shares of its pods do
// too: what is left is idle.
// Tested by tests/models/billing/node_share_test.cpp.
#pragma once

#include "models/units.h"

namespace berth {

double node_share(Resources request, Resources allocatable);
// The same weights as a price of an hour of it, in dollars.
double resource_price(Resources requested);

}  // namespace berth
