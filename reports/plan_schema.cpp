#include "reports/json_schema.h"
#include "reports/plan_report.h"
#include "reports/result_schema.h"

namespace berth {
namespace {

using namespace json_schema;

Json placement_schema() {
  const Json replicas = object({{"min", typed("integer")},
                                {"max", typed("integer")},
                                {"autoscaler", typed("string")},
                                {"target", typed("number")}});
  const Json training = object({{"platform", typed("string")},
                                {"pool", typed_or_null("string")},
                                {"instance_type", typed("string")},
                                {"offering", typed("string")},
                                {"pull", typed("string")},
                                {"keep_alive_s", typed("number")},
                                {"checkpoint_interval_s", typed_or_null("number")}});
  const Json service = object({{"platform", typed("string")},
                               {"pool", typed_or_null("string")},
                               {"instance_type", described(typed_or_null("string"), "null: serverless.")},
                               {"endpoint", described(or_null(open_object(
                                                  {{"kind", one_of({"realtime", "serverless", "async"})}})),
                                                      "Of a kind, where a placement names one.")},
                               {"pull", typed("string")},
                               {"replicas", replicas}});
  return object({{"training", map_of(training)}, {"services", map_of(service)}});
}

Json definitions() {
  const Json level =
      object({{"saved_usd_per_month", typed("number")}, {"unused_usd_per_month", typed("number")}});
  Json d = Json::object();
  d["estimate"] = described(object({{"mean", typed("number")},
                                    {"low", typed_or_null("number")},
                                    {"high", typed_or_null("number")},
                                    {"n", typed("integer")}}),
                            "Mean over n replications and its 95 % interval; n 0: by formulas.");
  d["placement"] = placement_schema();
  d["limit"] = object({{"limit", typed("string")},
                       {"workload", typed_or_null("string")},
                       {"allowed", typed("number")},
                       {"at_least", typed("boolean")},
                       {"found", or_null(ref("estimate"))},
                       {"met", typed("boolean")},
                       {"missed_by", typed_or_null("number")}});
  d["candidate"] = with_optional(
      object({{"name", typed("string")},
              {"from_scenario", typed("boolean")},
              {"replications", typed("integer")},
              {"usd_per_month",
               described(or_null(ref("estimate")), "Fully loaded: people's hours included.")},
              {"marginal_usd_per_month",
               described(or_null(ref("estimate")), "Without people and what serves everybody.")},
              {"start_latency_p95_s",
               described(or_null(ref("estimate")), "Mean over classes by their jobs.")},
              {"serving_latency_p99_s",
               described(or_null(ref("estimate")), "Mean over services by their requests.")},
              {"analytic_usd_per_month", typed_or_null("number")},
              {"portable_share", typed("number")},
              {"people_hours_per_month", typed("number")},
              {"meets_limits", typed("boolean")},
              {"limits_broken", list_of(ref("limit"))},
              {"placement", ref("placement")}}),
      {{"within_levers", described(typed("boolean"), "false: outside stated levers, so shown and not recommended.")},
       {"savings_plans_to_buy",
        described(list_of(object({{"plan", typed("string")},
                                  {"term", typed("string")},
                                  {"hourly_usd", typed("number")}})),
                  "Where a plan may buy them: the best for it, which its dollars have; absent: none.")}});
  d["workload"] =
      object({{"kind", typed("string")},
              {"name", typed("string")},
              {"home", typed("string")},
              {"platform", typed("string")},
              {"pool", typed_or_null("string")},
              {"instance_type", typed("string")},
              {"offering", typed("string")},
              {"usd_per_month", ref("estimate")},
              {"start_latency_p50_s", or_null(ref("estimate"))},
              {"start_latency_p95_s", or_null(ref("estimate"))},
              {"start_within_share", or_null(ref("estimate"))},
              {"deadline_missed_share", or_null(ref("estimate"))},
              {"latency_p99_s", or_null(ref("estimate"))},
              {"slo_share", or_null(ref("estimate"))},
              {"bottleneck", typed("string")},
              {"runner_up", Json{{"anyOf",
                                  {with_optional(object({{"home", typed("string")},
                                           {"usd_per_month_more", or_null(ref("estimate"))},
                                           {"start_latency_p95_s_more", or_null(ref("estimate"))},
                                           {"latency_p99_s_more", or_null(ref("estimate"))},
                                           {"simulated", typed("boolean")},
                                           {"limits_broken",
                                            described(list_of(ref("limit")),
                                                      "What it would break; n 0: by formulas.")}}),
                                   {{"objective_s_more",
                                     described(or_null(ref("estimate")),
                                               "Of the plan's objective, where that is a latency.")}}),
                                   typed("null")}}}}});
  d["rejection"] = object({{"workload", typed_or_null("string")},
                           {"option", typed_or_null("string")},
                           {"stage", typed("string")},
                           {"reason", typed("string")},
                           {"limit", typed_or_null("string")},
                           {"allowed", typed_or_null("number")},
                           {"found", typed_or_null("number")},
                           {"missed_by", typed_or_null("number")}});
  d["commitment"] = with_optional(
      object({{"plan", typed("string")},
              {"term", typed("string")},
              {"hourly_usd", typed("number")},
              {"eligible_usd_per_month", typed("number")},
              {"saved_usd_per_month", typed("number")},
              {"unused_usd_per_month", typed("number")},
              {"at_20_percent_less_demand", level},
              {"at_20_percent_more_demand", level}}),
      {{"to_buy", described(typed("boolean"),
                            "It is bought with the recommendation, whose figures have it; absent: advice.")}});
  d["correction"] = object(
      {{"pools", list_of(object({{"pool", typed("string")}, {"factor", typed("number")}}))},
       {"other_pools", described(typed("number"), "Of those that no pilot used.")},
       {"sagemaker_bills", list_of(object({{"kind", one_of({"training", "service"})},
                                           {"workload", typed("string")},
                                           {"paid_for", one_of({"instances", "serverless", "async"})},
                                           {"factor", typed("number")}}))},
       {"starts", list_of(object({{"workload", typed("string")},
                                  {"platform", typed("string")},
                                  {"factor", typed("number")}}))}});
  d["stranded"] = object({{"plan", typed("string")},
                          {"term", typed("string")},
                          {"committed_usd_per_month", typed("number")},
                          {"unused_usd_per_month", typed("number")}});
  d["risk"] = object({{"candidate", typed("string")},
                      {"expected_usd_per_month", described(typed("number"), "Dollars; nothing is weighed.")},
                      {"cvar90_usd_per_month", described(typed("number"), "The worst tenth, likewise.")},
                      {"expected_lack_usd_per_month",
                       described(typed("number"), "What the capacity that lacks would cost.")},
                      {"expected_regret_share",
                       described(typed("number"), "Above the best choice of each world; what lacks weighs "
                                                  "`under_provisioning` times.")},
                      {"regret_share_95", typed("number")},
                      {"largest_regret_share", typed("number")},
                      {"weighted_regret_usd_per_month", typed("number")},
                      {"worlds_broken_share", typed("number")}});
  d["effect"] = object({{"input", typed("string")},
                        {"low", typed("number")},
                        {"high", typed("number")},
                        {"swing_usd_per_month", typed("number")},
                        {"morris_mu_star_usd_per_month", typed("number")},
                        {"morris_sigma_usd_per_month", typed("number")},
                        {"sobol_total_share", typed_or_null("number")}});
  d["cluster_variant"] =
      object({{"cluster", described(typed("string"), "As the scenario names it.")},
              {"platform", described(typed("string"), "As placements name this shape of it.")},
              {"autoscaler", typed("string")},
              {"pools", list_of(object({{"name", typed("string")},
                                        {"instance_type", typed("string")},
                                        {"min_nodes", typed("integer")},
                                        {"max_nodes", typed("integer")},
                                        {"pause_pods", typed("integer")}}))},
              {"analytic", described(typed_or_null("number"),
                                     "Of the best choice with this shape, by formulas, in the unit of "
                                     "the objective; null: nothing goes there.")},
              {"chosen", typed("boolean")},
              {"limits_broken",
               described(list_of(ref("limit")),
                         "By its best choice; n 0: what rules out all that would go there, by formulas.")}});
  d["conflict"] = with_optional(
      object({{"limits", list_of(typed("string"))},
              {"undecided", described(list_of(typed("string")), "By the replications of the nearest.")},
              {"nearest", described(typed_or_null("string"),
                                    "The placement that breaks fewest limits; null: by formulas, the "
                                    "smallest set of limits that leaves none.")},
              {"relaxations",
               list_of(with_optional(
                   object({{"limit", typed("string")},
                           {"workload", described(typed_or_null("string"),
                                                  "null: the limit as it is stated for all.")},
                           {"allowed", typed("number")},
                           {"nearest", described(typed_or_null("number"),
                                                 "With a placement: what it is shown to keep.")},
                           {"usd_per_month", described(typed_or_null("number"),
                                                       "null: no placement is left even then.")}}),
                   {{"placement",
                     described(typed_or_null("string"), "The candidate; null: by formulas.")}}))}}),
      {{"confirmed", described(typed("boolean"),
                               "By simulation: a plan with nothing but these limits found no "
                               "placement, either.")},
       {"relaxed_together", described(typed("boolean"), "No single relaxation is enough: all of them.")}});
  return d;
}

// A result's definitions beside the plan's own: names that stand in both differ by this.
constexpr const char* kOfResult = "simulated_";

void rename_references(Json& schema) {
  if (schema.is_object() && schema.contains("$ref")) {
    const std::string there = "#/definitions/";
    schema["$ref"] = there + kOfResult + schema["$ref"].get<std::string>().substr(there.size());
  }
  if (schema.is_structured())
    for (Json& part : schema) rename_references(part);
}

void add_result_definitions(Json& definitions) {
  Json schema = Json::parse(result_schema());
  for (auto& [name, definition] : schema["definitions"].items()) {
    rename_references(definition);
    definitions[kOfResult + name] = definition;
  }
}

}  // namespace

std::string plan_schema() {
  Json schema = document(kPlanSchema, {});
  schema["definitions"] = definitions();
  add_result_definitions(schema["definitions"]);
  const Json search = object({{"placements", typed("number")},
                              {"options", typed("integer")},
                              {"options_left", typed("integer")},
                              {"nodes", typed("integer")},
                              {"replications", typed("integer")}});
  const Json hedge = object({{"candidate", typed("string")},
                             {"usd_per_month_more",
                              described(or_null(ref("estimate")), "As things are, paired.")},
                             {"weighted_usd_per_month_more",
                              described(ref("estimate"), "Over the worlds, paired, as regret is weighed.")}});
  const Json body = headed(
      kPlanSchema,
      {{"objective", typed("string")},
       {"unit", described(one_of({"USD/month", "s"}), "Of the objective and its bound.")},
       {"confidence", typed("number")},
       {"finished",
        described(typed("boolean"), "false: the best so far, when time or patience ended.")},
       {"unfinished_because", typed_or_null("string")},
       {"claim",
        described(typed("string"), "How far from optimal, how far off, how likely the best.")},
       {"recommendation", described(or_null(ref("candidate")), "null: nothing meets all limits.")},
       {"workloads", list_of(ref("workload"))},
       {"pareto",
        described(list_of(ref("candidate")), "Nobody clearly better in both axes, by cost.")},
       {"pareto_axes", list_of(typed("string"))},
       {"knee", typed_or_null("string")},
       {"dominance", typed("string")},
       {"candidates",
        described(list_of(ref("candidate")), "All that were simulated, the best first.")},
       {"lower_bound", described(typed("number"),
                                 "Proven, of the analytic problem, in the unit of the objective.")},
       {"analytic_recommended", typed_or_null("number")},
       {"optimality_gap",
        described(typed_or_null("number"), "(recommended - bound) / bound, both by formulas.")},
       {"analytic_error",
        described(typed_or_null("number"),
                  "95 % of the simulated costs differ from the formulas by at most it.")},
       {"correction", described(ref("correction"),
                                "What pilots showed: factors on the nodes, bills and start p95 of formulas.")},
       {"probability_of_correct_selection", typed("number")},
       {"selection_certified", described(typed("boolean"), "KN++ came to its end.")},
       {"indifference", described(typed("number"), "Within it two candidates are as good.")},
       {"search", search},
       {"cluster_variants", list_of(ref("cluster_variant"))},
       {"levers_derived", list_of(typed("string"))},
       {"limits", list_of(typed("string"))},
       {"rejections", list_of(ref("rejection"))},
       {"commitments", list_of(ref("commitment"))},
       {"stranded_commitments", list_of(ref("stranded"))},
       {"worlds",
        object({{"count", described(typed("integer"), "Judged, all of them unless it was stopped.")},
                {"asked", typed("integer")},
                {"risks", list_of(ref("risk"))},
                {"under_provisioning",
                 described(typed("number"), "A dollar of capacity that lacks weighs so many, in regret.")},
                {"hedge", described(or_null(hedge), "Who stands clearly better over the worlds than the "
                                                    "recommendation; null: nobody.")},
                {"value_of_perfect_information_usd_per_month",
                 described(typed_or_null("number"), "The recommendation's regret, so weighed.")}})},
       {"sensitivity", list_of(ref("effect"))},
       {"conflict", or_null(ref("conflict"))},
       {"notes", list_of(typed("string"))},
       {"simulated",
        described(or_null(ref("simulated_result")),
                  "The first candidate, the front and the scenario's own placements in full, as a "
                  "result of its own (berth/result/1); null: nothing was simulated.")}});
  schema.update(body);
  return schema.dump(2) + "\n";
}

}  // namespace berth
