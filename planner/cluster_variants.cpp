#include "planner/cluster_variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "models/platform_startup.h"

namespace berth {
namespace {

std::string_view words(NodeAutoscaler autoscaler) {
  switch (autoscaler) {
    case NodeAutoscaler::none:
      return "no autoscaler";
    case NodeAutoscaler::karpenter:
      return "karpenter";
    case NodeAutoscaler::cluster_autoscaler:
      return "cluster autoscaler";
  }
  return "";
}

const Distribution& usual_boot(NodeAutoscaler autoscaler, bool gpu) {
  const bool slow = autoscaler == NodeAutoscaler::cluster_autoscaler;
  return platform_law(slow  ? PlatformLaw::cluster_autoscaler_node
                      : gpu ? PlatformLaw::karpenter_node_gpu
                            : PlatformLaw::karpenter_node_cpu)
      .distribution;
}

void run_by(Cluster& cluster, NodeAutoscaler autoscaler) {
  // A law the scenario states is of its nodes, whoever asks for them.
  if (cluster.node_boot_cpu == usual_boot(cluster.autoscaler, false))
    cluster.node_boot_cpu = usual_boot(autoscaler, false);
  if (cluster.node_boot_gpu == usual_boot(cluster.autoscaler, true))
    cluster.node_boot_gpu = usual_boot(autoscaler, true);
  cluster.autoscaler = autoscaler;
}

bool holds(const Scenario& scenario, const Cluster& cluster, const NodePool& pool,
           const Resources& needs) {
  const InstanceType& machine = scenario.catalogue.types[pool.types.front().index()];
  return fits(needs, machine.allocatable - cluster.daemonsets) &&
         (machine.gpus > 0) == (needs.gpus > 0);
}

// The largest pod that may come to the pool.
Resources largest_pod(const Scenario& scenario, const Cluster& cluster, const NodePool& pool) {
  Resources most;
  const auto look = [&](const Resources& needs) {
    if (!holds(scenario, cluster, pool, needs)) return;
    if (std::tuple(needs.gpus, needs.cpu_milli, needs.memory.count) >
        std::tuple(most.gpus, most.cpu_milli, most.memory.count))
      most = needs;
  };
  for (const TrainingClass& work : scenario.training) look(work.needs);
  for (const Service& work : scenario.services) look(work.needs);
  return most;
}

// The shapes so far, each with every value of one more lever.
template <class T, class Set>
void spread(std::vector<Cluster>& shapes, const std::vector<T>& values, Set set) {
  if (values.empty()) return;
  std::vector<Cluster> more;
  for (const Cluster& shape : shapes)
    for (const T& value : values) set(more.emplace_back(shape), value);
  shapes = std::move(more);
}

std::vector<Cluster> shapes_of(const Scenario& scenario, const Cluster& own,
                               const ClusterLevers& levers) {
  std::vector<Cluster> shapes{own};
  spread(shapes, levers.autoscalers, run_by);
  for (const auto& [name, pool_levers] : levers.pools) {
    const auto at = std::ranges::find(own.pools, name, &NodePool::name);
    if (at == own.pools.end()) continue;
    const auto q = static_cast<std::size_t>(at - own.pools.begin());
    spread(shapes, pool_levers.instance_types, [&](Cluster& cluster, const std::string& type) {
      const auto id = scenario.catalogue.index_of(type);
      if (id && cluster.pools[q].types.front() != TypeId{*id})
        cluster.pools[q].types = {TypeId{*id}};
    });
    spread(shapes, pool_levers.min_nodes,
           [&](Cluster& cluster, int nodes) { cluster.pools[q].min_nodes = nodes; });
    spread(shapes, pool_levers.max_nodes,
           [&](Cluster& cluster, int nodes) { cluster.pools[q].max_nodes = nodes; });
    spread(shapes, pool_levers.pause_pods, [&](Cluster& cluster, int pods) {
      PausePods& pause = cluster.pools[q].pause;
      pause.pods = pods;
      if (pause.needs == Resources{})
        pause.needs = largest_pod(scenario, cluster, cluster.pools[q]);
      // Room for pods of no size is none.
      if (pause.needs == Resources{}) pause.pods = 0;
    });
  }
  return shapes;
}

// What is different from the cluster as written; "" when nothing is.
std::string difference_in_words(const Scenario& scenario, const Cluster& own,
                                const Cluster& shape) {
  std::string text;
  const auto say = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  if (shape.autoscaler != own.autoscaler) say(std::string(words(shape.autoscaler)));
  for (std::size_t q = 0; q < own.pools.size(); ++q) {
    const NodePool &before = own.pools[q], &pool = shape.pools[q];
    std::string changes;
    if (pool.types != before.types)
      changes += " " + scenario.catalogue.types[pool.types.front().index()].name;
    if (pool.min_nodes != before.min_nodes || pool.max_nodes != before.max_nodes)
      changes += fmt::format(" {} to {} nodes", pool.min_nodes, pool.max_nodes);
    if (pool.pause.pods != before.pause.pods)
      changes += fmt::format(" {} pause pods", pool.pause.pods);
    if (!changes.empty()) say(pool.name + changes);
  }
  return text;
}

// A class that starts too late wherever a node has to boot, and has no node that is kept.
bool waits_for_nodes(const Scenario& scenario, const Cluster& cluster, const TrainingClass& work) {
  if (!work.start_slo || cluster.autoscaler == NodeAutoscaler::none) return false;
  const Distribution& boot = work.needs.gpus > 0 ? cluster.node_boot_gpu : cluster.node_boot_cpu;
  if (mean(boot) <= work.start_slo->count()) return false;
  return std::ranges::none_of(cluster.pools, [&](const NodePool& pool) {
    return (pool.min_nodes > 0 || pool.pause.pods > 0) &&
           holds(scenario, cluster, pool, work.needs);
  });
}

ClusterLevers derived_levers(const Scenario& scenario, const Cluster& cluster) {
  ClusterLevers levers;
  for (const TrainingClass& work : scenario.training) {
    if (!waits_for_nodes(scenario, cluster, work)) continue;
    for (const NodePool& pool : cluster.pools) {
      if (pool.offering == Offering::spot || pool.max_nodes < 1 ||
          !holds(scenario, cluster, pool, work.needs))
        continue;
      const bool known = std::ranges::any_of(
          levers.pools, [&](const auto& one) { return one.first == pool.name; });
      if (!known) levers.pools.push_back({pool.name, {.min_nodes = {1}}});
    }
  }
  return levers;
}

void name_in_rules(auto& rules, const std::string& own, const std::string& name) {
  for (auto& rule : rules)
    if (std::ranges::find(rule.levers.platforms, own) != rule.levers.platforms.end())
      rule.levers.platforms.push_back(name);
}

}  // namespace

void add_cluster_variants(Scenario& scenario, PlanRequest& request) {
  const std::size_t written = scenario.platforms.size();
  for (std::size_t p = 0; p < written; ++p) {
    const auto* found = std::get_if<Cluster>(&scenario.platforms[p]);
    if (found == nullptr) continue;
    const Cluster own = *found;
    const auto stated = std::ranges::find(request.clusters, own.name,
                                          &std::pair<std::string, ClusterLevers>::first);
    const bool derive = stated == request.clusters.end();
    std::vector<PlatformId> variants{PlatformId{static_cast<std::int32_t>(p)}};
    std::vector<std::string> names;
    for (Cluster& shape :
         shapes_of(scenario, own, derive ? derived_levers(scenario, own) : stated->second)) {
      const bool possible = std::ranges::all_of(
          shape.pools, [](const NodePool& pool) { return pool.min_nodes <= pool.max_nodes; });
      const std::string different = difference_in_words(scenario, own, shape);
      if (!possible || different.empty()) continue;
      shape.name = fmt::format("{} ({})", own.name, different);
      if (std::ranges::find(names, shape.name) != names.end()) continue;
      names.push_back(shape.name);
      name_in_rules(request.training, own.name, shape.name);
      name_in_rules(request.services, own.name, shape.name);
      if (derive)
        request.variants_derived.push_back("cluster besides: " + shape.name +
                                           ", for start goals shorter than a node's boot");
      variants.push_back(PlatformId{static_cast<std::int32_t>(scenario.platforms.size())});
      scenario.platforms.emplace_back(std::move(shape));
    }
    if (variants.size() > 1) request.variants.push_back(std::move(variants));
  }
}

}  // namespace berth
