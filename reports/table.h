// A result or a comparison as text for a terminal, at most 100 columns wide.
//
// Per placement: cost per month with its largest lines; start latency p50, p95 and p99 of every
// training class by phase; serving latency and the share of requests within the limit. Intervals are
// 95 % over replications. Phases are quantiles of their own: they need not add up to the total.
// Tested by tests/reports/table_test.cpp.
#pragma once

#include <string>

#include "reports/comparison_report.h"
#include "reports/result.h"

namespace berth {

std::string table_report(const Result& result, bool color);
std::string table_report(const ComparisonReport& report, bool color);

}  // namespace berth
