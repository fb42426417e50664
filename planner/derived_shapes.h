// Which other shapes of a cluster are worth trying when nobody says: out of the catalogue, what its
// workloads need, and their goals.
//
//   instance types   for each pool of one type, the type that holds what comes to the pool for least:
//                    nodes x price, nodes = sum of pods at once / places of a node, and half of the
//                    last one, or P(some pod is there) if that is more. Taken when it saves 5 % of the
//                    pool, and all such together 2 % of what the cluster's pools cost. What comes is
//                    what the placements put there, or, where they put nothing in the cluster, all that
//                    fits. Kept and most nodes go with the size. Graviton only where the pool has it
//                    already: images are not known to be built for it; burstable types run on credits.
//                    Of a pool with accelerators the same family in another size: accelerators differ
//                    in what they can do.
//   node autoscaler  Karpenter where the cluster has another or none: nodes then follow the pods
//   kept nodes       one, in each empty pool that is the only kind of place, in its cluster, of a class
//                    whose start goal is shorter than a boot
//   pause pods       as many as a job has, where such a class would find the kept nodes (one, if there
//                    are none) full by its own jobs more often than 1 in 20: Poisson, with the mean
//                    number that runs
// Each alone, and all of them together. Tested by tests/planner/cluster_variants_test.cpp.
#pragma once

#include <string>
#include <vector>

#include "models/plan_request.h"
#include "models/scenario.h"

namespace berth {

struct DerivedShape {
  ClusterLevers levers;  // one value each
  std::string reason;
};
std::vector<DerivedShape> derived_shapes(const Scenario& scenario, PlatformId platform);

}  // namespace berth
