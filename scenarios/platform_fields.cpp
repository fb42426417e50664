#include "scenarios/platform_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/platform_startup.h"

namespace berth {
namespace {

constexpr int kMostInstances = 1'000'000;

const Distribution& law(PlatformLaw which) { return platform_law(which).distribution; }

// "KEY: what the table of laws says, where it is from".
Absent from_table(std::initializer_list<PlatformLaw> laws) {
  std::string names, sources;
  for (const PlatformLaw which : laws) {
    const SourcedDistribution& row = platform_law(which);
    names += (names.empty() ? "" : "; ") + std::string(row.name);
    const std::string source = fmt::format("{} (confidence {})", row.source, row.confidence);
    if (sources.find(source) == std::string::npos)
      sources += (sources.empty() ? "" : "; ") + source;
  }
  return computed(names, sources);
}

std::optional<TypeId> read_type_id(Reading& in, const Node& node) {
  std::string name;
  if (!type_name().read(in, node, name) || in.catalogue == nullptr) return std::nullopt;
  return TypeId{*in.catalogue->index_of(name)};
}

Type<std::vector<Quota>> quotas() {
  const Type<int> instances = whole(0, kMostInstances);
  return {map_shape(instances.shape, "instance type"),
          [instances](Reading& in, const Node& node, std::vector<Quota>& target) {
            if (!expect_mapping(in, node)) return false;
            bool good = true;
            for (const Entry& entry : node.entries) {
              if (is_note(entry.key)) continue;
              const Reading::Scope scope(in, entry.key, entry.at);
              const Node key{.kind = Node::Kind::scalar, .at = entry.at, .text = entry.key};
              const auto type = read_type_id(in, key);
              Quota quota;
              good = instances.read(in, entry.value, quota.instances) && type && good;
              if (type) quota.type = *type;
              if (good && std::ranges::find(target, quota.type, &Quota::type) != target.end()) {
                in.fail_at(entry.at, "the quota of this type stands here twice",
                           "ml.m5.xlarge and m5.xlarge are the same type");
                good = false;
              }
              if (good) target.push_back(quota);
            }
            return good;
          }};
}

template <class T>
Fields<T> egress_fields() {
  Fields<T> f;
  const auto in_egress = [](auto Egress::*member, auto type) {
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

// How images come: `registry: {connection, first_byte}` and `inflate`.
template <class T>
void add_image_source(Fields<T>& f, const Absent& first_byte) {
  Fields<T> registry;
  registry.custom("connection", bandwidth().shape,
                  otherwise("193MB/s", "ECR: one stream fetched 2.7 GiB in about 15 s (containerd 13559)"),
                  "What one connection gets at most.", [](Reading& in, const Node& node, T& target) {
                    return bandwidth().read(in, node, target.images.registry.connection);
                  });
  registry.custom("first_byte", duration().shape, first_byte,
                  "From a request to its first byte; every read of a lazily loaded image waits for it.",
                  [](Reading& in, const Node& node, T& target) {
                    return duration().read(in, node, target.images.registry.first_byte);
                  });
  f.group("registry", registry, otherwise("{}", "as its fields say"), "Where images come from.");
  f.custom("inflate", bandwidth().shape,
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

// ---- SageMaker ----------------------------------------------------------------------------------

const std::vector<Choice>& eras() {
  static const std::vector<Choice> choices{
      {"2018", "as measured from 2018 to 2021"},
      {"2022", "as measured in 2022 and 2023" },
      {"2024", "as measured since 2024"       }
  };
  return choices;
}

std::optional<Era> era_of(const Node& platform) {
  const Node* launch = platform.find("launch");
  if (launch == nullptr || !launch->is_scalar()) return std::nullopt;
  if (launch->text == "2018") return Era::from_2018;
  if (launch->text == "2022") return Era::from_2022;
  return launch->text == "2024" ? std::optional(Era::from_2024) : std::nullopt;
}

// What a SageMaker is before its fields are read: the measured laws of an era.
SageMaker sagemaker_of(Era era) {
  const auto offset = static_cast<int>(era);
  const auto launch = [&](PlatformLaw first) {
    return law(static_cast<PlatformLaw>(static_cast<int>(first) + offset));
  };
  return {.launch_cpu = launch(PlatformLaw::sagemaker_launch_cpu_2018),
          .launch_gpu = launch(PlatformLaw::sagemaker_launch_gpu_2018),
          .capacity_error_cpu = capacity_error(Accelerator::none, era),
          .capacity_error_gpu = capacity_error(Accelerator::gpu, era),
          .capacity_retry_cpu = law(PlatformLaw::sagemaker_capacity_retry_cpu),
          .capacity_retry_gpu = law(PlatformLaw::sagemaker_capacity_retry_gpu),
          .data_overhead_cpu = law(PlatformLaw::sagemaker_data_overhead_cpu),
          .data_overhead_gpu = law(PlatformLaw::sagemaker_data_overhead_gpu),
          .warm_start = law(PlatformLaw::sagemaker_warm_start),
          .container_create = law(PlatformLaw::container_create),
          .endpoint_creation_cpu = law(era == Era::from_2018 ? PlatformLaw::sagemaker_endpoint_2018
                                                             : PlatformLaw::sagemaker_endpoint_cpu),
          .endpoint_creation_gpu = law(era == Era::from_2018 ? PlatformLaw::sagemaker_endpoint_2018
                                                             : PlatformLaw::sagemaker_endpoint_gpu)};
}

Fields<SageMaker> capacity_error_fields() {
  Fields<SageMaker> f;
  constexpr std::string_view kSource = "fitted to public job logs with the launch laws of the era";
  f.add("cpu", &SageMaker::capacity_error_cpu, share(0, 0.99), computed("2%", std::string(kSource)),
        "Chance that an attempt finds no capacity, types without accelerators.");
  f.add("gpu", &SageMaker::capacity_error_gpu, share(0, 0.99),
        computed("12%, before 2022 0%", std::string(kSource)),
        "Chance that an attempt finds no capacity, types with accelerators.");
  const std::array retry{PlatformLaw::sagemaker_capacity_retry_cpu,
                         PlatformLaw::sagemaker_capacity_retry_gpu};
  add_either(f, "retry", &SageMaker::capacity_retry_cpu, &SageMaker::capacity_retry_gpu, retry,
             "Wait before the next attempt.");
  return f;
}

void add_launch(Fields<SageMaker>& f) {
  const Fields<SageMaker> pair =
      by_accelerator(&SageMaker::launch_cpu, &SageMaker::launch_gpu,
                     from_table({PlatformLaw::sagemaker_launch_cpu_2024}),
                     from_table({PlatformLaw::sagemaker_launch_gpu_2024}));
  const ShapeRef shape =
      any_of({choice_shape(eras()), object_shape(pair.texts(), "a law for each of cpu and gpu")},
             "the year of the measurements, or a distribution for each of cpu and gpu");
  f.custom(
      "launch", shape,
      from_table({PlatformLaw::sagemaker_launch_cpu_2024, PlatformLaw::sagemaker_launch_gpu_2024}),
      "From CreateTrainingJob to Downloading, one attempt that finds capacity; not billed.",
      [pair](Reading& in, const Node& node, SageMaker& target) {
        if (node.is_mapping()) return pair.read(in, node, target);
        return read_choice(in, node, eras()).has_value();  // the laws were set by the era
      });
}

// By family a law, or "measured" for the families there are logs of.
Type<std::vector<FamilyLaunch>> family_launches() {
  const ShapeRef shape = any_of(
      {choice_shape({
           {"measured", "as the family's public job logs since 2022 say: g5, p4d"}
  }),
       duration_law().shape},
      "measured, or a distribution");
  return {map_shape(shape, "instance family"),
          [](Reading& in, const Node& node, std::vector<FamilyLaunch>& target) {
            if (!expect_mapping(in, node)) return false;
            bool good = true;
            for (const Entry& entry : node.entries) {
              if (is_note(entry.key)) continue;
              const Reading::Scope scope(in, entry.key, entry.at);
              FamilyLaunch launch{.family = entry.key};
              if (launch.family.starts_with("ml.")) launch.family.erase(0, 3);
              if (in.catalogue != nullptr &&
                  std::ranges::find(in.catalogue->types, launch.family, &InstanceType::family) ==
                      in.catalogue->types.end()) {
                in.fail_at(entry.at, "no instance family named " + in_quotes(launch.family),
                           "examples: m5, g5, p4d");
                good = false;
              }
              if (std::ranges::find(target, launch.family, &FamilyLaunch::family) != target.end()) {
                in.fail_at(entry.at, "this family stands here twice");
                good = false;
              }
              const auto known = launch_of_family(launch.family);
              if (!entry.value.is_scalar() || entry.value.text != "measured") {
                good = duration_law().read(in, entry.value, launch.law) && good;
              } else if (known) {
                launch.law = law(*known);
              } else {
                in.fail_at(entry.value.at, "no launches of this family were measured",
                           "measured are g5 and p4d; others need a distribution");
                good = false;
              }
              if (good) target.push_back(launch);
            }
            return good;
          }};
}

const Fields<SageMaker>& sagemaker_fields() {
  static const Fields<SageMaker> fields = [] {
    Fields<SageMaker> f;
    f.custom("kind",
             choice_shape({
                 {"sagemaker", "Amazon SageMaker"}
    }),
             required(), "sagemaker", [](Reading&, const Node&, SageMaker&) { return true; });
    f.add("training_quotas", &SageMaker::training_quotas, quotas(), optional("see the default"),
          "Instances of a type that may train at once, warm pools included.");
    f.add(
        "default_training_quota", &SageMaker::default_training_quota, whole(0, kMostInstances),
        otherwise("0", "new accounts start with 0 for most training types (public logs, 2024-26)"),
        "Of every type not listed.");
    f.add("warm_pool_quotas", &SageMaker::warm_pool_quotas, quotas(), optional("see the default"),
          "Instances of a type that warm pools may hold, inside the training quota.");
    f.add("default_warm_pool_quota", &SageMaker::default_warm_pool_quota, whole(0, kMostInstances),
          otherwise("0", "AWS's default for every type"), "Of every type not listed.");
    f.add("create_jobs_per_second", &SageMaker::create_jobs_per_second, number(0.001, 1e6),
          otherwise("5",
                    "AWS publishes no rate; 5 to 16 near-simultaneous calls have been "
                    "throttled in public reports (2019, 2022)"),
          "CreateTrainingJob calls that go through; the rest wait.");
    f.add("create_burst", &SageMaker::create_burst, whole(1, 1'000'000),
          otherwise("10", "between the 5 and 16 calls of those reports"),
          "Calls that go through at once after a pause.");
    add_launch(f);
    f.add("launch_by_family", &SageMaker::launch_families, family_launches(),
          optional("every family launches as its kind, CPU or GPU"),
          "Launch laws of single instance families, capacity errors included.");
    f.group("capacity_errors", capacity_error_fields(), otherwise("{}", "as its fields say"),
            "Attempts that find no instances, and how long until the next one.");
    const std::array data{PlatformLaw::sagemaker_data_overhead_cpu,
                          PlatformLaw::sagemaker_data_overhead_gpu};
    add_either(f, "data_overhead", &SageMaker::data_overhead_cpu, &SageMaker::data_overhead_gpu,
               data, "Of the data step, whatever the size; billed.");
    f.add("warm_start", &SageMaker::warm_start, duration_law(),
          from_table({PlatformLaw::sagemaker_warm_start}),
          "From submission to Downloading on a warm pool.");
    f.add("container_create", &SageMaker::container_create, duration_law(),
          from_table({PlatformLaw::container_create}), "Creating the container.");
    const std::array endpoint{PlatformLaw::sagemaker_endpoint_cpu,
                              PlatformLaw::sagemaker_endpoint_gpu};
    add_either(f, "endpoint_creation", &SageMaker::endpoint_creation_cpu,
               &SageMaker::endpoint_creation_gpu, endpoint,
               "From the wish for an endpoint instance to its service.");
    f.add("s3_per_connection", &SageMaker::s3_per_connection, bandwidth(),
          otherwise("625MB/s", "5 Gbit/s, EC2's limit for a single flow to S3"),
          "What one download gets at most.");
    f.add("soci", &SageMaker::soci,
          choice<SociSupport>({
              {{"nowhere", "not at all"},                       SociSupport::nowhere    },
              {{"interactive", "notebooks only, as it is"},     SociSupport::interactive},
              {{"everywhere", "training jobs, too: a what-if"}, SociSupport::everywhere },
    }),
          otherwise("interactive", "Lyft (2025): SOCI is not available for training and batch"),
          "Where SageMaker honours a SOCI index.");
    add_image_source(f, otherwise("250ms", "the upper end of the published 62-290 ms, as Studio's and "
                                           "Fargate's published lazy starts need"));
    f.group("egress", egress_fields<SageMaker>(), otherwise("{}", "as its fields say"),
            "What transfers pass on their way.");
    return f;
  }();
  return fields;
}

// ---- Kubernetes ---------------------------------------------------------------------------------

Fields<NodePool> pause_fields() {
  Fields<NodePool> f;
  const auto of_pause = [](auto PausePods::*member, auto type) {
    return [member, type](Reading& in, const Node& node, NodePool& target) {
      return type.read(in, node, target.pause.*member);
    };
  };
  constexpr int kMost = 100'000, kLowest = -1'000'000'000;
  f.custom("pods", whole(0, kMost).shape, otherwise("0", "nobody keeps room unless told to"),
           "How many of them.", of_pause(&PausePods::pods, whole(0, kMost)));
  f.custom("needs", resources().shape, required(), "What each asks for.",
           of_pause(&PausePods::needs, resources()));
  f.custom("priority", whole(kLowest, -1).shape,
           otherwise("-10", "Cluster Autoscaler's FAQ on overprovisioning: the lowest priority for "
                            "which nodes are added"),
           "Below everybody's.", of_pause(&PausePods::priority, whole(kLowest, -1)));
  return f;
}

// "10%" or a number of nodes.
Type<Budget> budget_size() {
  const Type<int> nodes = whole(0, 100'000);
  const Type<double> percent = share();
  return {any_of({nodes.shape, percent.shape}, "a number of nodes, or a percentage of them"),
          [nodes, percent](Reading& in, const Node& node, Budget& target) {
            const bool is_share = node.is_scalar() && node.text.ends_with('%');
            target.percent = is_share;
            if (!is_share) return nodes.read(in, node, target.nodes);
            double value = 0;
            if (!percent.read(in, node, value)) return false;
            target.nodes = static_cast<int>(std::lround(value * 100));
            if (std::abs(value * 100 - target.nodes) < 1e-9) return true;
            in.fail(node, "a budget is a whole percentage of nodes");
            return false;
          }};
}

Type<Budget> budget() {
  Fields<Budget> f;
  f.custom("nodes", budget_size().shape, required(), "At most so many at a time, rounded up.",
           budget_size().read);
  f.add("reasons", &Budget::reasons,
        list_of(choice<Disruption>({
                    {{"empty", "nobody is on them"},                 Disruption::empty        },
                    {{"underutilized", "their pods fit elsewhere"}, Disruption::underutilised},
    }),
                1),
        optional("for every reason"), "For what it holds.");
  const Type<Budget> full = object(f, "a budget");
  const Type<Budget> brief = budget_size();
  return {any_of({brief.shape, full.shape}, "a number or percentage of nodes, or a budget"),
          [full, brief](Reading& in, const Node& node, Budget& target) {
            return node.is_mapping() ? full.read(in, node, target) : brief.read(in, node, target);
          }};
}

void add_disruption(Fields<NodePool>& f) {
  f.add("consolidation", &NodePool::consolidates,
        choice<bool>({
            {{"when_empty", "empty nodes only"},                                       false},
            {{"when_empty_or_underutilized", "also nodes whose pods fit elsewhere, or on a cheaper "
                                             "one"},                                   true },
    }),
        otherwise("when_empty_or_underutilized", "Karpenter v1.14, consolidationPolicy"),
        "Karpenter: which nodes above min are given back or replaced.");
  f.add("consolidate_after", &NodePool::consolidate_after, duration(),
        otherwise("0s", "Karpenter v1.14, consolidateAfter"),
        "Karpenter: how long no pod came or went before a node may go.");
  const Type<std::vector<Budget>> budgets = list_of(budget(), 1, 50);
  f.custom("budgets", budgets.shape, otherwise("[10%]", "Karpenter v1.14, disruption.budgets"),
           "Karpenter: how many nodes may go at a time; the smallest of those that hold counts.",
           [budgets](Reading& in, const Node& node, NodePool& target) {
             target.budgets.clear();
             return budgets.read(in, node, target.budgets);
           });
}

bool read_types(Reading& in, const Node& node, NodePool& target) {
  std::vector<std::string> names;
  bool good = list_of(type_name(), 1, 100).read(in, node, names);
  if (!good || in.catalogue == nullptr) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const TypeId type{*in.catalogue->index_of(names[i])};
    if (std::ranges::find(target.types, type) != target.types.end()) {
      in.fail(node.items[i], in_quotes(names[i]) + " stands here twice");
      good = false;
    }
    target.types.push_back(type);
  }
  return good;
}

bool says_types_once(Reading& in, const Node& node) {
  const bool one = node.find("instance_type") != nullptr;
  const bool several = node.find("instance_types") != nullptr;
  if (one && several)
    in.fail(node, "instance_type and instance_types say the same thing twice", "leave one of them out");
  else if (!one && !several)
    in.fail(node, "an instance type is missing",
            "add instance_type: NAME or instance_types: [NAME, ...]");
  return one != several;
}

Type<NodePool> node_pool() {
  static const Fields<NodePool> fields = [] {
    Fields<NodePool> f;
    f.custom("instance_type", type_name().shape, optional("instance_types says it"),
             "Of all its nodes.", [](Reading& in, const Node& node, NodePool& target) {
               const auto type = read_type_id(in, node);
               if (type) target.types.push_back(*type);
               return type.has_value();
             });
    f.custom("instance_types", list_of(type_name(), 1, 100).shape, optional("instance_type says it"),
             "Types its nodes may have, of which the node autoscaler takes one each time. Nodes "
             "that are kept are of the first.",
             read_types);
    f.add("offering", &NodePool::offering,
          choice<Offering>({
              {{"on_demand", "kept until given back"},        Offering::on_demand},
              {{"spot", "cheaper, and AWS may take it back"}, Offering::spot     },
    }),
          otherwise("on_demand", "EKS managed node groups' default capacity type"),
          "How its nodes are bought.");
    f.add("min", &NodePool::min_nodes, whole(0, 100'000),
          otherwise("0", "Karpenter keeps no node nobody needs"), "Nodes that are always kept.");
    f.add("max", &NodePool::max_nodes, whole(1, 100'000), required(), "Nodes it may have at most.");
    f.add("volume", &NodePool::volume, size(Zero::refused),
          otherwise("100GiB", "assumed: room for several images of 20 GB at kubelet's 85 %"),
          "Root disk of a node; billed.");
    f.custom("volume_throughput", bandwidth().shape,
             otherwise("125MiB/s", "gp3 as it is created; AWS advises 600 MiB/s for large images"),
             "What the root disk moves, where images are unpacked: 125 to 1000 MiB/s; beyond 125 it is "
             "billed. Types with local NVMe unpack there.",
             [](Reading& in, const Node& node, NodePool& target) {
               if (!bandwidth().read(in, node, target.volume_throughput)) return false;
               if (target.volume_throughput >= kGp3Baseline && target.volume_throughput <= kGp3Maximum)
                 return true;
               in.fail_at(node.at, "a gp3 volume moves 125 to 1000 MiB/s");
               return false;
             });
    f.add("system", &NodePool::system,
          choice<NodeSystem>({
              {{"al2023", "Amazon Linux 2023: FastImagePull, 20 downloads, 12 unpackers"},
               NodeSystem::al2023                                                             },
              {{"bottlerocket", "Bottlerocket: 3 downloads, one unpacker that inflates faster"},
               NodeSystem::bottlerocket                                                       },
              {{"oss", "soci-snapshotter as it is published: 3 downloads, one unpacker"},
               NodeSystem::oss                                                                },
    }),
          otherwise("al2023", "the default of EKS managed node groups"),
          "Operating system of its nodes: the defaults soci_parallel has there.");
    f.group("pause_pods", pause_fields(), optional("no room is kept in advance"),
            "Pods that only keep room: any other takes it at once, and a node is launched for them.");
    add_disruption(f);
    return f;
  }();
  const Type<NodePool> plain = object(fields, "a node pool");
  return {plain.shape, [plain](Reading& in, const Node& node, NodePool& target) {
            return plain.read(in, node, target) && says_types_once(in, node);
          }};
}

Type<std::vector<NodePool>> node_pools() {
  const Type<Named<NodePool>> pools = map_of(node_pool(), "name of the pool");
  return {pools.shape, [pools](Reading& in, const Node& node, std::vector<NodePool>& target) {
            Named<NodePool> named;
            const bool good = pools.read(in, node, named);
            for (auto& [name, pool] : named) {
              pool.name = name;
              target.push_back(pool);
            }
            return good;
          }};
}

Fields<Cluster> daemonset_fields() {
  Fields<Cluster> f;
  f.custom("cpu", cpu().shape, otherwise("150m", "EKS: aws-node 25 to 50m and kube-proxy 100m"),
           "CPU their pods ask for on every node.",
           [](Reading& in, const Node& node, Cluster& target) {
             return cpu().read(in, node, target.daemonsets.cpu_milli);
           });
  f.custom("memory", size().shape, otherwise("0B", "EKS's two ask for none"),
           "Memory they ask for.", [](Reading& in, const Node& node, Cluster& target) {
             return size().read(in, node, target.daemonsets.memory);
           });
  f.add("pods", &Cluster::daemonset_pods, whole(0, 100), otherwise("2", "aws-node and kube-proxy"),
        "How many they are.");
  return f;
}

std::optional<NodeAutoscaler> autoscaler_named(const Node& platform) {
  const Node* named = platform.find("autoscaler");
  if (named == nullptr || !named->is_scalar()) return std::nullopt;
  if (named->text == "none") return NodeAutoscaler::none;
  if (named->text == "cluster_autoscaler") return NodeAutoscaler::cluster_autoscaler;
  return std::nullopt;
}

// What a cluster is before its fields are read: the measured laws of its autoscaler.
Cluster cluster_of(NodeAutoscaler autoscaler) {
  const bool slow = autoscaler == NodeAutoscaler::cluster_autoscaler;
  return {.autoscaler = autoscaler,
          .node_boot_cpu =
              law(slow ? PlatformLaw::cluster_autoscaler_node : PlatformLaw::karpenter_node_cpu),
          .node_boot_gpu =
              law(slow ? PlatformLaw::cluster_autoscaler_node : PlatformLaw::karpenter_node_gpu),
          .pod_overhead = law(PlatformLaw::pod_overhead)};
}

Fields<Cluster> scaling_fields() {
  Fields<Cluster> f;
  const auto add = [&f](const std::string& name, auto ScalingRule::*member, auto type,
                        const Absent& absent, const std::string& doc) {
    f.custom(name, type.shape, absent, doc,
             [member, type](Reading& in, const Node& node, Cluster& target) {
               return type.read(in, node, target.scaling.*member);
             });
  };
  add("expander", &ScalingRule::expander,
      choice<Expander>({
          {{"least_waste", "least unused CPU and memory"},         Expander::least_waste},
          {{"most_pods", "helps most pods"},                       Expander::most_pods  },
          {{"price", "cheapest for the pods it helps"},            Expander::price      },
          {{"random", "any"},                                      Expander::random     },
          {{"priority", "the first in the order of pools, types"}, Expander::priority   },
  }),
      otherwise("least_waste", "Cluster Autoscaler since 1.33, --expander"),
      "Which of the types that would help is added; ties by lot.");
  add("balance_similar", &ScalingRule::balance_similar, boolean(),
      otherwise("false", "Cluster Autoscaler 1.36, --balance-similar-node-groups"),
      "Spreads new nodes over alike types of a pool.");
  add("at_once", &ScalingRule::at_once, boolean(),
      otherwise("true", "Cluster Autoscaler since 1.35, --frequent-loops-enabled"),
      "A pod without room starts a scan at once; else it waits for the next interval.");
  add("unneeded_after", &ScalingRule::unneeded_after, duration(),
      otherwise("10min", "Cluster Autoscaler 1.36, --scale-down-unneeded-time"),
      "A node goes that could be done without this long.");
  add("delay_after_add", &ScalingRule::delay_after_add, duration(),
      otherwise("10min", "Cluster Autoscaler 1.36, --scale-down-delay-after-add"),
      "No node goes this soon after one was added.");
  add("utilisation_threshold", &ScalingRule::threshold, share(),
      otherwise("50%", "Cluster Autoscaler 1.36, --scale-down-utilization-threshold"),
      "A node whose requests are above this share of it stays.");
  return f;
}

void add_node_life(Fields<Cluster>& f) {
  f.add(
      "autoscaler", &Cluster::autoscaler,
      choice<NodeAutoscaler>({
          {{"none", "pools stay at min"},                       NodeAutoscaler::none              },
          {{"karpenter", "Karpenter: batches of pending pods"}, NodeAutoscaler::karpenter         },
          {{"cluster_autoscaler", "Cluster Autoscaler: scans"}, NodeAutoscaler::cluster_autoscaler},
  }),
      otherwise("karpenter", "what EKS Auto Mode runs"), "Who adds and removes nodes.");
  f.add("batch_idle", &Cluster::batch_idle, duration(),
        otherwise("1s", "Karpenter v1.14, BATCH_IDLE_DURATION"),
        "Karpenter: a batch of pending pods closes after this much quiet.");
  f.add("batch_max", &Cluster::batch_max, duration(Zero::refused),
        otherwise("10s", "Karpenter v1.14, BATCH_MAX_DURATION"),
        "Karpenter: a batch closes at last.");
  f.add("scan_interval", &Cluster::scan_interval, duration(Zero::refused),
        otherwise("10s", "Cluster Autoscaler 1.36, --scan-interval"),
        "Cluster Autoscaler: how often it looks.");
  f.add("spot_to_spot", &Cluster::spot_to_spot, boolean(),
        otherwise("false", "Karpenter v1.14, feature gate SpotToSpotConsolidation"),
        "Karpenter: replaces spot nodes by cheaper spot nodes.");
  f.group("scaling", scaling_fields(), otherwise("{}", "as its fields say"),
          "Cluster Autoscaler: which type it adds, and when nodes go.");
  const Fields<Cluster> boot = by_accelerator(&Cluster::node_boot_cpu, &Cluster::node_boot_gpu,
                                              from_table({PlatformLaw::karpenter_node_cpu}),
                                              from_table({PlatformLaw::karpenter_node_gpu}));
  f.custom("node_boot",
           any_of({duration_law().shape, object_shape(boot.texts(), "a law for each")},
                  "a distribution, or one for each of cpu and gpu"),
           from_table({PlatformLaw::karpenter_node_cpu, PlatformLaw::karpenter_node_gpu,
                       PlatformLaw::cluster_autoscaler_node}),
           "From the request for a node to Ready.",
           read_either(&Cluster::node_boot_cpu, &Cluster::node_boot_gpu, boot));
  static const std::vector<Choice> drivers{
      {"prebuilt", "part of the machine image"                      },
      {"compiled", "at boot, as the GPU Operator does by default"}
  };
  f.custom("gpu_driver",
           any_of({choice_shape(drivers), duration_law().shape},
                  "where the driver comes from, or a distribution of what it adds"),
           otherwise("prebuilt", "EKS's accelerated machine images"),
           "What the GPU driver adds to the boot of nodes with accelerators; compiled: " +
               from_table({PlatformLaw::gpu_driver_compiled}).source + ".",
           [](Reading& in, const Node& node, Cluster& target) {
             if (!node.is_scalar() || (node.text != "prebuilt" && node.text != "compiled"))
               return duration_law().read(in, node, target.gpu_driver);
             if (node.text == "compiled") target.gpu_driver = law(PlatformLaw::gpu_driver_compiled);
             return true;
           });
}

struct ShapeText {
  int utilisation = 0, score = 0;
};

// A strategy by name, or {requested_to_capacity_ratio: [{utilisation: 0, score: 0}, ...]}.
Type<Scoring> scoring() {
  const Type<FitStrategy> named = choice<FitStrategy>({
      {{"least_allocated", "spread pods"}, FitStrategy::least_allocated},
      {{"most_allocated", "fill nodes"},   FitStrategy::most_allocated },
  });
  constexpr int kPercent = 100, kMostScore = 10;
  Fields<ShapeText> point;
  point.add("utilisation", &ShapeText::utilisation, whole(0, kPercent), required(),
            "Percentage of the node that is requested.");
  point.add("score", &ShapeText::score, whole(0, kMostScore), required(), "How much it is liked.");
  const Type<std::vector<ShapeText>> points = list_of(object(point, "a point"), 1, kPercent + 1);
  Fields<Scoring> shaped;
  shaped.custom(
      "requested_to_capacity_ratio", points.shape, required(),
      "Points of the curve, by utilisation; straight in between, flat outside.",
      [points](Reading& in, const Node& node, Scoring& target) {
        std::vector<ShapeText> read;
        if (!points.read(in, node, read)) return false;
        target = {FitStrategy::requested_to_capacity_ratio, {}};
        for (const ShapeText& text : read) {
          if (!target.shape.empty() && text.utilisation <= target.shape.back().utilisation) {
            in.fail(node, "utilisation must rise from point to point");
            return false;
          }
          target.shape.push_back({text.utilisation, text.score * kPercent / kMostScore});
        }
        return true;
      });
  const Type<Scoring> shape = object(shaped, "a shape");
  return {any_of({named.shape, shape.shape}, "a strategy, or a shape"),
          [named, shape](Reading& in, const Node& node, Scoring& target) {
            if (node.is_mapping()) return shape.read(in, node, target);
            target = {};
            return named.read(in, node, target.strategy);
          }};
}

const Fields<Cluster>& cluster_fields() {
  static const Fields<Cluster> fields = [] {
    Fields<Cluster> f;
    f.custom("kind",
             choice_shape({
                 {"kubernetes", "a cluster on EKS"}
    }),
             required(), "kubernetes", [](Reading&, const Node&, Cluster&) { return true; });
    f.add("node_pools", &Cluster::pools, node_pools(), required(), "Its nodes, by pool.");
    f.add("zones", &Cluster::zones, whole(1, 10),
          otherwise("3", "EKS: node groups span the subnets they are given, usually one in each of "
                         "three zones"),
          "Availability zones its nodes are spread over.");
    add_node_life(f);
    f.add("pod_overhead", &Cluster::pod_overhead, duration_law(),
          from_table({PlatformLaw::pod_overhead}),
          "From binding a pod to a node to the start of its container, without the image.");
    f.add("data_overhead", &Cluster::data_overhead, duration_law(),
          otherwise("0s", "a pod reads S3 itself; what SageMaker's data step adds is not there"),
          "Of the data step, whatever the size.");
    f.add("scoring", &Cluster::scoring, scoring(), otherwise("least_allocated", "kube-scheduler v1.34"),
          "Which node a pod goes to.");
    f.add("spread", &Cluster::spread,
          choice<SpreadPods>({
              {{"nobody", "no pods"},                                      SpreadPods::nobodys   },
              {{"services", "those of services, as kube-scheduler does"}, SpreadPods::services  },
              {{"all", "those of a training class, too"},                 SpreadPods::everybodys},
    }),
          otherwise("services", "kube-scheduler v1.34: default constraints are for pods of Services "
                                "and ReplicaSets; a Job's belong to neither"),
          "Whose pods are spread over hosts and zones.");
    f.group("daemonsets", daemonset_fields(), otherwise("{}", "as its fields say"),
            "What runs on every node before anything else.");
    f.add("auto_mode", &Cluster::auto_mode, boolean(), otherwise("false", "an extra to be chosen"),
          "EKS Auto Mode: a fee on every node.");
    f.add("extended_support", &Cluster::extended_support, boolean(),
          otherwise("false", "a Kubernetes version in standard support"),
          "The higher hourly price of a cluster whose version is old.");
    f.add("image_disk", &Cluster::image_disk, size(Zero::refused),
          computed("a node's local NVMe, or else its pool's volume", "where containerd keeps images"),
          "The disk that holds a node's images; kubelet removes unused ones when it is 85 % full.");
    f.add("s3_per_connection", &Cluster::s3_per_connection, bandwidth(),
          otherwise("625MB/s", "5 Gbit/s, EC2's limit for a single flow to S3"),
          "What one download gets at most.");
    f.add("cross_zone_share", &Cluster::cross_zone_share, share(),
          computed("(zones - 1) / zones", "callers and pods spread evenly over the zones, none preferred"),
          "Share of a service's bytes that cross a zone; billed on both sides.");
    add_image_source(f, otherwise("30ms", "assumed: a whole miss then takes 60 ms, the lower end of the "
                                          "published 62-290 ms"));
    f.group("egress", egress_fields<Cluster>(), otherwise("{}", "as its fields say"),
            "What transfers pass on their way.");
    return f;
  }();
  return fields;
}

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
    SageMaker sagemaker = sagemaker_of(era_of(node).value_or(Era::from_2024));
    const bool good = sagemaker_fields().read(in, node, sagemaker);
    target = std::move(sagemaker);
    return good;
  }
  Cluster cluster = cluster_of(autoscaler_named(node).value_or(NodeAutoscaler::karpenter));
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
