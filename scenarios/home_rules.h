// What the homes of training classes and of services are both held to: a platform, a pool or machine
// of it, room for the workload, a known price. For scenarios/*_home.cpp and resolve_placements.cpp, whose
// header lists what is refused. Tested by tests/scenarios/placement_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/scenario.h"
#include "scenarios/placement_fields.h"

namespace berth {

// Rule: TrainingRule or ServiceRule.
class HomeRules {
 public:
  HomeRules(Reading& reading, const Scenario& read);

  template <class V>
  void fail(const Said<V>& said, std::string message, std::string hint = "") {
    in.fail_path(said.at, said.path, std::move(message), std::move(hint));
  }
  template <class V>
  void warn(const Said<V>& said, std::string message, std::string hint) {
    in.warn_path(said.at, said.path, std::move(message), std::move(hint));
  }
  const InstanceType& type(TypeId id) const { return scenario.catalogue.types[id.index()]; }

  // nullptr and false after an issue.
  const Platform* platform_of(const Said<std::string>& said, PlatformId& id);
  template <class Rule>
  const NodePool* pool_of(const Cluster& cluster, const Rule& rule, std::optional<PoolId>& id);
  template <class Rule>
  bool pod_fits(const Cluster& cluster, const NodePool& pool, const std::string& name,
                const Resources& needs, const Rule& rule);
  template <class Rule>
  bool sagemaker_type(const SageMaker& sagemaker, const Rule& rule, TypeId& id);

  template <class Rule>
  void warn_of_pull(PullMode wish, PullMode simulated, std::string_view whose,
                    std::string_view instead, const Rule& rule);
  void check_machine(const InstanceType& machine, const std::string& name, const Resources& needs,
                     const Said<std::string>& said);
  void check_reclaims(const InstanceType& machine, const Said<std::string>& said);

  Reading& in;
  const Scenario& scenario;

 private:
  template <class Rule>
  void check_pool_price(const Cluster& cluster, const NodePool& pool, TypeId one, const Rule& rule);
  bool holds(const Cluster& cluster, const NodePool& pool, const Resources& needs) const;
  std::string larger_pools(const Cluster& cluster, const Resources& needs) const;

  std::vector<std::string> platform_names_;
};

std::string gib(Bytes bytes);                // "12.0 GiB"
std::string other_price(SimplePrice price);  // "/prices/other/nat_gb"

// Each has a file of its own name.
TrainingHome training_home(HomeRules& r, const TrainingClass& workload, const TrainingRule& rule);
ServiceHome service_home(HomeRules& r, const Service& workload, const ServiceRule& rule);
void endpoint_home(HomeRules& r, const SageMaker& sagemaker, const Service& workload,
                   const ServiceRule& rule, ServiceHome& home);
// Without a cluster: on SageMaker.
ReplicaPolicy replica_policy(HomeRules& r, const Service& workload, const ServiceRule& rule,
                             const Cluster* cluster);

// On an instance of SageMaker hosting, with an `endpoint:` or without (service_home.cpp).
bool hosting_instance(HomeRules& r, const SageMaker& sagemaker, const Service& workload,
                      const ServiceRule& rule, ServiceHome& home);

}  // namespace berth
