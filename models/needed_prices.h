// The prices around the instances that a Placement's bill needs: storage, clusters, gateways and
// transfer, as the UsageRecords of its platforms, pools and workloads will ask for them.
//
// Always the registry's storage; per Cluster in use its hours, the volumes of its pools and, when
// it has NAT gateways, their hours and GB; per SageMaker in use NAT likewise and the volumes of its
// training jobs on types without local disks; per Service the GB it moves, and on a serverless endpoint its GB-seconds. The prices of instance
// types are not among them: a home names its type, so whoever resolves a home looks at them.
//
// A reader asks for these before a run, so that no run ends with a bill that cannot be priced.
// Tested by tests/models/needed_prices_test.cpp.
#pragma once

#include <vector>

#include "models/scenario.h"

namespace berth {

// Ascending, each once.
std::vector<SimplePrice> needed_prices(const Scenario& scenario, const Placement& placement);

}  // namespace berth
