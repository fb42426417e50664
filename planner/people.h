// What a Placement gives people to look after: the clusters, node pools, SageMaker account, classes
// and services it uses, which is what the hours of models/billing/toil.h respond to. A pool nobody's
// home names costs nobody's time. Tested by tests/planner/people_test.cpp.
#pragma once

#include "models/billing/toil.h"
#include "models/scenario.h"

namespace berth {

ToilCounts looked_after(const Scenario& scenario, const Placement& placement);

}  // namespace berth
