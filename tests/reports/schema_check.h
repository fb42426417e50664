// Just enough of JSON Schema draft-07 to hold our own schemas against our own documents in every
// test run: $ref to #/definitions, type, enum, const, properties, required, additionalProperties,
// items, anyOf, allOf, minimum. A keyword it does not know is an error, so it cannot pass by not
// looking (descriptions, titles and patterns excepted).
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace berth {

class SchemaCheck {
 public:
  using Json = nlohmann::json;
  explicit SchemaCheck(const std::string& schema) : root_(Json::parse(schema)) {}

  std::vector<std::string> errors(const Json& document) {
    errors_.clear();
    check(root_, document, "");
    return errors_;
  }

 private:
  bool passes(const Json& schema, const Json& value, const std::string& at) {
    SchemaCheck part(*this);
    part.errors_.clear();
    part.check(schema, value, at);
    return part.errors_.empty();
  }

  static bool is_type(const std::string& type, const Json& value) {
    return type == "object"    ? value.is_object()
           : type == "array"   ? value.is_array()
           : type == "string"  ? value.is_string()
           : type == "boolean" ? value.is_boolean()
           : type == "null"    ? value.is_null()
           : type == "integer" ? value.is_number_integer()
           : type == "number"  ? value.is_number()
                               : false;
  }

  void fail(const std::string& at, const std::string& why) { errors_.push_back(at + ": " + why); }

  void check(const Json& schema, const Json& value, const std::string& at) {
    for (const auto& [keyword, rule] : schema.items()) check_keyword(schema, keyword, rule, value, at);
  }

  void check_keyword(const Json& schema, const std::string& keyword, const Json& rule,
                     const Json& value, const std::string& at) {
    static const std::set<std::string> silent{"$schema", "title", "description", "definitions",
                                              "pattern"};
    if (silent.contains(keyword)) return;
    if (keyword == "$ref") {
      const std::string name = rule.get<std::string>().substr(std::string{"#/definitions/"}.size());
      check(root_.at("definitions").at(name), value, at);
    } else if (keyword == "type") {
      const Json types = rule.is_array() ? rule : Json::array({rule});
      bool any = false;
      for (const Json& type : types) any = any || is_type(type, value);
      if (!any) fail(at, "is not of type " + rule.dump());
    } else if (keyword == "enum") {
      if (std::find(rule.begin(), rule.end(), value) == rule.end()) fail(at, "not in " + rule.dump());
    } else if (keyword == "const") {
      if (value != rule) fail(at, "is not " + rule.dump());
    } else if (keyword == "minimum") {
      if (value.is_number() && value < rule) fail(at, "is below " + rule.dump());
    } else if (keyword == "required") {
      for (const Json& name : rule)
        if (value.is_object() && !value.contains(name)) fail(at, "lacks " + name.dump());
    } else if (keyword == "properties") {
      if (!value.is_object()) return;
      for (const auto& [name, part] : rule.items())
        if (value.contains(name)) check(part, value.at(name), at + "/" + name);
    } else if (keyword == "additionalProperties") {
      if (!value.is_object()) return;
      for (const auto& [name, part] : value.items()) {
        if (schema.contains("properties") && schema.at("properties").contains(name)) continue;
        if (rule.is_object()) check(rule, part, at + "/" + name);
        else if (rule == false) fail(at, "has the unknown field " + name);
      }
    } else if (keyword == "items") {
      if (!value.is_array()) return;
      for (std::size_t i = 0; i < value.size(); ++i)
        check(rule, value[i], at + "/" + std::to_string(i));
    } else if (keyword == "anyOf") {
      bool any = false;
      for (const Json& choice : rule) any = any || passes(choice, value, at);
      if (!any) fail(at, "matches none of anyOf");
    } else if (keyword == "allOf") {
      for (const Json& each : rule) check(each, value, at);
    } else {
      fail(at, "uses the keyword " + keyword + " this check does not know");
    }
  }

  Json root_;
  std::vector<std::string> errors_;
};

}  // namespace berth
