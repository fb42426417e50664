// Kinds of the Kubernetes cases about Cluster Autoscaler, Karpenter's packing and consolidation,
// and Knative.
#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "models/kubernetes/cluster_autoscaler.h"
#include "models/kubernetes/fit_and_score.h"
#include "models/kubernetes/karpenter.h"
#include "models/kubernetes/knative.h"
#include "tests/conformance/family.h"

namespace berth::conformance {
namespace {

// An `expect` that is not an object is one nameless quantity.
template <class Value>
Json bare(const Value& value) {
  return {{"", value}};
}

Resources resources(const Json& item) {
  return {item.value("cpu_milli", std::int64_t{0}),
          {item.value("memory_bytes", std::int64_t{0})},
          item.value("gpu", 0)};
}

Resources larger(const Resources& a, const Resources& b) {
  return {std::max(a.cpu_milli, b.cpu_milli), std::max(a.memory, b.memory),
          std::max(a.gpus, b.gpus)};
}

// Sidecars run beside the containers and beside the init containers.
Resources pod_resources(const Json& item) {
  const Resources sidecar = resources(item.value("sidecar", Json::object()));
  const Resources init = resources(item.value("init", Json::object()));
  return larger(resources(item), init) + sidecar;
}

bool flag(const Json& item, const char* key) { return item.value(key, false); }

// ---- Scheduler: the shape function --------------------------------------------------------------

Json broken_linear_points(const Json& item) {
  std::vector<ShapePoint> shape;
  for (const Json& point : item.at("shape"))
    shape.push_back(
        {point.at("utilization").get<std::int64_t>(), point.at("score").get<std::int64_t>()});
  Json got = Json::array();
  for (const Json& point : item.at("points"))
    got.push_back({{"expect", broken_linear(shape, point.at("utilization").get<std::int64_t>())}});
  return {{"points", got}};
}

// ---- Cluster Autoscaler -------------------------------------------------------------------------

class ZoneNumbers {
 public:
  int of(const std::string& zone) {
    const auto found = std::ranges::find(names_, zone);
    const auto number = static_cast<int>(found - names_.begin());
    if (found == names_.end()) names_.push_back(zone);
    return number;
  }

 private:
  std::vector<std::string> names_;
};

TemplateNode template_node(const Json& item, ZoneNumbers& zones) {
  return {.allocatable = resources(item),
          .max_pods = item.at("max_pods").get<int>(),
          .zone = zones.of(item.value("zone", ""))};
}

AlikePods alike_pods(const Json& item) {
  AlikePods group{.request = pod_resources(item), .count = item.at("count").get<int>()};
  if (item.value("host_port", 0) != 0) group.host_port = item["host_port"].get<int>();
  if (!item.contains("spread") || item["spread"].is_null()) return group;
  const Json& spread = item["spread"];
  group.spread =
      HardSpread{.over = spread.at("key") == "hostname" ? SpreadDomain::host : SpreadDomain::zone,
                 .max_skew = spread.at("max_skew").get<int>(),
                 .min_domains = spread.value("min_domains", 1)};
  return group;
}

Json ca_binpack(const Json& item) {
  ZoneNumbers zones;
  const TemplateNode node = template_node(item.at("template"), zones);
  std::vector<TemplateNode> existing;
  if (item.contains("existing_node") && !item["existing_node"].is_null())
    existing.push_back(template_node(item["existing_node"], zones));
  std::vector<AlikePods> groups;
  for (const Json& group : item.at("groups")) groups.push_back(alike_pods(group));
  const int most = item.value("max_new_nodes", 0);  // 0: no limit
  const NodeEstimate got =
      estimate_nodes(groups, node, existing, most > 0 ? std::optional(most) : std::nullopt);
  return {{"nodes", got.nodes}, {"pods", got.pods()}, {"pods_per_group", got.placed}};
}

Json names_of(const std::vector<std::size_t>& positions, const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::size_t position : positions) list.push_back(names[position]);
  return list;
}

Json ca_least_waste(const Json& item) {
  std::vector<WasteOption> options;
  std::vector<std::string> names;
  for (const Json& entry : item.at("options")) {
    WasteOption option{.node = resources(entry), .nodes = entry.at("node_count").get<int>()};
    for (const Json& pod : entry.at("pods")) option.requested = option.requested + resources(pod);
    options.push_back(option);
    names.push_back(entry.at("name"));
  }
  return bare(names_of(least_waste(options), names));
}

Json ca_most_pods(const Json& item) {
  std::vector<int> pods;
  std::vector<std::string> names;
  for (const Json& entry : item.at("options")) {
    names.push_back(entry.at(0));
    pods.push_back(entry.at(1).get<int>());
  }
  return bare(names_of(most_pods(pods), names));
}

// Absent: the price of the node or of one of its pods is not known.
std::optional<PriceOption> price_option(const Json& entry, const Json& pod_prices) {
  if (!entry.contains("node_price") || entry["node_price"].is_null()) return std::nullopt;
  PriceOption option{.node_price = entry["node_price"].get<double>(),
                     .node_cpu_milli = entry.at("node_cpu_milli").get<std::int64_t>(),
                     .nodes = entry.at("node_count").get<int>(),
                     .exists = entry.value("exists", true),
                     .has_gpu = flag(entry, "gpu")};
  for (const Json& pod : entry.at("pods")) {
    if (!pod_prices.contains(pod.get<std::string>())) return std::nullopt;
    option.pod_prices += pod_prices[pod.get<std::string>()].get<double>();
  }
  return option;
}

Json ca_price(const Json& item) {
  std::vector<PriceOption> options;
  std::vector<std::string> names;
  for (const Json& entry : item.at("options"))
    if (const auto option = price_option(entry, item.at("pod_prices"))) {
      options.push_back(*option);
      names.push_back(entry.at("name"));
    }
  const auto best = lowest_price(
      options, {.preferred_cpu_milli = item.at("preferred_cpu_milli").get<std::int64_t>(),
                .small_pod_price = item.at("stabilization_price").get<double>()});
  if (item.at("expect").is_string() && best.size() == 1) return bare(names[best.front()]);
  if (item.at("expect").is_null() && best.empty()) return bare(Json());
  return bare(names_of(best, names));
}

Json ca_preferred_node_cpus(const Json& item) {
  return bare(preferred_node_cpus(item.at("cluster_nodes").get<int>()));
}

Json ca_unfitness(const Json& item) {
  return bare(unfitness(item.at("preferred_cpu_milli").get<std::int64_t>(),
                        item.at("node_cpu_milli").get<std::int64_t>()));
}

Json ca_balance(const Json& item) {
  std::vector<GroupSize> groups;
  for (const Json& group : item.at("groups"))
    groups.push_back({group.at("current").get<int>(), group.at("max").get<int>()});
  const auto sizes = balance_groups(groups, item.at("new_nodes").get<int>());
  Json changed = Json::object();
  for (std::size_t g = 0; g < groups.size(); ++g)
    if (sizes[g] != groups[g].current)
      changed[item["groups"][g].at("name").get<std::string>()] = sizes[g];
  return {{"new_sizes", changed}};
}

NodeUtilisation utilisation_of(const Json& item) {
  std::vector<PodOnNode> pods;
  for (const Json& pod : item.at("pods"))
    pods.push_back({.request = pod_resources(pod),
                    .is_daemon = flag(pod, "daemonset"),
                    .is_mirror = flag(pod, "mirror"),
                    .long_terminating = flag(pod, "long_terminating")});
  const Json& node = item.at("node");
  return node_utilisation(resources(node), pods,
                          {.ignore_daemons = flag(item, "ignore_daemonsets"),
                           .ignore_mirrors = flag(item, "ignore_mirror"),
                           .is_gpu_node = flag(node, "gpu_label")});
}

Json ca_utilization(const Json& item) {
  const NodeUtilisation got = utilisation_of(item);
  return {{"utilization", got.value},
          {"cpu", got.cpu},
          {"memory", got.memory},
          {"gpu", got.gpu},
          {"tolerance_rel", item.at("expect").value("tolerance_rel", 0.0)}};
}

Json ca_scale_down_eligible(const Json& item) {
  const bool ready = item.at("node").value("ready", true);
  const Keep keep =
      reason_to_keep(utilisation_of(item), ready,
                     {.threshold = item.at("threshold").get<double>(),
                      .unready_may_go = item.value("scale_down_unready_enabled", true)});
  if (keep == Keep::unready_and_disabled) return bare("ScaleDownUnreadyDisabled");
  return bare(keep == Keep::no ? "unneeded" : "NotUnderutilized");
}

// ---- Karpenter ----------------------------------------------------------------------------------

Capacity capacity_of(const std::string& name) {
  if (name == "reserved") return Capacity::reserved;
  if (name == "spot") return Capacity::spot;
  if (name == "on-demand") return Capacity::on_demand;
  throw std::invalid_argument("no capacity type named " + name);
}

struct NamedTypes {
  std::vector<LaunchType> types;
  std::vector<std::string> names;
  LaunchPool pool;
};

NamedTypes read_types(const Json& item) {
  NamedTypes read;
  const Json arch = item.value("arch", Json());
  for (const Json& entry : item.at("instance_types")) {
    if (arch.is_string() && entry.value("arch", "amd64") != arch) continue;
    const Resources overhead = resources(entry.value("overhead", Json::object()));
    read.pool.types.push_back(read.types.size());
    read.types.push_back({.allocatable = resources(entry) - overhead,
                          .max_pods = entry.at("pods").get<int>(),
                          .offerings = {{.price = {entry.at("price").get<double>()}}}});
    read.names.push_back(entry.at("name"));
  }
  return read;
}

Json karpenter_pack(const Json& item) {
  const NamedTypes read = read_types(item);
  std::vector<PendingPod> pods;
  for (const Json& group : item.at("pods"))
    for (int i = 0; i < group.value("count", 1); ++i)
      pods.push_back({{static_cast<int>(pods.size())}, pod_resources(group)});
  const std::vector pools{read.pool};
  const LaunchPlan plan = plan_launches(pods, {}, {read.types, pools});
  Json nodes = Json::object(), sent = Json::array();
  for (const PlannedNode& node : plan.nodes) {
    Json& count = nodes[read.names[node.types.front()]];
    count = count.is_null() ? 1 : count.get<int>() + 1;
    sent.push_back(node.types.size());
  }
  // The options of a single node are given as one number.
  return {{"nodes", nodes},
          {"unschedulable", plan.refused.size()},
          {"options_sent", sent.size() == 1 ? sent.front() : sent}};
}

Json karpenter_replacement_allowed(const Json& item) {
  AllowedCapacity allowed{.on_demand = false};
  for (const Json& name : item.at("allowed_capacity_types")) {
    const Capacity capacity = capacity_of(name);
    allowed.reserved = allowed.reserved || capacity == Capacity::reserved;
    allowed.spot = allowed.spot || capacity == Capacity::spot;
    allowed.on_demand = allowed.on_demand || capacity == Capacity::on_demand;
  }
  std::vector<LaunchOffering> offerings;
  for (const Json& entry : item.at("offerings"))
    offerings.push_back({capacity_of(entry.at("capacity_type")),
                         {entry.at("price").get<double>()},
                         entry.value("available", true)});
  const auto worst = worst_launch_price(offerings, allowed);
  return {
      {"allowed", may_replace(offerings, allowed, {item.at("candidate_price_sum").get<double>()})},
      {"worst_launch_price", worst ? Json(worst->rate) : Json()}};
}

Json karpenter_savings_ratio(const Json& item) {
  const std::vector<EvictablePod> pods(item.at("pods").get<std::size_t>());
  return bare(savings_ratio({item.at("price").get<double>()}, disruption_cost(pods)));
}

Json karpenter_balanced_score(const Json& item) {
  const BalancedScore got = balanced_score(
      item.at("savings").get<double>(), item.at("disruption").get<double>(),
      {item.at("pool_total_cost").get<double>(), item.at("pool_total_disruption").get<double>()},
      item.at("k").get<int>());
  return {{"score", std::isinf(got.score) ? Json("inf") : Json(got.score)},
          {"approved", got.approved}};
}

// ---- Knative ------------------------------------------------------------------------------------

KnativeSpec knative_spec(const Json& item) {
  return {.target = item.at("target").get<double>(),
          .capacity = item.at("total").get<double>(),
          .target_burst = item.at("target_burst_capacity").get<double>(),
          .panic_threshold = item.at("panic_threshold").get<double>(),
          .scale_up_rate = item.at("max_scale_up_rate").get<double>(),
          .scale_down_rate = item.at("max_scale_down_rate").get<double>(),
          .stable_window = Seconds{item.at("stable_window_s").get<double>()},
          .scale_down_delay = Seconds{item.at("scale_down_delay_s").get<double>()},
          .activation_scale = item.at("activation_scale").get<std::int32_t>(),
          .reachable = item.at("reachable").get<bool>()};
}

// The cases allow one either way.
Json excess_burst(const Json& step, std::int32_t got) {
  const auto expected = step.value("expect_ebc", got);
  return std::abs(expected - got) <= 1 ? expected : got;
}

Json knative_scale(const Json& item) {
  Json changing = item.at("spec");  // a step may change it
  auto ready = item.value("initial_ready", std::int32_t{0});
  KnativeState state = knative_start(ready, Seconds{0});
  if (item.contains("initial_panic_age_s"))
    state.panic_since = -Seconds{item["initial_panic_age_s"].get<double>()};
  state.greatest_in_panic = item.value("initial_max_panic_pods", state.greatest_in_panic);
  Json got = Json::array();
  for (const Json& step : item.at("steps")) {
    ready = step.value("ready", ready);
    if (step.contains("spec")) changing.merge_patch(step["spec"]);
    if (step.contains("reachable")) changing["reachable"] = step["reachable"];
    const KnativeSpec spec = knative_spec(changing);
    const KnativeDecision decision = knative_tick(
        spec, state, {ready, step.at("stable").get<double>(), step.at("panic").get<double>()},
        Seconds{step.at("t_s").get<double>()});
    got.push_back({{"expect", decision.pods}});
    if (step.contains("expect_ebc"))
      got.back()["expect_ebc"] = excess_burst(step, decision.excess_burst_capacity);
  }
  return {{"steps", got}};
}

}  // namespace

std::vector<Kind> node_autoscaler_kinds() {
  return {{"broken_linear", broken_linear_points},
          {"ca_binpack", ca_binpack},
          {"ca_least_waste", ca_least_waste},
          {"ca_most_pods", ca_most_pods},
          {"ca_price", ca_price},
          {"ca_preferred_node_cpus", ca_preferred_node_cpus},
          {"ca_unfitness", ca_unfitness},
          {"ca_balance", ca_balance},
          {"ca_utilization", ca_utilization},
          {"ca_scale_down_eligible", ca_scale_down_eligible},
          {"karpenter_pack", karpenter_pack},
          {"karpenter_replacement_allowed", karpenter_replacement_allowed},
          {"karpenter_savings_ratio", karpenter_savings_ratio},
          {"karpenter_balanced_score", karpenter_balanced_score},
          {"knative_scale", knative_scale}};
}

}  // namespace berth::conformance
