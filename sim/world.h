// One replication's world: the clock, the network, the platforms that a placement uses, and the two
// books, the Journal's tally and the billing meter. Lives hold a reference to it; it holds no
// opinion.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "models/billing/meter.h"
#include "models/job_graph.h"
#include "models/lazy_images.h"
#include "models/node_shape.h"
#include "models/pull_plan.h"
#include "models/random_stream.h"
#include "models/scenario.h"
#include "models/tally.h"
#include "sim/agenda.h"
#include "sim/network.h"

namespace berth {

class SageMakerPlatform;
class ClusterPlatform;
class ServedService;
class ServerlessService;

struct World {
  World(const Scenario& scenario, const Placement& placement, Replication replication,
        bool keep_journal = false);
  ~World();

  const Scenario& scenario;
  const Placement& placement;
  const Replication replication;
  Agenda agenda;
  Network network;
  Meter meter;
  Tally tally;
  JobChains chains;
  std::vector<std::unique_ptr<SageMakerPlatform>> sagemaker;  // by PlatformId; null for others
  std::vector<std::unique_ptr<ClusterPlatform>> clusters;     // and where nobody is placed

  // By ServiceId; null where the other is.
  std::vector<std::unique_ptr<ServedService>> services;
  std::vector<std::unique_ptr<ServerlessService>> serverless;

  Seconds now() const { return agenda.now(); }
  Seconds window_end() const { return agenda.end(); }
  const InstanceType& type(TypeId id) const { return scenario.catalogue.types[id.index()]; }
  RandomStream stream(Purpose purpose, std::uint64_t entity) const {
    return {replication.seed, replication.number, purpose, entity};
  }

  // The way of pulling an image onto such a machine that already holds `cached`. Remembered.
  // being_read: another container of the lazily loaded image reads it there right now.
  const PullPlan& pull_plan(ImageId image, PullMode mode, const PullSite& site,
                            const LayerSet& cached, const LazyImages& lazy,
                            bool being_read = false);
  // What a run of `length` that begins now loses to an image that `plan` loads lazily.
  Seconds lazy_penalty(ImageId image, const PullPlan& plan, const PullSite& site,
                       const LayerSet& cached, const LazyImages& lazy, Seconds length) const;

 private:
  enum class Held { nothing, mounted, read };  // of a lazily loaded image
  using PullKey = std::tuple<ImageId, PullMode, PullSite, LayerSet, Held>;
  std::map<PullKey, PullPlan> pull_plans_;
};

// One draw of a distribution, in seconds.
inline Seconds draw(const Distribution& distribution, RandomStream& stream) {
  return Seconds{sample(distribution, stream)};
}

// A machine, volume or pool held and paid for: handed to the meter when it goes out of scope, be it
// because its holder let go or because the window closed on it.
class Lease {
 public:
  Lease(World& world, UsageRecord record) : world_(&world), record_(record) {
    record_.from = world.now();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    record_.to = world_->now();
    world_->meter.add(record_);
  }
  void mark_reclaimed() { record_.reclaimed = true; }

 private:
  World* world_;
  UsageRecord record_;
};

}  // namespace berth
