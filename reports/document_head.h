// What every document begins with: what it was made with and of. The schema of it is
// json_schema::headed. For reports/*.cpp only: it brings nlohmann/json along. Tested by the documents' own
// tests.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "reports/result.h"

namespace berth {

nlohmann::ordered_json made_with(std::string_view schema,
                                 const Provenance& from);  // and which engine
void add_source(nlohmann::ordered_json& document,
                const Provenance& from);  // scenario, prices, seed
nlohmann::ordered_json document_head(std::string_view schema, const Provenance& from);  // both

}  // namespace berth
