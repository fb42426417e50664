// JSON that a berth wrote, read back: what kind it is, and whether this berth understands it.
// Everything that is wrong is said with the place, once, before anybody uses a field.
//
// Refused: what is not JSON or breaks off (with line and column), a file without "schema", a kind
// that was not asked for, another version of it, fields that are missing or unknown (a result of an
// earlier state of the same version says so). Only for reports/*.cpp and tests: it brings
// nlohmann/json along. Tested by tests/reports/stored_test.cpp.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

// `name` stands in messages. A list of results is one document each. Throws Unreadable
// (reports/read_result.h).
std::vector<nlohmann::json> stored_documents(std::string_view text, const std::string& name,
                                             const std::vector<std::string>& kinds);

}  // namespace berth
