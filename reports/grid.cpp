#include "reports/grid.h"

#include <algorithm>

namespace berth {
namespace {

bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

std::string padded(const Cell& cell, const Column& column, std::size_t width, bool color) {
  const std::string text = shortened(cell.text, width);
  const std::string space(width - width_of(text), ' ');
  const std::string shown = styled(text, cell.style, color);
  return column.align == Column::Align::left ? shown + space : space + shown;
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string styled(std::string_view text, Style style, bool color) {
  if (!color || style == Style::plain || text.empty()) return std::string{text};
  constexpr std::string_view codes[] = {"", "\033[1m", "\033[2m", "\033[32m", "\033[31m"};
  return std::string{codes[static_cast<std::size_t>(style)]} + std::string{text} + "\033[0m";
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

std::string shortened(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string{text};
  std::size_t bytes = 0;
  for (std::size_t seen = 0; bytes < text.size(); ++bytes)
    if (starts_character(text[bytes]) && ++seen == width) break;
  return std::string{text.substr(0, bytes)} + "…";
}

std::string Grid::text(std::string_view indent, bool color) const {
  std::vector<std::vector<Cell>> lines;
  const bool titled =
      std::ranges::any_of(columns_, [](const Column& column) { return !column.title.empty(); });
  if (titled) {
    auto& head = lines.emplace_back();
    for (const Column& column : columns_) head.push_back({column.title, Style::dim});
  }
  lines.insert(lines.end(), rows_.begin(), rows_.end());

  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], std::min(width_of(line[i].text), columns_[i].at_most));

  std::string text;
  for (const auto& line : lines) {
    std::string out{indent};
    for (std::size_t i = 0; i < line.size(); ++i)
      out += (i == 0 ? "" : "  ") + padded(line[i], columns_[i], widths[i], color);
    text += without_trailing_spaces(std::move(out)) + "\n";
  }
  return text;
}

}  // namespace berth
