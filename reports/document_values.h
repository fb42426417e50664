// The documents of a report as values, each kind in the order given. Only for reports/*.cpp: it
// brings nlohmann/json along.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/documents.h"
#include "reports/read_result.h"

namespace berth {

struct StoredDocument {
  std::string file;
  nlohmann::json json;
};
struct ResultDocument {
  std::string file;
  nlohmann::json json;
  StoredResult result;
};

// What it simulated stands beside it, not in its JSON: of some candidates, in full.
struct PlanDocument {
  std::string file;
  nlohmann::json json;
  std::optional<ResultDocument> simulated;
};

struct DocumentValues {
  std::vector<ResultDocument> results;
  std::vector<PlanDocument> plans;
  std::vector<StoredDocument> flips, break_evens;
};

}  // namespace berth
