// The answer of a result in one sentence: which placement is the cheapest that meets every goal,
// and how sure that is: the paired difference to the next. Tested by tests/reports/answer_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "planner/gate.h"

namespace berth {

// What a placement misses: services and starts below their goal, deadlines, backlogs that grow, jobs
// that fail. Empty: it meets every goal.
std::vector<std::string> missed_goals(const GateSide& placement);
// How many it could miss: what is asked of it, and that demand is met and jobs end where they do not.
std::size_t goals_of(const GateSide& placement);

struct Answer {
  std::string sentence;
  std::optional<std::size_t> best;  // position; absent when no placement meets every goal
};
Answer answer_of(std::span<const GateSide> placements);

}  // namespace berth
