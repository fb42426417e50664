// What node autoscalers make of launches that fail: EC2 had no capacity, or the node did not register
// in time.
//
// Karpenter: a type found short, as it is bought, is left out of plans for 3 min, and the launch
// takes the next cheapest of its node. Where none is left the node does not come; its pods ask
// again every 10 s, as they do as long as they wait. Consolidation looks again 5 min after it found
// nothing, though nothing changed that it sees.
//
// Cluster Autoscaler: a node that was asked for counts as coming until the group's instances are
// looked at, which happens once a minute. Then the group backs off: 5 min, twice as long each time
// up to 30 min. A failure while it is backed off starts the same time anew. A group whose nodes
// have all come begins with 5 min again, and so does one that did not fail for 3 h.
//
// A node that has not registered after a time (15 min) is given back, and paid until then. Karpenter
// deletes its NodeClaim at that moment, and its pods ask again. Cluster Autoscaler has two clocks: the
// group's scale-up, which begins anew with every addition, is over when all its nodes are ready, or has
// failed in the first loop after the time, and the group backs off; and each instance that has not
// registered since it was first seen is terminated in the first loop after the time, as far as the
// group's minimum allows. Until then it counts as coming. Once registered, neither looks again.
//
// Source: karpenter-provider-aws (UnavailableOfferingsTTL; an entry of that cache still holds at
// its very end), Karpenter 1.14 (the provisioning controller's requeue, state.Cluster's
// ConsolidationState, nodeclaim/lifecycle/liveness.go: registrationTimeout); Cluster Autoscaler 1.36.1
// (--initial-node-group-backoff-duration, --max-node-group-backoff-duration,
// --node-group-backoff-reset-timeout, utils/backoff; AWS provider: refreshInterval;
// --max-node-provision-time, clusterstate.go: updateScaleRequests and updateReadinessStats,
// static_autoscaler.go: removeOldUnregisteredNodes). Left out: zones; Cluster Autoscaler looks at its
// instances also in the loop after one in which it removed some; Karpenter's limit on a launch (5 min),
// which is told of at once here; its condition NodeRegistrationHealthy, which decides nothing. Tested by
// tests/models/kubernetes/launch_failures_test.cpp.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "models/ids.h"
#include "models/placement.h"
#include "models/units.h"

namespace berth {

// ---- Karpenter ----------------------------------------------------------------------------------

inline constexpr Seconds kUnavailableFor{180}, kPodAsksAgain{10}, kConsolidationLooksAgain{300};

class UnavailableOfferings {
 public:
  Seconds mark(TypeId type, Offering offering, Seconds now);  // until when
  bool holds(TypeId type, Offering offering, Seconds now) const;
  bool any(Seconds now) const;
  // When the first of these types is no longer left out; absent: none is.
  std::optional<Seconds> first_end(std::span<const TypeId> types, Offering offering,
                                   Seconds now) const;

 private:
  std::map<std::pair<TypeId, Offering>, Seconds> until_;
};

// What Karpenter knows and EC2 says of a planned node's types, the cheapest first.
struct LaunchTry {
  bool left_out = false;  // found short before
  bool is_short = false;  // EC2 has none, as those find out that are not left out
};
struct LaunchChoice {
  std::optional<std::size_t> taken = {};      // position; absent: the node does not come
  std::vector<std::size_t> found_short = {};  // to be left out from now on
  int passed_over = 0;                        // types
  // That a type is short is told once, with the node for which it was found out; that none is left each time.
  bool is_told() const { return !taken || !found_short.empty(); }
};
LaunchChoice choose_launch(std::span<const LaunchTry> types);

// The first time after `after` at which a pod asks that has waited since `since`.
Seconds asks_again(Seconds since, Seconds after);

// ---- Cluster Autoscaler -------------------------------------------------------------------------

inline constexpr Seconds kFirstBackoff{300}, kLongestBackoff{1800}, kBackoffForgotten{10'800};
inline constexpr Seconds kInstancesLookedAt{60};

struct Backoff {
  Seconds length{}, until{}, failed{};
  bool operator==(const Backoff&) const = default;
};
// After a failure at `now`; `earlier`: what the group's failures before left.
Backoff back_off(const std::optional<Backoff>& earlier, Seconds now);
bool is_backed_off(const std::optional<Backoff>& backoff, Seconds now);

// What a group was asked for since all that it was asked for had come; and what of it is left when so many
// turned out not to come: absent, nothing.
struct ScaleUpRequest {
  int nodes = 0;
  Seconds asked{};  // the last of them
};
std::optional<ScaleUpRequest> after_failure(const ScaleUpRequest& request, int failed);

// The first loop after a request, one each `interval`, in which the group's instances are looked
// at.
Seconds failure_is_seen(Seconds requested, Seconds interval);

// ---- Nodes that do not register -----------------------------------------------------------------

inline constexpr Seconds kRegistersWithin{900};

// Karpenter: when a node is given back that has not registered by then.
Seconds registration_ends(Seconds requested, Seconds limit);
// Cluster Autoscaler: the loop in which a group's scale-up has failed of which not all is ready.
Seconds scale_up_times_out(Seconds last_addition, Seconds limit, Seconds interval);
// And the one in which an instance is given back that has not registered.
Seconds instance_times_out(Seconds requested, Seconds limit, Seconds interval);

// Instances of a group, as its clocks see them.
struct ComingInstance {
  Seconds requested{}, registers{};
  bool never_comes = false;  // EC2 has none: that is seen before
};
struct RegistrationRule {
  Seconds limit{}, interval{};  // between loops
};
// Whether it will not have registered by the loop that would give it back.
bool is_overdue(const ComingInstance& instance, const RegistrationRule& rule);
// Whether the loop at `now` gives it back, where `may_give` of the group's nodes are above its minimum.
bool is_given_back(const ComingInstance& instance, const RegistrationRule& rule, int may_give,
                   Seconds now);

// ---- Kept nodes ---------------------------------------------------------------------------------

// An Auto Scaling group that could not launch tries again until it can. AWS does not say how often;
// assumed: every minute.
inline constexpr Seconds kGroupTriesAgain{60};

}  // namespace berth
