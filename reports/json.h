// A result or a comparison as JSON: "schema": "berth/result/1" or "berth/comparison/1".
//
// Every random figure is {mean, low, high, n} over replications; low and high are null with one
// replication, and the figure itself is null where no replication had anything to measure. Units are
// in the names. Field order is fixed. The matching JSON Schema is reports/result_schema.h.
// Tested by tests/reports/json_test.cpp.
#pragma once

#include <span>
#include <string>

#include "reports/comparison_report.h"
#include "reports/result.h"

namespace berth {

// One result is an object, several are an array of such objects. Ends with a newline.
std::string json_report(std::span<const Result> results);
std::string json_report(const ComparisonReport& report);

}  // namespace berth
