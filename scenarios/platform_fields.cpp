#include "scenarios/platform_fields.h"

#include "scenarios/platform_parts.h"

namespace berth {
namespace {

bool read_platform(Reading& in, const Node& node, Platform& target) {
  static const std::vector<Choice> kinds{
      {"sagemaker",  "Amazon SageMaker"},
      {"kubernetes", "a cluster on EKS"}
  };
  if (!expect_mapping(in, node)) return false;
  const Entry* kind = node.find_entry("kind");
  if (kind == nullptr) {
    missing_field(in, "kind");
    return false;
  }
  std::optional<std::size_t> which;
  {
    const Reading::Scope scope(in, "kind", kind->at);
    which = read_choice(in, kind->value, kinds);
  }
  if (!which) return false;
  if (*which == 0) {
    SageMaker sagemaker = sagemaker_before(node);
    const bool good = sagemaker_fields().read(in, node, sagemaker);
    target = std::move(sagemaker);
    return good;
  }
  Cluster cluster = cluster_before(node);
  const bool good = cluster_fields().read(in, node, cluster);
  if (node.find("cross_zone_share") == nullptr)
    cluster.cross_zone_share = (cluster.zones - 1.0) / cluster.zones;
  target = std::move(cluster);
  return good;
}

}  // namespace

Type<Platform> platform() {
  return {any_of({object_shape(sagemaker_fields().texts(), "SageMaker"),
                  object_shape(cluster_fields().texts(), "a Kubernetes cluster")},
                 "SageMaker, or a Kubernetes cluster"),
          read_platform};
}

}  // namespace berth
