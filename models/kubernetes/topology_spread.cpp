#include "models/kubernetes/topology_spread.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace berth {
namespace {

// A handful: looked through in turn, since this runs for every pod and node.
using ZoneCounts = std::vector<std::pair<std::optional<int>, int>>;

int* pods_of(ZoneCounts& zones, std::optional<int> zone) {
  for (auto& [name, pods] : zones)
    if (name == zone) return &pods;
  return nullptr;
}

// Pods of every zone that holds a feasible node, on whichever of its nodes.
ZoneCounts zone_counts(std::span<const SpreadNode> nodes) {
  ZoneCounts zones;
  for (const SpreadNode& node : nodes)
    if (node.feasible && pods_of(zones, node.zone) == nullptr) zones.emplace_back(node.zone, 0);
  for (const SpreadNode& node : nodes)
    if (node.alike != 0)
      if (int* pods = pods_of(zones, node.zone)) *pods += node.alike;
  return zones;
}

struct Domains {
  ZoneCounts zones;
  std::size_t hosts = 0;
};

double raw_score(const SpreadNode& node, const SoftSpread& constraint, Domains& domains) {
  const bool over_hosts = constraint.over == SpreadDomain::host;
  if (!over_hosts && !node.zone) return 0;
  const std::size_t size = over_hosts ? domains.hosts : domains.zones.size();
  const int pods = over_hosts ? node.alike : *pods_of(domains.zones, node.zone);
  return pods * std::log(static_cast<double>(size + 2)) + constraint.max_skew - 1;
}

}  // namespace

bool spread_allows(const HardSpread& spread, const DomainCounts& counts) {
  const int least = counts.domains < spread.min_domains ? 0 : counts.least;
  return counts.here + 1 - least <= spread.max_skew;
}

std::vector<std::int64_t> spread_scores(std::span<const SpreadNode> nodes,
                                        std::span<const SoftSpread> constraints) {
  Domains domains{zone_counts(nodes), static_cast<std::size_t>(std::ranges::count_if(
                                                nodes, &SpreadNode::feasible))};
  std::vector<std::int64_t> scores(nodes.size());
  std::int64_t least = std::numeric_limits<std::int64_t>::max(), greatest = 0;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (!nodes[n].feasible) continue;
    double sum = 0;
    for (const SoftSpread& constraint : constraints)
      sum += raw_score(nodes[n], constraint, domains);
    scores[n] = std::llround(sum);
    least = std::min(least, scores[n]);
    greatest = std::max(greatest, scores[n]);
  }
  for (std::size_t n = 0; n < nodes.size(); ++n)
    if (nodes[n].feasible)
      scores[n] = greatest == 0 ? 100 : 100 * (greatest + least - scores[n]) / greatest;
  return scores;
}

}  // namespace berth
