// The answer of a result in one sentence: which placement is the cheapest that meets every goal,
// and how sure that is: the paired difference to the next. Tested by tests/reports/answer_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "planner/gate.h"

namespace berth {

// What a placement misses: services below their goal, backlogs that grow. Empty: it meets every
// goal.
std::vector<std::string> missed_goals(const GateSide& placement);

struct Answer {
  std::string sentence;
  std::optional<std::size_t> best;  // position; absent when no placement meets every goal
};
Answer answer_of(std::span<const GateSide> placements);

const Figure* find_figure(const GateSide& placement, const FigureName& name);

}  // namespace berth
