#include "reports/read_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "planner/objective.h"
#include "reports/explain.h"
#include "reports/plan_report.h"
#include "reports/schema_check.h"

namespace berth {

nlohmann::json read_plan_document(const std::string& json) {
  constexpr std::size_t kErrorsShown = 3;
  using Json = nlohmann::json;
  bool simulated = false;
  const auto keep = [&](int depth, Json::parse_event_t event, const Json& key) {
    if (event != Json::parse_event_t::key || depth != 1 || key != "simulated") return true;
    simulated = true;
    return false;
  };
  Json document = Json::parse(json, keep, false);
  if (simulated && document.is_object()) document["simulated"] = nullptr;
  const auto schema_of = document.is_object() ? document.find("schema") : document.end();
  if (schema_of == document.end() || *schema_of != kPlanSchema) throw NoPlan("this is no plan (berth/plan/1)");
  static const std::string schema = plan_schema();
  const auto errors = schema_errors(schema, document, kErrorsShown);
  if (!errors.empty())
    throw NoPlan(
        fmt::format("this plan is not as berth writes one: {}\n"
                    "  hint: it was changed by hand or by another berth: make it anew",
                    fmt::join(errors, "; ")));
  return document;
}

PlanFile::PlanFile(const std::string& json)
    : document_(std::make_shared<const nlohmann::json>(read_plan_document(json))) {}

std::vector<std::string> PlanFile::inputs_changed(const std::vector<InputFile>& here) const {
  std::vector<std::pair<std::string, std::string>> then, now;
  for (const auto& input : document_->at("inputs"))
    then.emplace_back(input.at("name"), input.at("sha256"));
  for (const InputFile& input : here) now.emplace_back(input.name, input.sha256);
  std::vector<std::string> words;
  for (const auto& [name, digest] : then)
    if (std::ranges::find(now, std::pair(name, digest)) == now.end()) words.push_back(name);
  for (const auto& [name, digest] : now)
    if (std::ranges::find(then, std::pair(name, digest)) == then.end() &&
        std::ranges::find(words, name) == words.end())
      words.push_back(name);
  return words;
}

std::optional<double> PlanFile::analytic_error() const {
  const nlohmann::json& error = document_->at("analytic_error");
  return error.is_null() ? std::nullopt : std::optional(error.get<double>());
}

Objective PlanFile::objective() const {
  const std::string name = document_->at("objective");
  if (const auto objective = objective_named(name)) return *objective;
  throw NoPlan(fmt::format("its objective \"{}\" is none that a plan may have", name));
}

Plan PlanFile::recommends() const {
  Plan plan{.objective = document_->at("objective"), .unit = document_->at("unit")};
  if (const nlohmann::json& chosen = document_->at("recommendation"); !chosen.is_null()) {
    plan.candidates.push_back({.name = chosen.at("name")});
    plan.recommendation = 0;
  }
  for (const nlohmann::json& w : document_->at("workloads"))
    plan.workloads.push_back({.kind = w.at("kind"), .name = w.at("name"), .home = w.at("home")});
  return plan;
}

std::string PlanFile::unfinished_because() const {
  return document_->at("finished").get<bool>() ? "" : document_->at("unfinished_because").get<std::string>();
}

}  // namespace berth
