// What an instance type is to an image pull, and which machine of a platform it is. Images lie on the
// instance's own NVMe when it has some, else on a gp3 volume: a pool's own, or one as it is created.
// Tested by tests/models/pull_plan_test.cpp.
#pragma once

#include <compare>

#include "models/image_pull.h"
#include "models/scenario.h"

namespace berth {

// A machine that images come to.
struct PullSite {
  TypeId type;
  NodeSystem system = NodeSystem::al2023;
  BytesPerSecond volume = kGp3Baseline;  // where there is no local NVMe
  ImageSource images;
  auto operator<=>(const PullSite&) const = default;
};
PullSite pull_site(const SageMaker& platform, TypeId type);
PullSite pull_site(const Cluster& cluster, const NodePool& pool, TypeId type);

// `type` is what the site's TypeId names.
NodeShape node_shape(const InstanceType& type, const PullSite& site = {});

}  // namespace berth
