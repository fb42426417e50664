// The JSON Schema of what `berth check --format json` writes. Tested by tests/reports/gate_report_test.cpp.
#pragma once

#include <string>

namespace berth {

std::string check_schema();  // "berth/check/1"

}  // namespace berth
