// The JSON Schemas of what `berth flip --format json` and `berth breakeven --format json` write. Tested by
// tests/reports/plan_report_test.cpp and tests/reports/break_even_report_test.cpp.
#pragma once

#include <string>
#include <string_view>

namespace berth {

inline constexpr std::string_view kBreakEvenSchema = "berth/breakeven/1";

std::string flip_schema();        // "berth/flip/1"
std::string break_even_schema();  // "berth/breakeven/1"

}  // namespace berth
