// A JSON document against one of our own JSON Schemas (draft-07): what is wrong with it and where.
// The schema a file is written by is the one it is read by, so a reader past this check checks
// nothing.
//
// Knows what our schemas use: $ref to #/definitions, type, enum, const, properties, required,
// additionalProperties, items, anyOf, allOf, minimum. A keyword it does not know is an error, so it
// cannot pass by not looking (descriptions, titles and patterns excepted).
// Tested by tests/reports/schema_check_test.cpp.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace berth {

// "/placements/0/name: is not of type \"string\"", in the order of the schema, at most `at_most`.
std::vector<std::string> schema_errors(const std::string& schema, const nlohmann::json& document,
                                       std::size_t at_most = 1000);

}  // namespace berth
