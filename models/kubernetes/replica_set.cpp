#include "models/kubernetes/replica_set.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace berth {
namespace {

int phase_order(PodPhase phase) {
  if (phase == PodPhase::pending) return 0;
  return phase == PodPhase::unknown ? 1 : 2;
}

// Nanoseconds, as upstream counts them; nothing has an age below zero.
int age_class(Seconds since, Seconds now) {
  const double age_ns = (now - since).count() * 1e9;
  return age_ns <= 0 ? -1 : static_cast<int>(std::log2(age_ns));
}

}  // namespace

std::vector<PodId> scale_down_victims(std::span<const ReplicaPod> pods, int count, Seconds now) {
  std::map<std::optional<NodeId>, int> on_node;
  for (const ReplicaPod& pod : pods) ++on_node[pod.node];
  const auto key = [&](const ReplicaPod& pod) {
    const int ready_class = pod.ready_since ? age_class(*pod.ready_since, now) : 0;
    return std::tuple(pod.node.has_value(), phase_order(pod.phase), pod.ready_since.has_value(),
                      pod.deletion_cost, -on_node.at(pod.node), ready_class, -pod.restarts,
                      age_class(pod.created, now), pod.id);
  };
  std::vector<ReplicaPod> order(pods.begin(), pods.end());
  std::ranges::sort(order, {}, key);
  std::vector<PodId> victims;
  for (const ReplicaPod& pod : order)
    if (static_cast<int>(victims.size()) < std::min(count, kMostPerSync)) victims.push_back(pod.id);
  return victims;
}

std::vector<int> creation_batches(int count) {
  std::vector<int> batches;
  int left = std::min(count, kMostPerSync);
  for (int size = 1; left > 0; size *= 2) {
    batches.push_back(std::min(size, left));
    left -= batches.back();
  }
  return batches;
}

}  // namespace berth
