// A cluster in one of the shapes it could have, beside the one that was chosen, in a line.
// Tested by tests/reports/plan_report_test.cpp.
#pragma once

#include <optional>
#include <string>

namespace berth {

// analytic: of its best choice; best: of the chosen shape's; breaks: a limit, or "".
std::string variant_line(const std::string& name, bool chosen, std::optional<double> analytic,
                         std::optional<double> best, const std::string& breaks, bool by_formulas);

}  // namespace berth
