// What the fields of SageMaker and of clusters share: measured laws as defaults, laws by accelerator,
// where images come from and what transfers pass. For the .cpp files of platforms' fields.
#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "models/platform_startup.h"
#include "models/scenario.h"
#include "scenarios/fields.h"

namespace berth {

const Distribution& law(PlatformLaw which);
// "KEY: what the table of laws says, where it is from".
Absent from_table(std::initializer_list<PlatformLaw> laws);
std::optional<TypeId> read_type_id(Reading& in, const Node& node);
bool read_types(Reading& in, const Node& node, std::vector<TypeId>& target);
// `instance_type` or `instance_types`, one of them and not both.
bool says_types_once(Reading& in, const Node& node);
template <class T>
void add_instance_types(Fields<T>& f, std::vector<TypeId> T::*types, const std::string& one,
                        const std::string& several) {
  f.custom("instance_type", type_name().shape, optional("instance_types says it"), one,
           [types](Reading& in, const Node& node, T& target) {
             const auto type = read_type_id(in, node);
             if (type) (target.*types).push_back(*type);
             return type.has_value();
           });
  f.custom("instance_types", list_of(type_name(), 1, 100).shape, optional("instance_type says it"),
           several, [types](Reading& in, const Node& node, T& target) {
             return read_types(in, node, target.*types);
           });
}

// Each in the file of its name; what a platform is before its fields are read: the measured laws of an
// era, of an autoscaler.
const Fields<SageMaker>& sagemaker_fields();
SageMaker sagemaker_before(const Node& platform);
const Fields<Cluster>& cluster_fields();
Cluster cluster_before(const Node& platform);
Type<std::vector<NodePool>> node_pools();
void add_metrics_outages(Fields<Cluster>& f);
void add_shortages(Fields<Cluster>& f);  // after its pools, which they are held against

template <class T>
Fields<T> egress_fields() {
  Fields<T> f;
  const auto in_egress = [](auto Egress::*member, const auto& type) {
    return [member, type](Reading& in, const Node& node, T& target) {
      return type.read(in, node, target.egress.*member);
    };
  };
  f.custom("shared_link", bandwidth().shape, optional("no common bottleneck"),
           "All transfers of the platform share this much.",
           [](Reading& in, const Node& node, T& target) {
             BytesPerSecond value;
             if (!bandwidth().read(in, node, value)) return false;
             target.egress.shared_link = value;
             return true;
           });
  f.custom("nat_gateways", whole(0, 1000).shape,
           otherwise("0", "S3 and ECR layers pass S3's gateway endpoint, which is free"),
           "NAT gateways the traffic passes: their hours and bytes are billed.",
           in_egress(&Egress::nat_gateways, whole(0, 1000)));
  return f;
}

template <class T>
void add_s3_connection(Fields<T>& f) {
  f.add("s3_per_connection", &T::s3_per_connection, bandwidth(),
        otherwise("625MB/s", "5 Gbit/s, EC2's limit for a single flow to S3"),
        "What one download gets at most.");
}

// How images come: `registry: {connection, first_byte}` and `inflate`.
template <class T>
void add_image_source(Fields<T>& f, const Absent& first_byte) {
  Fields<T> registry;
  registry.custom(
      "connection", bandwidth().shape,
      otherwise("193MB/s", "ECR: one stream fetched 2.7 GiB in about 15 s (containerd 13559)"),
      "What one connection gets at most.", [](Reading& in, const Node& node, T& target) {
        return bandwidth().read(in, node, target.images.registry.connection);
      });
  registry.custom(
      "first_byte", duration().shape, first_byte,
      "From a request to its first byte; every read of a lazily loaded image waits for it.",
      [](Reading& in, const Node& node, T& target) {
        return duration().read(in, node, target.images.registry.first_byte);
      });
  f.group("registry", registry, otherwise("{}", "as its fields say"), "Where images come from.");
  f.custom(
      "inflate", bandwidth().shape,
      otherwise("220MB/s", "Go's gzip: 172 to 256 MiB/s by image and processor (containerd 13559)"),
      "Unpacked bytes a second that one stream of decompression makes.",
      [](Reading& in, const Node& node, T& target) {
        return bandwidth().read(in, node, target.images.inflate);
      });
}

// A pair of laws, one for types with accelerators and one for those without.
template <class T>
Fields<T> by_accelerator(Distribution T::*cpu_law, Distribution T::*gpu_law,
                         const Absent& cpu_absent, const Absent& gpu_absent) {
  Fields<T> f;
  f.add("cpu", cpu_law, duration_law(), cpu_absent, "Of types without accelerators.");
  f.add("gpu", gpu_law, duration_law(), gpu_absent, "Of types with accelerators.");
  return f;
}

// One law for all types, or {cpu: law, gpu: law}.
template <class T>
std::function<bool(Reading&, const Node&, T&)> read_either(Distribution T::*cpu_law,
                                                           Distribution T::*gpu_law,
                                                           const Fields<T>& fields) {
  return [=](Reading& in, const Node& node, T& target) {
    if (node.is_mapping() && (node.find("cpu") != nullptr || node.find("gpu") != nullptr))
      return fields.read(in, node, target);
    if (!duration_law().read(in, node, target.*cpu_law)) return false;
    target.*gpu_law = target.*cpu_law;
    return true;
  };
}

template <class T>
void add_either(Fields<T>& f, const std::string& name, Distribution T::*cpu_law,
                Distribution T::*gpu_law, std::array<PlatformLaw, 2> laws, const std::string& doc) {
  const Fields<T> pair =
      by_accelerator(cpu_law, gpu_law, from_table({laws[0]}), from_table({laws[1]}));
  f.custom(name,
           any_of({duration_law().shape, object_shape(pair.texts(), "a law for each")},
                  "a distribution, or one for each of cpu and gpu"),
           from_table({laws[0], laws[1]}), doc, read_either(cpu_law, gpu_law, pair));
}

}  // namespace berth
