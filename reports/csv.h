// A result or a comparison as one long ("tidy") table: a row a figure, for spreadsheets and data
// frames. Columns:
//
//   result      scenario,placement,metric,workload,part,unit,mean,low,high,n
//   comparison  base,other,metric,workload,part,unit,before,after,difference,low,high,n,relative,verdict
//
// Metrics and units as in planner/figures.h; low and high are empty with one replication; a figure
// nobody could measure has no row. Quoted as RFC 4180 says. Tested by tests/reports/csv_test.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "reports/comparison_report.h"
#include "reports/result.h"

namespace berth {

std::string csv_report(std::span<const Result> results);
std::string csv_report(const ComparisonReport& report);

// Quoted when it must be. A text that a spreadsheet would run as a formula ("=1+2", "@cmd") stands behind
// an apostrophe: names are a stranger's, files are opened by others.
std::string csv_field(std::string_view text);

// Prices are known since a day, a month or a year; a column of dates has days: the period's first.
std::string first_day(std::string_view as_of);

}  // namespace berth
