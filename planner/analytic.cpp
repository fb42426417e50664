#include "planner/analytic.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "planner/analyst.h"
#include "planner/eligible_use.h"
#include "planner/homes.h"
#include "planner/objective.h"

namespace berth {

Analyst::Analyst(const Scenario& scenario, const PlanRequest& request, Options options,
                 AnalysisMemory& memory)
    : scenario_(scenario),
      request_(request),
      grid_(scenario),
      pools_(std::make_shared<SharedPools>(scenario)),
      memory_(memory) {
  result_.options = std::move(options);
  result_.problem.periods = grid_.periods;
  result_.problem.constant = standing_toil_usd(scenario) + registry_usd(scenario);
  months_ = scenario.horizon.count() / kMonth.count();
}

Analysis Analyst::run() {
  add_platforms();
  add_plans_to_buy();
  add_node_plans_to_buy();
  add_held_plans();
  add_held_node_plans();
  for (std::size_t i = 0; i < scenario_.training.size(); ++i)
    arrivals_.push_back(arrivals_of(scenario_, {static_cast<std::int32_t>(i)}, grid_));
  gather_pools();
  double jobs = 0, requests = 0;
  Volumes volumes = volumes_of(scenario_, arrivals_, grid_);
  result_.jobs_per_month = std::move(volumes.jobs_per_month);
  result_.requests_per_s = std::move(volumes.requests_per_s);
  for (const double one : result_.jobs_per_month) jobs += one;
  for (const double one : result_.requests_per_s) requests += one;
  for (std::size_t i = 0; i < scenario_.training.size(); ++i)
    train(i, jobs > 0 ? result_.jobs_per_month[i] / jobs : 0);
  for (std::size_t i = 0; i < scenario_.services.size(); ++i)
    serve(i, requests > 0 ? result_.requests_per_s[i] / requests : 0);
  // They are paid for whoever goes where: every option of the first workload names them.
  std::vector<std::size_t> held;
  if (plans_) held.push_back(*plans_);
  for (const PlansOfNodes& plans : node_plans_) held.push_back(plans.resource);
  if (!result_.problem.workloads.empty())
    for (PlacementOption& option : result_.problem.workloads.front())
      for (const std::size_t r : held)
        if (std::ranges::find(option.loads, r, &ResourceLoad::resource) == option.loads.end())
          option.loads.push_back({r, {}});
  return std::move(result_);
}

// What is left unused of them: max(covered, list dollars an hour) less those dollars, which stay with the pools.
// A pool's nodes are no more than its load and those it keeps: by kept ones there may be less unused, not more.
void Analyst::add_held_node_plans() {
  std::set<std::pair<std::size_t, std::size_t>> asked;
  const auto look = [&](const auto& homes) {
    if (homes.pool) asked.insert({homes.platform.index(), homes.pool->index()});
  };
  for (const auto& homes : result_.options.training)
    for (const TrainingHome& home : homes) look(home);
  for (const auto& homes : result_.options.services)
    for (const ServiceHome& home : homes) look(home);
  for (HeldNodePlans& held : held_node_plans(scenario_, request_.held)) {
    const auto may_be_bought = [&](const auto& one) {
      const auto& [platform, pool] = one.first;
      return result_.problem.resources[platform_resource_[platform] + 1 + pool].plan.has_value();
    };
    const bool any = std::ranges::any_of(held.list_usd_per_hour, may_be_bought);
    // A node that a plan could be bought for costs its plan rate at least where these do not cover
    // it: they save no more.
    const double worth = any && std::ranges::all_of(held.list_usd_per_hour, may_be_bought)
                             ? 1 - *result_.problem.resources[*nodes_to_buy_].discount
                             : 1;
    const double saved = (held.covered * worth - held.commit) * kHoursPerMonth;
    result_.held_usd -= saved;
    result_.problem.constant -= saved;
    if (any) continue;
    double unused = held.covered;
    for (const auto& [where, usd] : held.list_usd_per_hour) {
      const auto& cluster = std::get<Cluster>(scenario_.platforms[where.first]);
      const NodePool& pool = cluster.pools[where.second];
      if (asked.contains(where))
        unused -= usd * (pool.min_nodes + pause_nodes(scenario_, cluster, pool));
    }
    if (unused <= 0) continue;
    node_plans_.push_back({result_.problem.resources.size(), std::move(held.list_usd_per_hour)});
    result_.problem.resources.push_back(
        {.name = fmt::format("{} {}", kNodePlans, node_plans_.size()),
         .slope = kHoursPerMonth,
         .floor = unused,
         .room = std::numeric_limits<double>::infinity()});
  }
}

// The last load is of a pool.
void Analyst::use_node_plans(PlacementOption& option, PlatformId platform, PoolId pool) {
  const ResourceLoad nodes = option.loads.back();
  for (const PlansOfNodes& plans : node_plans_) {
    const auto found = plans.list_usd_per_hour.find({platform.index(), pool.index()});
    if (found == plans.list_usd_per_hour.end()) continue;
    std::vector<double> dollars = nodes.by_period;
    for (std::size_t t = 0; t < dollars.size(); ++t) {
      if (!nodes.beyond.empty()) dollars[t] += nodes.beyond[t];
      dollars[t] *= found->second;
      option.usd -= dollars[t] * kHoursPerMonth / double(dollars.size());
    }
    option.loads.push_back({plans.resource, std::move(dollars)});
  }
}

std::optional<Analyst::Rated> Analyst::rated(const InstanceType& machine,
                                             const std::optional<PriceTag>& list,
                                             Commitment::Plan plan) const {
  std::optional<Rated> best;
  for (const PlanKind& kind : kPlanKinds) {
    const auto& rate = machine.*kind.rate;
    if (kind.plan != plan || !rate || !list || rate->usd >= list->usd) continue;
    const auto& terms = request_.savings_plans;
    if (std::ranges::find(terms, kind.term) == terms.end()) continue;
    if (!best || rate->usd < best->rate) best = Rated{rate->usd, list->usd};
  }
  return best;
}

void Analyst::add_plans_to_buy() {
  std::optional<double> least, most;
  const auto look = [&](TypeId id, const std::optional<PriceTag>& list) {
    if (const auto one = rated(type(id), list, Commitment::Plan::sagemaker)) {
      least = std::min(least.value_or(1), one->discount());
      most = std::max(most.value_or(0), one->discount());
    }
  };
  for (const auto& homes : result_.options.training)
    for (const TrainingHome& home : homes)
      if (!home.pool) look(home.type, type(home.type).sagemaker_training);
  for (const auto& homes : result_.options.services)
    for (const ServiceHome& home : homes)
      if (!home.pool && !home.is_serverless()) look(home.type, type(home.type).sagemaker_hosting);
  if (!least) return;
  to_buy_ = result_.problem.resources.size();
  most_discount_ = *most;
  result_.problem.resources.push_back({.name = std::string(kSageMakerPlansToBuy),
                                       .slope = kHoursPerMonth,
                                       .room = std::numeric_limits<double>::infinity(),
                                       .discount = least});
}

// The instances' part of what nodes cost goes to the plans; volumes and fees stay.
void Analyst::add_node_plans_to_buy() {
  const std::size_t plan = result_.problem.resources.size();
  std::optional<double> least;
  for (std::size_t p = 0; p < scenario_.platforms.size(); ++p) {
    const auto* cluster = std::get_if<Cluster>(&scenario_.platforms[p]);
    for (std::size_t q = 0; cluster != nullptr && q < cluster->pools.size(); ++q) {
      const NodePool& pool = cluster->pools[q];
      if (pool.offering == Offering::spot) continue;
      const InstanceType& machine = type(pool.types.front());
      const auto one = rated(machine, machine.ec2_on_demand, Commitment::Plan::compute);
      if (!one) continue;
      least = std::min(least.value_or(1), one->discount());
      SharedResource& nodes = result_.problem.resources[platform_resource_[p] + 1 + q];
      nodes.slope = std::max(0.0, nodes.slope - one->list * kHoursPerMonth);
      const double paused = pause_nodes(scenario_, *cluster, pool);
      nodes.fixed -= paused * (one->list - one->rate) * kHoursPerMonth;
      nodes.plan = plan, nodes.plan_units = one->rate;
      nodes.needs.push_back(plan);
    }
  }
  if (!least) return;
  nodes_to_buy_ = plan;
  result_.problem.resources.push_back({.name = std::string(kNodePlansToBuy),
                                       .slope = kHoursPerMonth,
                                       .room = std::numeric_limits<double>::infinity(),
                                       .discount = least});
}

// Paid whatever is used: max(covered, list dollars an hour) - saved. Where plans may be bought these are for the
// dollars beyond: max(covered, list dollars) at their rates costs the covered ones at plan rates, and the
// discount on them is added to what is paid whatever is used.
void Analyst::add_held_plans() {
  double covered = 0, saved = 0;
  bool held = false;
  for (const Commitment& plan : request_.held.plans) {
    if (plan.plan != Commitment::Plan::sagemaker) continue;
    held = true;
    double ratio = 1;  // list dollars that a committed dollar covers, at best
    const auto look = [&](const InstanceType& machine, const std::optional<PriceTag>& list) {
      const auto& rate = plan.term == Commitment::Term::one_year ? machine.sagemaker_sp_1y
                                                                 : machine.sagemaker_sp_3y;
      if (rate && list && rate->usd > 0) ratio = std::max(ratio, list->usd / rate->usd);
    };
    for (const auto& homes : result_.options.training)
      for (const TrainingHome& home : homes)
        if (!home.pool) look(type(home.type), type(home.type).sagemaker_training);
    for (const auto& homes : result_.options.services)
      for (const ServiceHome& home : homes)
        if (!home.pool) look(type(home.type), type(home.type).sagemaker_hosting);
    covered += plan.commit.rate * ratio;
    saved += plan.commit.rate * (ratio - 1);
  }
  if (!held) return;
  plans_ = result_.problem.resources.size();
  result_.problem.resources.push_back({.name = std::string(kSageMakerPlans),
                                       .slope = kHoursPerMonth,
                                       .floor = covered,
                                       .room = std::numeric_limits<double>::infinity()});
  if (to_buy_) {
    SharedResource& list = result_.problem.resources.back();
    list.slope = 0;
    list.plan = to_buy_, list.plan_units = 1 - most_discount_;
    list.needs.push_back(*to_buy_);
    saved -= most_discount_ * covered;
  }
  result_.held_usd -= saved * kHoursPerMonth;
  result_.problem.constant -= saved * kHoursPerMonth;
}

// What an option costs on demand goes to the plans instead, spread over time as its use is.
void Analyst::cover_by_plans(PlacementOption& option, double usd_per_month,
                             std::vector<double> shape, const InstanceType& machine,
                             const std::optional<PriceTag>& list) {
  if (usd_per_month <= 0) return;
  std::optional<Rated> bought;
  if (!plans_ && to_buy_) bought = rated(machine, list, Commitment::Plan::sagemaker);
  if (!plans_ && !bought) return;
  double mean = 0;
  for (const double one : shape) mean += one / static_cast<double>(shape.size());
  for (double& one : shape) one = (mean > 0 ? one / mean : 1) * usd_per_month / kHoursPerMonth;
  option.usd -= usd_per_month;
  if (bought)
    for (double& one : shape) one *= bought->rate / bought->list;
  option.loads.push_back({bought ? *to_buy_ : *plans_, std::move(shape)});
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
