#include "reports/plan_values.h"

#include <algorithm>
#include <string>
#include <vector>

#include "planner/limit_words.h"

namespace berth {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& value) { return value.is_null() ? "" : value.get<std::string>(); }
std::optional<double> number_of(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}
Figure mean_of(const Json& estimate) {
  Figure figure;
  if (estimate.is_object()) figure.values = {estimate.at("mean").get<double>()};
  return figure;
}

template <class T, class Read>
std::vector<T> list_of(const Json& array, Read read) {
  std::vector<T> list;
  for (const Json& one : array) list.push_back(read(one));
  return list;
}
std::vector<LimitCheck> checks(const Json& array) {
  return list_of<LimitCheck>(array, limit_check);
}

PlanCandidate candidate_of(const Json& c) {
  return {.name = c.at("name"),
          .from_scenario = c.at("from_scenario"),
          .within_levers = c.value("within_levers", true),
          .analytic_usd = number_of(c.at("analytic_usd_per_month")).value_or(0),
          .analytic = c.at("analytic_usd_per_month").is_number(),
          .replications = c.at("replications"),
          .usd = mean_of(c.at("usd_per_month")),
          .marginal_usd = mean_of(c.at("marginal_usd_per_month")),
          .start_p95_s = mean_of(c.at("start_latency_p95_s")),
          .serving_p99_s = mean_of(c.at("serving_latency_p99_s")),
          .limits = checks(c.at("limits_broken")),
          .meets_limits = c.at("meets_limits"),
          .portable_share = c.at("portable_share"),
          .people_hours = c.at("people_hours_per_month")};
}

PlannedWorkload workload_of(const Json& w) {
  PlannedWorkload workload{.kind = w.at("kind"),
                           .name = w.at("name"),
                           .home = w.at("home"),
                           .usd = *estimate_value(w.at("usd_per_month")),
                           .start_p95_s = estimate_value(w.at("start_latency_p95_s")),
                           .p99_s = estimate_value(w.at("latency_p99_s")),
                           .bottleneck = w.at("bottleneck")};
  const Json& next = w.at("runner_up");
  if (next.is_null()) return workload;
  workload.runner_up = next.at("home");
  workload.runner_up_usd = estimate_value(next.at("usd_per_month_more"));
  workload.runner_up_start_s = estimate_value(next.at("start_latency_p95_s_more"));
  workload.runner_up_p99_s = estimate_value(next.at("latency_p99_s_more"));
  if (const auto more = next.find("objective_s_more"); more != next.end())
    workload.runner_up_objective_s = estimate_value(*more);
  workload.runner_up_simulated = next.at("simulated");
  workload.runner_up_breaks = checks(next.at("limits_broken"));
  return workload;
}

ClusterVariant variant_of(const Json& v) {
  return {.cluster = v.at("cluster"),
          .name = v.at("platform"),
          .analytic = number_of(v.at("analytic")),
          .chosen = v.at("chosen"),
          .breaks = checks(v.at("limits_broken"))};
}

CommitmentAdvice commitment_of(const Json& c) {
  const Json &less = c.at("at_20_percent_less_demand"), &more = c.at("at_20_percent_more_demand");
  return {.plan = c.at("plan"),
          .term = c.at("term"),
          .hourly_usd = c.at("hourly_usd"),
          .saved_usd = c.at("saved_usd_per_month"),
          .unused_usd = c.at("unused_usd_per_month"),
          .unused_usd_at_less = less.at("unused_usd_per_month"),
          .unused_usd_at_more = more.at("unused_usd_per_month"),
          .saved_usd_at_less = less.at("saved_usd_per_month"),
          .saved_usd_at_more = more.at("saved_usd_per_month"),
          .eligible_usd = c.at("eligible_usd_per_month"),
          .to_buy = c.value("to_buy", false)};
}

StrandedCommitment stranded_of(const Json& s) {
  return {s.at("plan"), s.at("term"), s.at("committed_usd_per_month"),
          s.at("unused_usd_per_month")};
}

WorldRisk risk_of(const Json& r) {
  return {.candidate = r.at("candidate"),
          .expected_usd = r.at("expected_usd_per_month"),
          .cvar_usd = r.at("cvar90_usd_per_month"),
          .expected_lack_usd = r.at("expected_lack_usd_per_month"),
          .expected_regret_share = r.at("expected_regret_share"),
          .regret_share_95 = r.at("regret_share_95"),
          .largest_regret_share = r.at("largest_regret_share"),
          .weighted_regret_usd = r.at("weighted_regret_usd_per_month"),
          .worlds_broken_share = r.at("worlds_broken_share")};
}

Relaxation relaxation_of(const Json& r) {
  const std::string limit = r.at("limit");
  return {.limit = {limit, text_of(r.at("workload")), r.at("allowed"), asks_at_least(limit)},
          .nearest = number_of(r.at("nearest")),
          .usd = number_of(r.at("usd_per_month")),
          .placement = r.contains("placement") ? text_of(r.at("placement")) : ""};
}

Conflict conflict_of(const Json& c) {
  return {.limits = c.at("limits"),
          .undecided = c.at("undecided"),
          .nearest = text_of(c.at("nearest")),
          .confirmed = c.value("confirmed", false),
          .relaxations = list_of<Relaxation>(c.at("relaxations"), relaxation_of),
          .together = c.value("relaxed_together", false)};
}

std::optional<std::size_t> position(const Plan& plan, const std::string& name) {
  const auto at = std::ranges::find(plan.candidates, name, &PlanCandidate::name);
  if (at == plan.candidates.end()) return std::nullopt;
  return static_cast<std::size_t>(at - plan.candidates.begin());
}

}  // namespace

std::optional<Estimate> estimate_value(const Json& e) {
  if (!e.is_object()) return std::nullopt;
  Estimate estimate{.mean = e.at("mean"), .n = e.at("n")};
  if (e.at("low").is_number()) estimate.interval = Interval{e.at("low"), e.at("high")};
  return estimate;
}

LimitCheck limit_check(const Json& check) {
  return {.name = check.at("limit"),
          .workload = text_of(check.at("workload")),
          .allowed = check.at("allowed"),
          .at_least = check.at("at_least"),
          .found = estimate_value(check.at("found")),
          .met = check.at("met"),
          .missed_by = number_of(check.at("missed_by"))};
}

Plan plan_values(const Json& d) {
  Plan plan{.objective = d.at("objective"),
            .unit = d.at("unit"),
            .confidence = d.at("confidence"),
            .finished = d.at("finished"),
            .unfinished = text_of(d.at("unfinished_because")),
            .candidates = list_of<PlanCandidate>(d.at("candidates"), candidate_of),
            .dominance = d.at("dominance"),
            .optimality_gap = number_of(d.at("optimality_gap")),
            .analytic_error = number_of(d.at("analytic_error")),
            .indifference = d.at("indifference"),
            .levers = d.at("levers_derived"),
            .limits = d.at("limits"),
            .workloads = list_of<PlannedWorkload>(d.at("workloads"), workload_of),
            .variants = list_of<ClusterVariant>(d.at("cluster_variants"), variant_of),
            .commitments = list_of<CommitmentAdvice>(d.at("commitments"), commitment_of),
            .stranded = list_of<StrandedCommitment>(d.at("stranded_commitments"), stranded_of),
            .notes = d.at("notes")};
  if (!d.at("recommendation").is_null())
    plan.recommendation = position(plan, d.at("recommendation").at("name"));
  for (const Json& c : d.at("pareto"))
    if (const auto at = position(plan, c.at("name"))) plan.pareto.push_back(*at);
  if (!d.at("knee").is_null()) plan.knee = position(plan, d.at("knee"));
  const Json& worlds = d.at("worlds");
  plan.worlds = list_of<WorldRisk>(worlds.at("risks"), risk_of);
  plan.world_count = worlds.at("count");
  plan.worlds_asked = worlds.at("asked");
  plan.under_provisioning = worlds.at("under_provisioning");
  plan.value_of_information_usd =
      number_of(worlds.at("value_of_perfect_information_usd_per_month"));
  if (const Json& hedge = worlds.at("hedge"); !hedge.is_null())
    plan.hedge = Hedge{hedge.at("candidate"), estimate_value(hedge.at("usd_per_month_more")),
                       *estimate_value(hedge.at("weighted_usd_per_month_more"))};
  if (!d.at("conflict").is_null()) plan.conflict = conflict_of(d.at("conflict"));
  return plan;
}

}  // namespace berth
