#include "models/node_shape.h"

namespace berth {

// A pull is short, so the card's burst rate counts.
NodeShape node_shape(const InstanceType& type, NodeSystem system, BytesPerSecond volume) {
  const bool local_disk = type.nvme.count > 0;
  return {.network = type.net_burst,
          .disk = local_disk ? kGp3Maximum : volume,
          .vcpus = type.vcpu,
          .system = system};
}

}  // namespace berth
