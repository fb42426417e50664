// A result as a JSON value, for documents that hold one, and how our documents are written. Only for
// reports/*.cpp: it brings nlohmann/json along. Tested by tests/reports/json_test.cpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "reports/result.h"

namespace berth {

nlohmann::ordered_json result_document(const Result& result);

// Indented, a figure a line, a list of numbers on one; ends with a newline.
std::string json_text(const nlohmann::ordered_json& document);

}  // namespace berth
