// Node groups of Cluster Autoscaler whose launches fail: which back off, and when that is seen, and
// instances that do not register in time. The rules are in models/kubernetes/launch_failures.h; here is
// when they are asked.
//
// A node that EC2 has not counts as coming until the loop in which the groups' instances are looked
// at, once a minute. There the group backs off, what did not come is taken off it, and the same
// loop looks for other groups for the pods. Loops come every scan interval; held are those in which
// something can change: when a back-off ends, while nodes of a group that backs off are still coming,
// because it is forgiven when all its nodes have come, and when the time of a node that comes too late is
// over. Tested by tests/sim/shortage_test.cpp and late_node_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "models/kubernetes/launch_failures.h"
#include "sim/cluster.h"

namespace berth {

class FailedGroups {
 public:
  explicit FailedGroups(ClusterPlatform& cluster) : cluster_(cluster) {}

  bool may_grow(PoolId pool, TypeId type) const;
  // One more node of the group, whether EC2 has it or not.
  void launch(PoolId pool, const ClusterPlatform::NodeOrder& order);

  // What a loop does first: groups that got all they were asked for are forgiven.
  void forgive();
  // And then: who did not get it, or not in time, backs off; what has not registered goes.
  void see_failures();
  // A loop that has to be held, each named once; absent: no more.
  std::optional<Seconds> next_loop();

 private:
  using Group = std::pair<PoolId, TypeId>;
  Seconds now() const { return cluster_.world().now(); }
  int coming(const Group& group) const;
  bool comes_after(const Group& group, Seconds date) const;  // any of it
  Seconds back_off_from_now(const Group& group);
  void time_out();
  void look_at_instances();
  void back_off_after(const Group& group, const ClusterPlatform::GivenUp& failed);
  RegistrationRule rule() const;
  std::vector<KubeNode*> overdue(PoolId pool) const;
  void give_up_unregistered();

  ClusterPlatform& cluster_;
  std::map<Group, ScaleUpRequest> scaling_up_;
  std::map<Group, Backoff> backoffs_;
  std::optional<Seconds> look_at_;  // when the first failure there is will be seen
  std::optional<Seconds> seen_at_;  // when the last ones were
  std::set<Seconds> loops_;         // named
};

}  // namespace berth
