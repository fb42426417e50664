#include "reports/markdown.h"

#include <fmt/format.h>

#include "reports/headline.h"
#include "reports/numbers.h"

namespace berth {
namespace {

constexpr std::string_view kSpecial = "\\`*_[]<>|#~&";

std::string head(const Provenance& from) {
  return fmt::format(
      "# Scenario {}\n\n{} of {} from {}, after {} of warm-up, seed {}. Prices {}, {}. "
      "Berth {}, model {}. ± is the 95 % interval over replications.\n\n",
      markdown_text(from.scenario), replications_text(from.replications), duration(from.horizon_s), from.starts_on,
      duration(from.warm_up_s), from.seed, markdown_text(from.catalogue), from.price_date,
      from.tool_version, from.model_version);
}

std::string comparison_section(const Comparison& comparison) {
  std::string text = "## " + markdown_text(comparison.base) + " → " +
                     markdown_text(comparison.other) + "\n\n" +
                     markdown_text(comparison_sentence(comparison)) + "\n\n";
  text += markdown_header({"", "Before", "After", "Difference", "Relative", "Verdict"});
  for (const Change& change : headline_changes(comparison)) {
    const bool shown = change.relative && change.name.unit != "share";
    text += markdown_row({markdown_text(change_title(change.name)),
                 value_in(change.name.unit, {.mean = change.before.mean}),
                 value_in(change.name.unit, {.mean = change.after.mean}),
                 difference_in(change.name.unit, change.difference),
                 shown ? percent_of_change(*change.relative) : "",
                 std::string{to_text(change.verdict)}});
  }
  return text + "\n" + figures_note(comparison) + "\n\n";
}

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view rest = text.substr(i);
    if (static_cast<unsigned char>(c) < 0x20) {
      escaped += ' ';
      continue;
    }
    const bool link = rest.starts_with("://") || (c == '.' && text.substr(0, i).ends_with("www"));
    if (link || kSpecial.find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
    // An @ that mentions nobody, a # that is no issue.
    const bool number = rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9';
    if (c == '@' || (c == '#' && number)) escaped += "\u200b";
  }
  return escaped;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

std::string markdown_header(const std::vector<std::string>& titles) {
  std::string rule = "|";
  for (std::size_t i = 0; i < titles.size(); ++i) rule += i == 0 ? " :-- |" : " --: |";
  return markdown_row(titles) + rule + "\n";
}

std::string markdown_report(const ComparisonReport& report) {
  std::string text;
  for (const Provenance& from : report.from) text += head(from);
  for (const Comparison& comparison : report.comparisons) text += comparison_section(comparison);
  for (const std::string& note : report.notes) text += "- " + markdown_text(note) + "\n";
  return text;
}

}  // namespace berth
