#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "reports/gate_words.h"
#include "reports/headline.h"
#include "reports/markdown.h"
#include "reports/numbers.h"

namespace berth {
namespace {

std::string details(const std::string& summary, const std::string& body) {
  return "<details><summary>" + summary + "</summary>\n\n" + body + "\n</details>\n\n";
}

std::string md_verdict(const GateRow& row) {
  std::string text = mark_of(row.verdict) + " " + std::string{to_text(row.verdict)};
  if (row.verdict == GateVerdict::failed) text = "**" + text + "**";
  const std::string more = replications_words(row);
  return more.empty() ? text : text + ", " + more;
}

// How much of each list stands in the open and how much is folded away; the rest is counted.
struct Caps {
  std::size_t open = 0, folded = 0;
};
// GitHub refuses a comment of more than 65,536 characters. The first that fits is taken.
constexpr std::size_t kLongest = 60'000;
constexpr std::array<Caps, 4> kCaps{Caps{20, 100}, Caps{12, 20}, Caps{6, 0}, Caps{2, 0}};
constexpr std::size_t kSentences = 20;  // where not even the last fits

std::string md_gate_row(const GateRow& row) {
  std::string title = markdown_text(change_title(row.name));
  if (!row.reason.empty()) title += " (" + markdown_text(row.reason) + ")";
  return markdown_row({title, value_of(row, row.before, false), value_of(row, row.after, false),
                 moved_by(row), markdown_text(limit_words(row)), md_verdict(row)});
}

std::string md_change_row(const GatePlacement& placement, const Change& change) {
  const bool relative = change.relative && change.name.unit != "share";
  const std::string limit = limit_of(placement, change.name);
  return markdown_row({markdown_text(change_title(change.name)),
                 value_in(change.name.unit, {.mean = change.before.mean}),
                 value_in(change.name.unit, {.mean = change.after.mean}),
                 difference_in(change.name.unit, change.difference) +
                     (relative ? " (" + percent_of_change(*change.relative) + ")" : ""),
                 markdown_text(limit), limit.empty() ? "" : "✓ passed"});
}

std::string joined(std::span<const std::string> lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

// As many as there is room for, folded away; the rest is counted.
std::string folded(const std::string& summary, const std::string& head,
                   std::span<const std::string> lines, const Caps& caps) {
  if (lines.empty()) return "";
  if (caps.folded == 0) return "- " + summary + "\n\n";
  const std::size_t shown = std::min(caps.folded, lines.size());
  std::string body = head + joined(lines.first(shown));
  if (shown < lines.size())
    body += fmt::format("\n…and {} more: --format json has all.\n", lines.size() - shown);
  return details(summary, body);
}

// Broken and undecided limits first, then what moved besides.
std::string md_moved(const GatePlacement& placement, const Caps& caps) {
  std::vector<std::string> rows;
  std::size_t broken = 0;
  for (const GateRow& row : placement.rows)
    if (is_shown(row)) rows.push_back(md_gate_row(row)), ++broken;
  for (const Change& change : other_changes(placement))
    rows.push_back(md_change_row(placement, change));
  if (rows.empty()) return "";
  const std::string head = markdown_header({"", "Before", "After", "Difference", "Limit", "Verdict"});
  const std::size_t open = std::min(caps.open, rows.size());
  const std::span<const std::string> rest = std::span(rows).subspan(open);
  const std::size_t hidden = broken > open ? broken - open : 0;  // limits that are not kept
  const std::string summary =
      fmt::format("{} more that moved{}", rest.size(),
                  hidden == 0 ? ", all within their limits or without one"
                              : fmt::format(", {} of them past their limits or undecided", hidden));
  return head + joined(std::span(rows).first(open)) + "\n" + folded(summary, head, rest, caps);
}

std::string md_changes(const GateScenario& scenario, const Caps& caps) {
  std::vector<std::string> list;
  for (const std::string& line : surroundings_changed(scenario))
    list.push_back("- **" + markdown_text(line) + "**\n");
  for (const ValueChange& change : scenario.changes)
    list.push_back("- " + markdown_text(change_words(change)) + "\n");
  for (const PriceChange& price : scenario.prices)
    list.push_back("- price of " + markdown_text(price_words(price)) + "\n");
  return folded(fmt::format("What changed: {} value{}", list.size(), list.size() == 1 ? "" : "s"),
                "", list, caps);
}

std::string md_kept(const GateScenario& scenario, const Caps& caps) {
  std::vector<std::string> rows;
  for (const GatePlacement& placement : scenario.placements)
    for (const GateRow& row : placement.rows)
      if (!is_shown(row))
        rows.push_back(markdown_row({markdown_text(placement.name + ": " + change_title(row.name)),
                               value_of(row, row.before, false), value_of(row, row.after, true),
                               moved_by(row), markdown_text(limit_words(row)), "✓"}));
  return folded(fmt::format("{} kept", limits_text(rows.size())),
                markdown_header({"", "Before", "After", "Difference", "Limit", ""}), rows, caps);
}

std::string md_scenario(const GateScenario& scenario, const Caps& caps) {
  std::string text;
  for (const GatePlacement& placement : scenario.placements) {
    const std::string moved = md_moved(placement, caps);
    if (moved.empty()) continue;
    text += "**" + markdown_text(scenario.after.scenario) + ", " + markdown_text(placement.name) +
            "**\n\n" + moved;
  }
  for (const std::string& note : scenario.notes) text += "- " + markdown_text(note) + "\n";
  if (!scenario.notes.empty()) text += "\n";
  return text + md_changes(scenario, caps) + md_kept(scenario, caps) + "<sub>" +
         markdown_text(scenario.file) + ": " + markdown_text(provenance_line(scenario)) +
         "</sub>\n\n";
}

std::string md_scenarios(const GateReport& report) {
  for (const Caps& caps : kCaps) {
    std::string text;
    for (const GateScenario& scenario : report.scenarios) text += md_scenario(scenario, caps);
    if (text.size() <= kLongest) return text;
  }
  std::vector<Seen> told;
  for (const GateVerdict verdict :
       {GateVerdict::failed, GateVerdict::warned, GateVerdict::undecided})
    for (const Seen& seen : rows_with(report, verdict)) told.push_back(seen);
  std::string text;
  for (std::size_t i = 0; i < std::min(kSentences, told.size()); ++i)
    text += "- " + markdown_text(told[i].scenario->after.scenario + ", " + row_sentence(told[i])) +
            "\n";
  return text + fmt::format("\nOf {} scenarios: too much for a comment. --format json has all.\n\n",
                            report.scenarios.size());
}

}  // namespace

std::string markdown_report(const GateReport& report) {
  const GateVerdict verdict = gate_is_open(report) ? verdict_of(report) : GateVerdict::failed;
  std::string text = "<!-- berth-check -->\n" + mark_of(verdict) + " **" +
                     markdown_text(gate_sentence(report)) + "**\n\n";
  if (!report.failures.empty())
    text += fmt::format("**{} failed and {} not in the numbers.**\n\n",
                        replications_text(static_cast<int>(report.failures.size())),
                        report.failures.size() == 1 ? "is" : "are");
  text += md_scenarios(report);
  return text + "<sub>Paired, replication by replication, against " +
         markdown_text(report.against) + "; ± is the 95 % interval.</sub>\n";
}

}  // namespace berth
