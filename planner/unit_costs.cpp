#include "planner/unit_costs.h"

#include <algorithm>
#include <map>

#include "models/image.h"
#include "models/image_pull.h"
#include "planner/people.h"

namespace berth {

double price_or_zero(const Catalogue& catalogue, SimplePrice what) {
  const auto& tag = catalogue.price(what);
  return tag ? tag->usd : 0;
}

double node_usd_per_hour(const Scenario& scenario, const Cluster& cluster, const NodePool& pool) {
  const InstanceType& machine = scenario.catalogue.types[pool.types.front().index()];
  const auto& tag = pool.offering == Offering::spot ? machine.ec2_spot : machine.ec2_on_demand;
  double usd = tag ? tag->usd : 0;
  usd += gibibytes(pool.volume) * price_or_zero(scenario.catalogue, SimplePrice::gp3_gb_month) /
         kHoursPerMonth;
  // Beyond what a gp3 volume comes with, by the MiB/s.
  if (const double extra = (pool.volume_throughput.rate - kGp3Baseline.rate) / kMiB; extra > 0)
    usd += extra * price_or_zero(scenario.catalogue, SimplePrice::gp3_mbps_month) / kHoursPerMonth;
  if (cluster.auto_mode)
    if (const auto fee = eks_auto_fee(scenario.catalogue, machine)) usd += fee->usd;
  return usd;
}

double toil_usd(const Scenario& scenario, ToilActivity::Per per) {
  double hours = 0;
  for (const ToilActivity& one : scenario.people.activities)
    if (one.per == per) hours += one.hours_per_month;
  return hours * scenario.people.hour.rate;
}

double standing_toil_usd(const Scenario& scenario) {
  double usd = 0;
  for (const ToilLine& line :
       toil_lines(scenario.people.activities,
                  {.training_classes = static_cast<int>(scenario.training.size()),
                  .services = static_cast<int>(scenario.services.size())},
                  scenario.people.hour))
    usd += line.per_month.dollars();
  return usd;
}

double registry_usd(const Scenario& scenario) {
  std::map<LayerId, Bytes> layers;
  const auto add = [&](ImageId image) {
    for (const Layer& layer : scenario.images[image.index()].layers)
      layers[layer.id] = layer.compressed;
  };
  for (const TrainingClass& work : scenario.training) add(work.image);
  for (const Service& service : scenario.services) add(service.image);
  double gib = 0;
  for (const auto& [id, bytes] : layers) gib += gibibytes(bytes);
  return gib * price_or_zero(scenario.catalogue, SimplePrice::ecr_gb_month);
}

double egress_usd(const Scenario& scenario, const Egress& egress) {
  return egress.nat_gateways * price_or_zero(scenario.catalogue, SimplePrice::nat_hour) *
         kHoursPerMonth;
}

std::vector<HeldNodePlans> held_node_plans(const Scenario& scenario, const Commitments& held) {
  std::map<std::pair<Commitment::Plan, std::string>, HeldNodePlans> groups;
  for (const Commitment& plan : held.plans) {
    if (plan.plan == Commitment::Plan::sagemaker) continue;
    HeldNodePlans& group = groups[{plan.plan, plan.family}];
    const bool year = plan.term == Commitment::Term::one_year;
    double ratio = 1;
    for (std::size_t p = 0; p < scenario.platforms.size(); ++p) {
      const auto* cluster = std::get_if<Cluster>(&scenario.platforms[p]);
      for (std::size_t q = 0; cluster != nullptr && q < cluster->pools.size(); ++q) {
        if (cluster->pools[q].offering == Offering::spot) continue;
        for (const TypeId id : cluster->pools[q].types) {
          const InstanceType& type = scenario.catalogue.types[id.index()];
          const auto& rate = plan.plan == Commitment::Plan::compute
                                 ? (year ? type.compute_sp_1y : type.compute_sp_3y)
                                 : (year ? type.ec2_sp_1y : type.ec2_sp_3y);
          const auto& list = type.ec2_on_demand;
          if (plan.plan == Commitment::Plan::ec2_instance && type.family != plan.family) continue;
          if (!rate || !list || rate->usd <= 0) continue;
          ratio = std::max(ratio, list->usd / rate->usd);
          double& dearest = group.list_usd_per_hour[{p, q}];
          dearest = std::max(dearest, list->usd);
        }
      }
    }
    group.commit += plan.commit.rate;
    group.covered += plan.commit.rate * ratio;
  }
  std::vector<HeldNodePlans> list;
  for (auto& [what, group] : groups) {
    double most = 0;  // list dollars that there can be
    for (const auto& [where, usd] : group.list_usd_per_hour) {
      const auto& cluster = std::get<Cluster>(scenario.platforms[where.first]);
      const NodePool& pool = cluster.pools[where.second];
      most += usd * (cluster.autoscaler == NodeAutoscaler::none ? pool.min_nodes : pool.max_nodes);
    }
    group.covered = std::min(group.covered, most);
    list.push_back(std::move(group));
  }
  return list;
}

double quota_room(const SageMaker& sagemaker, TypeId type, bool warm) {
  const auto& list = warm ? sagemaker.warm_pool_quotas : sagemaker.training_quotas;
  for (const Quota& quota : list)
    if (quota.type == type) return quota.instances;
  return warm ? sagemaker.default_warm_pool_quota : sagemaker.default_training_quota;
}

int pods_on(const Scenario& scenario, const Cluster& cluster, const NodePool& pool,
            const Resources& needs) {
  const InstanceType& machine = scenario.catalogue.types[pool.types.front().index()];
  const Resources room = machine.allocatable - cluster.daemonsets;
  std::int64_t count = machine.max_pods - cluster.daemonset_pods;
  if (needs.cpu_milli > 0) count = std::min(count, room.cpu_milli / needs.cpu_milli);
  if (needs.memory.count > 0) count = std::min(count, room.memory.count / needs.memory.count);
  if (needs.gpus > 0) count = std::min<std::int64_t>(count, room.gpus / needs.gpus);
  return static_cast<int>(std::max<std::int64_t>(count, 1));
}

}  // namespace berth
