// Comparisons as a document: the base first, then what each other side changes against it.
#pragma once

#include <string>
#include <vector>

#include "planner/compare.h"
#include "reports/result.h"

namespace berth {

struct ComparisonReport {
  std::vector<Provenance> from;         // base first; one when placements of one scenario are compared
  std::vector<Comparison> comparisons;
  std::vector<std::string> notes;       // placements only one side has
  std::vector<FailedReplication> failures;
};

}  // namespace berth
