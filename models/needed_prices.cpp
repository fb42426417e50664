#include "models/needed_prices.h"

#include <set>

#include "models/overloaded.h"

namespace berth {
namespace {

using Prices = std::set<SimplePrice>;

void add_egress(const Egress& egress, Prices& needed) {
  if (egress.nat_gateways > 0) needed.insert({SimplePrice::nat_hour, SimplePrice::nat_gb});
}

void add_platform(const Platform& platform, Prices& needed) {
  std::visit(Overloaded{[&](const SageMaker& p) { add_egress(p.egress, needed); },
                        [&](const Cluster& p) {
                          add_egress(p.egress, needed);
                          needed.insert(p.extended_support ? SimplePrice::eks_cluster_extended_hour
                                                           : SimplePrice::eks_cluster_hour);
                        }},
             platform);
}

void add_pool(const NodePool& pool, Prices& needed) {
  if (pool.volume.count > 0) needed.insert(SimplePrice::gp3_gb_month);
  if (pool.volume_throughput > kGp3Baseline) needed.insert(SimplePrice::gp3_mbps_month);
}

void add_home(const Scenario& scenario, const TrainingClass& work, const TrainingHome& home,
              Prices& needed) {
  const Platform& platform = scenario.platforms[home.platform.index()];
  add_platform(platform, needed);
  if (const auto* cluster = std::get_if<Cluster>(&platform))
    add_pool(cluster->pools[home.pool.value().index()], needed);
  else if (work.volume.count > 0 && scenario.catalogue.types[home.type.index()].nvme.count == 0)
    needed.insert(SimplePrice::sagemaker_storage_gb_month);
}

void add_home(const Scenario& scenario, const Service& service, const ServiceHome& home,
              Prices& needed) {
  const Platform& platform = scenario.platforms[home.platform.index()];
  const bool moves = service.request_bytes.count + service.response_bytes.count > 0;
  add_platform(platform, needed);
  if (const auto* cluster = std::get_if<Cluster>(&platform)) {
    add_pool(cluster->pools[home.pool.value().index()], needed);
    if (moves && cluster->cross_zone_share > 0) needed.insert(SimplePrice::cross_az_gb);
  } else if (moves) {
    needed.insert(SimplePrice::sagemaker_endpoint_data_gb);
  }
  if (!home.is_serverless()) return;
  needed.insert(SimplePrice::sagemaker_serverless_gb_s);
  if (std::get<ServerlessEndpoint>(*home.endpoint).provisioned > 0)
    needed.insert({SimplePrice::sagemaker_serverless_provisioned_gb_s,
                   SimplePrice::sagemaker_serverless_provisioned_use_gb_s});
}

}  // namespace

std::vector<SimplePrice> needed_prices(const Scenario& scenario, const Placement& placement) {
  Prices needed{SimplePrice::ecr_gb_month};
  for (std::size_t i = 0; i < placement.training.size(); ++i)
    add_home(scenario, scenario.training[i], placement.training[i], needed);
  for (std::size_t i = 0; i < placement.services.size(); ++i)
    add_home(scenario, scenario.services[i], placement.services[i], needed);
  return {needed.begin(), needed.end()};
}

}  // namespace berth
