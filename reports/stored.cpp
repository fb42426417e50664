#include "reports/stored.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/check_schema.h"
#include "reports/flip_schema.h"
#include "reports/gate_report.h"
#include "reports/plan_report.h"
#include "reports/read_result.h"
#include "reports/result_schema.h"
#include "reports/schema_check.h"

namespace berth {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kErrorsShown = 5;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& hint = "") {
  throw Unreadable(where + ": error: " + what + (hint.empty() ? "" : "\n  hint: " + hint));
}

// Line and column of a byte, both from 1.
std::string place_of(const std::string& name, std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto start = before.rfind('\n');
  return fmt::format("{}:{}:{}", name, line,
                     start == std::string_view::npos ? before.size() + 1 : before.size() - start);
}

Json parse(std::string_view text, const std::string& name) {
  if (std::ranges::all_of(text,
                          [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }))
    refuse(name, "the file is empty");
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::size_t byte = error.byte > 0 ? error.byte - 1 : 0;
    const std::string place = place_of(name, text, byte);
    if (byte >= text.size())
      refuse(place, "the JSON breaks off here", "was the file written completely?");
    refuse(place, "this is not JSON",
           "a result is what `berth simulate --format json -o FILE` writes");
  } catch (const Json::exception&) {
    refuse(name, "this is not JSON berth can hold (a number or a text is out of range)");
  }
}

struct Kind {
  std::string name;  // "result" of "berth/result/1"
  std::string version;
};
std::optional<Kind> kind_of(const std::string& schema) {
  if (!schema.starts_with("berth/")) return std::nullopt;
  const auto slash = schema.rfind('/');
  if (slash < 7) return std::nullopt;
  return Kind{schema.substr(6, slash - 6), schema.substr(slash + 1)};
}

// What was written by this tool but is not what was asked for, or is of another time.
void refuse_kind(const std::string& name, const std::string& schema,
                 const std::vector<std::string>& kinds) {
  std::string wanted;
  for (const std::string& kind : kinds) wanted += (wanted.empty() ? "" : " or ") + kind;
  const auto is = kind_of(schema);
  for (const std::string& one : kinds) {
    const auto want = kind_of(one);
    if (!is || is->name != want->name) continue;
    const bool newer = is->version.size() > want->version.size() ||
                       (is->version.size() == want->version.size() && is->version > want->version);
    refuse(name, fmt::format("this file is \"{}\", this berth reads \"{}\"", schema, one),
           newer ? "it was written by a newer berth: update this one"
                 : "it was written by an older berth: make it anew");
  }
  refuse(name, fmt::format("expected {}, found \"{}\"", wanted, schema));
}

std::string schema_text(const std::string& schema) {
  if (schema == kResultSchema) return result_schema();
  if (schema == kComparisonSchema) return comparison_schema();
  if (schema == kPlanSchema) return plan_schema();
  if (schema == kCheckSchema) return check_schema();
  if (schema == kFlipSchema) return flip_schema();
  if (schema == kBreakEvenSchema) return break_even_schema();
  return "";
}

void check_document(const Json& document, const std::string& name, const std::string& at,
                    const std::vector<std::string>& kinds) {
  if (!document.is_object() || !document.contains("schema") || !document.at("schema").is_string())
    refuse(name, (at.empty() ? "this file" : at) + " has no \"schema\": berth did not write it",
           "expected \"schema\": \"" + kinds.front() + "\"");
  const auto schema = document.at("schema").get<std::string>();
  if (std::ranges::find(kinds, schema) == kinds.end()) refuse_kind(name, schema, kinds);
  const std::string rules = schema_text(schema);
  if (rules.empty()) return;
  const auto errors = schema_errors(rules, document, kErrorsShown);
  if (errors.empty()) return;
  std::string text;
  for (const std::string& error : errors)
    text += fmt::format("{}{}: error: {}{}", text.empty() ? "" : "\n", name, at, error);
  throw Unreadable(text + "\n  hint: it was changed by hand or by an earlier berth: make it anew");
}

}  // namespace

std::vector<Json> stored_documents(std::string_view text, const std::string& name,
                                   const std::vector<std::string>& kinds) {
  Json document = parse(text, name);
  std::vector<Json> list;
  if (!document.is_array()) {
    check_document(document, name, "", kinds);
    list.push_back(std::move(document));
    return list;
  }
  if (document.empty()) refuse(name, "the list is empty");
  for (std::size_t i = 0; i < document.size(); ++i) {
    check_document(document[i], name, "/" + std::to_string(i), kinds);
    list.push_back(std::move(document[i]));
  }
  return list;
}

}  // namespace berth
