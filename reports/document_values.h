// The documents of a report as values, each kind in the order given. Only for reports/*.cpp: it
// brings nlohmann/json along.
#pragma once

#include <nlohmann/json.hpp>
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

struct DocumentValues {
  std::vector<ResultDocument> results;
  std::vector<StoredDocument> plans, flips, break_evens;
};

}  // namespace berth
