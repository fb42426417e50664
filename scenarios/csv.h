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

// Blank lines, comments and a byte order mark are left out; cells are trimmed.
std::vector<CsvRow> read_csv(std::string_view text);

// Whether a first line can be one of titles: no cell of it begins as a number does. A number or date
// with a mistake in it is a mistake, never a title.
bool is_header(const CsvRow& row);
// Of a row that has not as many cells as the header: what is wrong with it; "" if it has.
std::string wrong_width(const CsvRow& row, std::size_t columns);

}  // namespace berth
