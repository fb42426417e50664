#include "reports/trace_schema.h"

#include "reports/json_schema.h"
#include "reports/trace.h"

namespace berth {
namespace {

using namespace json_schema;

Json workload() {
  const Json service = object({{"kind", {{"const", "service"}}},
                               {"name", typed("string")},
                               {"platform", typed("string")},
                               {"pool", typed_or_null("string")},
                               {"slo_latency_s", typed("number")},
                               {"slo_target", typed("number")}});
  const Json training = object({{"kind", {{"const", "training"}}},
                                {"name", typed("string")},
                                {"platform", typed("string")},
                                {"pool", typed_or_null("string")},
                                {"start_slo_s", typed_or_null("number")}});
  return {{"anyOf", {service, training}}};
}

Json head() {
  return described(object({{"schema", {{"const", kTraceSchema}}},
                           {"tool_version", typed("string")},
                           {"model_version", typed("string")},
                           {"scenario", typed("string")},
                           {"placement", typed("string")},
                           {"seed", typed("integer")},
                           {"replication", typed("integer")},
                           {"starts_at", typed("string")},
                           {"warm_up_s", typed("number")},
                           {"horizon_s", typed("number")},
                           {"workloads", {{"type", "array"}, {"items", workload()}}}}),
                   "The first line. starts_at: when the measured window opens.");
}

Json event() {
  Json json = open_object(
      {{"at_s", described(typed("number"), "Seconds since the measured window opened.")},
       {"at", described(typed("string"), "The same on the scenario's clock, UTC.")},
       {"type", typed("string")},
       {"about", {{"enum", {"load", "decision", "pods", "nodes", "requests", "jobs", "run"}}}},
       {"words", described(typed("string"), "The line in words.")}});
  for (const char* name : {"service", "class", "platform", "pool"})
    json["properties"][name] = typed("string");
  json["properties"]["changed"] =
      described(typed("boolean"), "false: a look that changed nothing.");
  return described(json, "What happened. Further fields depend on `type` and carry their unit.");
}

Json end() {
  return described(object({{"type", {{"const", "end"}}}, {"events", typed("integer")}}),
                   "The last line: how many events there were. Without it the trace is cut short.");
}

}  // namespace

std::string trace_schema() {
  const Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                    {"title", "One line of a berth trace"},
                    {"anyOf", {head(), event(), end()}}};
  return schema.dump(2) + "\n";
}

}  // namespace berth
