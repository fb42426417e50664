// Rules against workloads and platforms: every workload gets its home, or an issue says why not.
//
// What is refused: unknown platforms, pools, workloads and placements; a workload without a home; a
// pod larger than every node of its pool; more instances than a pool or quota can ever hold; types
// SageMaker does not offer; keep-alive with spot or on Kubernetes; preloaded images on SageMaker,
// whose machine images are AWS's; a price nobody knows for what is used, and spot where nobody
// knows how often it is taken back. A pull that SageMaker does not honour is a warning.
// Tested by tests/scenarios/placement_test.cpp.
#pragma once

#include "models/scenario.h"
#include "scenarios/placement_fields.h"

namespace berth {

// `scenario` has its workloads, platforms and catalogue; `placements_node` is where texts were
// read.
std::vector<Placement> resolve_placements(Reading& in, const Scenario& scenario,
                                          const Named<PlacementText>& texts,
                                          const Node& placements_node);

}  // namespace berth
