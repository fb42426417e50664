// Kinds of the Kubernetes cases about nodes: scores, EKS allocatable and pods, Karpenter's budgets.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "models/kubernetes/allocatable.h"
#include "models/kubernetes/fit_and_score.h"
#include "models/kubernetes/provision.h"
#include "tests/conformance/family.h"

namespace berth::conformance {
namespace {

// An `expect` that is a bare number is one nameless quantity.
Json bare(std::int64_t value) { return {{"", value}}; }

// ---- node_score ---------------------------------------------------------------------------------

// A container that does not name CPU or memory counts as the default, unless scores are taken from
// real requests; one that names 0 counts as 0.
std::int64_t request_of(const Json& container, const std::string& resource, bool with_default) {
  if (container.contains(resource)) return container[resource].get<std::int64_t>();
  if (!with_default) return 0;
  if (resource == "cpu") return kDefaultCpuMilli;
  return resource == "memory" ? kDefaultMemory.count : 0;
}

std::int64_t requested(const Json& pod, const std::string& resource, bool with_default) {
  std::int64_t sum = 0;
  for (const Json& container : pod.at("containers"))
    sum += request_of(container, resource, with_default);
  return sum;
}

bool is_extended(const std::string& resource) { return resource != "cpu" && resource != "memory"; }

std::vector<ScoredResource> scored_resources(const Json& item, const Json& node,
                                             bool with_default) {
  std::vector<ScoredResource> resources;
  for (const Json& resource : item.at("resources")) {
    const auto name = resource.at("name").get<std::string>();
    const std::int64_t own = requested(item.at("pod"), name, with_default);
    if (is_extended(name) && own == 0) continue;  // the pod does not ask for it
    ScoredResource scored{.requested = own,
                          .capacity = node.at("allocatable").value(name, std::int64_t{0}),
                          .weight = resource.value("weight", std::int64_t{1})};
    for (const Json& pod : node.at("pods")) scored.requested += requested(pod, name, with_default);
    resources.push_back(scored);
  }
  return resources;
}

std::vector<ShapePoint> shape_of(const Json& item, std::int64_t scale) {
  std::vector<ShapePoint> shape;
  for (const Json& point : item.at("shape"))
    shape.push_back({point.at("utilization").get<std::int64_t>(),
                     point.at("score").get<std::int64_t>() * scale});
  return shape;
}

std::int64_t node_score_of(const Json& item, const Json& node) {
  const auto strategy = item.at("strategy").get<std::string>();
  const auto resources = scored_resources(item, node, strategy != "BalancedAllocation");
  if (strategy == "LeastAllocated") return least_allocated(resources);
  if (strategy == "MostAllocated") return most_allocated(resources);
  if (strategy == "BalancedAllocation") return balanced_allocation(resources);
  if (strategy == "RequestedToCapacityRatio")
    return requested_to_capacity_ratio(resources, shape_of(item, 10));
  throw std::invalid_argument("no strategy named " + strategy);
}

bool asks_for_nothing(const Json& item) {
  return std::ranges::all_of(item.at("resources"), [&](const Json& resource) {
    return requested(item.at("pod"), resource.at("name").get<std::string>(), false) == 0;
  });
}

Json node_score(const Json& item) {
  Json scores = Json::object();
  for (const Json& node : item.at("nodes"))
    scores[node.at("name").get<std::string>()] = node_score_of(item, node);
  Json result{{"scores", scores}};
  // kube-scheduler refuses a profile without resources, and balances nothing for a best-effort pod.
  if (item.at("resources").empty()) result["status"] = "Error";
  if (item.at("strategy") == "BalancedAllocation" && asks_for_nothing(item))
    result["prescore_status"] = "Skip";
  return result;
}

// ---- EKS ----------------------------------------------------------------------------------------

Json eks_kube_reserved(const Json& item) {
  return {{"cpu_milli", reserved_cpu_milli(item.at("vcpus").get<int>())},
          {"memory_mib", reserved_memory(item.at("max_pods").get<int>()).count / kMiB}};
}

Json eks_max_pods(const Json& item) {
  return bare(max_pods({.enis = item.at("enis").get<int>(),
                        .ipv4_per_eni = item.at("ipv4_per_eni").get<int>(),
                        .reserved_enis = item.value("reserved_enis", 0)}));
}

// The case gives what a real kubelet reported: an estimate at or below it agrees.
Json at_most(std::int64_t got, const Json& bound) {
  return got <= bound.get<std::int64_t>() ? bound : Json(got);
}

Json eks_allocatable_estimate(const Json& item) {
  const Resources got = allocatable({.vcpus = item.at("vcpus").get<int>(),
                                     .memory = {item.at("memory_mib").get<std::int64_t>() * kMiB},
                                     .arm = item.at("arch") == "arm64"},
                                    item.at("max_pods").get<int>());
  const Json& expect = item.at("expect");
  return {{"cpu_milli_at_most", at_most(got.cpu_milli, expect.at("cpu_milli_at_most"))},
          {"memory_ki_at_most",
           at_most(got.memory.count / 1024, expect.at("memory_ki_at_most"))}};
}

// ---- Karpenter's budgets --------------------------------------------------------------------------

struct NamedReason {
  const char* name;
  Disruption reason;
};
constexpr std::array kReasons{NamedReason{"Empty", Disruption::empty},
                              NamedReason{"Underutilized", Disruption::underutilised},
                              NamedReason{"Drifted", Disruption::drifted}};

Disruption reason_of(const std::string& name) {
  const auto* found =
      std::ranges::find_if(kReasons, [&](const NamedReason& r) { return name == r.name; });
  if (found == kReasons.end()) throw std::invalid_argument("no reason named " + name);
  return found->reason;
}

Budget budget_of(const std::string& nodes) {
  return {.nodes = std::stoi(nodes), .percent = nodes.ends_with('%')};
}

Json karpenter_budget(const Json& item) {
  std::vector<Budget> budgets;
  for (const Json& entry : item.at("budgets")) {
    Budget budget = budget_of(entry.at("nodes").get<std::string>());
    budget.active = entry.at("active").get<bool>();
    for (const Json& reason : entry.value("reasons", Json::array()))
      budget.reasons.push_back(reason_of(reason.get<std::string>()));
    budgets.push_back(budget);
  }
  Json allowed = Json::object();
  for (const NamedReason& entry : kReasons)
    allowed[entry.name] = budget_for(entry.reason, budgets, item.at("nodes").get<int>());
  return allowed;
}

Json karpenter_budget_mapping(const Json& item) {
  const std::array budgets{budget_of(item.at("budget").get<std::string>())};
  const int nodes = item.at("managed_initialized_nodes").get<int>();
  return bare(allowed_disruptions(budget_for(Disruption::empty, budgets, nodes),
                                  item.value("deleting", 0), item.value("not_ready", 0)));
}

}  // namespace

std::vector<Kind> kubernetes_node_kinds() {
  return {{"node_score", node_score},
          {"eks_kube_reserved", eks_kube_reserved},
          {"eks_max_pods", eks_max_pods},
          {"eks_allocatable_estimate", eks_allocatable_estimate},
          {"karpenter_budget", karpenter_budget},
          {"karpenter_budget_mapping", karpenter_budget_mapping}};
}

}  // namespace berth::conformance
