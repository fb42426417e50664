#include "reports/gate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "reports/gate_words.h"
#include "reports/grid.h"
#include "reports/headline.h"
#include "reports/numbers.h"

namespace berth {
namespace {

constexpr std::size_t kChangesShown = 12;  // of a scenario's values; the rest is counted
constexpr std::size_t kMovedShown = 20;    // of what moved and breaks nothing
constexpr std::size_t kTitleWidth = 34;

std::string placement_block(const GatePlacement& placement, bool color) {
  Grid grid({{"", Column::Align::left},
             {"", Column::Align::left, kTitleWidth},
             {"before"},
             {"after"},
             {"difference"},
             {"limit"},
             {"", Column::Align::left, 44}});
  for (const GateRow& row : placement.rows)
    if (is_shown(row))
      grid.add({{mark_of(row.verdict), style_of(row.verdict)},
                {change_title(row.name, kTitleWidth)},
                {value_of(row, row.before, false)},
                {value_of(row, row.after, false)},
                {moved_by(row), Style::bold},
                {limit_words(row)},
                {row.verdict == GateVerdict::undecided ? replications_words(row)
                                                       : std::string{to_text(row.verdict)},
                 style_of(row.verdict)}});
  const std::vector<Change> others = other_changes(placement);
  const std::size_t told = std::min(kMovedShown, others.size());
  for (const Change& change : std::span(others).first(told)) {
    const bool relative = change.relative && change.name.unit != "share";
    const std::string limit = limit_of(placement, change.name);
    grid.add({{limit.empty() ? "·" : "✓", limit.empty() ? Style::dim : Style::good},
              {change_title(change.name, kTitleWidth)},
              {value_in(change.name.unit, {.mean = change.before.mean})},
              {value_in(change.name.unit, {.mean = change.after.mean})},
              {difference_in(change.name.unit, change.difference) +
               (relative ? " (" + percent_of_change(*change.relative) + ")" : "")},
              {limit},
              {limit.empty() ? "" : "passed", Style::dim}});
  }
  std::string text = "  " + styled(placement.name, Style::bold, color);
  const auto kept =
      std::ranges::count_if(placement.rows, [](const GateRow& row) { return !is_shown(row); });
  text += styled(fmt::format("  {} kept", limits_text(static_cast<std::size_t>(kept))), Style::dim,
                 color) +
          "\n";
  if (!placement.comparison) text += "    new: only limits it must stay within are judged\n";
  text += grid.empty() ? "    nothing moved clearly\n" : grid.text("    ", color);
  if (told < others.size())
    text += fmt::format("    ·  and {} more that moved and break no limit\n", others.size() - told);
  return text;
}

std::string scenario_block(const GateScenario& scenario, bool color) {
  std::string text = styled("Scenario " + scenario.after.scenario, Style::bold, color) + "  " +
                     styled(scenario.file, Style::dim, color) + "\n";
  text += wrapped("  ", "  ", provenance_line(scenario));
  for (const std::string& line : surroundings_changed(scenario))
    text += wrapped("  ! ", "    ", line);
  for (const std::string& note : scenario.notes) text += wrapped("  ", "  ", note);
  const std::size_t shown = std::min(kChangesShown, scenario.changes.size());
  for (std::size_t i = 0; i < shown; ++i)
    text += "  ~ " + shortened(change_words(scenario.changes[i]), 94) + "\n";
  if (shown < scenario.changes.size())
    text += fmt::format("  ~ and {} more values\n", scenario.changes.size() - shown);
  for (const PriceChange& price : scenario.prices) text += "  $ " + price_words(price) + "\n";
  for (const GatePlacement& placement : scenario.placements)
    text += placement_block(placement, color);
  return text;
}

}  // namespace

std::string table_report(const GateReport& report, bool color) {
  std::string text = "Against " + report.against + "\n\n";
  for (const GateScenario& scenario : report.scenarios)
    text += scenario_block(scenario, color) + "\n";
  const GateVerdict verdict = gate_is_open(report) ? verdict_of(report) : GateVerdict::failed;
  return text + styled(mark_of(verdict), style_of(verdict), color) +
         wrapped(" ", "  ", gate_sentence(report));
}

}  // namespace berth
