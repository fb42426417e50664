#include "scenarios/issue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace berth {
namespace {

constexpr std::size_t kLongestQuote = 60;
constexpr std::size_t kLongestPath = 4096;  // PATH_MAX of Linux: no file has a longer one
constexpr std::size_t kWidth = 100;  // of a source line shown

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Control characters become a visible dot, tabs a blank; everything else stays.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\t')
      c = ' ';
    else if (byte < 0x20 || byte == 0x7f)
      c = '.';
  }
  return out;
}

// The first `most` characters (not bytes) of a text.
std::string_view first_characters(std::string_view text, std::size_t most) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!is_continuation(text[i]) && seen++ == most) return text.substr(0, i);
  return text;
}

std::string_view line_of(std::string_view source, int line) {
  for (int at = 1; at < line; ++at) {
    const auto end = source.find('\n');
    if (end == std::string_view::npos) return {};
    source.remove_prefix(end + 1);
  }
  source = source.substr(0, source.find('\n'));
  if (source.ends_with('\r')) source.remove_suffix(1);
  return source;
}

// The line and a caret below its column; a window of it when it is long.
std::string caret_lines(std::string_view line, int number, int column) {
  std::size_t before = column > 0 ? static_cast<std::size_t>(column - 1) : 0;
  std::string lead;
  if (before > kWidth * 3 / 4) {
    const std::size_t cut = before - kWidth / 2;
    line.remove_prefix(first_characters(line, cut).size());
    before -= cut - 3;
    lead = "...";
  }
  const std::string_view shown = first_characters(line, kWidth);
  const std::string gutter = fmt::format("  {} | ", number);
  return fmt::format("{}{}{}{}\n{:>{}}{:>{}}\n", gutter, lead, printable(shown),
                     shown.size() < line.size() ? "..." : "", "| ", gutter.size(), "^", before + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last.back();
}

constexpr std::size_t kFar = 1000;

// 0: the same but for case. kFar: not near.
std::size_t distance_of(const std::string& word, const std::string& known) {
  const std::string a = lower(word), b = lower(known);
  const std::size_t edits = edit_distance(a, b);
  const std::size_t longer = std::max(a.size(), b.size());
  if (edits <= std::max<std::size_t>(1, longer / 3) && edits < longer) return edits;
  const bool part =
      a.size() >= 3 && (b.find(a) != std::string::npos || a.find(b) != std::string::npos);
  return part && b.size() >= 3 ? edits : kFar;
}

std::string quoted_to(std::size_t longest, std::string_view text) {
  const std::string_view start = first_characters(text, longest);
  return "\"" + printable(start) + (start.size() < text.size() ? "...\"" : "\"");
}

}  // namespace

std::string in_quotes(std::string_view text) { return quoted_to(kLongestQuote, text); }

std::string path_in_quotes(std::string_view path) { return quoted_to(kLongestPath, path); }

std::string render_issue(const Issue& issue, std::string_view source) {
  std::string out = printable(issue.file);
  if (issue.line > 0) out += fmt::format(":{}:{}", issue.line, issue.column);
  out += issue.severity == Severity::error ? ": error: " : ": warning: ";
  out += printable(issue.message);
  if (!issue.path.empty()) out += fmt::format("  [{}]", printable(issue.path));
  out += "\n";
  if (issue.line > 0 && !source.empty())
    out += caret_lines(line_of(source, issue.line), issue.line, issue.column);
  if (!issue.hint.empty()) out += fmt::format("  hint: {}\n", printable(issue.hint));
  return out;
}

bool has_errors(std::span<const Issue> issues) {
  return std::ranges::any_of(issues, [](const Issue& i) { return i.severity == Severity::error; });
}

std::vector<std::string> nearest_words(std::string_view word, std::span<const std::string> known,
                                       std::size_t most) {
  struct Near {
    std::size_t distance, order;
  };
  std::vector<Near> near;
  const std::string start(first_characters(word, kLongestQuote));
  for (std::size_t i = 0; i < known.size(); ++i)
    if (const std::size_t distance = distance_of(start, known[i]); distance < kFar)
      near.push_back({distance, i});
  std::ranges::sort(near, [](const Near& a, const Near& b) {
    return std::pair(a.distance, a.order) < std::pair(b.distance, b.order);
  });
  std::vector<std::string> words;
  for (const Near& one : near)
    if (words.size() < most) words.push_back(known[one.order]);
  return words;
}

std::string nearest_hint(std::string_view word, std::span<const std::string> known) {
  constexpr std::size_t kFew = 8;
  const auto near = word.empty() ? std::vector<std::string>{} : nearest_words(word, known, 1);
  if (!near.empty()) return fmt::format("did you mean \"{}\"?", near.front());
  if (known.empty() || known.size() > kFew) return "";
  std::string list;
  for (const std::string& one : known) list += (list.empty() ? "\"" : ", \"") + one + "\"";
  return (known.size() == 1 ? "there is " : "there are ") + list;
}

}  // namespace berth
