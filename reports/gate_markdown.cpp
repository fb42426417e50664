#include <fmt/format.h>

#include "reports/gate_words.h"
#include "reports/headline.h"
#include "reports/markdown.h"
#include "reports/numbers.h"

namespace berth {
namespace {

std::string md_row(std::initializer_list<std::string> cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

std::string md_head(std::initializer_list<std::string> titles) {
  std::string rule = "|";
  for (std::size_t i = 0; i < titles.size(); ++i) rule += i == 0 ? " :-- |" : " --: |";
  return md_row(titles) + rule + "\n";
}

std::string details(const std::string& summary, const std::string& body) {
  return "<details><summary>" + summary + "</summary>\n\n" + body + "\n</details>\n\n";
}

std::string md_verdict(const GateRow& row) {
  std::string text = mark_of(row.verdict) + " " + std::string{to_text(row.verdict)};
  if (row.verdict == GateVerdict::failed) text = "**" + text + "**";
  const std::string more = replications_words(row);
  return more.empty() ? text : text + ", " + more;
}

std::string md_gate_row(const GateRow& row) {
  std::string title = markdown_text(change_title(row.name));
  if (!row.reason.empty()) title += " (" + markdown_text(row.reason) + ")";
  return md_row({title, value_of(row, row.before, false), value_of(row, row.after, false),
                 moved_by(row), markdown_text(limit_words(row)), md_verdict(row)});
}

std::string md_moved(const GatePlacement& placement) {
  std::string rows;
  for (const GateRow& row : placement.rows)
    if (is_shown(row)) rows += md_gate_row(row);
  for (const Change& change : other_changes(placement)) {
    const bool relative = change.relative && change.name.unit != "share";
    const std::string limit = limit_of(placement, change.name);
    rows += md_row({markdown_text(change_title(change.name)),
                    value_in(change.name.unit, {.mean = change.before.mean}),
                    value_in(change.name.unit, {.mean = change.after.mean}),
                    difference_in(change.name.unit, change.difference) +
                        (relative ? " (" + percent_of_change(*change.relative) + ")" : ""),
                    markdown_text(limit), limit.empty() ? "" : "✓ passed"});
  }
  return rows.empty()
             ? ""
             : md_head({"", "Before", "After", "Difference", "Limit", "Verdict"}) + rows + "\n";
}

std::string md_changes(const GateScenario& scenario) {
  std::string list;
  for (const std::string& line : surroundings_changed(scenario))
    list += "- **" + markdown_text(line) + "**\n";
  for (const ValueChange& change : scenario.changes)
    list += "- " + markdown_text(change_words(change)) + "\n";
  for (const PriceChange& price : scenario.prices)
    list += "- price of " + markdown_text(price_words(price)) + "\n";
  if (list.empty()) return "";
  const std::size_t n =
      scenario.changes.size() + scenario.prices.size() + surroundings_changed(scenario).size();
  return details(fmt::format("What changed: {} value{}", n, n == 1 ? "" : "s"), list);
}

std::string md_kept(const GateScenario& scenario) {
  std::string rows;
  std::size_t n = 0;
  for (const GatePlacement& placement : scenario.placements)
    for (const GateRow& row : placement.rows) {
      if (is_shown(row)) continue;
      ++n;
      rows += md_row({markdown_text(placement.name + ": " + change_title(row.name)),
                      value_of(row, row.before, false), value_of(row, row.after, true),
                      moved_by(row), markdown_text(limit_words(row)), "✓"});
    }
  if (n == 0) return "";
  return details(fmt::format("{} kept", limits_text(n)),
                 md_head({"", "Before", "After", "Difference", "Limit", ""}) + rows);
}

std::string md_scenario(const GateScenario& scenario) {
  std::string text;
  for (const GatePlacement& placement : scenario.placements) {
    const std::string moved = md_moved(placement);
    if (moved.empty()) continue;
    text += "**" + markdown_text(scenario.after.scenario) + ", " + markdown_text(placement.name) +
            "**\n\n" + moved;
  }
  for (const std::string& note : scenario.notes) text += "- " + markdown_text(note) + "\n";
  if (!scenario.notes.empty()) text += "\n";
  return text + md_changes(scenario) + md_kept(scenario) + "<sub>" + markdown_text(scenario.file) +
         ": " + markdown_text(provenance_line(scenario)) + "</sub>\n\n";
}

}  // namespace

std::string markdown_report(const GateReport& report) {
  const GateVerdict verdict = gate_is_open(report) ? verdict_of(report) : GateVerdict::failed;
  std::string text = "<!-- berth-check -->\n" + mark_of(verdict) + " **" +
                     markdown_text(gate_sentence(report)) + "**\n\n";
  for (const GateScenario& scenario : report.scenarios) text += md_scenario(scenario);
  return text + "<sub>Paired, replication by replication, against " +
         markdown_text(report.against) + "; ± is the 95 % interval.</sub>\n";
}

}  // namespace berth
