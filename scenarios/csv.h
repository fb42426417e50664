// The little of CSV that traces and samples need: comma-separated lines, quotes as in RFC 4180
// without line breaks inside them, "#" comments, an optional header line.
// Tested by tests/scenarios/trace_test.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth {

struct CsvRow {
  int line = 0;
  std::vector<std::string> cells;
};

// Blank lines and comments are left out; cells are trimmed.
std::vector<CsvRow> read_csv(std::string_view text);

}  // namespace berth
