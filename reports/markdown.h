// What every Markdown form is made of, for a pull request or a wiki, and a comparison in it: pipe
// tables, names escaped. Results and plans: reports/page.h. Tested by tests/reports/markdown_test.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/comparison_report.h"

namespace berth {

std::string markdown_report(const ComparisonReport& report);

std::string markdown_text(std::string_view text);  // with what Markdown would read escaped
// Cells are Markdown already. Of a header's columns the first goes to the left, numbers to the right.
std::string markdown_row(const std::vector<std::string>& cells);
std::string markdown_header(const std::vector<std::string>& titles);

}  // namespace berth
