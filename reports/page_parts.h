// What the page and the report in Markdown say alike of a placement. Tested by tests/reports/page_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/gate.h"

namespace berth {

std::optional<Estimate> estimate_of(const GateSide& side, const FigureName& name);
std::optional<Estimate> slowest_start(const GateSide& side);  // of the classes' p95
std::string goals_text(const GateSide& side, const std::vector<std::string>& missed);

}  // namespace berth
