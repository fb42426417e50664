// A result file back as values: what `check` needs of it to compare it with a run of today. Strict:
// reports/stored.h says what is refused. Tested by tests/reports/read_result_test.cpp.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "planner/gate.h"
#include "reports/result.h"

namespace berth {

// A file that cannot be used, in words for the user (several lines): exit code 2.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct StoredResult {
  Provenance from;
  std::vector<GateSide> placements;
  std::size_t failures = 0;
};

StoredResult read_result(const nlohmann::json& document);  // that stored_documents has checked
// One for each scenario in the file. `name` stands in messages.
std::vector<StoredResult> read_results(std::string_view text, const std::string& name);

}  // namespace berth
