#include "models/node_shape.h"

namespace berth {

PullSite pull_site(const SageMaker& platform, TypeId type) {
  return {.type = type, .images = platform.images};
}

PullSite pull_site(const Cluster& cluster, const NodePool& pool, TypeId type) {
  return {.type = type,
          .system = pool.system,
          .volume = pool.volume_throughput,
          .images = cluster.images};
}

// A pull is short, so the card's burst rate counts.
NodeShape node_shape(const InstanceType& type, const PullSite& site) {
  const bool local_disk = type.nvme.count > 0;
  return {.network = type.net_burst,
          .disk = local_disk ? kGp3Maximum : site.volume,
          .vcpus = type.vcpu,
          .system = site.system,
          .registry = site.images.registry,
          .inflate = site.images.inflate};
}

}  // namespace berth
