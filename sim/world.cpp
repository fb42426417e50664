#include "sim/world.h"

#include "sim/cluster.h"
#include "sim/sagemaker_platform.h"
#include "sim/serverless_endpoint.h"
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
      chains(JobGraph(scenario_in.training)),
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

const PullPlan& World::pull_plan(ImageId image, PullMode mode, const PullSite& site,
                                 const LayerSet& cached, const LazyImages& lazy,
                                 bool being_read) {
  const Image& what = scenario.images[image.index()];
  // What a run reads beyond the start is no part of the plan, so three states are all there is.
  Held held = Held::nothing;
  if (mode == PullMode::soci_lazy && lazy.holds(image))
    held = being_read || lazy.read(image) >= what.read_before_ready ? Held::read : Held::mounted;
  const PullKey key{image, mode, site, cached, held};
  if (const auto known = pull_plans_.find(key); known != pull_plans_.end()) return known->second;
  const LazilyHeld already{.mounted = held != Held::nothing,
                           .read = held == Held::read ? what.read_before_ready : 0};
  return pull_plans_
      .emplace(key, plan_pull(what, cached, mode, node_shape(type(site.type), site), already))
      .first->second;
}

Seconds World::lazy_penalty(ImageId image, const PullPlan& plan, const PullSite& site,
                            const LayerSet& cached, const LazyImages& lazy, Seconds length) const {
  if (!plan.lazy) return Seconds{0};
  const LazyPath path = default_lazy_path(node_shape(type(site.type), site));
  const Image& what = scenario.images[image.index()];
  const LazyWork work = lazy_work(what, cached, path, lazy.read(image));
  return run_penalty(work, path, lazy.forecast(image, now()), length);
}

}  // namespace berth
