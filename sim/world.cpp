#include "sim/world.h"

#include "sim/cluster.h"
#include "sim/sagemaker_platform.h"
#include "sim/serving.h"

namespace berth {
namespace {

template <class Home>
void mark_used(const std::vector<Home>& homes, std::vector<bool>& used) {
  for (const Home& home : homes) used[home.platform.index()] = true;
}

}  // namespace

// A platform that no workload is placed on does not exist: no fee, no idle nodes.
World::World(const Scenario& scenario_in, const Placement& placement_in, Replication replication_in,
             bool keep_journal)
    : scenario(scenario_in),
      placement(placement_in),
      replication(replication_in),
      agenda(scenario_in.warm_up + scenario_in.horizon),
      network(agenda),
      meter(scenario_in.warm_up, scenario_in.warm_up + scenario_in.horizon),
      tally(scenario_in, placement_in),
      sagemaker(scenario_in.platforms.size()),
      clusters(scenario_in.platforms.size()) {
  if (keep_journal) tally.keep_journal();  // platforms begin with nodes
  std::vector<bool> used(scenario.platforms.size(), false);
  mark_used(placement.training, used);
  mark_used(placement.services, used);
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) continue;
    const PlatformId id{static_cast<std::int32_t>(i)};
    std::visit(Overloaded{[&](const SageMaker& p) {
                            sagemaker[i] = std::make_unique<SageMakerPlatform>(*this, id, p);
                          },
                          [&](const Cluster& p) {
                            clusters[i] = std::make_unique<ClusterPlatform>(*this, id, p);
                          }},
               scenario.platforms[i]);
  }
  network.seal();
}

// Lives look at everything else here, so they go first.
World::~World() { agenda.end_all_lives(); }

const PullPlan& World::pull_plan(ImageId image, PullMode mode, TypeId machine,
                                 const LayerSet& cached) {
  const PullKey key{image, mode, machine, cached};
  if (const auto known = pull_plans_.find(key); known != pull_plans_.end()) return known->second;
  const Image& what = scenario.images[image.index()];
  return pull_plans_.emplace(key, plan_pull(what, cached, mode, node_shape(type(machine))))
      .first->second;
}

}  // namespace berth
