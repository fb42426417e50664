#include "reports/documents.h"

#include "reports/document_values.h"
#include "reports/flip_schema.h"
#include "reports/plan_report.h"
#include "reports/stored.h"

namespace berth {

Documents::Documents(const std::vector<StoredText>& texts) {
  DocumentValues values;
  const std::vector<std::string> kinds{std::string{kResultSchema}, std::string{kPlanSchema},
                                       std::string{kFlipSchema}, std::string{kBreakEvenSchema}};
  for (const StoredText& text : texts)
    for (nlohmann::json& one : stored_documents(text.text, text.name, kinds)) {
      const auto& schema = one.at("schema");
      if (schema == kPlanSchema)
        values.plans.push_back({text.name, std::move(one)});
      else if (schema == kFlipSchema)
        values.flips.push_back({text.name, std::move(one)});
      else if (schema == kBreakEvenSchema)
        values.break_evens.push_back({text.name, std::move(one)});
      else {
        StoredResult result = read_result(one);
        values.results.push_back({text.name, std::move(one), std::move(result)});
      }
    }
  values_ = std::make_shared<const DocumentValues>(std::move(values));
}

}  // namespace berth
