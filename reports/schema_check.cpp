#include "reports/schema_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string_view>

namespace berth {
namespace {

using Json = nlohmann::json;

bool is_type(const std::string& type, const Json& value) {
  return type == "object"    ? value.is_object()
         : type == "array"   ? value.is_array()
         : type == "string"  ? value.is_string()
         : type == "boolean" ? value.is_boolean()
         : type == "null"    ? value.is_null()
         : type == "integer" ? value.is_number_integer()
         : type == "number"  ? value.is_number()
                             : false;
}

class Check {
 public:
  Check(const Json& root, std::size_t at_most) : root_(root), at_most_(at_most) {}

  void check(const Json& schema, const Json& value, const std::string& at) {
    for (const auto& [keyword, rule] : schema.items()) {
      if (errors.size() >= at_most_) return;
      check_keyword(schema, keyword, rule, value, at);
    }
  }
  std::vector<std::string> errors;

 private:
  void fail(const std::string& at, const std::string& why) {
    errors.push_back((at.empty() ? "the document" : at) + ": " + why);
  }

  void check_keyword(const Json& schema, const std::string& keyword, const Json& rule,
                     const Json& value, const std::string& at) {
    static const std::set<std::string> silent{"$schema", "title", "description", "definitions"};
    if (silent.contains(keyword)) return;
    if (keyword == "$ref") {
      constexpr std::string_view prefix = "#/definitions/";
      check(root_.at("definitions").at(rule.get<std::string>().substr(prefix.size())), value, at);
    } else if (keyword == "type") {
      check_type(rule, value, at);
    } else if (keyword == "enum") {
      if (std::find(rule.begin(), rule.end(), value) == rule.end())
        fail(at, "not in " + rule.dump());
    } else if (keyword == "const") {
      if (value != rule) fail(at, "is not " + rule.dump());
    } else if (keyword == "pattern") {
      if (value.is_string() &&
          !std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())))
        fail(at, "is not written as " + rule.dump());
    } else if (keyword == "minItems") {
      if (value.is_array() && value.size() < rule.get<std::size_t>())
        fail(at, fmt::format("has fewer than {} elements", rule.get<std::size_t>()));
    } else if (keyword == "minimum") {
      if (value.is_number() && value < rule) fail(at, "is below " + rule.dump());
    } else if (keyword == "required") {
      if (!value.is_object()) return;
      for (const Json& name : rule)
        if (!value.contains(name)) fail(at, "lacks " + name.dump());
    } else if (keyword == "properties") {
      if (!value.is_object()) return;
      for (const auto& [name, part] : rule.items())
        if (value.contains(name)) check(part, value.at(name), at + "/" + name);
    } else if (keyword == "additionalProperties") {
      check_others(schema, rule, value, at);
    } else if (keyword == "items") {
      if (!value.is_array()) return;
      for (std::size_t i = 0; i < value.size() && errors.size() < at_most_; ++i)
        check(rule, value[i], at + "/" + std::to_string(i));
    } else if (keyword == "anyOf") {
      check_any(rule, value, at);
    } else if (keyword == "allOf") {
      for (const Json& each : rule) check(each, value, at);
    } else {
      fail(at, "uses the keyword " + keyword + " this check does not know");
    }
  }

  void check_type(const Json& rule, const Json& value, const std::string& at) {
    if (rule.is_string() && is_type(rule.get<std::string>(), value)) return;
    if (rule.is_array() &&
        std::ranges::any_of(rule, [&](const Json& type) { return is_type(type, value); }))
      return;
    fail(at, "is not of type " + rule.dump());
  }

  void check_others(const Json& schema, const Json& rule, const Json& value,
                    const std::string& at) {
    if (!value.is_object()) return;
    for (const auto& [name, part] : value.items()) {
      if (schema.contains("properties") && schema.at("properties").contains(name)) continue;
      if (rule.is_object())
        check(rule, part, at + "/" + name);
      else if (rule == false)
        fail(at, "has the unknown field " + Json(name).dump());
    }
  }

  // Of several choices the one of the right type with the fewest errors is what the writer meant.
  void check_any(const Json& choices, const Json& value, const std::string& at) {
    std::vector<std::string> fewest;
    std::size_t least = 0;
    const std::string of_another_type = (at.empty() ? "the document" : at) + ": is not of type";
    for (const Json& choice : choices) {
      Check part(root_, at_most_);
      part.check(choice, value, at);
      if (part.errors.empty()) return;
      const bool other = part.errors.front().starts_with(of_another_type);
      const std::size_t badness = part.errors.size() + (other ? at_most_ : 0);
      if (fewest.empty() || badness < least) {
        least = badness;
        fewest = std::move(part.errors);
      }
    }
    errors.insert(errors.end(), fewest.begin(), fewest.end());
  }

  const Json& root_;
  std::size_t at_most_;
};

}  // namespace

std::vector<std::string> schema_errors(const std::string& schema, const nlohmann::json& document,
                                       std::size_t at_most) {
  const Json root = Json::parse(schema);
  Check check(root, at_most);
  check.check(root, document, "");
  if (check.errors.size() > at_most) check.errors.resize(at_most);
  return check.errors;
}

}  // namespace berth
