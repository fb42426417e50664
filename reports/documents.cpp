#include "reports/documents.h"

#include "reports/document_values.h"
#include "reports/flip_schema.h"
#include "reports/plan_report.h"
#include "reports/stored.h"

namespace berth {
namespace {

ResultDocument result_of(const std::string& file, nlohmann::json json) {
  StoredResult result = read_result(json);
  return {file, std::move(json), std::move(result)};
}

PlanDocument plan_of(const std::string& file, nlohmann::json json) {
  PlanDocument plan{.file = file};
  if (auto& simulated = json.at("simulated"); !simulated.is_null())
    plan.simulated = result_of(file, std::move(simulated));
  json.erase("simulated");
  plan.json = std::move(json);
  return plan;
}

}  // namespace

Documents::Documents(const std::vector<StoredText>& texts) {
  DocumentValues values;
  const std::vector<std::string> kinds{std::string{kResultSchema}, std::string{kPlanSchema},
                                       std::string{kFlipSchema}, std::string{kBreakEvenSchema}};
  for (const StoredText& text : texts)
    for (nlohmann::json& one : stored_documents(text.text, text.name, kinds)) {
      const auto& schema = one.at("schema");
      if (schema == kPlanSchema)
        values.plans.push_back(plan_of(text.name, std::move(one)));
      else if (schema == kFlipSchema)
        values.flips.push_back({text.name, std::move(one)});
      else if (schema == kBreakEvenSchema)
        values.break_evens.push_back({text.name, std::move(one)});
      else
        values.results.push_back(result_of(text.name, std::move(one)));
    }
  values_ = std::make_shared<const DocumentValues>(std::move(values));
}

}  // namespace berth
