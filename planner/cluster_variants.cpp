#include "planner/cluster_variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "models/platform_startup.h"
#include "planner/derived_shapes.h"

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
    const PlatformId at{static_cast<std::int32_t>(p)};
    std::vector<PlatformId> variants{at};
    std::vector<std::string> names;
    // True: it is another shape, and a new one.
    const auto add = [&](Cluster shape) {
      const bool possible = std::ranges::all_of(
          shape.pools, [](const NodePool& pool) { return pool.min_nodes <= pool.max_nodes; });
      const std::string different = difference_in_words(scenario, own, shape);
      if (!possible || different.empty()) return false;
      shape.name = fmt::format("{} ({})", own.name, different);
      if (std::ranges::find(names, shape.name) != names.end()) return false;
      names.push_back(shape.name);
      name_in_rules(request.training, own.name, shape.name);
      name_in_rules(request.services, own.name, shape.name);
      variants.push_back(PlatformId{static_cast<std::int32_t>(scenario.platforms.size())});
      scenario.platforms.emplace_back(std::move(shape));
      return true;
    };
    const auto stated = std::ranges::find(request.clusters, own.name,
                                          &std::pair<std::string, ClusterLevers>::first);
    if (stated != request.clusters.end()) {
      for (Cluster& shape : shapes_of(scenario, own, stated->second)) add(std::move(shape));
    } else {
      for (const DerivedShape& shape : derived_shapes(scenario, at))
        if (add(shapes_of(scenario, own, shape.levers).back()))
          request.variants_derived.push_back(
              fmt::format("cluster besides: {}, {}", names.back(), shape.reason));
      if (own.autoscaler == NodeAutoscaler::karpenter)
        request.variants_derived.push_back(fmt::format(
            "node autoscaler of {}: Karpenter, as it is; Cluster Autoscaler would take {:.0f} s to "
            "have a node ready instead of {:.0f} s",
            own.name, mean(usual_boot(NodeAutoscaler::cluster_autoscaler, false)),
            mean(own.node_boot_cpu)));
    }
    if (variants.size() > 1) request.variants.push_back(std::move(variants));
  }
}

}  // namespace berth
