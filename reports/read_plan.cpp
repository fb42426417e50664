#include "reports/read_plan.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/plan_report.h"
#include "reports/schema_check.h"

namespace berth {

nlohmann::json read_plan_document(const std::string& json) {
  constexpr std::size_t kErrorsShown = 3;
  nlohmann::json document = nlohmann::json::parse(json, nullptr, false);
  if (schema_of(json) != kPlanSchema) throw NoPlan("this is no plan (berth/plan/1)");
  static const std::string schema = plan_schema();
  const auto errors = schema_errors(schema, document, kErrorsShown);
  if (!errors.empty())
    throw NoPlan(
        fmt::format("this plan is not as berth writes one: {}\n"
                    "  hint: it was changed by hand or by another berth: make it anew",
                    fmt::join(errors, "; ")));
  return document;
}

}  // namespace berth
