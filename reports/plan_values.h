// What people read of a plan, back from its file: with it reports say of a file what they say of the
// plan itself. Figures hold one value each, their mean; placements, what was simulated in full, why
// the rest was not taken and the correction of the formulas stay in the file. Only for reports/*.cpp:
// it brings nlohmann/json along.
// Tested by tests/reports/plan_words_test.cpp.
#pragma once

#include <nlohmann/json.hpp>

#include "planner/plan.h"

namespace berth {

Plan plan_values(const nlohmann::json& document);
LimitCheck limit_check(const nlohmann::json& check);
std::optional<Estimate> estimate_value(const nlohmann::json& estimate);

}  // namespace berth
