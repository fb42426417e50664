#include "planner/levers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>
#include <set>

#include "models/job_graph.h"
#include "models/needed_prices.h"
#include "models/serving/replica_forecast.h"
#include "models/sagemaker.h"
#include "models/serving/replicas_on.h"
#include "models/spot.h"
#include "planner/derived_endpoints.h"
#include "planner/homes.h"
#include "planner/lever_rules.h"
#include "planner/lever_use.h"

namespace berth {
namespace {

constexpr std::size_t kCheapest = 3;

template <class T>
void add_once(std::vector<T>& list, const T& value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(value);
}

template <class Home>
void add_home(std::vector<Home>& homes, const Home& home) {
  if (std::ranges::none_of(homes, [&](const Home& one) { return same_home(one, home); }))
    homes.push_back(home);
}

// Its policy says how many replicas there are, as elsewhere; what comes with requests has another kind.
bool free_to(const std::vector<std::string>& named, const std::string& name) {
  return named.empty() || std::ranges::find(named, name) != named.end();
}

int quota_of(const std::vector<Quota>& quotas, TypeId type, int otherwise) {
  for (const Quota& quota : quotas)
    if (quota.type == type) return quota.instances;
  return otherwise;
}

bool has_index(const Scenario& scenario, ImageId image) {
  return scenario.images[image.index()].soci_index;
}

// Room of a node for pods: what kubelet offers less the DaemonSets.
bool pod_fits(const Scenario& scenario, const Cluster& cluster, const NodePool& pool,
              const Resources& needs) {
  const InstanceType& machine = scenario.catalogue.types[pool.types.front().index()];
  return fits(needs, machine.allocatable - cluster.daemonsets) &&
         machine.max_pods > cluster.daemonset_pods;
}

bool pool_is_priced(const Scenario& scenario, const Cluster& cluster, const NodePool& pool) {
  const InstanceType& machine = scenario.catalogue.types[pool.types.front().index()];
  const bool spot = pool.offering == Offering::spot;
  if (spot ? !machine.ec2_spot || !machine.spot_reclaim_per_month : !machine.ec2_on_demand)
    return false;
  return !cluster.auto_mode || eks_auto_fee(scenario.catalogue, machine).has_value();
}

bool machine_fits(const InstanceType& machine, const Resources& needs) {
  return fits(needs, {machine.vcpu * std::int64_t{1000}, machine.memory, machine.gpus});
}

// "the job asks for 3 CPUs, and it has 2"
std::string too_small_words(const InstanceType& machine, const Resources& needs) {
  const auto gib = [](Bytes bytes) { return static_cast<double>(bytes.count) / (1024.0 * 1024 * 1024); };
  if (needs.gpus > machine.gpus)
    return fmt::format("the job asks for {} GPUs, and it has {}", needs.gpus, machine.gpus);
  if (needs.memory.count > machine.memory.count)
    return fmt::format("the job asks for {:.3g} GiB, and it has {:.3g}", gib(needs.memory), gib(machine.memory));
  return fmt::format("the job asks for {:g} CPUs, and it has {}", static_cast<double>(needs.cpu_milli) / 1000, machine.vcpu);
}

// AWS's own accelerators run models compiled for them, not what a GPU image holds.
bool needs_compiling(const InstanceType& machine) {
  return machine.family.starts_with("inf") || machine.family.starts_with("trn");
}

class Deriver {
 public:
  Deriver(const Scenario& scenario, const PlanRequest& request)
      : scenario_(scenario), request_(request) {}

  Options run() {
    for (std::size_t i = 0; i < scenario_.training.size(); ++i) train(i);
    for (std::size_t i = 0; i < scenario_.services.size(); ++i) serve(i);
    for (const std::string& line : request_.variants_derived) derive(line);
    const bool clusters = std::ranges::any_of(scenario_.platforms, [](const Platform& platform) {
      return std::holds_alternative<Cluster>(platform);
    });
    if (clusters && request_.clusters.empty() && request_.variants_derived.empty())
      derive("node autoscalers, pool shapes and room kept in advance: as the scenario has them");
    for (const std::string& line : derived_) options_.derived.push_back(line);
    for (const auto& [reason, workloads] : derived_types_)
      options_.derived.push_back(reason + names_of(workloads));
    return std::move(options_);
  }

 private:
  const InstanceType& type(TypeId id) const { return scenario_.catalogue.types[id.index()]; }
  // The platform that the scenario wrote, of which this one is a variant.
  PlatformId written(PlatformId id) const {
    for (const std::vector<PlatformId>& variants : request_.variants)
      if (std::ranges::find(variants, id) != variants.end()) return variants.front();
    return id;
  }
  void derive(std::string line) { derived_.insert(std::move(line)); }
  void derive_placed(bool all_are_free) {
    derive(all_are_free ? "homes: those of the scenario's placements besides"
                        : "homes: those of the scenario's placements that stated levers allow besides");
  }
  // ": retrain, notebooks and 3 more"
  static std::string names_of(const std::vector<std::string>& workloads) {
    constexpr std::size_t kNamed = 4;
    std::string text = ": ";
    for (std::size_t i = 0; i < std::min(workloads.size(), kNamed); ++i)
      text += (i > 0 ? ", " : "") + workloads[i];
    if (workloads.size() > kNamed) text += fmt::format(" and {} more", workloads.size() - kNamed);
    return text;
  }

  template <class Priced>
  std::vector<TypeId> types_for(const std::string& workload, const std::vector<std::string>& named,
                                const std::vector<TypeId>& placed, const Resources& needs,
                                Priced price, std::string_view unit) {
    std::vector<TypeId> list;
    const Catalogue& catalogue = scenario_.catalogue;
    if (!named.empty()) {
      for (const std::string& name : named)
        if (const auto at = catalogue.index_of(name)) add_once(list, TypeId{*at});
      return list;
    }
    for (const TypeId id : placed) add_once(list, id);
    std::string reason = "SageMaker types";
    for (std::size_t i = 0; i < list.size(); ++i)
      reason += fmt::format("{} ml.{}", i > 0 ? "," : "", type(list[i]).name);
    reason += list.empty() ? "" : " as placed, and";
    std::string cheapest;
    std::vector<std::pair<double, int>> fitting;
    for (std::size_t i = 0; i < catalogue.types.size(); ++i) {
      const InstanceType& one = catalogue.types[i];
      const auto usd = price(one);
      const bool needless_gpus = needs.gpus == 0 && one.gpus > 0;
      if (usd && !one.arm && !needless_gpus && !needs_compiling(one) && machine_fits(one, needs))
        fitting.emplace_back(*usd, static_cast<int>(i));
    }
    std::ranges::sort(fitting);
    for (std::size_t i = 0; i < std::min(fitting.size(), kCheapest); ++i) {
      const TypeId id{fitting[i].second};
      if (std::ranges::find(list, id) == list.end())
        cheapest += fmt::format("{} ml.{} at {:.3g} {}", cheapest.empty() ? "" : ",",
                                type(id).name, fitting[i].first, unit);
      add_once(list, id);
    }
    reason +=
        cheapest.empty() ? " nothing cheaper that fits" : " the cheapest that fit," + cheapest;
    derived_types_[reason].push_back(workload);
    return list;
  }

  // ---- Training ---------------------------------------------------------------------------------

  void train(std::size_t i) {
    const TrainingClass& work = scenario_.training[i];
    const TrainingLevers levers = levers_for(request_, work);
    std::vector<TrainingHome>& homes = options_.training.emplace_back();
    std::vector<std::string> refused;
    std::vector<TrainingHome> placed;
    placed.reserve(scenario_.placements.size());
    for (const Placement& placement : scenario_.placements) placed.push_back(placement.training[i]);
    derive_placed(nothing_stated(levers));
    for (const TrainingHome& home : placed)
      if (allows(levers, scenario_, work, home)) add_home(homes, home);
    for (std::size_t p = 0; p < scenario_.platforms.size(); ++p) {
      const Platform& platform = scenario_.platforms[p];
      if (!free_to(levers.platforms, name_of(platform))) continue;
      const PlatformId id{static_cast<std::int32_t>(p)};
      if (const auto* cluster = std::get_if<Cluster>(&platform))
        train_on(*cluster, id, work, levers, homes, refused);
      else
        train_on(std::get<SageMaker>(platform), id, work, levers, placed, homes, refused);
    }
    drop_unpriced(homes, refused,
                  [i](Placement& placement) -> TrainingHome& { return placement.training[i]; });
    if (homes.empty()) options_.homeless.push_back({work.name, refused});
  }

  // What nobody knows the price of would look cheap. Homes that placements name were asked when the
  // scenario was read.
  template <class Home, class At>
  void drop_unpriced(std::vector<Home>& homes, std::vector<std::string>& refused, At at) const {
    if (scenario_.placements.empty()) return;
    std::erase_if(homes, [&](const Home& home) {
      Placement placement = scenario_.placements.front();
      const auto missing = [&](const Placement& of) {
        std::vector<SimplePrice> list = needed_prices(scenario_, of);
        std::erase_if(
            list, [&](SimplePrice price) { return scenario_.catalogue.price(price).has_value(); });
        return list;
      };
      const auto known = missing(placement);
      at(placement) = home;
      for (const SimplePrice price : missing(placement)) {
        const bool placed = std::ranges::any_of(
            scenario_.placements, [&](Placement one) { return same_home(at(one), home); });
        if (placed || std::ranges::find(known, price) != known.end()) continue;
        refused.push_back(
            fmt::format("{}: no price is known for {}", in_words(scenario_, home), name_of(price)));
        return true;
      }
      return false;
    });
  }

  void train_on(const Cluster& cluster, PlatformId id, const TrainingClass& work,
                const TrainingLevers& levers, std::vector<TrainingHome>& homes,
                std::vector<std::string>& refused) {
    if (levers.pools.empty())
      derive("node pools: all with room for a pod, GPU pools for those that ask for GPUs");
    for (std::size_t q = 0; q < cluster.pools.size(); ++q) {
      const NodePool& pool = cluster.pools[q];
      if (!free_to(levers.pools, pool.name)) continue;
      const std::string name = cluster.name + "/" + pool.name;
      if (!pod_fits(scenario_, cluster, pool, work.needs)) {
        refused.push_back(name + ": a pod is larger than its nodes");
        continue;
      }
      if (!pool_is_priced(scenario_, cluster, pool)) {
        refused.push_back(name + ": no price is known");
        continue;
      }
      if (levers.pools.empty() && work.needs.gpus == 0 && type(pool.types.front()).gpus > 0)
        continue;
      if (!levers.offerings.empty() &&
          std::ranges::find(levers.offerings, pool.offering) == levers.offerings.end())
        continue;
      const bool keeps_work = work.checkpoint || pool.offering == Offering::on_demand ||
                              !levers.offerings.empty() || !levers.pools.empty() ||
                              placed_on_spot(work);
      if (!keeps_work) {
        refused.push_back(name + ": spot, and the class writes no checkpoints");
        continue;
      }
      for (const PullMode pull : pulls_on_nodes(levers.pulls, work.image)) {
        const TrainingHome home{.platform = id,
                                .pool = PoolId{static_cast<std::int32_t>(q)},
                                .type = pool.types.front(),
                                .offering = pool.offering,
                                .pull = pull};
        add_checkpoints(work, levers, home, homes);
      }
    }
  }

  bool placed_on_spot(const TrainingClass& work) const {
    const auto at = static_cast<std::size_t>(&work - scenario_.training.data());
    return std::ranges::any_of(scenario_.placements, [&](const Placement& placement) {
      return placement.training[at].offering == Offering::spot;
    });
  }

  std::vector<PullMode> pulls_on_nodes(const std::vector<PullMode>& named, ImageId image) {
    if (!named.empty()) return named;
    derive("pulls: full, and SOCI where it is honoured and the image has an index");
    if (!has_index(scenario_, image)) return {PullMode::full};
    return {PullMode::full, PullMode::soci_parallel, PullMode::soci_lazy};
  }

  void train_on(const SageMaker& sagemaker, PlatformId id, const TrainingClass& work,
                const TrainingLevers& levers, const std::vector<TrainingHome>& placed,
                std::vector<TrainingHome>& homes, std::vector<std::string>& refused) {
    std::vector<TypeId> known;
    for (const TrainingHome& home : placed)
      if (home.platform == id) add_once(known, home.type);
    const auto price = [](const InstanceType& one) -> std::optional<double> {
      if (!one.sagemaker_training_offered || !one.sagemaker_training) return std::nullopt;
      return one.sagemaker_training->usd;
    };
    // What the work costs is what counts: a machine that is twice as fast may cost twice as much.
    const auto by_work = [&](const InstanceType& one) -> std::optional<double> {
      const auto at = static_cast<std::int32_t>(&one - scenario_.catalogue.types.data());
      const auto usd = price(one);
      return usd ? std::optional(*usd / work.speed_on(TypeId{at})) : std::nullopt;
    };
    for (const TypeId t : types_for(work.name, levers.instance_types, known, work.needs, by_work,
                                    "$/h for an hour of work")) {
      const InstanceType& machine = type(t);
      const std::string name = sagemaker.name + "/ml." + machine.name;
      const int quota = quota_of(sagemaker.training_quotas, t, sagemaker.default_training_quota);
      if (!machine_fits(machine, work.needs))
        refused.push_back(name + ": " + too_small_words(machine, work.needs));
      else if (!price(machine))
        refused.push_back(name + ": not offered, or no price is known");
      else if (work.instances > quota)
        refused.push_back(fmt::format("{}: a job needs {} instances, the quota is {}", name,
                                      work.instances, quota));
      else
        add_offers(sagemaker, id, t, work, levers, homes);
    }
  }

  void add_offers(const SageMaker& sagemaker, PlatformId id, TypeId t, const TrainingClass& work,
                  const TrainingLevers& levers, std::vector<TrainingHome>& homes) {
    const InstanceType& machine = type(t);
    std::vector<Offering> offerings = levers.offerings;
    if (offerings.empty()) {
      derive("offering: on demand; spot too for classes with checkpoints or placed on spot");
      offerings = {Offering::on_demand};
      if (work.checkpoint || placed_on_spot(work)) offerings.push_back(Offering::spot);
    }
    for (const Offering offering : offerings) {
      const bool spot = offering == Offering::spot;
      if (spot && (!machine.spot_ratio() || !machine.spot_reclaim_per_month)) continue;
      for (const PullMode pull : pulls_on(sagemaker, work, levers))
        for (const Seconds keep : keep_alives(sagemaker, t, work, levers, spot))
          add_checkpoints(
              work, levers,
              {.platform = id, .type = t, .offering = offering, .pull = pull, .keep_alive = keep},
              homes);
    }
  }

  std::vector<PullMode> pulls_on(const SageMaker& sagemaker, const TrainingClass& work,
                                 const TrainingLevers& levers) {
    std::vector<PullMode> list;
    const std::vector<PullMode> wishes = levers.pulls.empty() && has_index(scenario_, work.image)
                                             ? std::vector{PullMode::full, PullMode::soci_lazy}
                                         : levers.pulls.empty() ? std::vector{PullMode::full}
                                                                : levers.pulls;
    for (const PullMode wish : wishes)
      if (wish != PullMode::preloaded) add_once(list, honoured_pull(sagemaker, work, wish));
    return list;
  }

  TrainingId position_of(const TrainingClass& work) const {
    return {static_cast<std::int32_t>(&work - scenario_.training.data())};
  }

  std::vector<Seconds> keep_alives(const SageMaker& sagemaker, TypeId t, const TrainingClass& work,
                                   const TrainingLevers& levers, bool spot) {
    const int kept = quota_of(sagemaker.warm_pool_quotas, t, sagemaker.default_warm_pool_quota);
    if (spot || kept < work.instances) return {Seconds{0}};
    if (!levers.keep_alives.empty()) return levers.keep_alives;
    derive("keep-alive: none, and a gap of the schedule or 30 min within the warm-pool quota");
    Seconds gap = 30min;
    if (const auto* every = std::get_if<Every>(&clock_of(scenario_.training, position_of(work))))
      gap = std::min(kKeepAliveMax, every->interval + every->jitter);
    return {Seconds{0}, gap};
  }

  void add_checkpoints(const TrainingClass& work, const TrainingLevers& levers, TrainingHome home,
                       std::vector<TrainingHome>& homes) {
    std::vector<Seconds> intervals = levers.checkpoint_intervals;
    const bool is_left_out = work.checkpoint && !intervals.empty() &&
                             std::ranges::find(intervals, work.checkpoint->interval) == intervals.end();
    if (!is_left_out) add_home(homes, home);
    if (!work.checkpoint) return;
    if (intervals.empty() && home.offering == Offering::spot) {
      derive("checkpoints: the class's interval, on spot also the best one for its reclaims");
      const Seconds between = mean_time_between_interruptions(
          type(home.type).spot_reclaim_per_month.value(), work.instances);
      const Seconds best = best_interval(work.checkpoint->cost, between);
      // Whole minutes: nobody configures 23 min 17 s.
      intervals = {Seconds{std::max(60.0, std::round(best.count() / 60) * 60)}};
    }
    for (const Seconds interval : intervals) {
      if (interval == work.checkpoint->interval) continue;
      home.checkpoint_interval = interval;
      add_home(homes, home);
    }
  }

  // ---- Services ---------------------------------------------------------------------------------

  void serve(std::size_t i) {
    const Service& work = scenario_.services[i];
    const ServiceLevers levers = levers_for(request_, work);
    std::vector<ServiceHome>& homes = options_.services.emplace_back();
    std::vector<std::string> refused;
    derive_placed(nothing_stated(levers));
    for (const Placement& placement : scenario_.placements)
      if (allows(levers, scenario_, placement.services[i])) add_home(homes, placement.services[i]);
    for (std::size_t p = 0; p < scenario_.platforms.size(); ++p) {
      const Platform& platform = scenario_.platforms[p];
      if (!free_to(levers.platforms, name_of(platform))) continue;
      const PlatformId id{static_cast<std::int32_t>(p)};
      std::vector<ServiceHome> placed;
      for (const Placement& placement : scenario_.placements)
        if (placement.services[i].platform == written(id) && placement.services[i].runs_replicas())
          placed.push_back(placement.services[i]);
      const ServiceHome like = placed.empty() ? like_others(i, id) : placed.front();
      if (const auto* cluster = std::get_if<Cluster>(&platform))
        serve_on(*cluster, id, work, levers, like, placed, homes, refused);
      else
        serve_behind_endpoint(i, id, levers, like, placed, homes, refused);
    }
    drop_unpriced(homes, refused,
                  [i](Placement& placement) -> ServiceHome& { return placement.services[i]; });
    if (homes.empty()) options_.homeless.push_back({work.name, refused});
  }

  // How replicas are scaled where no placement has the service: as elsewhere, with the lag of
  // others on that platform.
  ServiceHome like_others(std::size_t i, PlatformId id) const {
    ServiceHome like;
    for (const Placement& placement : std::views::reverse(scenario_.placements))
      if (placement.services[i].runs_replicas()) like = placement.services[i];
    for (const Placement& placement : scenario_.placements)
      for (const ServiceHome& home : placement.services)
        if (home.platform == written(id) && home.runs_replicas()) {
          like.replicas.autoscaler = home.replicas.autoscaler;
          return like;
        }
    // What the platform comes with.
    const Platform& platform = scenario_.platforms[id.index()];
    const bool from_elsewhere =
        std::holds_alternative<UtilisationPolicy>(like.replicas.autoscaler) ==
        std::holds_alternative<Cluster>(platform);
    if (from_elsewhere && std::holds_alternative<Cluster>(platform))
      like.replicas.autoscaler = HpaPolicy{};
    else if (from_elsewhere)
      like.replicas.autoscaler = UtilisationPolicy{};
    return like;
  }

  void serve_on(const Cluster& cluster, PlatformId id, const Service& work,
                const ServiceLevers& levers, const ServiceHome& like,
                const std::vector<ServiceHome>& placed, std::vector<ServiceHome>& homes,
                std::vector<std::string>& refused) {
    std::vector<PullMode> pulls = levers.pulls;
    if (pulls.empty()) {
      pulls.push_back(PullMode::full);
      for (const ServiceHome& home : placed) add_once(pulls, home.pull);
    }
    for (std::size_t q = 0; q < cluster.pools.size(); ++q) {
      const NodePool& pool = cluster.pools[q];
      if (!free_to(levers.pools, pool.name)) continue;
      const std::string name = cluster.name + "/" + pool.name;
      if (!pod_fits(scenario_, cluster, pool, work.needs)) {
        refused.push_back(name + ": a pod is larger than its nodes");
        continue;
      }
      if (!pool_is_priced(scenario_, cluster, pool)) {
        refused.push_back(name + ": no price is known");
        continue;
      }
      if (levers.pools.empty()) {
        if (work.needs.gpus == 0 && type(pool.types.front()).gpus > 0) continue;
        if (pool.offering == Offering::spot) {
          refused.push_back(name + ": spot, for services only when named");
          continue;
        }
      }
      for (const PullMode pull : pulls)
        add_policies(levers, like,
                     {.platform = id,
                      .pool = PoolId{static_cast<std::int32_t>(q)},
                      .type = pool.types.front(),
                      .pull = pull},
                     homes);
    }
  }

  void serve_behind_endpoint(std::size_t i, PlatformId id, const ServiceLevers& levers,
                             const ServiceHome& like, const std::vector<ServiceHome>& placed,
                             std::vector<ServiceHome>& homes, std::vector<std::string>& refused) {
    const Service& work = scenario_.services[i];
    std::vector<TypeId> types;
    if (levers.endpoints != std::vector{EndpointKind::serverless})
      types = hosting_types(work, levers, placed, refused);
    if (is_free(levers.endpoints, EndpointKind::realtime))
      for (const TypeId t : types)
        add_policies(levers, like, {.platform = id, .type = t}, homes);
    const EndpointTrials trials = endpoint_trials(scenario_, id, i, levers.endpoints, types);
    for (const ServiceHome& home : trials.homes) add_home(homes, home);
    for (const std::string& reason : trials.refused) refused.push_back(reason);
    for (const std::string& line : trials.derived) derived_types_[line].push_back(work.name);
  }

  std::vector<TypeId> hosting_types(const Service& work, const ServiceLevers& levers,
                                    const std::vector<ServiceHome>& placed,
                                    std::vector<std::string>& refused) {
    std::vector<TypeId> known;
    for (const ServiceHome& home : placed) add_once(known, home.type);
    // What a copy of the service costs is what counts: large machines hold several.
    const auto price = [&](const InstanceType& one) -> std::optional<double> {
      const int copies = replicas_on(one, work);
      if (!one.sagemaker_hosting_offered || !one.sagemaker_hosting || copies < 1)
        return std::nullopt;
      return one.sagemaker_hosting->usd / copies;
    };
    std::vector<TypeId> list = types_for(work.name, levers.instance_types, known, work.needs, price,
                                         "$/h a copy of the service");
    std::erase_if(list, [&](TypeId t) {
      if (price(type(t))) return false;
      refused.push_back("ml." + type(t).name + ": too small, not offered, or no price is known");
      return true;
    });
    return list;
  }

  void add_policies(const ServiceLevers& levers, const ServiceHome& like, ServiceHome home,
                    std::vector<ServiceHome>& homes) {
    std::vector<double> targets = levers.targets;
    if (!target_is_share(like.replicas)) {
      // A share of what? It keeps the number it has.
      derive("autoscalers whose target is a number of requests keep it");
      targets = {target_of(like.replicas)};
    } else if (targets.empty()) {
      derive("autoscaler targets: 50, 60, 70, 80 % and those of the placements");
      targets = {0.5, 0.6, 0.7, 0.8};
      add_once(targets, target_of(like.replicas));
    }
    std::ranges::sort(targets);
    for (const double target : targets)
      for (const auto& [least, most] : replica_bounds(levers, like.replicas)) {
        home.replicas = like.replicas;
        aim_at(home.replicas, target);
        home.replicas.min = least;
        home.replicas.max = most;
        add_home(homes, home);
      }
  }

  // Only pairs that can be: a stated least above the placements' most is none, of which the reader warns.
  static std::vector<std::pair<int, int>> replica_bounds(const ServiceLevers& levers,
                                                         const ReplicaPolicy& like) {
    const std::vector<int> minima = levers.minima.empty() ? std::vector{like.min} : levers.minima;
    const std::vector<int> maxima = levers.maxima.empty() ? std::vector{like.max} : levers.maxima;
    std::vector<std::pair<int, int>> pairs;
    for (const int least : minima)
      for (const int most : maxima)
        if (least <= most) pairs.emplace_back(least, most);
    return pairs;
  }

  const Scenario& scenario_;
  const PlanRequest& request_;
  Options options_;
  std::set<std::string> derived_;
  std::map<std::string, std::vector<std::string>> derived_types_;  // for which workloads
};

}  // namespace

Options options_of(const Scenario& scenario, const PlanRequest& request) {
  Options options = Deriver(scenario, request).run();
  options.unused = unused_values(scenario, request, options);
  return options;
}

}  // namespace berth
