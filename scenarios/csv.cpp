#include "scenarios/csv.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::vector<std::string> split_cells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool in_quotes = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (in_quotes && line.substr(i).starts_with("\"\""))
      cells.back() += line[i++];
    else if (line[i] == '"')
      in_quotes = !in_quotes;
    else if (line[i] == ',' && !in_quotes)
      cells.emplace_back();
    else
      cells.back() += line[i];
  }
  for (std::string& cell : cells) cell = std::string(trimmed(cell));
  return cells;
}

}  // namespace

std::vector<CsvRow> read_csv(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // as Excel writes
  std::vector<CsvRow> rows;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view content = trimmed(text.substr(0, end));
    if (!content.empty() && content.front() != '#') rows.push_back({line, split_cells(content)});
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return rows;
}

bool is_header(const CsvRow& row) {
  return std::ranges::none_of(row.cells, [](const std::string& cell) {
    return !cell.empty() && std::string_view("0123456789+-.").find(cell[0]) != std::string::npos;
  });
}


std::string wrong_width(const CsvRow& row, std::size_t columns) {
  if (row.cells.size() == columns) return "";
  return fmt::format("{} cell{} in a file of {} columns", row.cells.size(), row.cells.size() == 1 ? "" : "s", columns);
}

}  // namespace berth
