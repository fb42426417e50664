#include "reports/grid.h"

#include <algorithm>
#include <array>

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

constexpr std::size_t kTextWidth = 98;

// "12.3 k$ ±0.4" stays on one line.
bool belongs_to_number(std::string_view word) {
  while (!word.empty() && std::string_view{".,;:)"}.find(word.back()) != std::string_view::npos)
    word.remove_suffix(1);
  constexpr std::array<std::string_view, 10> units{"$", "k$", "M$", "%", "points", "ms", "s", "min", "h", ""};
  return word.starts_with("±") || std::ranges::find(units, word) != units.end();
}

// Takes the next word with what must not be parted from it.
std::string_view next_word(std::string_view& text) {
  std::size_t end = std::min(text.find(' '), text.size());
  while (end < text.size()) {
    const std::size_t next = std::min(text.find(' ', end + 1), text.size());
    if (!belongs_to_number(text.substr(end + 1, next - end - 1))) break;
    end = next;
  }
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
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

std::string wrapped(std::string_view first_indent, std::string_view indent, std::string_view text) {
  std::string out, line{first_indent};
  while (!text.empty()) {
    const std::string_view word = next_word(text);
    const bool fresh = line == first_indent || line == indent;
    if (!fresh && width_of(line) + 1 + width_of(word) > kTextWidth) {
      out += line + "\n";
      line = std::string{indent};
    } else if (!fresh) {
      line += ' ';
    }
    line += word;
  }
  return out + line + "\n";
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
