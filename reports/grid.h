// Rows and columns as aligned text, and sentences broken into lines. Widths are counted in characters of UTF-8, not bytes ("±" is
// one), and colour codes never count. A column may be limited: longer text ends in "…".
// Left out: double-width and combining characters. Tested by tests/reports/grid_test.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

enum class Style { plain, bold, dim, good, bad };
std::string styled(std::string_view text, Style style, bool color);

std::size_t width_of(std::string_view text);
std::string shortened(std::string_view text, std::size_t width);

// A sentence broken at spaces, 98 wide; the lines after the first begin with `indent`. A number is
// not parted from its unit and its interval.
std::string wrapped(std::string_view first_indent, std::string_view indent, std::string_view text);

struct Column {
  std::string title;  // no title row when all are empty
  enum class Align { left, right } align = Align::right;
  std::size_t at_most = 100;
};

struct Cell {
  std::string text;
  Style style = Style::plain;
};

class Grid {
 public:
  explicit Grid(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  // Every line begins with `indent`; two spaces between columns; no spaces at the end of a line.
  std::string text(std::string_view indent, bool color) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace berth
