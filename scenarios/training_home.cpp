// Where a training class runs: a pool of a cluster, or a machine of SageMaker within its quotas.
#include <fmt/format.h>

#include <algorithm>

#include "models/sagemaker.h"
#include "scenarios/home_rules.h"

namespace berth {
namespace {

// How many of `want` fit into `have` at once.
std::int64_t how_many(const Resources& want, const Resources& have) {
  std::int64_t count = 1'000'000;
  if (want.cpu_milli > 0) count = std::min(count, have.cpu_milli / want.cpu_milli);
  if (want.memory.count > 0) count = std::min(count, have.memory.count / want.memory.count);
  if (want.gpus > 0) count = std::min<std::int64_t>(count, have.gpus / want.gpus);
  return std::max<std::int64_t>(count, 0);
}

int quota_of(const std::vector<Quota>& quotas, TypeId type, int otherwise) {
  const auto found = std::ranges::find(quotas, type, &Quota::type);
  return found == quotas.end() ? otherwise : found->instances;
}

// AWS publishes no prices of managed spot: they follow from those of EC2.
void check_managed_spot(HomeRules& r, const InstanceType& machine, const Said<std::string>& said) {
  const bool spot = machine.ec2_spot.has_value();
  if (!machine.spot_ratio())
    r.fail(said,
           fmt::format("no {} price is known for {}", spot ? "on-demand" : "spot", machine.name),
           fmt::format("set /prices/{}/{}", spot ? "ec2_on_demand" : "ec2_spot", machine.name));
  else
    r.check_reclaims(machine, said);
}

void check_training_price(HomeRules& r, const InstanceType& machine, const TrainingHome& home,
                          const TrainingRule& rule) {
  const std::string where = "/prices/sagemaker_training/" + machine.name;
  if (!machine.sagemaker_training)
    r.fail(*rule.instance_type,
           fmt::format("no price is known for SageMaker training on {}", machine.name),
           "set " + where);
  else if (home.offering == Offering::spot)
    check_managed_spot(r, machine, {"", rule.offering->at, rule.offering->path});
}

void check_quota(HomeRules& r, const SageMaker& sagemaker, const TrainingClass& workload,
                 const TrainingHome& home, const TrainingRule& rule) {
  const std::string& machine = r.type(home.type).name;
  const int quota =
      quota_of(sagemaker.training_quotas, home.type, sagemaker.default_training_quota);
  if (workload.instances > quota)
    r.fail(*rule.instance_type,
           fmt::format("a job of {} needs {} of ml.{} at once; the quota is {}",
                       in_quotes(workload.name), workload.instances, machine, quota),
           fmt::format("set training_quotas or default_training_quota of {}",
                       in_quotes(sagemaker.name)));
  const int kept =
      quota_of(sagemaker.warm_pool_quotas, home.type, sagemaker.default_warm_pool_quota);
  if (home.keep_alive.count() > 0 && kept < workload.instances)
    r.in.warn_path(rule.keep_alive->at, rule.keep_alive->path,
                   fmt::format("nothing of {} is kept: the warm-pool quota of ml.{} is {}",
                               in_quotes(workload.name), machine, kept),
                   fmt::format("set warm_pool_quotas of {}", in_quotes(sagemaker.name)));
}

void train_on(HomeRules& r, const Cluster& cluster, const TrainingClass& workload,
              const TrainingRule& rule, TrainingHome& home) {
  if (rule.offering)
    r.fail(*rule.offering, "on Kubernetes the offering follows from the node pool",
           "offering is for SageMaker; leave it out");
  if (rule.keep_alive && rule.keep_alive->value.count() > 0)
    r.fail(*rule.keep_alive,
           "only SageMaker has warm pools; " + in_quotes(cluster.name) + " is Kubernetes",
           "a node pool's min keeps nodes");
  const NodePool* pool = r.pool_of(cluster, rule, home.pool);
  if (pool == nullptr) return;
  home.type = pool->types.front();
  home.offering = pool->offering;
  const std::string path = "/training/" + pointer_token(workload.name);
  if (!r.in.clean(path) || !r.pod_fits(cluster, *pool, workload.name, workload.needs, rule)) return;
  std::int64_t most = 0;
  for (const TypeId one : pool->types)
    most = std::max(most, how_many(workload.needs, r.type(one).allocatable - cluster.daemonsets) *
                              pool->max_nodes);
  if (workload.instances > most)
    r.fail(rule.pool ? *rule.pool : *rule.platform,
           fmt::format("a job of {} needs {} instances at once; pool {} holds {} with its {} nodes",
                       in_quotes(workload.name), workload.instances, in_quotes(pool->name), most,
                       pool->max_nodes));
}

void train_on(HomeRules& r, const SageMaker& sagemaker, const TrainingClass& workload,
              const TrainingRule& rule, TrainingHome& home) {
  if (!r.sagemaker_type(sagemaker, rule, home.type)) return;
  const InstanceType& machine = r.type(home.type);
  const Said<std::string>& said = *rule.instance_type;
  if (rule.offering) home.offering = rule.offering->value;
  if (rule.keep_alive) home.keep_alive = rule.keep_alive->value;
  if (!machine.sagemaker_training_offered) {
    r.fail(said, fmt::format("SageMaker offers no training on {}", machine.name));
    return;
  }
  if (home.keep_alive.count() > 0)
    if (const auto problem = check_keep_alive(
            {.keep_alive = home.keep_alive, .spot = home.offering == Offering::spot}))
      r.fail(*rule.keep_alive, std::string{to_text(*problem)},
             *problem == KeepAliveProblem::with_spot ? "keep_alive goes with offering: on_demand"
                                                     : "1s to 1h, or 0s for no warm pool");
  check_training_price(r, machine, home, rule);
  r.warn_of_pull(home.pull, honoured_pull(sagemaker, workload, home.pull), "training jobs",
                 "a full pull is simulated", rule);
  if (!r.in.clean("/training/" + pointer_token(workload.name))) return;
  r.check_machine(machine, workload.name, workload.needs, said);
  check_quota(r, sagemaker, workload, home, rule);
}

}  // namespace

TrainingHome training_home(HomeRules& r, const TrainingClass& workload, const TrainingRule& rule) {
  TrainingHome home;
  const Platform* platform = r.platform_of(*rule.platform, home.platform);
  if (platform == nullptr) return home;
  if (rule.pull) home.pull = rule.pull->value;
  if (rule.checkpoint_interval) {
    home.checkpoint_interval = rule.checkpoint_interval->value;
    if (!workload.checkpoint && r.in.clean("/training/" + pointer_token(workload.name)))
      r.fail(*rule.checkpoint_interval, in_quotes(workload.name) + " writes no checkpoints",
             "give the class a checkpoint: {interval, cost, restart}");
  }
  if (const auto* cluster = std::get_if<Cluster>(platform))
    train_on(r, *cluster, workload, rule, home);
  else
    train_on(r, std::get<SageMaker>(*platform), workload, rule, home);
  return home;
}

}  // namespace berth
