#include "models/kubernetes/spoken_for.h"

#include <algorithm>

namespace berth {

std::vector<PendingPod> pods_to_move(std::span<const LeavingPod> pods) {
  std::vector<PendingPod> moving;
  for (const LeavingPod& one : pods)
    if (!one.told || one.asks_when_it_ends) moving.push_back(one.pod);
  return moving;
}

std::vector<OpenNode> without_claims(std::vector<OpenNode> open, std::span<const RoomClaim> claims) {
  if (claims.empty()) return open;
  std::vector<OpenNode*> by_id;
  by_id.reserve(open.size());
  for (OpenNode& node : open) by_id.push_back(&node);
  const auto id_of = [](const OpenNode* node) { return node->id; };
  std::ranges::sort(by_id, {}, id_of);
  for (const RoomClaim& claim : claims) {
    const auto node = std::ranges::lower_bound(by_id, claim.node, {}, id_of);
    if (node == by_id.end() || (*node)->id != claim.node) continue;
    (*node)->free = (*node)->free - claim.request;
    --(*node)->free_pods;
  }
  return open;
}

bool SpokenFor::holds(NodeId node) const { return std::ranges::binary_search(nodes, node); }

SpokenFor spoken_for(std::vector<OpenNode> open, const RoomClaims& claims,
                     std::span<const LaunchType> types) {
  SpokenFor spoken{.open = without_claims(std::move(open), claims.nominated), .nodes = claims.awaited};
  for (const auto* group : {&claims.nominated, &claims.kept})
    for (const RoomClaim& claim : *group) spoken.nodes.push_back(claim.node);
  if (!claims.moving.empty()) {
    const LaunchPlan moves = plan_launches(claims.moving, spoken.open, {types, {}});
    std::vector<RoomClaim> taken;
    for (const Nomination& move : moves.nominated) {
      const auto pod = std::ranges::find(claims.moving, move.pod, &PendingPod::id);
      taken.push_back({move.node, pod->request});
      spoken.nodes.push_back(move.node);
    }
    spoken.open = without_claims(std::move(spoken.open), taken);
  }
  std::ranges::sort(spoken.nodes);
  return spoken;
}

}  // namespace berth
