// Text inside HTML and XML: what they would read is escaped, in elements and in quoted attributes;
// control characters, which XML has no place for, become spaces.
// Tested by tests/reports/markup_test.cpp.
#pragma once

#include <string>
#include <string_view>

namespace berth {

std::string markup_text(std::string_view text);

}  // namespace berth
