#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "models/overloaded.h"
#include "models/serving/replica_forecast.h"
#include "reports/document_head.h"
#include "reports/plan_report.h"
#include "reports/read_plan.h"
#include "reports/result_json.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Estimate& e) {
  return {{"mean", e.mean},
          {"low", e.interval ? Json(e.interval->low) : Json()},
          {"high", e.interval ? Json(e.interval->high) : Json()},
          {"n", e.n}};
}
Json json_of(const std::optional<Estimate>& e) { return e ? json_of(*e) : Json(); }
Json json_of(const Figure& figure) { return json_of(figure.estimate()); }
Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(); }
Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

constexpr std::pair<PullMode, const char*> kPulls[] = {{PullMode::full, "full"},
                                                       {PullMode::soci_lazy, "soci_lazy"},
                                                       {PullMode::soci_parallel, "soci_parallel"},
                                                       {PullMode::preloaded, "preloaded"}};
const char* pull_name(PullMode mode) {
  return std::ranges::find(kPulls, mode, &std::pair<PullMode, const char*>::first)->second;
}

Json place_json(const Scenario& scenario, PlatformId platform, std::optional<PoolId> pool,
                TypeId type) {
  const Platform& where = scenario.platforms[platform.index()];
  Json home{{"platform", name_of(where)}};
  home["pool"] =
      pool ? Json(std::get<Cluster>(where).pools[pool->index()].name) : Json();
  home["instance_type"] = scenario.catalogue.types[type.index()].name;
  return home;
}

Json json_of(const SageMakerEndpoint& endpoint) {
  Json json{{"kind", name_of(endpoint)}};
  std::visit(Overloaded{[&](const RealtimeEndpoint& e) {
                          json["least_outstanding"] = e.routing == Routing::least_outstanding;
                        },
                        [&](const ServerlessEndpoint& e) {
                          json["memory_gb"] = e.memory_gb;
                          json["max_concurrency"] = e.max_concurrency;
                          json["provisioned"] = e.provisioned;
                          json["keep_warm_s"] = e.keep_warm.count();
                        },
                        [&](const AsyncEndpoint& e) {
                          json["max_concurrent_invocations"] = e.max_concurrent;
                          json["request_ttl_s"] = e.request_ttl.count();
                        }},
             endpoint);
  return json;
}

Json home_json(const Scenario& scenario, const ServiceHome& h) {
  Json home = place_json(scenario, h.platform, h.pool, h.type);
  if (h.is_serverless()) home["instance_type"] = Json();
  home["endpoint"] = h.endpoint ? json_of(*h.endpoint) : Json();
  home["pull"] = pull_name(h.pull);
  home["replicas"] = {{"min", h.replicas.min},
                      {"max", h.replicas.max},
                      {"autoscaler", name_of(h.replicas.autoscaler)},
                      {"target", target_of(h.replicas)}};
  return home;
}

Json placement_json(const Scenario& scenario, const Placement& placement) {
  Json training = Json::object(), services = Json::object();
  for (std::size_t i = 0; i < placement.training.size(); ++i) {
    const TrainingHome& h = placement.training[i];
    Json home = place_json(scenario, h.platform, h.pool, h.type);
    home["offering"] = h.offering == Offering::spot ? "spot" : "on_demand";
    home["pull"] = pull_name(h.pull);
    home["keep_alive_s"] = h.keep_alive.count();
    home["checkpoint_interval_s"] =
        h.checkpoint_interval ? Json(h.checkpoint_interval->count()) : Json();
    training[scenario.training[i].name] = std::move(home);
  }
  for (std::size_t i = 0; i < placement.services.size(); ++i) {
    const ServiceHome& h = placement.services[i];
    services[scenario.services[i].name] = home_json(scenario, h);
  }
  return {{"training", std::move(training)}, {"services", std::move(services)}};
}

Json json_of(const LimitCheck& check) {
  return {{"limit", check.name},
          {"workload", text_or_null(check.workload)},
          {"allowed", check.allowed},
          {"at_least", check.at_least},
          {"found", json_of(check.found)},
          {"met", check.met},
          {"missed_by", json_of(check.missed_by)}};
}

template <class List>
Json list_json(const List& list);

Json json_of(const BoughtPlan& b) {
  return {{"plan", name_of(b.plan)}, {"term", name_of(b.term)}, {"hourly_usd", b.hourly_usd}};
}

Json candidate_json(const PlanCandidate& c, const Scenario& scenario) {
  Json broken = Json::array();
  for (const LimitCheck& check : c.limits)
    if (!check.met) broken.push_back(json_of(check));
  Json json{{"name", c.name},
            {"from_scenario", c.from_scenario},
            {"within_levers", c.within_levers},
            {"replications", c.replications},
            {"usd_per_month", json_of(c.usd)},
            {"marginal_usd_per_month", json_of(c.marginal_usd)},
            {"start_latency_p95_s", json_of(c.start_p95_s)},
            {"serving_latency_p99_s", json_of(c.serving_p99_s)},
            {"analytic_usd_per_month", c.analytic ? Json(c.analytic_usd) : Json()},
            {"portable_share", c.portable_share},
            {"people_hours_per_month", c.people_hours},
            {"meets_limits", c.meets_limits},
            {"limits_broken", std::move(broken)},
            {"placement", placement_json(scenario, c.placement)}};
  if (!c.buys.empty()) json["savings_plans_to_buy"] = list_json(c.buys);
  return json;
}

Json json_of(const PlannedWorkload& w) {
  Json runner_up;
  if (!w.runner_up.empty())
    runner_up = {{"home", w.runner_up},
                 {"usd_per_month_more", json_of(w.runner_up_usd)},
                 {"start_latency_p95_s_more", json_of(w.runner_up_start_s)},
                 {"latency_p99_s_more", json_of(w.runner_up_p99_s)},
                 {"objective_s_more", json_of(w.runner_up_objective_s)},
                 {"simulated", w.runner_up_simulated},
                 {"limits_broken", list_json(w.runner_up_breaks)}};
  return {{"kind", w.kind},
          {"name", w.name},
          {"home", w.home},
          {"platform", w.at.platform},
          {"pool", text_or_null(w.at.pool)},
          {"instance_type", w.at.instance_type},
          {"offering", w.at.offering},
          {"usd_per_month", json_of(w.usd)},
          {"start_latency_p50_s", json_of(w.start_p50_s)},
          {"start_latency_p95_s", json_of(w.start_p95_s)},
          {"start_within_share", json_of(w.start_within_share)},
          {"deadline_missed_share", json_of(w.deadline_missed_share)},
          {"latency_p99_s", json_of(w.p99_s)},
          {"slo_share", json_of(w.slo_share)},
          {"bottleneck", w.bottleneck},
          {"runner_up", std::move(runner_up)}};
}

Json json_of(const Rejection& r) {
  return {{"workload", text_or_null(r.workload)},
          {"option", text_or_null(r.option)},
          {"stage", r.stage},
          {"reason", r.reason},
          {"limit", text_or_null(r.limit)},
          {"allowed", json_of(r.allowed)},
          {"found", json_of(r.found)},
          {"missed_by", json_of(r.missed_by)}};
}

Json json_of(const CommitmentAdvice& c) {
  Json json{{"plan", c.plan},
            {"term", c.term},
            {"hourly_usd", c.hourly_usd},
            {"eligible_usd_per_month", c.eligible_usd},
            {"saved_usd_per_month", c.saved_usd},
            {"unused_usd_per_month", c.unused_usd},
            {"at_20_percent_less_demand",
             {{"saved_usd_per_month", c.saved_usd_at_less},
              {"unused_usd_per_month", c.unused_usd_at_less}}},
            {"at_20_percent_more_demand",
             {{"saved_usd_per_month", c.saved_usd_at_more},
              {"unused_usd_per_month", c.unused_usd_at_more}}}};
  if (c.to_buy) json["to_buy"] = true;
  return json;
}
Json json_of(const StrandedCommitment& s) {
  return {{"plan", s.plan},
          {"term", s.term},
          {"committed_usd_per_month", s.committed_usd},
          {"unused_usd_per_month", s.unused_usd}};
}
Json json_of(const FlipMove& m) { return {{"workload", m.workload}, {"to", m.to}}; }
Json json_of(const WorldRisk& r) {
  return {{"candidate", r.candidate},
          {"expected_usd_per_month", r.expected_usd},
          {"cvar90_usd_per_month", r.cvar_usd},
          {"expected_lack_usd_per_month", r.expected_lack_usd},
          {"expected_regret_share", r.expected_regret_share},
          {"regret_share_95", r.regret_share_95},
          {"largest_regret_share", r.largest_regret_share},
          {"weighted_regret_usd_per_month", r.weighted_regret_usd},
          {"worlds_broken_share", r.worlds_broken_share}};
}
Json json_of(const std::optional<Hedge>& hedge) {
  if (!hedge) return nullptr;
  return {{"candidate", hedge->candidate},
          {"usd_per_month_more", json_of(hedge->usd)},
          {"weighted_usd_per_month_more", json_of(hedge->weighed_usd)}};
}
Json json_of(const InputEffect& e) {
  return {{"input", e.input},
          {"low", e.low},
          {"high", e.high},
          {"swing_usd_per_month", e.swing_usd},
          {"morris_mu_star_usd_per_month", e.morris_mu_star_usd},
          {"morris_sigma_usd_per_month", e.morris_sigma_usd},
          {"sobol_total_share", json_of(e.sobol_total)}};
}
Json json_of(const Relaxation& r) {
  return {{"limit", r.limit.name},
          {"workload", text_or_null(r.limit.workload)},
          {"allowed", r.limit.allowed},
          {"nearest", json_of(r.nearest)},
          {"usd_per_month", json_of(r.usd)},
          {"placement", text_or_null(r.placement)}};
}

template <class List>
Json list_json(const List& list) {
  Json array = Json::array();
  for (const auto& one : list) array.push_back(json_of(one));
  return array;
}

const char* autoscaler_name(NodeAutoscaler autoscaler) {
  switch (autoscaler) {
    case NodeAutoscaler::none: return "none";
    case NodeAutoscaler::karpenter: return "karpenter";
    case NodeAutoscaler::cluster_autoscaler: return "cluster_autoscaler";
  }
  return "";
}

Json variant_json(const ClusterVariant& variant, const Scenario& scenario) {
  const auto& cluster = std::get<Cluster>(scenario.platforms[variant.platform.index()]);
  Json pools = Json::array();
  for (const NodePool& pool : cluster.pools)
    pools.push_back({{"name", pool.name},
                     {"instance_type", scenario.catalogue.types[pool.types.front().index()].name},
                     {"min_nodes", pool.min_nodes},
                     {"max_nodes", pool.max_nodes},
                     {"pause_pods", pool.pause.pods}});
  return {{"cluster", variant.cluster},
          {"platform", variant.name},
          {"autoscaler", autoscaler_name(cluster.autoscaler)},
          {"pools", std::move(pools)},
          {"analytic", json_of(variant.analytic)},
          {"chosen", variant.chosen},
          {"limits_broken", list_json(variant.breaks)}};
}

const std::string& workload_name(const Scenario& scenario, std::size_t w) {
  const std::size_t classes = scenario.training.size();
  return w < classes ? scenario.training[w].name : scenario.services[w - classes].name;
}

Json json_of(const Correction& correction, const Scenario& scenario) {
  Json pools = Json::array(), bills = Json::array(), starts = Json::array();
  for (const auto& [pool, factor] : correction.pools)
    pools.push_back({{"pool", pool}, {"factor", factor}});
  for (const auto& [what, factor] : correction.bills)
    bills.push_back({{"kind", what.first < scenario.training.size() ? "training" : "service"},
                     {"workload", workload_name(scenario, what.first)},
                     {"paid_for", what.second},
                     {"factor", factor}});
  for (const auto& [at, factor] : correction.starts)
    starts.push_back({{"workload", scenario.training[at.first].name},
                      {"platform", name_of(scenario.platforms[at.second.index()])},
                      {"factor", factor}});
  return {{"pools", std::move(pools)},
          {"other_pools", correction.other_pools},
          {"sagemaker_bills", std::move(bills)},
          {"starts", std::move(starts)}};
}

// What was simulated as a result of its own: of as many replications as the one that had most.
Json simulated_json(const PlanReport& report) {
  if (report.plan.simulated.empty()) return nullptr;
  Result result{report.from, report.plan.simulated, {}};
  result.from.replications = 0;
  for (const Summary& one : result.placements)
    result.from.replications =
        std::max(result.from.replications, static_cast<int>(one.replications));
  return result_document(result);
}

}  // namespace

std::string plan_json(const PlanReport& report, const Scenario& scenario) {
  const Plan& plan = report.plan;
  Json document = document_head(kPlanSchema, report.from);
  document["objective"] = plan.objective;
  document["unit"] = plan.unit;
  document["confidence"] = plan.confidence;
  document["finished"] = plan.finished;
  document["unfinished_because"] = text_or_null(plan.unfinished);
  document["claim"] = claim_of(plan);
  const auto candidate = [&](std::size_t i) { return candidate_json(plan.candidates[i], scenario); };
  document["recommendation"] = plan.recommendation ? candidate(*plan.recommendation) : Json();
  document["workloads"] = list_json(plan.workloads);
  Json pareto = Json::array(), candidates = Json::array();
  for (const std::size_t i : plan.pareto) pareto.push_back(candidate(i));
  for (std::size_t i = 0; i < plan.candidates.size(); ++i) candidates.push_back(candidate(i));
  document["pareto"] = std::move(pareto);
  document["pareto_axes"] = plan.pareto_axes;
  document["knee"] = plan.knee ? Json(plan.candidates[*plan.knee].name) : Json();
  document["dominance"] = plan.dominance;
  document["candidates"] = std::move(candidates);
  document["lower_bound"] = plan.lower_bound;
  document["analytic_recommended"] = plan.optimality_gap ? Json(plan.analytic_best) : Json();
  document["optimality_gap"] = json_of(plan.optimality_gap);
  document["analytic_error"] = json_of(plan.analytic_error);
  document["correction"] = json_of(plan.correction, scenario);
  document["probability_of_correct_selection"] = plan.probability;
  document["selection_certified"] = plan.selection_certain;
  document["indifference"] = plan.indifference;
  document["search"] = {{"placements", plan.placements},
                        {"options", plan.options},
                        {"options_left", plan.options_left},
                        {"nodes", plan.search_nodes},
                        {"replications", plan.replications}};
  Json variants = Json::array();
  for (const ClusterVariant& variant : plan.variants)
    variants.push_back(variant_json(variant, scenario));
  document["cluster_variants"] = std::move(variants);
  document["levers_derived"] = plan.levers;
  document["limits"] = plan.limits;
  document["rejections"] = list_json(plan.rejections);
  document["commitments"] = list_json(plan.commitments);
  document["stranded_commitments"] = list_json(plan.stranded);
  document["worlds"] = {{"count", plan.world_count},
                        {"asked", plan.worlds_asked},
                        {"risks", list_json(plan.worlds)},
                        {"under_provisioning", plan.under_provisioning},
                        {"hedge", json_of(plan.hedge)},
                        {"value_of_perfect_information_usd_per_month",
                         json_of(plan.value_of_information_usd)}};
  document["sensitivity"] = list_json(plan.sensitivity);
  document["conflict"] =
      plan.conflict ? Json{{"limits", plan.conflict->limits},
                           {"undecided", plan.conflict->undecided},
                           {"nearest", text_or_null(plan.conflict->nearest)},
                           {"confirmed", plan.conflict->confirmed},
                           {"relaxed_together", plan.conflict->together},
                           {"relaxations", list_json(plan.conflict->relaxations)}}
                    : Json();
  document["notes"] = plan.notes;
  document["simulated"] = simulated_json(report);
  return json_text(document);
}

namespace {

// By what a table of flips is known to be of a plan.
Json of_plan(const Plan& plan) {
  Json homes = Json::array();
  for (const PlannedWorkload& w : plan.workloads) homes.push_back({{"workload", w.name}, {"home", w.home}});
  return {{"recommendation", plan.recommendation ? Json(plan.candidates[*plan.recommendation].name) : Json()},
          {"homes", std::move(homes)}};
}

}  // namespace

std::string flip_json(const PlanReport& report, const std::vector<Flip>& flips) {
  Json document = document_head(kFlipSchema, report.from);
  document["finished"] = report.plan.finished;
  document["unfinished_because"] = text_or_null(report.plan.unfinished);
  document["notes"] = report.plan.notes;
  document["objective"] = report.plan.objective;
  document["objective_unit"] = report.plan.unit;
  document["of_plan"] = of_plan(report.plan);
  const bool in_seconds = report.plan.unit == "s";
  Json list = Json::array();
  for (const Flip& flip : flips)
    list.push_back({{"input", flip.input},
                    {"unit", flip.unit},
                    {"of", flip.of.empty() ? Json() : Json(flip.of)},
                    {"now", flip.now},
                    {"flips_at", json_of(flip.at)},
                    {"stays_at", json_of(flip.stays_at)},
                    {"searched_low", flip.searched_low},
                    {"searched_high", flip.searched_high},
                    {"workload", flip.at ? Json(flip.moves.front().workload) : Json()},
                    {"to", flip.at ? Json(flip.moves.front().to) : Json()},
                    {"moves", list_json(flip.moves)},
                    {"near_tie", flip.near_tie},
                    {"indifference_share", flip.indifference},
                    {"how", flip.how},
                    {"difference_beyond_usd_per_month", in_seconds ? Json() : json_of(flip.difference_beyond)},
                    {"difference_beyond_s", in_seconds ? json_of(flip.difference_beyond) : Json()}});
  document["flips"] = std::move(list);
  return document.dump(2) + "\n";
}

namespace {

// How the scenario scales the service by this autoscaler, on that platform if it can be; a plan varies
// only bounds and targets.
ReplicaPolicy policy_like(const Scenario& scenario, std::size_t service, PlatformId platform,
                          const std::string& autoscaler) {
  std::optional<ReplicaPolicy> any;
  for (const Placement& placement : scenario.placements)
    for (std::size_t i = 0; i < placement.services.size(); ++i) {
      const ServiceHome& home = placement.services[i];
      if (home.platform != platform || name_of(home.replicas.autoscaler) != autoscaler) continue;
      if (i == service) return home.replicas;
      if (!any) any = home.replicas;
    }
  if (any) return *any;
  ReplicaPolicy policy;
  if (autoscaler == name_of(Autoscaler{UtilisationPolicy{}})) policy.autoscaler = UtilisationPolicy{};
  return policy;
}

Placement placement_in(const nlohmann::json& named, const Scenario& scenario,
                       const std::vector<std::vector<ServiceHome>>& may_be_chosen) {
  const nlohmann::json& homes = named.at("placement");
  Placement placement{.name = named.at("name")};
  const auto place = [&](const nlohmann::json& home, auto& into, const std::string& workload) {
    const std::string platform = home.at("platform");
    const auto at = std::ranges::find_if(
        scenario.platforms, [&](const Platform& one) { return name_of(one) == platform; });
    if (at == scenario.platforms.end())
      throw NoPlan("the scenario has no platform \"" + platform + "\", where the plan puts " +
                   workload);
    into.platform = PlatformId{static_cast<std::int32_t>(at - scenario.platforms.begin())};
    const auto type = scenario.catalogue.index_of(home.at("instance_type").get<std::string>());
    if (!type) throw NoPlan("the catalogue lacks an instance type of the plan");
    into.type = TypeId{*type};
    const auto* cluster = std::get_if<Cluster>(&*at);
    if (cluster != nullptr && home.at("pool").is_null())
      throw NoPlan("the plan names no node pool of \"" + platform + "\", where it puts " + workload);
    if (!home.at("pool").is_null()) {
      const std::string pool = home.at("pool");
      const std::vector<NodePool> none;
      const std::vector<NodePool>& pools = cluster != nullptr ? cluster->pools : none;
      const auto found = std::ranges::find(pools, pool, &NodePool::name);
      if (found == pools.end())
        throw NoPlan("the scenario has no node pool \"" + pool + "\", where the plan puts " +
                     workload);
      into.pool = PoolId{static_cast<std::int32_t>(found - pools.begin())};
    }
    for (const auto& [mode, name] : kPulls)
      if (home.at("pull") == name) into.pull = mode;
  };
  for (const TrainingClass& work : scenario.training) {
    if (!homes.at("training").contains(work.name))
      throw NoPlan("the plan has no home for " + work.name + ": it is of another scenario");
    const nlohmann::json& home = homes.at("training").at(work.name);
    TrainingHome into;
    place(home, into, work.name);
    into.offering = home.at("offering") == "spot" ? Offering::spot : Offering::on_demand;
    into.keep_alive = Seconds{home.at("keep_alive_s").get<double>()};
    if (!home.at("checkpoint_interval_s").is_null())
      into.checkpoint_interval = Seconds{home.at("checkpoint_interval_s").get<double>()};
    placement.training.push_back(into);
  }
  for (const Service& work : scenario.services) {
    if (!homes.at("services").contains(work.name))
      throw NoPlan("the plan has no home for " + work.name + ": it is of another scenario");
    const nlohmann::json& home = homes.at("services").at(work.name);
    // One that a placement names, or that may be chosen, is that one: the file does not tell all of it.
    const std::size_t i = placement.services.size();
    std::vector<ServiceHome> known;
    known.reserve(scenario.placements.size());
    for (const Placement& one : scenario.placements) known.push_back(one.services[i]);
    if (i < may_be_chosen.size())
      known.insert(known.end(), may_be_chosen[i].begin(), may_be_chosen[i].end());
    const auto same = std::ranges::find_if(known, [&](const ServiceHome& one) {
      return nlohmann::json(home_json(scenario, one)) == home;
    });
    if (same != known.end()) {
      placement.services.push_back(*same);
      continue;
    }
    if (!home.at("endpoint").is_null())
      throw NoPlan("neither a placement nor a lever of the scenario has " + work.name +
                   " on the endpoint on which the plan puts it");
    ServiceHome into;
    place(home, into, work.name);
    const nlohmann::json& replicas = home.at("replicas");
    into.replicas = policy_like(scenario, placement.services.size(), into.platform,
                                replicas.at("autoscaler").get<std::string>());
    into.replicas.min = replicas.at("min");
    into.replicas.max = replicas.at("max");
    aim_at(into.replicas, replicas.at("target"));
    placement.services.push_back(into);
  }
  return placement;
}

// Of a candidate, what the objective asks about.
const char* key_of(Objective objective) {
  switch (objective) {
    case Objective::marginal_cost:
      return "marginal_usd_per_month";
    case Objective::start_latency:
      return "start_latency_p95_s";
    case Objective::serving_p99:
      return "serving_latency_p99_s";
    case Objective::cost:
      break;
  }
  return "usd_per_month";
}

const nlohmann::json& recommendation_in(const nlohmann::json& document) {
  if (document.at("recommendation").is_null()) throw NoPlan("the plan recommends nothing");
  return document.at("recommendation");
}

}  // namespace

Placement PlanFile::recommended(const Scenario& scenario,
                                const std::vector<std::vector<ServiceHome>>& may_be_chosen) const {
  return placement_in(recommendation_in(*document_), scenario, may_be_chosen);
}

std::vector<FlipRival> PlanFile::rivals(const Scenario& scenario,
                                        const std::vector<std::vector<ServiceHome>>& may_be_chosen) const {
  const nlohmann::json& chosen = recommendation_in(*document_);
  std::vector<FlipRival> rivals;
  std::set<nlohmann::json> figures;
  const char* key = key_of(objective());
  for (const nlohmann::json& one : document_->at("candidates")) {
    if (one.at("name") == chosen.at("name") || one.at("usd_per_month").is_null() || one.at(key).is_null() ||
        chosen.at(key).is_null())
      continue;
    // Two that cost the same in every replication differ in nothing that is simulated.
    if (!figures.insert(nlohmann::json::array({one.at("usd_per_month"), one.at(key)})).second) continue;
    rivals.push_back({.placement = placement_in(one, scenario, may_be_chosen),
                      .more = one.at(key).at("mean").get<double>() - chosen.at(key).at("mean").get<double>(),
                      .keeps_limits = one.at("meets_limits")});
  }
  return rivals;
}

Correction PlanFile::correction(const Scenario& scenario) const {
  const nlohmann::json& written = document_->at("correction");
  const auto position = [](const auto& list, const std::string& name) {
    for (std::size_t i = 0; i < list.size(); ++i)
      if (name_of(list[i]) == name) return i;
    throw NoPlan("the scenario has no \"" + name + "\", of which the plan speaks");
  };
  const auto workload = [&](const nlohmann::json& one, const auto& list) {
    const std::string name = one.at("workload");
    for (std::size_t i = 0; i < list.size(); ++i)
      if (list[i].name == name) return i;
    throw NoPlan("the scenario has no \"" + name + "\", of which the plan speaks");
  };
  Correction correction{.other_pools = written.at("other_pools")};
  for (const nlohmann::json& one : written.at("pools"))
    correction.pools[one.at("pool").get<std::string>()] = one.at("factor");
  const std::size_t classes = scenario.training.size();
  for (const nlohmann::json& one : written.at("sagemaker_bills"))
    correction.bills[{one.at("kind") == "training" ? workload(one, scenario.training)
                                                   : classes + workload(one, scenario.services),
                      one.at("paid_for").get<std::string>()}] = one.at("factor");
  for (const nlohmann::json& one : written.at("starts")) {
    const std::size_t platform = position(scenario.platforms, one.at("platform"));
    correction.starts[{workload(one, scenario.training),
                       PlatformId{static_cast<std::int32_t>(platform)}}] = one.at("factor");
  }
  return correction;
}

}  // namespace berth
