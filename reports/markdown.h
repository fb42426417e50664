// A result or a comparison as Markdown, for a pull request or a wiki: the same choice of figures as
// the table, in pipe tables. Names are escaped. Tested by tests/reports/markdown_test.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "reports/comparison_report.h"
#include "reports/result.h"

namespace berth {

std::string markdown_report(std::span<const Result> results);
std::string markdown_report(const ComparisonReport& report);

std::string markdown_text(std::string_view text);  // with what Markdown would read escaped

}  // namespace berth
