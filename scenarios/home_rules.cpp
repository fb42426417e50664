#include "scenarios/home_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "models/needed_prices.h"

namespace berth {
namespace {

std::string cores(std::int64_t milli) {
  return fmt::format("{} CPU", static_cast<double>(milli) / 1000);
}

// "90 CPU, 1000.0 GiB, 8 GPU": GPUs only where somebody asks for one.
std::string in_words(const Resources& r, bool gpus) {
  return fmt::format("{}, {}{}", cores(r.cpu_milli), gib(r.memory),
                     gpus ? fmt::format(", {} GPU", r.gpus) : "");
}

}  // namespace

std::string gib(Bytes bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes.count) / static_cast<double>(kGiB));
}

std::string other_price(SimplePrice price) {
  return fmt::format("/prices/other/{}", name_of(price));
}

HomeRules::HomeRules(Reading& reading, const Scenario& read) : in(reading), scenario(read) {
  for (const Platform& one : read.platforms) platform_names_.push_back(name_of(one));
}

const Platform* HomeRules::platform_of(const Said<std::string>& said, PlatformId& id) {
  const auto found = std::ranges::find(platform_names_, said.value);
  if (found == platform_names_.end()) {
    fail(said, "no platform named " + in_quotes(said.value),
         nearest_hint(said.value, platform_names_));
    return nullptr;
  }
  id = PlatformId{static_cast<std::int32_t>(found - platform_names_.begin())};
  return in.clean("/platforms/" + pointer_token(said.value)) ? &scenario.platforms[id.index()]
                                                             : nullptr;
}

template <class Rule>
void HomeRules::check_pool_price(const Cluster& cluster, const NodePool& pool, TypeId one,
                                 const Rule& rule) {
  const InstanceType& machine = type(one);
  const bool spot = pool.offering == Offering::spot;
  const Said<std::string>& said = rule.pool ? *rule.pool : *rule.platform;
  if (spot ? !machine.ec2_spot : !machine.ec2_on_demand)
    fail(said,
         fmt::format("no {} price is known for {} of node pool {}", spot ? "spot" : "on-demand",
                     machine.name, in_quotes(pool.name)),
         fmt::format("set /prices/{}/{}", spot ? "ec2_spot" : "ec2_on_demand", machine.name));
  else if (cluster.auto_mode && !eks_auto_fee(scenario.catalogue, machine))
    fail(said, fmt::format("no EKS Auto Mode fee is known for {}", machine.name),
         "it is a share of the on-demand price: set " +
             (machine.ec2_on_demand ? other_price(eks_auto_fee_share(machine))
                                    : "/prices/ec2_on_demand/" + machine.name));
  if (spot && machine.ec2_spot) check_reclaims(machine, said);
}

template <class Rule>
const NodePool* HomeRules::pool_of(const Cluster& cluster, const Rule& rule,
                                   std::optional<PoolId>& id) {
  if (rule.instance_type) {
    fail(*rule.instance_type, "on Kubernetes the instance type follows from the node pool",
         "name a pool instead");
    return nullptr;
  }
  std::vector<std::string> names;
  names.reserve(cluster.pools.size());
  for (const NodePool& pool : cluster.pools) names.push_back(pool.name);
  if (!rule.pool && names.size() != 1) {
    fail(*rule.platform,
         fmt::format("{} has {} node pools; say which one", in_quotes(cluster.name), names.size()),
         nearest_hint("", names));
    return nullptr;
  }
  const auto found = rule.pool ? std::ranges::find(names, rule.pool->value) : names.begin();
  if (found == names.end()) {
    fail(*rule.pool,
         fmt::format("no node pool named {} in {}", in_quotes(rule.pool->value),
                     in_quotes(cluster.name)),
         nearest_hint(rule.pool->value, names));
    return nullptr;
  }
  id = PoolId{static_cast<std::int32_t>(found - names.begin())};
  const NodePool& pool = cluster.pools[id->index()];
  if (cluster.autoscaler == NodeAutoscaler::none && pool.min_nodes == 0)
    fail(rule.pool ? *rule.pool : *rule.platform,
         fmt::format("node pool {} has no nodes and never will: its min is 0 and {} has no "
                     "autoscaler that adds any",
                     in_quotes(pool.name), in_quotes(cluster.name)),
         "set min of the pool, or autoscaler of the platform");
  for (const TypeId one : pool.types) check_pool_price(cluster, pool, one, rule);
  return &pool;
}

bool HomeRules::holds(const Cluster& cluster, const NodePool& pool, const Resources& needs) const {
  return std::ranges::any_of(pool.types, [&](TypeId id) {
    return fits(needs, type(id).allocatable - cluster.daemonsets) &&
           type(id).max_pods > cluster.daemonset_pods;
  });
}

// "pools with room: a, b"
std::string HomeRules::larger_pools(const Cluster& cluster, const Resources& needs) const {
  std::string list;
  for (const NodePool& pool : cluster.pools)
    if (holds(cluster, pool, needs)) list += (list.empty() ? "" : ", ") + pool.name;
  return list.empty() ? "no pool of this cluster has room for it" : "pools with room: " + list;
}

template <class Rule>
bool HomeRules::pod_fits(const Cluster& cluster, const NodePool& pool, const std::string& name,
                         const Resources& needs, const Rule& rule) {
  if (holds(cluster, pool, needs)) return true;
  // The roomiest says best what is missing.
  const TypeId largest = *std::ranges::max_element(pool.types, {}, [&](TypeId id) {
    const Resources& have = type(id).allocatable;
    return std::tuple(have.gpus, have.cpu_milli, have.memory);
  });
  const InstanceType& machine = type(largest);
  const Resources room = machine.allocatable - cluster.daemonsets;
  if (machine.max_pods <= cluster.daemonset_pods || room.cpu_milli < 0 || room.memory.count < 0) {
    fail(rule.pool ? *rule.pool : *rule.platform,
         fmt::format("the DaemonSets leave no room for a pod of {} on a node of pool {}: {} holds {} pods, {}",
                     in_quotes(name), in_quotes(pool.name), machine.name, machine.max_pods,
                     in_words(machine.allocatable, needs.gpus > 0)),
         "lower the platform's daemonsets");
    return false;
  }
  fail(rule.pool ? *rule.pool : *rule.platform,
       fmt::format("a pod of {} ({}) is larger than every node of pool {}: {} has room for {}",
                   in_quotes(name), in_words(needs, needs.gpus > 0), in_quotes(pool.name),
                   machine.name, in_words(room, needs.gpus > 0)),
       larger_pools(cluster, needs));
  return false;
}

template <class Rule>
bool HomeRules::sagemaker_type(const SageMaker& sagemaker, const Rule& rule, TypeId& id) {
  bool good = true;
  if (rule.pool) {
    fail(*rule.pool, in_quotes(sagemaker.name) + " is SageMaker and has no node pools",
         "name an instance_type");
    good = false;
  }
  if (rule.pull && rule.pull->value == PullMode::preloaded) {
    fail(*rule.pull, "nothing can be preloaded on SageMaker: its machine images are AWS's",
         "keep_alive keeps images, too");
    good = false;
  }
  if (!rule.instance_type) {
    fail(*rule.platform, "\"instance_type\" is missing: on SageMaker every job names one");
    return false;
  }
  const auto found = scenario.catalogue.index_of(rule.instance_type->value);
  if (!found) return false;
  id = TypeId{*found};
  return good;
}

template <class Rule>
void HomeRules::warn_of_pull(PullMode wish, PullMode simulated, std::string_view whose,
                             std::string_view instead, const Rule& rule) {
  if (wish == simulated) return;
  in.warn_path(rule.pull->at, rule.pull->path,
               fmt::format("SageMaker does not load images {} for {}: {}",
                           wish == PullMode::soci_lazy ? "lazily" : "in parallel", whose, instead),
               "soci of a SageMaker platform says where it does");
}

void HomeRules::check_machine(const InstanceType& machine, const std::string& name,
                              const Resources& needs, const Said<std::string>& said) {
  const Resources have{machine.vcpu * std::int64_t{1000}, machine.memory, machine.gpus};
  if (fits(needs, have)) return;
  fail(said,
       fmt::format("{} ({}) does not fit on {}, which has {}", in_quotes(name),
                   in_words(needs, needs.gpus > 0), machine.name, in_words(have, needs.gpus > 0)));
}

void HomeRules::check_reclaims(const InstanceType& machine, const Said<std::string>& said) {
  if (!machine.spot_reclaim_per_month)
    fail(said,
         fmt::format("no spot_reclaim_per_month is known for {}: how often AWS takes it back",
                     machine.name),
         "buy it on demand, or name a catalogue file that has the figure");
}

template const NodePool* HomeRules::pool_of(const Cluster&, const TrainingRule&,
                                            std::optional<PoolId>&);
template const NodePool* HomeRules::pool_of(const Cluster&, const ServiceRule&,
                                            std::optional<PoolId>&);
template bool HomeRules::pod_fits(const Cluster&, const NodePool&, const std::string&,
                                  const Resources&, const TrainingRule&);
template bool HomeRules::pod_fits(const Cluster&, const NodePool&, const std::string&,
                                  const Resources&, const ServiceRule&);
template bool HomeRules::sagemaker_type(const SageMaker&, const TrainingRule&, TypeId&);
template bool HomeRules::sagemaker_type(const SageMaker&, const ServiceRule&, TypeId&);
template void HomeRules::warn_of_pull(PullMode, PullMode, std::string_view, std::string_view,
                                      const TrainingRule&);
template void HomeRules::warn_of_pull(PullMode, PullMode, std::string_view, std::string_view,
                                      const ServiceRule&);

}  // namespace berth
