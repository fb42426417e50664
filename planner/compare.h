// What changes between two placements, or one placement under two scenarios: after - before, paired
// replication by replication. Both saw the same jobs, requests and luck wherever their streams are
// the same, so the difference is sharper than two separate intervals would say.
//
// A difference is clear when its interval leaves zero out. That is 95 % for each figure alone, not
// for all of them together: of a hundred figures that do not differ, about five look clear.
// Tested by tests/planner/compare_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "planner/figures.h"
#include "planner/summary.h"

namespace berth {

enum class Verdict {
  same,         // no replication differs
  clear,        // the interval leaves zero out
  not_clear,    // it does not: more replications may tell
  cannot_tell,  // one pair of replications has no interval
};
std::string_view to_text(Verdict verdict);

struct Change {
  FigureName name;
  Estimate before, after, difference;  // over the replications both have
  std::optional<double> relative;      // difference / before; absent where before is zero
  Verdict verdict = Verdict::same;
};

struct Comparison {
  std::string base, other;                  // labels: "hybrid", or "lyft-hybrid: hybrid"
  std::vector<Change> changes;              // in the order of figures()
  std::vector<FigureName> only_base, only_other;  // figures the other side does not have
};

Verdict verdict_of(const Estimate& difference);

Comparison compare(const std::string& base_label, std::span<const NamedFigure> base,
                   const std::string& other_label, std::span<const NamedFigure> other);
Comparison compare(const std::string& base_label, const Summary& base,
                   const std::string& other_label, const Summary& other);

}  // namespace berth
