// Spreading alike pods over hosts and zones: what kube-scheduler forbids and what it prefers.
//
//   forbidden (DoNotSchedule)   unless pods here + 1 - least <= max skew, over the domains; least
//                               is 0 while there are fewer domains than asked for
//   preferred (ScheduleAnyway)  raw = round(sum over constraints of
//                                       pods here ln(domains + 2) + max skew - 1)
//                               score = 100 (greatest + least - raw) / greatest, whole numbers; all
//                               100 when the greatest is 0
// Domains counted are those of feasible nodes (hosts: the feasible nodes); pods of a zone those on
// all its nodes. Pods that say nothing but belong to a Service or ReplicaSet get the cluster's
// default: hosts with a skew of 3 and zones with 5, both preferred. So the default spreads.
//
// Source: kube-scheduler 1.34, plugin PodTopologySpread (weight 2 in the sum of scores). Left out:
// label selectors beyond "the same owner", nodes that miss a label when the pod names constraints
// of its own. Tested by tests/models/kubernetes/topology_spread_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace berth {

enum class SpreadDomain : std::uint8_t { host, zone };

struct HardSpread {
  SpreadDomain over = SpreadDomain::host;
  int max_skew = 1;
  int min_domains = 1;
};
struct DomainCounts {
  int here = 0, least = 0, domains = 0;
};
bool spread_allows(const HardSpread& spread, const DomainCounts& counts);

struct SoftSpread {
  SpreadDomain over = SpreadDomain::host;
  int max_skew = 1;
};
inline constexpr std::array kDefaultSpread{
    SoftSpread{SpreadDomain::host, 3},
    SoftSpread{SpreadDomain::zone, 5}
};

struct SpreadNode {
  std::optional<int> zone = {};  // absent: it has no zone label
  int alike = 0;                 // pods of the same owner on it
  bool feasible = true;
};
// 0 to 100 for each node in the order given; 0 for those that are not feasible.
std::vector<std::int64_t> spread_scores(std::span<const SpreadNode> nodes,
                                        std::span<const SoftSpread> constraints);

}  // namespace berth
