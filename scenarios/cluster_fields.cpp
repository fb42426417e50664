#include "scenarios/platform_parts.h"

namespace berth {
namespace {

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
  const auto add = [&f](const std::string& name, auto ScalingRule::*member, const auto& type,
                        const Absent& absent, const std::string& doc) {
    f.custom(name, type.shape, absent, doc,
             [member, type](Reading& in, const Node& node, Cluster& target) {
               return type.read(in, node, target.scaling.*member);
             });
  };
  add("expander", &ScalingRule::expander,
      choice<Expander>({
          {{"least_waste", "least unused CPU and memory"}, Expander::least_waste},
          {{"most_pods", "helps most pods"}, Expander::most_pods},
          {{"price", "cheapest for the pods it helps"}, Expander::price},
          {{"random", "any"}, Expander::random},
          {{"priority", "the first in the order of pools, types"}, Expander::priority},
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
  add("max_node_provision_time", &ScalingRule::provision_within, duration(Zero::refused),
      otherwise("15min", "Cluster Autoscaler 1.36, --max-node-provision-time"),
      "An instance that has not registered by then is given back; a group of which something is not "
      "ready by then backs off.");
  return f;
}

void add_node_life(Fields<Cluster>& f) {
  f.add(
      "autoscaler", &Cluster::autoscaler,
      choice<NodeAutoscaler>({
          {{"none", "pools stay at min"}, NodeAutoscaler::none},
          {{"karpenter", "Karpenter: batches of pending pods"}, NodeAutoscaler::karpenter},
          {{"cluster_autoscaler", "Cluster Autoscaler: scans"}, NodeAutoscaler::cluster_autoscaler},
      }),
      otherwise("karpenter", "what EKS Auto Mode runs"), "Who adds and removes nodes.");
  f.add("batch_idle", &Cluster::batch_idle, duration(),
        otherwise("1s", "Karpenter v1.14, BATCH_IDLE_DURATION"),
        "Karpenter: a batch of pending pods closes after this much quiet.");
  f.add("batch_max", &Cluster::batch_max, duration(Zero::refused),
        otherwise("10s", "Karpenter v1.14, BATCH_MAX_DURATION"),
        "Karpenter: a batch closes at last.");
  f.add("registration_timeout", &Cluster::register_within, duration(Zero::refused),
        otherwise("15min", "Karpenter v1.14, a constant there: registrationTimeout"),
        "Karpenter: a node that has not registered by then is given back, and another one asked for.");
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
      {"prebuilt", "part of the machine image"},
      {"compiled", "at boot, as the GPU Operator does by default"}};
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
      {{"most_allocated", "fill nodes"}, FitStrategy::most_allocated},
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

}  // namespace

const Fields<Cluster>& cluster_fields() {
  static const Fields<Cluster> fields = [] {
    Fields<Cluster> f;
    f.custom("kind", choice_shape({{"kubernetes", "a cluster on EKS"}}), required(), "kubernetes",
             [](Reading&, const Node&, Cluster&) { return true; });
    f.add("node_pools", &Cluster::pools, node_pools(), required(), "Its nodes, by pool.");
    f.add("zones", &Cluster::zones, whole(1, 10),
          otherwise("3",
                    "EKS: node groups span the subnets they are given, usually one in each of "
                    "three zones"),
          "Availability zones its nodes are spread over.");
    add_node_life(f);
    add_shortages(f);
    add_metrics_outages(f);
    f.add("pod_overhead", &Cluster::pod_overhead, duration_law(),
          from_table({PlatformLaw::pod_overhead}),
          "From binding a pod to a node to the start of its container, without the image.");
    f.add("data_overhead", &Cluster::data_overhead, duration_law(),
          otherwise("0s", "a pod reads S3 itself; what SageMaker's data step adds is not there"),
          "Of the data step, whatever the size.");
    f.add("scoring", &Cluster::scoring, scoring(),
          otherwise("least_allocated", "kube-scheduler v1.34"), "Which node a pod goes to.");
    f.add("spread", &Cluster::spread,
          choice<SpreadPods>({
              {{"nobody", "no pods"}, SpreadPods::nobodys},
              {{"services", "those of services, as kube-scheduler does"}, SpreadPods::services},
              {{"all", "those of a training class, too"}, SpreadPods::everybodys},
          }),
          otherwise("services",
                    "kube-scheduler v1.34: default constraints are for pods of Services "
                    "and ReplicaSets; a Job's belong to neither"),
          "Whose pods are spread over hosts and zones.");
    f.group("daemonsets", daemonset_fields(), otherwise("{}", "as its fields say"),
            "What runs on every node before anything else.");
    f.add("auto_mode", &Cluster::auto_mode, boolean(), otherwise("false", "an extra to be chosen"),
          "EKS Auto Mode: a fee on every node.");
    f.add("extended_support", &Cluster::extended_support, boolean(),
          otherwise("false", "a Kubernetes version in standard support"),
          "The higher hourly price of a cluster whose version is old.");
    f.add(
        "image_disk", &Cluster::image_disk, size(Zero::refused),
        computed("a node's local NVMe, or else its pool's volume", "where containerd keeps images"),
        "The disk that holds a node's images; kubelet removes unused ones when it is 85 % full.");
    add_s3_connection(f);
    f.add("cross_zone_share", &Cluster::cross_zone_share, share(),
          computed("(zones - 1) / zones",
                   "callers and pods spread evenly over the zones, none preferred"),
          "Share of a service's bytes that cross a zone; billed on both sides.");
    add_image_source(f, otherwise("30ms",
                                  "assumed: a whole miss then takes 60 ms, the lower end of the "
                                  "published 62-290 ms"));
    f.group("egress", egress_fields<Cluster>(), otherwise("{}", "as its fields say"),
            "What transfers pass on their way.");
    return f;
  }();
  return fields;
}

Cluster cluster_before(const Node& platform) {
  return cluster_of(autoscaler_named(platform).value_or(NodeAutoscaler::karpenter));
}

}  // namespace berth
