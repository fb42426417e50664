#include "reports/result_schema.h"

#include "models/startup_ledger.h"
#include "reports/json_schema.h"
#include "reports/result.h"

namespace berth {
namespace {

using namespace json_schema;

Json estimate() {
  return described(
      object({{"mean", typed("number")},
              {"low", typed_or_null("number")},
              {"high", typed_or_null("number")},
              {"n", {{"type", "integer"}, {"minimum", 1}}}}),
      "Mean over n replications and its 95 % t interval; low and high are null for n = 1.");
}

Json figure() {
  return described({{"anyOf", {ref("estimate"), typed("null")}}},
                   "null: no replication had anything to measure.");
}

Json quantiles() {
  return object({{"mean", ref("figure")},
                 {"p50", ref("figure")},
                 {"p95", ref("figure")},
                 {"p99", ref("figure")}});
}

Json phases(const char* of) {
  Json properties = Json::object(), required = Json::array();
  for (const Phase phase : kPhases) {
    properties[std::string{to_text(phase)}] = ref(of);
    required.push_back(to_text(phase));
  }
  return {{"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

Json home() {
  return object(
      {{"platform", typed("string")},
       {"pool", typed_or_null("string")},
       {"instance_type", typed("string")},
       {"offering", one_of({"on_demand", "spot"})},
       {"pull", described({{"enum", {"full", "soci_lazy", "soci_parallel", "preloaded", nullptr}}},
                          "What is simulated, whatever the placement wishes; null for a SageMaker "
                          "endpoint, whose creation time holds it.")},
       {"endpoint", {{"enum", {"realtime", "serverless", "async", nullptr}}}},
       {"keep_alive_s", typed("number")}});
}

Json line_share() {
  return object({{"kind", one_of({"training", "service", "idle", "shared", "people"})},
                 {"workload", typed_or_null("string")},
                 {"quantity_per_month", ref("figure")},
                 {"usd_per_month", ref("figure")},
                 {"list_usd_per_month",
                  described(ref("figure"), "The same usage on demand, without plan or spot.")}});
}

Json numbers() { return list_of(typed("number")); }

Json cost_line() {
  const Json price = object({{"as_of", typed("string")},
                             {"source", typed("string")},
                             {"status", one_of({"sourced", "derived", "user"})}});
  return object(
      {{"service", typed("string")},
       {"item", typed("string")},
       {"charge", one_of({"usage", "commitment_used", "commitment_unused", "people"})},
       {"unit", typed("string")},
       {"usd_per_unit", typed_or_null("number")},
       {"price", {{"anyOf", {price, typed("null")}}}},
       {"quantity_per_month", ref("figure")},
       {"usd_per_month", ref("figure")},
       {"shares", described(list_of(ref("line_share")), "By holder; they add up to the line.")}});
}

Json workload_cost() {
  return object({{"kind", one_of({"training", "service"})},
                 {"name", typed("string")},
                 {"usd_per_month", ref("figure")}});
}

Json chain() {
  return described(
      object({{"skipped_per_day",
               described(ref("figure"), "Never submitted: a job they waited for has failed.")},
              {"turnaround_s",
               described(ref("quantiles"), "From the first submission of the chain to done.")}}),
      "Of a class whose jobs come after other classes' jobs; absent otherwise.");
}

Json common_training() {
  return object(
      {{"name", typed("string")},
       {"team", typed("string")},
       {"home", ref("home")},
       {"start_latency_s", ref("quantiles")},
       {"phases_s", phases("quantiles")},
       {"container_started_s", described(ref("quantiles"),
                                         "From submission; reads of a lazy image and the "
                                         "user's own start-up come after it.")},
       {"phases_usd_per_start", described(phases("figure"),
                                          "Mean, of the billed part of the phase, at the price "
                                          "of the offering before plans and minimums.")},
       {"start_usd_per_month",
        described(ref("figure"), "Of all starts; part of the class's cost.")},
       {"turnaround_s", ref("quantiles")},
       {"start_slo_s", typed_or_null("number")},
       {"start_slo_met_share", described(ref("figure"),
                                         "Of the jobs whose start goal fell due in the window, "
                                         "also of those that still wait.")},
       {"deadline_s", typed_or_null("number")},
       {"deadline_missed_share", ref("figure")},
       {"warm_start_share", ref("figure")},
       {"submitted_per_day", ref("figure")},
       {"started_per_day", ref("figure")},
       {"completed_per_day", ref("figure")},
       {"failed_per_day", ref("figure")},
       {"interruptions_per_day", ref("figure")},
       {"capacity_errors_per_day", ref("figure")},
       {"waiting_at_end", ref("figure")},
       {"running_at_end", ref("figure")},
       {"backlog_at_begin", ref("figure")},
       {"backlog_at_end", ref("figure")},
       {"backlog_grows", typed("boolean")},
       {"start_distribution",
        described(object({{"share", ref("numbers")}, {"start_latency_s", ref("numbers")}}),
                  "Points of the distribution function of start latency, jobs of all "
                  "replications together.")}});
}

Json training() { return with_optional(common_training(), {{"chain", chain()}}); }

Json pod_starts() {
  return described(object({{"per_day", ref("figure")},
                           {"container_started_s", ref("quantiles")},
                           {"ready_s", ref("quantiles")},
                           {"phases_s", phases("quantiles")},
                           {"phases_usd_per_start", phases("figure")},
                           {"usd_per_month", ref("figure")}}),
                   "Pods, or an endpoint's instances, from being asked for to serving.");
}

Json service() {
  const Json latency = object({{"mean", ref("figure")},
                               {"p50", ref("figure")},
                               {"p95", ref("figure")},
                               {"p99", ref("figure")},
                               {"p999", ref("figure")}});
  return object(
      {{"name", typed("string")},
       {"team", typed("string")},
       {"home", ref("home")},
       {"fidelity", typed("string")},
       {"requests_per_s", ref("figure")},
       {"latency_s", latency},
       {"slo_latency_s", typed("number")},
       {"slo_target_share", typed("number")},
       {"slo_met_share", ref("figure")},
       {"utilisation_share", ref("figure")},
       {"replicas_mean", ref("figure")},
       {"replicas_peak_slice", described(ref("figure"),
                                         "The mean over the slice with the most, not the most at "
                                         "any instant.")},
       {"pod_starts", pod_starts()},
       {"overloaded_s", ref("figure")},
       {"overloads",
        described(list_of(object({{"from_s", typed("number")},
                                  {"to_s", typed("number")},
                                  {"queue_gone_s", {{"type", {"number", "null"}}}}})),
                  "After the measured window opens, in any replication: load at or above the ready "
                  "slots, and when no more requests waited than there were slots; null: they still do at the end.")},
       {"waiting_at_end",
        described(ref("figure"), "Requests that wait when the measured window closes.")},
       {"rejected_share", ref("figure")},
       {"timed_out_share", ref("figure")},
       {"cut_off_share", ref("figure")},
       {"cold_start_share", described(ref("figure"),
                                      "Of all requests: those that waited for a serverless "
                                      "container to start.")},
       {"looked_at", described(object({{"whole_share", ref("figure")},
                                       {"window_share", ref("figure")},
                                       {"formula_share", ref("figure")}}),
                               "Shares of the window: every request, those of windows in "
                               "it, or formulas.")},
       {"latency_p99_error_share",
        described(ref("figure"),
                  "Stated for the fidelity, beyond the noise of looking at "
                  "every request, with the pods there are: the error of the worst look that a thousandth "
                  "of the requests had; 1 where it has no bound.")},
       {"doubtful_s", described(ref("figure"),
                                "Time outside the range in which the latency model is "
                                "known to be right.")}});
}

Json pool() {
  const Json always_there = object(
      {{"platform", typed("string")},
       {"pool", typed("string")},
       {"instance_type", typed("string")},
       {"nodes_mean", ref("figure")},
       {"nodes_peak_slice", described(ref("figure"),
                                      "The mean over the slice with the most, not the most at "
                                      "any instant.")},
       {"launched_per_day", ref("figure")},
       {"removed_per_day", ref("figure")},
       {"reclaimed_per_day", ref("figure")}});
  return with_optional(
      always_there,
      {{"launches_failed_per_day",
        described(ref("figure"), "Nodes that EC2 had not and that nothing came for, where there are "
                                 "any.")},
       {"unregistered_per_day",
        described(ref("figure"), "Nodes that did not register in time and were given back, where "
                                 "there are any.")}});
}

Json series() {
  const Json service =
      object({{"name", typed("string")},
              {"requests_per_s", ref("numbers")},
              {"ready", ref("numbers")},
              {"desired", ref("numbers")},
              {"utilisation_share", ref("numbers")},
              {"latency_p99_s", described(ref("numbers"), "Of the step's worst slice.")},
              {"overloaded_share", ref("numbers")}});
  const Json training =
      object({{"name", typed("string")},
              {"waiting", described(ref("numbers"), "Jobs that wait for their first start.")}});
  const Json pool = object({{"platform", typed("string")},
                            {"pool", typed("string")},
                            {"nodes", ref("numbers")},
                            {"reclaims", described(ref("numbers"), "How many in the step.")}});
  return described(object({{"step_s", typed("number")},
                           {"services", list_of(service)},
                           {"training", list_of(training)},
                           {"pools", list_of(pool)}}),
                   "Over the measured window, a number a step: means over replications, rounded to "
                   "four digits.");
}

Json figure_values() {
  return object({{"metric", typed("string")},
                 {"workload", typed_or_null("string")},
                 {"part", typed_or_null("string")},
                 {"unit", typed("string")},
                 {"values", list_of(typed_or_null("number"))}});
}

Json placement() {
  return object(
      {{"name", typed("string")},
       {"description", typed("string")},
       {"replications", typed("integer")},
       {"flags", described(list_of(typed("string")), "What to know before believing the numbers.")},
       {"cost_usd_per_month",
        described(ref("figure"),
                  "A month of 730 h. Sum of cost_lines; sum of cost_workloads, idle, "
                  "shared and people.")},
       {"cost_at_list_price_usd_per_month", ref("figure")},
       {"cost_idle_usd_per_month", ref("figure")},
       {"cost_shared_usd_per_month", ref("figure")},
       {"cost_people_usd_per_month", ref("figure")},
       {"cost_workloads", list_of(ref("workload_cost"))},
       {"cost_lines", list_of(ref("cost_line"))},
       {"training", list_of(ref("training"))},
       {"services", list_of(ref("service"))},
       {"pools", list_of(ref("pool"))},
       {"events", described(ref("figure"),
                            "Events of the journal plus resumptions of simulated "
                            "lives: how much work the simulation was.")},
       {"series", series()},
       {"figures", described(list_of(ref("figure_values")),
                             "What each replication measured, by its number; null where it "
                             "had nothing to measure. Two results of one seed are paired "
                             "by it.")}});
}

Json result() {
  return headed(kResultSchema, {{"replications", {{"type", "integer"}, {"minimum", 1}}},
                                {"placements", non_empty(ref("placement"))},
                                {"failures", list_of(ref("failure"))}});
}

Json figure_name() {
  return object({{"metric", typed("string")},
                 {"workload", typed_or_null("string")},
                 {"part", typed_or_null("string")},
                 {"unit", typed("string")}});
}

Json change() {
  return object({{"metric", typed("string")},
                 {"workload", typed_or_null("string")},
                 {"part", typed_or_null("string")},
                 {"unit", typed("string")},
                 {"before", ref("estimate")},
                 {"after", ref("estimate")},
                 {"difference", ref("estimate")},
                 {"relative", typed_or_null("number")},
                 {"verdict", one_of({"same", "clear", "not clear", "cannot tell"})}});
}

Json comparison() {
  const Json source = object({{"scenario", ref("scenario")},
                              {"inputs", list_of(ref("input"))},
                              {"prices", ref("prices")},
                              {"seed", typed("integer")},
                              {"replications", typed("integer")}});
  const Json pair = object({{"base", typed("string")},
                            {"other", typed("string")},
                            {"changes", list_of(ref("change"))},
                            {"only_base", list_of(ref("figure_name"))},
                            {"only_other", list_of(ref("figure_name"))}});
  return object({{"schema", always(kComparisonSchema)},
                 {"tool_version", typed("string")},
                 {"model_version", typed("string")},
                 {"engine", engine()},
                 {"sources", list_of(source)},
                 {"comparisons", list_of(pair)},
                 {"notes", list_of(typed("string"))},
                 {"failures", list_of(ref("failure"))}});
}

}  // namespace

std::string result_schema() {
  Json schema = document(kResultSchema, {{"estimate", estimate()},
                                         {"figure", figure()},
                                         {"quantiles", quantiles()},
                                         {"home", home()},
                                         {"numbers", numbers()},
                                         {"line_share", line_share()},
                                         {"figure_values", figure_values()},
                                         {"cost_line", cost_line()},
                                         {"workload_cost", workload_cost()},
                                         {"training", training()},
                                         {"service", service()},
                                         {"pool", pool()},
                                         {"placement", placement()},
                                         {"failure", failure()},
                                         {"result", result()}});
  schema["anyOf"] = {ref("result"), list_of(ref("result"))};
  return schema.dump(2) + "\n";
}

std::string comparison_schema() {
  Json schema = document(kComparisonSchema, {{"estimate", estimate()},
                                             {"scenario", scenario()},
                                             {"input", input()},
                                             {"prices", prices()},
                                             {"figure_name", figure_name()},
                                             {"change", change()},
                                             {"failure", failure()},
                                             {"comparison", comparison()}});
  schema["allOf"] = Json::array({ref("comparison")});
  return schema.dump(2) + "\n";
}

}  // namespace berth
