// One random number of a study: what each replication measured, and the estimate over them.
//
// A replication may have nothing to say (no job of the class started, the replication failed): its
// value is absent, and the estimate's n counts only those that spoke. Values stand at their
// replication's number, so two placements of one study can be paired.
// Tested by tests/planner/summarise_test.cpp.
#pragma once

#include <optional>
#include <vector>

#include "models/estimate.h"

namespace berth {

struct Figure {
  std::vector<std::optional<double>> values;  // by replication number

  std::optional<Estimate> estimate() const;  // absent when no replication spoke
  bool any_above(double limit) const;        // in any replication
  bool operator==(const Figure&) const = default;
};

// The estimate's mean; 0 when no replication spoke.
double mean_or_zero(const Figure& figure);

// `after - before`, over the replications in which both spoke. Absent when there is none.
std::optional<Estimate> difference(const Figure& before, const Figure& after);

}  // namespace berth
