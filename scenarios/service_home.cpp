// Where a service runs: a pool of a cluster, or instances of SageMaker hosting.
#include <fmt/format.h>

#include "models/serving/replicas_on.h"
#include "scenarios/home_rules.h"

namespace berth {

bool hosting_instance(HomeRules& r, const SageMaker& sagemaker, const Service& workload,
                      const ServiceRule& rule, ServiceHome& home) {
  if (!r.sagemaker_type(sagemaker, rule, home.type)) return false;
  const InstanceType& machine = r.type(home.type);
  if (!machine.sagemaker_hosting_offered)
    r.fail(*rule.instance_type, fmt::format("SageMaker offers no hosting on {}", machine.name));
  else if (!machine.sagemaker_hosting)
    r.fail(*rule.instance_type,
           fmt::format("no price is known for SageMaker hosting on {}", machine.name),
           "set /prices/sagemaker_hosting/" + machine.name);
  r.warn_of_pull(home.pull, PullMode::full, "endpoints",
                 "their creation time holds whatever is pulled", rule);
  const std::string path = "/services/" + pointer_token(workload.name);
  if (!r.in.clean(path)) return false;
  r.check_machine(machine, workload.name, workload.needs, *rule.instance_type);
  return replicas_on(machine, workload) > 0;
}

ServiceHome service_home(HomeRules& r, const Service& workload, const ServiceRule& rule) {
  ServiceHome home;
  const Platform* platform = r.platform_of(*rule.platform, home.platform);
  if (platform == nullptr) return home;
  if (rule.pull) home.pull = rule.pull->value;
  if (rule.endpoint && std::holds_alternative<SageMaker>(*platform)) {
    endpoint_home(r, std::get<SageMaker>(*platform), workload, rule, home);
    return home;
  }
  if (rule.endpoint)
    r.fail(*rule.endpoint,
           "only SageMaker has endpoints; " + in_quotes(name_of(*platform)) + " is Kubernetes",
           "replicas says how pods are scaled");
  home.replicas = replica_policy(r, workload, rule, std::get_if<Cluster>(platform));
  const std::string path = "/services/" + pointer_token(workload.name);
  if (const auto* cluster = std::get_if<Cluster>(platform)) {
    const NodePool* pool = r.pool_of(*cluster, rule, home.pool);
    if (pool == nullptr) return home;
    home.type = pool->types.front();
    if (r.in.clean(path)) r.pod_fits(*cluster, *pool, workload.name, workload.needs, rule);
    return home;
  }
  hosting_instance(r, std::get<SageMaker>(*platform), workload, rule, home);
  return home;
}

}  // namespace berth
