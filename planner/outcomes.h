// The outcomes of one Placement, read number by number into Figures. Only for planner/summarise*.
#pragma once

#include <optional>
#include <span>

#include "models/outcome.h"
#include "planner/figure.h"

namespace berth {

struct Outcomes {
  std::span<const std::optional<Outcome>> by_replication;

  // read(outcome) is a number or an optional one; a failed replication stays silent.
  template <class Read>
  Figure each(Read read) const {
    Figure figure;
    for (const std::optional<Outcome>& outcome : by_replication)
      figure.values.push_back(outcome ? std::optional<double>(read(*outcome)) : std::nullopt);
    return figure;
  }
};

// A share of nothing is not zero, it is unknown.
inline std::optional<double> share(double part, double whole) {
  return whole > 0 ? std::optional(part / whole) : std::nullopt;
}

}  // namespace berth
