// What a cluster could be: every combination of its levers, each as a platform of its own that stands
// beside the one the scenario wrote, of which a placement uses one at most.
//
//   node autoscaler    Karpenter, Cluster Autoscaler or none; the measured boot law goes with it where
//                      the scenario took that of its own
//   pool shape         instance type, nodes kept, most nodes
//   overprovisioning   nodes kept warm (min_nodes) and pause pods, each as large as the scenario's own
//                      or else as the largest pod that may come to the pool
//
// As platforms they need nothing else: options, loads, simulation, plan files and flips name them like
// any other. What nobody uses is neither simulated nor paid for. The cluster as written is always one
// of them. Their draws of node boots differ, as those of two clusters do.
//
// With nothing stated, those are derived that are worth trying (planner/derived_shapes.h), with the reason.
// Tested by tests/planner/cluster_variants_test.cpp.
#pragma once

#include "models/plan_request.h"
#include "models/scenario.h"

namespace berth {

// Adds the platforms, and to the request which of them stand for the same cluster.
void add_cluster_variants(Scenario& scenario, PlanRequest& request);

}  // namespace berth
