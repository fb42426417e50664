#include "reports/check_schema.h"

#include "reports/gate_report.h"
#include "reports/json_schema.h"

namespace berth {
namespace {

using namespace json_schema;

Json estimate() {
  return described(object({{"mean", typed("number")},
                           {"low", typed_or_null("number")},
                           {"high", typed_or_null("number")},
                           {"n", at_least("integer", 1)}}),
                   "Mean over n replications and its interval at the gate's confidence.");
}

Json row() {
  return object(
      {{"metric", typed("string")},
       {"workload", typed_or_null("string")},
       {"part", typed_or_null("string")},
       {"unit", typed("string")},
       {"limit", described(typed("string"), "As the limits file has it.")},
       {"reason", typed_or_null("string")},
       {"before", described(or_null(ref("estimate")), "null: the base has no such figure.")},
       {"after", or_null(ref("estimate"))},
       {"difference", described(or_null(ref("estimate")), "After less before, paired.")},
       {"relative", typed_or_null("number")},
       {"verdict", ref("verdict")},
       {"replications_to_decide",
        described(typed_or_null("integer"),
                  "That would decide, nine times in ten; null: it is decided, or that many are "
                  "out of reach.")}});
}

Json side() {
  return object({{"tool_version", typed("string")},
                 {"model_version", typed("string")},
                 {"catalogue", typed("string")},
                 {"price_date", typed("string")},
                 {"seed", typed("integer")},
                 {"replications", typed("integer")}});
}

Json checked_scenario() {
  const Json placement = object(
      {{"name", typed("string")}, {"verdict", ref("verdict")}, {"rows", list_of(ref("row"))}});
  const Json change = object({{"pointer", typed("string")},
                              {"before", typed_or_null("string")},
                              {"after", typed_or_null("string")}});
  const Json price = object({{"line", typed("string")},
                             {"unit", typed("string")},
                             {"usd_before", typed("number")},
                             {"usd_after", typed("number")}});
  return object(
      {{"file", typed("string")},
       {"scenario", typed("string")},
       {"new", described(typed("boolean"), "The base has no such scenario.")},
       {"unchanged", described(typed("boolean"), "Its files are the same on both sides.")},
       {"before", described(or_null(ref("side")), "null: it is new.")},
       {"after", ref("side")},
       {"placements", list_of(placement)},
       {"changes", described(list_of(change), "Values of the files that changed.")},
       {"prices", list_of(price)},
       {"notes", list_of(typed("string"))}});
}

Json check() {
  return object({{"schema", always(kCheckSchema)},
                 {"passed", described(typed("boolean"), "The exit code is 0 or 3, not 1.")},
                 {"verdict", ref("verdict")},
                 {"sentence", typed("string")},
                 {"against", typed("string")},
                 {"scenarios", list_of(ref("scenario"))},
                 {"failures", list_of(ref("failure"))}});
}

}  // namespace

std::string check_schema() {
  Json schema =
      document(kCheckSchema, {{"estimate", estimate()},
                              {"verdict", one_of({"passed", "undecided", "warning", "failed"})},
                              {"row", row()},
                              {"side", side()},
                              {"scenario", checked_scenario()},
                              {"failure", failure()},
                              {"check", check()}});
  schema["allOf"] = Json::array({ref("check")});
  return schema.dump(2) + "\n";
}

}  // namespace berth
