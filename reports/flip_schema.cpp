#include "reports/flip_schema.h"

#include "reports/json_schema.h"
#include "reports/plan_report.h"

namespace berth {
namespace {

using namespace json_schema;

Json estimate() {
  return object({{"mean", typed("number")},
                 {"low", typed_or_null("number")},
                 {"high", typed_or_null("number")},
                 {"n", typed("integer")}});
}

Json flip() {
  const Json flip = object(
      {{"input", typed("string")},
       {"unit", typed("string")},
       {"of", described(typed_or_null("string"), "Whose figure `now` is: it stands for all, which are scaled alike.")},
       {"now", typed("number")},
       {"flips_at", described(typed_or_null("number"), "Beyond it another choice is better by more than the indifference; null: nowhere in what was searched.")},
       {"stays_at", described(typed_or_null("number"), "Farthest value nearer than that at which the choice was seen to stay.")},
       {"searched_low", typed("number")},
       {"searched_high", typed("number")},
       {"workload", described(typed_or_null("string"), "That moves, the weightiest of them.")},
       {"to", typed_or_null("string")},
       {"moves", described(list_of(object({{"workload", typed("string")}, {"to", typed("string")}})),
                           "What moves there and where to, the weightiest first.")},
       {"near_tie", described(typed("boolean"), "true: what moves is better there, by no more than the "
                                                "indifference or the noise; this input does not decide.")},
       {"indifference_share", described(typed("number"), "Of the objective: what counts as the same.")},
       {"how", described(typed("string"), "How it was found.")},
       {"difference_beyond_usd_per_month",
        described(or_null(ref("estimate")),
                  "Of the new choice, just beyond; null where the objective is no cost.")}});
  return with_optional(flip, {{"difference_beyond_s",
                               described(or_null(ref("estimate")), "The same where the objective is a latency.")}});
}

Json flips() {
  const Json home = object({{"workload", typed("string")}, {"home", typed("string")}});
  const Json of_plan = object({{"recommendation", typed_or_null("string")}, {"homes", list_of(home)}});
  const Json flips =
         headed(kFlipSchema,
                {{"finished", described(typed("boolean"), "false: inputs that were not looked at are missing.")},
                 {"unfinished_because", typed_or_null("string")},
                 {"notes", described(list_of(typed("string")), "What to know before using it.")},
                 {"flips", list_of(ref("flip"))}});
  return with_optional(flips, {{"objective", described(typed("string"), "Of the plan: what is best.")},
                               {"objective_unit", one_of({"USD/month", "s"})},
                               {"of_plan", described(of_plan, "Whose choice is turned: no other plan's.")}});
}

Json series(const char* seconds, const char* usd) {
  return object({{"name", typed("string")},
                 {seconds, list_of(typed("number"))},
                 {usd, list_of(typed("number"))}});
}

Json curve() {
  const Json stretch =
      object({{"from", typed("number")}, {"to", typed("number")}, {"winner", typed("string")}});
  const Json zone = object({{"from", typed("number")},
                            {"to", typed("number")},
                            {"winners", non_empty(typed("string"))},
                            {"crossovers", at_least("integer", 0)}});
  const Json contest = object(
      {{"among", non_empty(typed("string"))},
       {"best", described(list_of(stretch), "Who is first where; adjoining.")},
       {"zones", described(list_of(zone), "The same, where winners take turns as one stretch.")}});
  const Json either{{"anyOf", Json::array({series("ready_s", "cost_usd_per_pull"),
                                           series("wait_s", "cost_usd_per_job")})}};
  return object({{"axis", typed("string")},
                 {"title", typed("string")},
                 {"at", described(list_of(typed("number")), "Where the series have values.")},
                 {"here", described(typed("number"), "The scenario's own value.")},
                 {"series", list_of(either)},
                 {"contests", list_of(contest)},
                 {"crossovers", described(list_of(typed("string")),
                                          "The same in words, a sentence a crossover.")}});
}

Json break_evens() {
  const Json subject = object({{"what", typed("string")},
                               {"notes", list_of(typed("string"))},
                               {"curves", list_of(ref("curve"))}});
  return headed(kBreakEvenSchema, {{"subjects", list_of(subject)}});
}

std::string text_of(Json schema, const char* root) {
  schema["allOf"] = Json::array({ref(root)});
  return schema.dump(2) + "\n";
}

}  // namespace

std::string flip_schema() {
  return text_of(
      document(kFlipSchema, {{"estimate", estimate()}, {"flip", flip()}, {"flips", flips()}}),
      "flips");
}

std::string break_even_schema() {
  return text_of(document(kBreakEvenSchema, {{"curve", curve()}, {"break_evens", break_evens()}}),
                 "break_evens");
}

}  // namespace berth
