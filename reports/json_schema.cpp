#include "reports/json_schema.h"

#include <string>

namespace berth::json_schema {
namespace {

Json with_fields(Fields fields) {
  Json properties = Json::object(), required = Json::array();
  for (const auto& [name, schema] : fields) {
    properties[name] = schema;
    required.push_back(name);
  }
  return {{"type", "object"}, {"properties", properties}, {"required", required}};
}

}  // namespace

Json typed(const char* type) { return {{"type", type}}; }
Json typed_or_null(const char* type) { return {{"type", {type, "null"}}}; }
Json at_least(const char* type, int minimum) { return {{"type", type}, {"minimum", minimum}}; }
Json ref(const char* definition) { return {{"$ref", std::string{"#/definitions/"} + definition}}; }
Json or_null(Json schema) { return {{"anyOf", {std::move(schema), typed("null")}}}; }
Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }
Json map_of(Json values) {
  return {{"type", "object"}, {"additionalProperties", std::move(values)}};
}
Json one_of(std::initializer_list<const char*> values) { return {{"enum", values}}; }
Json always(std::string_view value) { return {{"const", value}}; }
Json described(Json schema, const char* words) {
  schema["description"] = words;
  return schema;
}
Json object(Fields fields) {
  Json schema = with_fields(fields);
  schema["additionalProperties"] = false;
  return schema;
}
Json open_object(Fields fields) { return with_fields(fields); }
Json with_optional(Json object, Fields fields) {
  for (const auto& [name, schema] : fields) object["properties"][name] = schema;
  return object;
}

Json non_empty(Json items) {
  Json list = list_of(std::move(items));
  list["minItems"] = 1;
  return list;
}

Json document(std::string_view id, Fields definitions) {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", id}};
  schema["definitions"] = Json::object();
  for (const auto& [name, definition] : definitions) schema["definitions"][name] = definition;
  return schema;
}

Json failure() {
  return object({{"placement", typed("string")},
                 {"seed", typed("integer")},
                 {"replication", typed("integer")},
                 {"reason", typed("string")}});
}

Json scenario() {
  return object({{"name", typed("string")},
                 {"description", typed("string")},
                 {"starts_on", {{"type", "string"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}}},
                 {"warm_up_s", typed("number")},
                 {"horizon_s", typed("number")},
                 {"assumptions", list_of(typed("string"))}});
}

Json input() {
  return object(
      {{"name", typed("string")}, {"sha256", {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}}}});
}

Json prices() {
  return object(
      {{"catalogue", typed("string")}, {"region", typed("string")}, {"date", typed("string")}});
}

Json engine() { return {{"type", "object"}, {"additionalProperties", typed("string")}}; }

Json headed(std::string_view schema, Fields fields) {
  Json all = object({{"schema", always(schema)},
                     {"tool_version", typed("string")},
                     {"model_version", typed("string")},
                     {"engine", engine()},
                     {"scenario", scenario()},
                     {"inputs", list_of(input())},
                     {"prices", prices()},
                     {"seed", at_least("integer", 0)}});
  const Json more = object(fields);
  all["properties"].update(more.at("properties"));
  for (const Json& name : more.at("required")) all["required"].push_back(name);
  return all;
}

}  // namespace berth::json_schema
