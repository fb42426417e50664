#include "models/serving/scale_in.h"

#include <algorithm>

namespace berth {

std::vector<PodId> instances_to_stop(std::span<const ReplicaPod> instances, int count) {
  std::vector<ReplicaPod> order(instances.rbegin(), instances.rend());
  std::ranges::stable_sort(order, {}, [](const ReplicaPod& one) { return one.ready_since.has_value(); });
  std::vector<PodId> going;
  for (const ReplicaPod& one : order)
    if (static_cast<int>(going.size()) < count) going.push_back(one.id);
  return going;
}

}  // namespace berth
