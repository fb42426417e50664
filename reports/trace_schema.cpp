#include "reports/trace_schema.h"

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/trace.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;

Json typed(const char* type) {
  return {
      {"type", type}
  };
}
Json typed_or_null(const char* type) {
  return {
      {"type", {type, "null"}}
  };
}
Json described(Json schema, const char* words) {
  schema["description"] = words;
  return schema;
}

Json object(std::initializer_list<std::pair<const char*, Json>> fields, bool closed) {
  Json properties = Json::object(), required = Json::array();
  for (const auto& [name, schema] : fields) {
    properties[name] = schema;
    required.push_back(name);
  }
  Json json{
      {"type",       "object"  },
      {"properties", properties},
      {"required",   required  }
  };
  if (closed) json["additionalProperties"] = false;
  return json;
}

Json workload() {
  const Json service = object(
      {
          {"kind",          {{"const", "service"}} },
          {"name",          typed("string")        },
          {"platform",      typed("string")        },
          {"pool",          typed_or_null("string")},
          {"slo_latency_s", typed("number")        },
          {"slo_target",    typed("number")        }
  },
      true);
  const Json training = object(
      {
          {"kind",        {{"const", "training"}}},
          {"name",        typed("string")        },
          {"platform",    typed("string")        },
          {"pool",        typed_or_null("string")},
          {"start_slo_s", typed_or_null("number")}
  },
      true);
  return {
      {"anyOf", {service, training}}
  };
}

Json head() {
  return described(object(
                       {
                           {"schema",        {{"const", kTraceSchema}}                 },
                           {"tool_version",  typed("string")                           },
                           {"model_version", typed("string")                           },
                           {"scenario",      typed("string")                           },
                           {"placement",     typed("string")                           },
                           {"seed",          typed("integer")                          },
                           {"replication",   typed("integer")                          },
                           {"starts_at",     typed("string")                           },
                           {"warm_up_s",     typed("number")                           },
                           {"horizon_s",     typed("number")                           },
                           {"workloads",     {{"type", "array"}, {"items", workload()}}}
  },
                       true),
                   "The first line. starts_at: when the measured window opens.");
}

Json event() {
  Json json = object(
      {
          {"at_s",                                                                        described(typed("number"), "Seconds since the measured window opened.")},
          {"at",                                                                          described(typed("string"), "The same on the scenario's clock, UTC.")   },
          {"type",                                                                        typed("string")          },
          {"about", {{"enum", {"load", "decision", "pods", "nodes", "requests", "jobs", "run"}}}                         },
          {"words",                                                        described(typed("string"),                                                                                 "The line in words.")                                            }
  },
      false);
  for (const char* name : {"service", "class", "platform", "pool"})
    json["properties"][name] = typed("string");
  json["properties"]["changed"] =
      described(typed("boolean"), "false: a look that changed nothing.");
  return described(json, "What happened. Further fields depend on `type` and carry their unit.");
}

Json end() {
  return described(object(
                       {
                           {"type",   {{"const", "end"}}},
                           {"events", typed("integer")  }
  },
                       true),
                   "The last line: how many events there were. Without it the trace is cut short.");
}

}  // namespace

std::string trace_schema() {
  const Json schema{
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"title",   "One line of a berth trace"              },
      {"anyOf",   {head(), event(), end()}                 }
  };
  return schema.dump(2) + "\n";
}

}  // namespace berth
