#include "planner/analytic.h"

#include <limits>

#include "planner/analyst.h"

namespace berth {

Analyst::Analyst(const Scenario& scenario, const PlanRequest& request, Options options,
                 AnalysisMemory& memory)
    : scenario_(scenario), request_(request), grid_(scenario), memory_(memory) {
  result_.options = std::move(options);
  result_.problem.periods = grid_.periods;
  result_.problem.constant =
      standing_toil_usd(scenario) + registry_usd(scenario) + held_plans_usd(scenario, request.held);
  months_ = scenario.horizon.count() / kMonth.count();
}

Analysis Analyst::run() {
  add_platforms();
  for (std::size_t i = 0; i < scenario_.training.size(); ++i)
    arrivals_.push_back(arrivals_of(scenario_, {static_cast<std::int32_t>(i)}, grid_));
  double jobs = 0, requests = 0;
  for (const auto& one : arrivals_) {
    result_.jobs_per_month.push_back(after_warm_up(one, grid_) / months_);
    jobs += result_.jobs_per_month.back();
  }
  for (const Service& service : scenario_.services) {
    result_.requests_per_s.push_back(
        service.demand.expected_between(scenario_.warm_up, scenario_.warm_up + scenario_.horizon) /
        scenario_.horizon.count());
    requests += result_.requests_per_s.back();
  }
  for (std::size_t i = 0; i < scenario_.training.size(); ++i)
    train(i, jobs > 0 ? result_.jobs_per_month[i] / jobs : 0);
  for (std::size_t i = 0; i < scenario_.services.size(); ++i)
    serve(i, requests > 0 ? result_.requests_per_s[i] / requests : 0);
  return std::move(result_);
}

void Analyst::add_platforms() {
  using Per = ToilActivity::Per;
  bool first_sagemaker = true;
  for (std::size_t p = 0; p < scenario_.platforms.size(); ++p) {
    const Platform& platform = scenario_.platforms[p];
    const std::size_t whole = result_.problem.resources.size();
    platform_resource_.push_back(whole);
    if (const auto* cluster = std::get_if<Cluster>(&platform)) {
      const SimplePrice hours = cluster->extended_support ? SimplePrice::eks_cluster_extended_hour
                                                          : SimplePrice::eks_cluster_hour;
      result_.problem.resources.push_back(
          {.name = cluster->name,
           .fixed = price_or_zero(scenario_.catalogue, hours) * kHoursPerMonth +
                    egress_usd(scenario_, cluster->egress) + toil_usd(scenario_, Per::cluster),
           .room = std::numeric_limits<double>::infinity()});
      for (const NodePool& pool : cluster->pools) {
        const bool fixed_size = cluster->autoscaler == NodeAutoscaler::none;
        const double paused = pause_nodes(scenario_, *cluster, pool);
        const double node = node_usd_per_hour(scenario_, *cluster, pool) * kHoursPerMonth;
        // max(kept, load + paused) = paused + max(kept - paused, load)
        result_.problem.resources.push_back(
            {.name = cluster->name + "/" + pool.name,
             .fixed = toil_usd(scenario_, Per::node_pool) + paused * node,
             .slope = node,
             .floor = std::max(0.0, double(pool.min_nodes) - paused),
             .room = double(fixed_size ? pool.min_nodes : pool.max_nodes),
             .needs = {whole}});
      }
    } else {
      // One account, however many platforms the scenario makes of it.
      const auto& sagemaker = std::get<SageMaker>(platform);
      result_.problem.resources.push_back(
          {.name = sagemaker.name,
           .fixed = egress_usd(scenario_, sagemaker.egress) +
                    (first_sagemaker ? toil_usd(scenario_, Per::sagemaker_account) : 0),
           .room = std::numeric_limits<double>::infinity()});
      first_sagemaker = false;
    }
  }
  result_.platform_resource = platform_resource_;
  for (const std::vector<PlatformId>& variants : request_.variants) {
    std::vector<std::size_t>& group = result_.problem.either.emplace_back();
    for (const PlatformId id : variants) group.push_back(platform_resource_[id.index()]);
  }
}

std::size_t Analyst::quota_resource(PlatformId platform, TypeId id) {
  const auto key = std::pair(platform, id);
  const auto found = quotas_.find(key);
  if (found != quotas_.end()) return found->second;
  const auto& sagemaker = std::get<SageMaker>(scenario_.platforms[platform.index()]);
  result_.problem.resources.push_back({.name = "quota of ml." + type(id).name,
                                       .room = quota_room(sagemaker, id, false),
                                       .needs = {platform_resource_[platform.index()]}});
  return quotas_[key] = result_.problem.resources.size() - 1;
}

double pause_nodes(const Scenario& scenario, const Cluster& cluster, const NodePool& pool) {
  if (pool.pause.pods == 0 || cluster.autoscaler == NodeAutoscaler::none) return 0;
  return double(pool.pause.pods) / pods_on(scenario, cluster, pool, pool.pause.needs);
}

Analysis analyse(const Scenario& scenario, const PlanRequest& request, Options options,
                 AnalysisMemory* memory) {
  AnalysisMemory own;
  return Analyst(scenario, request, std::move(options), memory ? *memory : own).run();
}

Placement placement_of(const Scenario& scenario, const Options& options, const Choice& choice,
                       const PlanRequest& request, std::string name) {
  Placement placement{.name = std::move(name)};
  const std::size_t classes = scenario.training.size();
  for (std::size_t i = 0; i < classes; ++i)
    placement.training.push_back(options.training[i][choice[i]]);
  for (std::size_t i = 0; i < scenario.services.size(); ++i)
    placement.services.push_back(options.services[i][choice[classes + i]]);
  placement.commitments = request.held;
  return placement;
}

std::optional<Choice> choice_of(const Options& options, const Placement& placement) {
  Choice choice;
  const auto find = [&](const auto& list, const auto& home) {
    for (std::size_t k = 0; k < list.size(); ++k)
      if (same_home(list[k], home)) return choice.push_back(k), true;
    return false;
  };
  for (std::size_t i = 0; i < options.training.size(); ++i)
    if (!find(options.training[i], placement.training[i])) return std::nullopt;
  for (std::size_t i = 0; i < options.services.size(); ++i)
    if (!find(options.services[i], placement.services[i])) return std::nullopt;
  return choice;
}

}  // namespace berth
