#include "planner/derived_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "planner/demand.h"
#include "planner/unit_costs.h"

namespace berth {
namespace {

constexpr double kWorthIt = 0.95;      // of a pool's price as it is
constexpr double kWorthAShape = 0.02;  // of what all pools cost
constexpr double kOftenFull = 0.05;    // of the starts that a goal allows to be late
constexpr double kBusySlots = 0.6;     // of a service's slots, about where autoscalers aim

bool holds(const Scenario& scenario, const Cluster& cluster, TypeId type, const Resources& needs) {
  const InstanceType& machine = scenario.catalogue.types[type.index()];
  return fits(needs, machine.allocatable - cluster.daemonsets) &&
         machine.max_pods > cluster.daemonset_pods && (machine.gpus > 0) == (needs.gpus > 0);
}

// What comes to a pool: pods of this size, so many at once on average.
struct Coming {
  Resources needs;
  double pods = 0;
};

class Deriver {
 public:
  Deriver(const Scenario& scenario, PlatformId platform)
      : scenario_(scenario),
        platform_(platform),
        cluster_(std::get<Cluster>(scenario.platforms[platform.index()])) {}

  std::vector<DerivedShape> run() {
    std::vector<DerivedShape> list;
    const auto add = [&](DerivedShape shape) {
      if (!shape.reason.empty()) list.push_back(std::move(shape));
    };
    add(cheaper_types());
    add(other_autoscaler());
    add(kept_nodes());
    add(pause_pods());
    if (list.size() > 1) list.push_back(all_of(list));
    return list;
  }

 private:
  bool placed_here(const Placement& placement) const {
    const auto here = [&](const auto& home) { return home.platform == platform_; };
    return std::ranges::any_of(placement.training, here) ||
           std::ranges::any_of(placement.services, here);
  }

  double pods_of(std::size_t i) const {
    const TrainingClass& work = scenario_.training[i];
    const TimeGrid grid(scenario_);
    const auto arrivals = arrivals_of(scenario_, TrainingId{static_cast<std::int32_t>(i)}, grid);
    const double rate = after_warm_up(arrivals, grid) / scenario_.horizon.count();
    return rate * mean(work.duration) * work.instances;
  }
  double pods_of(const Service& work, int least) const {
    const double busy =
        work.demand.mean_rate() * mean(work.service_time) / std::max(work.concurrency, 1);
    return std::max(double(least), busy / kBusySlots);
  }

  std::vector<Coming> coming_to(std::size_t q) const {
    const bool anything = std::ranges::any_of(
        scenario_.placements, [&](const Placement& one) { return placed_here(one); });
    const TypeId type = cluster_.pools[q].types.front();
    const auto comes = [&](const Resources& needs, auto home_in) {
      if (!anything) return holds(scenario_, cluster_, type, needs);
      return std::ranges::any_of(scenario_.placements, [&](const Placement& placement) {
        const auto& home = home_in(placement);
        return home.platform == platform_ && home.pool && home.pool->index() == q;
      });
    };
    std::vector<Coming> list;
    for (std::size_t i = 0; i < scenario_.training.size(); ++i)
      if (comes(scenario_.training[i].needs,
                [i](const Placement& p) -> const TrainingHome& { return p.training[i]; }))
        list.push_back({scenario_.training[i].needs, pods_of(i)});
    for (std::size_t i = 0; i < scenario_.services.size(); ++i) {
      const auto home = [i](const Placement& p) -> const ServiceHome& { return p.services[i]; };
      if (!comes(scenario_.services[i].needs, home)) continue;
      int least = 1;
      for (const Placement& placement : scenario_.placements)
        least = std::max(least, home(placement).replicas.min);
      list.push_back({scenario_.services[i].needs, pods_of(scenario_.services[i], least)});
    }
    return list;
  }

  // Nodes of this type that the pods fill, on average.
  double nodes_of(const std::vector<Coming>& coming, NodePool pool, TypeId type) const {
    pool.types = {type};
    double nodes = 0, pods = 0, places = 1;
    for (const Coming& one : coming) {
      const int fit = pods_on(scenario_, cluster_, pool, one.needs);
      nodes += one.pods / fit;
      pods += one.pods;
      places = std::max(places, double(fit));
    }
    // The last node is half empty on average, where it holds more than one pod.
    const double busy = 1 - std::exp(-pods);
    return std::max(nodes + busy * (1 - 1 / places) / 2, busy);
  }

  std::optional<TypeId> cheapest(std::size_t q, const std::vector<Coming>& coming) const {
    const NodePool& pool = cluster_.pools[q];
    const TypeId own = pool.types.front();
    const InstanceType& now = scenario_.catalogue.types[own.index()];
    const auto dollars = [&](TypeId type) {
      NodePool other = pool;
      other.types = {type};
      return nodes_of(coming, pool, type) * node_usd_per_hour(scenario_, cluster_, other);
    };
    std::optional<TypeId> best;
    double least = kWorthIt * dollars(own);
    for (std::size_t t = 0; t < scenario_.catalogue.types.size(); ++t) {
      const TypeId id{static_cast<std::int32_t>(t)};
      const InstanceType& machine = scenario_.catalogue.types[t];
      const bool spot = pool.offering == Offering::spot;
      const bool priced = spot ? machine.ec2_spot && machine.spot_reclaim_per_month
                               : machine.ec2_on_demand.has_value();
      // Burstable types run on credits: no room to plan with.
      const bool burstable = machine.family.starts_with("t");
      // The same accelerator in another number, or none.
      const bool other_kind =
          machine.gpus > 0 || now.gpus > 0 ? machine.family != now.family : false;
      if (id == own || burstable || machine.arm != now.arm || other_kind || !priced) continue;
      if (cluster_.auto_mode && !eks_auto_fee(scenario_.catalogue, machine)) continue;
      if (!std::ranges::all_of(
              coming, [&](const Coming& one) { return holds(scenario_, cluster_, id, one.needs); }))
        continue;
      if (const double usd = dollars(id); usd < least) best = id, least = usd;
    }
    return best;
  }

  DerivedShape cheaper_types() const {
    DerivedShape shape;
    double whole = 0, less = 0;  // dollars an hour
    for (std::size_t q = 0; q < cluster_.pools.size(); ++q) {
      const NodePool& pool = cluster_.pools[q];
      const TypeId own = pool.types.front();
      const std::vector<Coming> coming = coming_to(q);
      if (coming.empty()) continue;
      whole += nodes_of(coming, pool, own) * node_usd_per_hour(scenario_, cluster_, pool);
      if (pool.types.size() != 1) continue;
      if (pool.max_nodes < 1) continue;
      const auto type = cheapest(q, coming);
      if (!type) continue;
      NodePool other = pool;
      other.types = {*type};
      const double before = nodes_of(coming, pool, own), after = nodes_of(coming, pool, *type);
      const double saved = 1 - after * node_usd_per_hour(scenario_, cluster_, other) /
                                   (before * node_usd_per_hour(scenario_, cluster_, pool));
      less += saved * before * node_usd_per_hour(scenario_, cluster_, pool);
      const auto resized = [&](int nodes) {
        return static_cast<int>(std::ceil(nodes * after / before - 1e-9));
      };
      PoolLevers levers{.instance_types = {scenario_.catalogue.types[type->index()].name}};
      if (resized(pool.min_nodes) != pool.min_nodes) levers.min_nodes = {resized(pool.min_nodes)};
      if (resized(pool.max_nodes) != pool.max_nodes)
        levers.max_nodes = {std::max({1, resized(pool.min_nodes), resized(pool.max_nodes)})};
      shape.levers.pools.push_back({pool.name, std::move(levers)});
      shape.reason +=
          fmt::format("{}{}: {:.0f} % less for what comes to {}", shape.reason.empty() ? "" : ", ",
                      scenario_.catalogue.types[type->index()].name, 100 * saved, pool.name);
    }
    if (less < kWorthAShape * whole) return {};
    return shape;
  }

  DerivedShape other_autoscaler() const {
    DerivedShape shape;
    if (cluster_.autoscaler == NodeAutoscaler::karpenter) return shape;
    shape.levers.autoscalers = {NodeAutoscaler::karpenter};
    shape.reason = cluster_.autoscaler == NodeAutoscaler::none
                       ? "nodes that follow the pods"
                       : "nodes chosen and merged as pods need them";
    // A pool of a fixed size is all of its nodes; another one begins empty.
    if (cluster_.autoscaler == NodeAutoscaler::none)
      for (const NodePool& pool : cluster_.pools)
        shape.levers.pools.push_back(
            {pool.name,
             {.min_nodes = {0}, .max_nodes = {std::max(pool.max_nodes, pool.min_nodes)}}});
    return shape;
  }

  // A class that starts too late wherever a node has to boot.
  bool cannot_wait(const TrainingClass& work) const {
    if (!work.start_slo || cluster_.autoscaler == NodeAutoscaler::none) return false;
    const Distribution& boot =
        work.needs.gpus > 0 ? cluster_.node_boot_gpu : cluster_.node_boot_cpu;
    return mean(boot) > work.start_slo->count();
  }
  bool has_room(const TrainingClass& work, auto keeps) const {
    return std::ranges::any_of(cluster_.pools, [&](const NodePool& pool) {
      return keeps(pool) && holds(scenario_, cluster_, pool.types.front(), work.needs);
    });
  }
  bool waits_for_nodes(const TrainingClass& work) const {
    return cannot_wait(work) && !has_room(work, [](const NodePool& pool) {
             return pool.min_nodes > 0 || pool.pause.pods > 0;
           });
  }
  bool is_place_of(const NodePool& pool, const TrainingClass& work) const {
    return pool.offering != Offering::spot && pool.max_nodes > 0 &&
           holds(scenario_, cluster_, pool.types.front(), work.needs);
  }

  // How often the class's own jobs leave too little of so many nodes for one more.
  double fullness(std::size_t i, const NodePool& pool, int nodes) const {
    const TrainingClass& work = scenario_.training[i];
    const int job = std::max(work.instances, 1);
    const int jobs = nodes * pods_on(scenario_, cluster_, pool, work.needs) / job;
    const double running = pods_of(i) / job;
    double exactly = std::exp(-running), fewer = 0;  // than `jobs`
    for (int n = 0; n < jobs; ++n) {
      fewer += exactly;
      exactly *= running / (n + 1);
    }
    return 1 - fewer;
  }

  DerivedShape kept_nodes() const {
    DerivedShape shape;
    for (const TrainingClass& work : scenario_.training) {
      if (!waits_for_nodes(work)) continue;
      for (const NodePool& pool : cluster_.pools) {
        if (!is_place_of(pool, work)) continue;
        const bool known = std::ranges::any_of(
            shape.levers.pools, [&](const auto& one) { return one.first == pool.name; });
        if (!known) shape.levers.pools.push_back({pool.name, {.min_nodes = {1}}});
      }
    }
    if (!shape.levers.pools.empty()) shape.reason = "for start goals shorter than a node's boot";
    return shape;
  }

  DerivedShape pause_pods() const {
    DerivedShape shape;
    for (std::size_t i = 0; i < scenario_.training.size(); ++i) {
      const TrainingClass& work = scenario_.training[i];
      if (!cannot_wait(work) ||
          has_room(work, [](const NodePool& pool) { return pool.pause.pods > 0; }))
        continue;
      for (const NodePool& pool : cluster_.pools) {
        if (!is_place_of(pool, work)) continue;
        if (fullness(i, pool, std::max(pool.min_nodes, 1)) <= kOftenFull) continue;
        const int pods = std::max(work.instances, 1);
        const auto known = std::ranges::find(shape.levers.pools, pool.name,
                                             &std::pair<std::string, PoolLevers>::first);
        if (known == shape.levers.pools.end())
          shape.levers.pools.push_back({pool.name, {.pause_pods = {pods}}});
        else
          known->second.pause_pods = {std::max(pods, known->second.pause_pods.front())};
      }
    }
    if (!shape.levers.pools.empty())
      shape.reason = "for start goals shorter than a node's boot, where jobs fill what is kept";
    return shape;
  }

  // Later ones lay over earlier ones: a kept node is kept whatever its type.
  static DerivedShape all_of(const std::vector<DerivedShape>& list) {
    DerivedShape all{.reason = "all of these"};
    for (const DerivedShape& one : list) {
      if (!one.levers.autoscalers.empty()) all.levers.autoscalers = one.levers.autoscalers;
      for (const auto& [name, levers] : one.levers.pools) {
        auto at = std::ranges::find_if(all.levers.pools,
                                       [&](const auto& known) { return known.first == name; });
        if (at == all.levers.pools.end()) {
          all.levers.pools.push_back({name, levers});
          continue;
        }
        if (!levers.instance_types.empty()) at->second.instance_types = levers.instance_types;
        if (!levers.min_nodes.empty()) at->second.min_nodes = levers.min_nodes;
        if (!levers.max_nodes.empty()) at->second.max_nodes = levers.max_nodes;
        if (!levers.pause_pods.empty()) at->second.pause_pods = levers.pause_pods;
      }
    }
    return all;
  }

  const Scenario& scenario_;
  PlatformId platform_;
  const Cluster& cluster_;
};

}  // namespace

std::vector<DerivedShape> derived_shapes(const Scenario& scenario, PlatformId platform) {
  return Deriver(scenario, platform).run();
}

}  // namespace berth
