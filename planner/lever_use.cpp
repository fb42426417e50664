#include "planner/lever_use.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "models/serving/replica_forecast.h"
#include "planner/lever_rules.h"

namespace berth {
namespace {

std::string pull_name(PullMode pull) {
  switch (pull) {
    case PullMode::full:
      return "full";
    case PullMode::soci_lazy:
      return "soci_lazy";
    case PullMode::soci_parallel:
      return "soci_parallel";
    case PullMode::preloaded:
      return "preloaded";
  }
  return "";
}

class Unused {
 public:
  explicit Unused(const Scenario& scenario) : scenario_(scenario) {}

  void look(const TrainingClass& work, const TrainingLevers& levers,
            const std::vector<TrainingHome>& homes) {
    if (homes.empty()) return;  // refused as a whole, and told so
    where(work.name, levers, homes);
    const auto is_offered = [](const TrainingHome& home, Offering one) { return home.offering == one; };
    each(work.name, levers.offerings, homes, is_offered, [](Offering one) {
      return one == Offering::spot
                 ? "offering spot (no free pool is of spot machines, and of no free SageMaker type a "
                   "spot price and a rate of reclaims are known)"
                 : "offering on_demand (every free pool is of spot machines)";
    });
    pulls(work.name, levers.pulls, homes);
    each(
        work.name, levers.keep_alives, homes,
        [](const TrainingHome& home, Seconds one) { return home.keep_alive == one; },
        [](Seconds one) {
          return fmt::format(
              "keep-alive {:g} min (SageMaker keeps on demand, within a warm-pool quota)",
              one.count() / 60);
        });
    each(
        work.name, levers.checkpoint_intervals, homes,
        [&](const TrainingHome& home, Seconds one) {
          return home.checkpoint_interval == one ||
                 (work.checkpoint && work.checkpoint->interval == one);
        },
        [](Seconds one) {
          return fmt::format("checkpoints every {:g} min (it writes none)", one.count() / 60);
        });
  }

  void look(const Service& work, const ServiceLevers& levers,
            const std::vector<ServiceHome>& homes) {
    if (homes.empty()) return;
    where(work.name, levers, homes);
    pulls(work.name, levers.pulls, homes);
    each(
        work.name, levers.targets, homes,
        [](const ServiceHome& home, double one) {
          return home.runs_replicas() && target_is_share(home.replicas) &&
                 target_of(home.replicas) == one;
        },
        [](double one) {
          return fmt::format("target {:g} % (its autoscaler aims at something else)", 100 * one);
        });
    const auto bound = [&](const std::vector<int>& values, int ReplicaPolicy::*which,
                           const char* name, const char* other) {
      each(
          work.name, values, homes,
          [which](const ServiceHome& home, int one) {
            return home.runs_replicas() && home.replicas.*which == one;
          },
          [&](int one) { return fmt::format("{} {} (beyond every {} there is)", name, one, other); });
    };
    bound(levers.minima, &ReplicaPolicy::min, "min_replicas", "most");
    bound(levers.maxima, &ReplicaPolicy::max, "max_replicas", "least");
    each(
        work.name, levers.endpoints, homes,
        [&](const ServiceHome& home, EndpointKind one) { return !home.pool && endpoint_kind(home) == one; },
        [](EndpointKind one) {
          return fmt::format("endpoint {} (none can be made of it)", name_of(one));
        });
  }

  std::vector<std::string> words() const {
    std::vector<std::string> list;
    list.reserve(who_.size());
    for (const auto& [value, workloads] : who_)
      list.push_back(fmt::format("stated as a lever, and in no home of {}: {}",
                                 fmt::join(workloads, ", "), value));
    return list;
  }

 private:
  template <class Value, class Home, class Has, class Words>
  void each(const std::string& workload, const std::vector<Value>& stated,
            const std::vector<Home>& homes, Has has, Words words) {
    for (const Value& value : stated)
      if (std::ranges::none_of(homes, [&](const Home& home) { return has(home, value); }))
        who_[words(value)].push_back(workload);
  }

  template <class Levers, class Home>
  void where(const std::string& workload, const Levers& levers, const std::vector<Home>& homes) {
    each(
        workload, levers.platforms, homes,
        [&](const Home& home, const std::string& one) {
          return name_of(scenario_.platforms[home.platform.index()]) == one;
        },
        [](const std::string& one) {
          return fmt::format("platform {} (nothing there that is free holds it and has a price)", one);
        });
    each(
        workload, levers.pools, homes,
        [&](const Home& home, const std::string& one) {
          if (!home.pool) return false;
          const auto& cluster = std::get<Cluster>(scenario_.platforms[home.platform.index()]);
          return cluster.pools[home.pool->index()].name == one;
        },
        [](const std::string& one) {
          return fmt::format("pool {} (too small for a pod, without a price, or of another offering)",
                             one);
        });
    each(
        workload, levers.instance_types, homes,
        [&](const Home& home, const std::string& one) {
          return scenario_.catalogue.index_of(one) == static_cast<int>(home.type.index());
        },
        [](const std::string& one) {
          return fmt::format(
              "instance type {} (too small, not offered, without a price, or beyond a quota; nodes "
              "are of their pools' types)",
              one);
        });
  }

  template <class Home>
  void pulls(const std::string& workload, const std::vector<PullMode>& stated,
             const std::vector<Home>& homes) {
    each(
        workload, stated, homes, [](const Home& home, PullMode one) { return home.pull == one; },
        [](PullMode one) {
          return fmt::format("pull {} (not where it runs, or its image has no index)", pull_name(one));
        });
  }

  const Scenario& scenario_;
  std::map<std::string, std::vector<std::string>> who_;
};

}  // namespace

std::vector<std::string> unused_values(const Scenario& scenario, const PlanRequest& request,
                                       const Options& options) {
  Unused unused(scenario);
  for (std::size_t i = 0; i < scenario.training.size(); ++i)
    unused.look(scenario.training[i], levers_for(request, scenario.training[i]),
                options.training[i]);
  for (std::size_t i = 0; i < scenario.services.size(); ++i)
    unused.look(scenario.services[i], levers_for(request, scenario.services[i]),
                options.services[i]);
  return unused.words();
}

}  // namespace berth
