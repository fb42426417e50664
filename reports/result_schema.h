// The JSON Schema (draft-07) of what reports/json.h writes. Objects are closed: a field the schema
// does not know is an error, so neither can change without the other. tests/reports/json_test.cpp
// holds them together, a ctest with python3-jsonschema does so for a real run.
#pragma once

#include <string>

namespace berth {

std::string result_schema();      // one result, or an array of them
std::string comparison_schema();

}  // namespace berth
