// Ids are types, and ordered: bind(NodeId, PodId) called with the two swapped does not compile, and
// nothing is ever sorted by address. An id is a position: in the Scenario's lists (platforms,
// training classes, services, images), or the order of birth within a replication (jobs, pods).
#pragma once

#include <compare>
#include <cstdint>

namespace berth {

template <class Tag>
struct Id {
  std::int32_t value = 0;
  auto operator<=>(const Id&) const = default;
  std::size_t index() const { return static_cast<std::size_t>(value); }
};

using PlatformId = Id<struct PlatformTag>;
using PoolId = Id<struct PoolTag>;  // position in its cluster's node_pools
using ImageId = Id<struct ImageTag>;
using LayerId = Id<struct LayerTag>;  // one per distinct digest in a scenario
using TrainingId = Id<struct TrainingTag>;
using ServiceId = Id<struct ServiceTag>;
using JobId = Id<struct JobTag>;
using PodId = Id<struct PodTag>;
using NodeId = Id<struct NodeTag>;

}  // namespace berth
