// How Karpenter launches: batches of pods without room, a plan for each pool, and for each planned
// node the cheapest of its types that EC2 has. What it found short it remembers
// (launch_failures.h), for plans and for consolidation (sim/karpenter.h) alike.
//
// A batch opens with the first pod without room and closes after a quiet second, or ten. Pods that
// go on waiting ask again every 10 s; that is only simulated where it can change something: after a
// launch that failed, when a type is no longer left out, and when their node did not register in time.
// Tested by tests/sim/cluster_test.cpp, shortage_test.cpp and late_node_test.cpp.
#pragma once

#include <optional>

#include "models/kubernetes/launch_failures.h"
#include "sim/cluster.h"

namespace berth {

class KarpenterLaunches {
 public:
  explicit KarpenterLaunches(ClusterPlatform& cluster) : cluster_(cluster) {}

  ClusterPlatform& cluster() const { return cluster_; }
  // The pool with its types that are not left out, and how many nodes it may still get.
  LaunchPool launch_pool(PoolId pool, int at_most) const;
  // The cheapest type of the planned node that EC2 has; absent, and told, when it has none of them.
  std::optional<TypeId> choose(PoolId pool, const PlannedNode& planned, NodeRequested::By by);
  // It is given up if it does not register in time.
  KubeNode& launch(PoolId pool, const ClusterPlatform::NodeOrder& order);
  bool leaves_out_any() const { return left_out_.any(cluster_.world().now()); }

  // For all pods that wait; and when they have to be looked at again by themselves.
  void provision();
  std::optional<Seconds> next_pass() const;

 private:
  using Requests = std::vector<ClusterPlatform::Request*>;

  LaunchPlan plan_for(PoolId pool, const Requests& waiting) const;
  void act_on(const LaunchPlan& plan, PoolId pool, const Requests& waiting);
  void add_nodes(PoolId pool);

  ClusterPlatform& cluster_;
  UnavailableOfferings left_out_;
  bool failed_ = false;  // in this pass
};

// The cheapest type of a planned node, whether EC2 has it or not.
TypeId cheapest(const ClusterPlatform& cluster, PoolId pool, const PlannedNode& planned);

Life run_provisioner(World& world, std::shared_ptr<KarpenterLaunches> launches);

}  // namespace berth
