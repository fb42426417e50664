#include "reports/gate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/csv.h"
#include "reports/grid.h"
#include "reports/headline.h"
#include "reports/markdown.h"
#include "reports/numbers.h"

namespace berth {
namespace {

constexpr std::size_t kChangesShown = 12;  // of a scenario's values; the rest is counted

struct Seen {
  const GateScenario* scenario;
  const GatePlacement* placement;
  const GateRow* row;
};

// Rows of a verdict, over everything.
std::vector<Seen> rows_with(const GateReport& report, GateVerdict verdict) {
  std::vector<Seen> list;
  for (const GateScenario& scenario : report.scenarios)
    for (const GatePlacement& placement : scenario.placements)
      for (const GateRow& row : placement.rows)
        if (row.verdict == verdict) list.push_back({&scenario, &placement, &row});
  return list;
}

// What keeps the gate shut: broken limits, and undecided ones where they count; never those that are
// only to be told.
bool fails(const GateReport& report, const GateRow& row) {
  return row.verdict == GateVerdict::failed ||
         (row.verdict == GateVerdict::undecided && report.undecided_fails && !row.only_warn);
}

std::vector<Seen> failing_rows(const GateReport& report) {
  std::vector<Seen> list = rows_with(report, GateVerdict::failed);
  for (const Seen& seen : rows_with(report, GateVerdict::undecided))
    if (fails(report, *seen.row)) list.push_back(seen);
  return list;
}

std::size_t rows_in(const GateReport& report) {
  std::size_t n = 0;
  for (const GateScenario& scenario : report.scenarios)
    for (const GatePlacement& placement : scenario.placements) n += placement.rows.size();
  return n;
}

std::string value_of(const GateRow& row, const std::optional<Estimate>& estimate,
                     bool with_interval) {
  if (!estimate) return "-";
  return value_in(row.name.unit, with_interval ? *estimate : Estimate{.mean = estimate->mean});
}

std::string moved_by(const GateRow& row) {
  if (!row.difference) return "";
  if (row.difference->mean == 0 &&
      (!row.difference->interval || row.difference->interval->half_width() == 0))
    return "unchanged";
  std::string text = difference_in(row.name.unit, *row.difference);
  if (row.relative && row.name.unit != "share")
    text += " (" + percent_of_change(*row.relative) + ")";
  return text;
}

std::string replications_words(const GateRow& row) {
  if (row.verdict != GateVerdict::undecided) return "";
  if (row.after && row.after->n < 2) return "two replications or more would tell";
  if (!row.replications) return "it lies as good as on the limit";
  return fmt::format("about {} replications would decide",
                     count(static_cast<double>(*row.replications)));
}

std::string limit_words(const GateRow& row) {
  if (row.limit == "feasible") return "its goal";
  return row.limit;
}

// "hybrid: cost per month +1.97 k$ ±0.03 (+3.0 %), limit +2%"
std::string row_sentence(const Seen& seen) {
  const GateRow& row = *seen.row;
  std::string text = seen.placement->name + ": " + change_title(row.name) + " ";
  text += row.difference ? moved_by(row) + " to " + value_of(row, row.after, false)
                         : value_of(row, row.after, true);
  if (row.limit == "feasible")
    text +=
        row.name.metric == "slo_met" ? ", its goal is no longer met" : ", demand is no longer met";
  else
    text += ", limit " + row.limit;
  const std::string more = replications_words(row);
  return more.empty() ? text : text + "; " + more;
}

std::string mark_of(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::passed:
      return "✓";
    case GateVerdict::undecided:
      return "?";
    case GateVerdict::warned:
      return "!";
    case GateVerdict::failed:
      return "✗";
  }
  return "";
}

Style style_of(GateVerdict verdict) {
  return verdict == GateVerdict::failed   ? Style::bad
         : verdict == GateVerdict::passed ? Style::good
                                          : Style::bold;
}

std::string limits_text(std::size_t n) { return n == 1 ? "1 limit" : fmt::format("{} limits", n); }

bool is_shown(const GateRow& row) { return row.verdict != GateVerdict::passed; }

// Changes worth telling that no row above them tells already.
std::vector<Change> other_changes(const GatePlacement& placement) {
  std::vector<Change> list;
  if (!placement.comparison) return list;
  for (const Change& change : headline_changes(*placement.comparison)) {
    if (change.verdict != Verdict::clear) continue;
    const bool told = std::ranges::any_of(placement.rows, [&](const GateRow& row) {
      return is_shown(row) && row.name == change.name;
    });
    if (!told) list.push_back(change);
  }
  return list;
}

std::string limit_of(const GatePlacement& placement, const FigureName& name) {
  for (const GateRow& row : placement.rows)
    if (row.name == name) return row.limit;
  return "";
}

std::string provenance_line(const GateScenario& s) {
  return fmt::format("{} of {} from {}, seed {}; berth {}, model {}; prices {}, {}",
                     replications_text(s.after.replications), duration(s.after.horizon_s),
                     s.after.starts_on, s.after.seed, s.after.tool_version, s.after.model_version,
                     s.after.catalogue, s.after.price_date);
}

// What besides the scenario differs: then a difference may not be the change's.
std::vector<std::string> surroundings_changed(const GateScenario& s) {
  std::vector<std::string> list;
  const auto differ = [&](const char* what, const std::string& before, const std::string& after) {
    if (before != after) list.push_back(fmt::format("{}: {} before, {} now", what, before, after));
  };
  if (s.is_new) return list;
  differ("model version", s.before.model_version, s.after.model_version);
  differ("berth", s.before.tool_version, s.after.tool_version);
  differ("price list", s.before.catalogue + ", " + s.before.price_date,
         s.after.catalogue + ", " + s.after.price_date);
  differ("start", s.before.starts_on, s.after.starts_on);
  differ("window", duration(s.before.horizon_s), duration(s.after.horizon_s));
  differ("warm-up", duration(s.before.warm_up_s), duration(s.after.warm_up_s));
  return list;
}

std::string change_words(const ValueChange& change) {
  if (change.before.empty()) return change.pointer + ": " + change.after + " (new)";
  if (change.after.empty()) return change.pointer + ": was " + change.before + ", is gone";
  return change.pointer + ": " + change.before + " → " + change.after;
}

std::string price_words(const PriceChange& change) {
  return fmt::format("{}: {} → {} $/{}", change.line, shortest(change.before),
                     shortest(change.after), change.unit);
}

// ---- Table -------------------------------------------------------------------------------------

std::string placement_block(const GatePlacement& placement, bool color) {
  Grid grid({{"", Column::Align::left},
             {"", Column::Align::left, 34},
             {"before"},
             {"after"},
             {"difference"},
             {"limit"},
             {"", Column::Align::left, 44}});
  for (const GateRow& row : placement.rows)
    if (is_shown(row))
      grid.add({{mark_of(row.verdict), style_of(row.verdict)},
                {change_title(row.name)},
                {value_of(row, row.before, false)},
                {value_of(row, row.after, false)},
                {moved_by(row), Style::bold},
                {limit_words(row)},
                {row.verdict == GateVerdict::undecided ? replications_words(row)
                                                       : std::string{to_text(row.verdict)},
                 style_of(row.verdict)}});
  for (const Change& change : other_changes(placement)) {
    const bool relative = change.relative && change.name.unit != "share";
    const std::string limit = limit_of(placement, change.name);
    grid.add({{limit.empty() ? "·" : "✓", limit.empty() ? Style::dim : Style::good},
              {change_title(change.name)},
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
  return text + (grid.empty() ? "    nothing moved clearly\n" : grid.text("    ", color));
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

// ---- Markdown ----------------------------------------------------------------------------------

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

// ---- XML ---------------------------------------------------------------------------------------

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string junit_case(const GateReport& report, const Seen& seen) {
  const GateRow& row = *seen.row;
  std::string text =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\"",
                  xml_text(seen.scenario->after.scenario + "." + seen.placement->name),
                  xml_text(id_of(row.name) + " " + row.limit));
  const std::string message = xml_text(row_sentence(seen));
  if (fails(report, row))
    return text + fmt::format(">\n      <failure type=\"{}\" message=\"{}\"/>\n    </testcase>\n",
                              row.verdict == GateVerdict::failed ? "limit" : "undecided", message);
  switch (row.verdict) {
    case GateVerdict::passed:
    case GateVerdict::failed:  // told above
      return text + "/>\n";
    case GateVerdict::undecided:
      return text + fmt::format(">\n      <skipped message=\"undecided: {}\"/>\n    </testcase>\n",
                                message);
    case GateVerdict::warned:
      return text + fmt::format(">\n      <system-out>warning: {}</system-out>\n    </testcase>\n",
                                message);
  }
  return text;
}

// ---- GitHub ------------------------------------------------------------------------------------

std::string command_text(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (property && c == ':')
      out += "%3A";
    else if (property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

using Json = nlohmann::ordered_json;

Json estimate_json(const std::optional<Estimate>& e) {
  if (!e) return nullptr;
  return {{"mean", e->mean},
          {"low", e->interval ? Json(e->interval->low) : Json()},
          {"high", e->interval ? Json(e->interval->high) : Json()},
          {"n", e->n}};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json row_json(const GateRow& row) {
  return {{"metric", row.name.metric},
          {"workload", text_or_null(row.name.workload)},
          {"part", text_or_null(row.name.part)},
          {"unit", row.name.unit},
          {"limit", row.limit},
          {"reason", text_or_null(row.reason)},
          {"before", estimate_json(row.before)},
          {"after", estimate_json(row.after)},
          {"difference", estimate_json(row.difference)},
          {"relative", row.relative ? Json(*row.relative) : Json()},
          {"verdict", to_text(row.verdict)},
          {"replications_to_decide", row.replications ? Json(*row.replications) : Json()}};
}

Json side_json(const Provenance& from) {
  return {{"tool_version", from.tool_version},
          {"model_version", from.model_version},
          {"catalogue", from.catalogue},
          {"price_date", from.price_date},
          {"seed", from.seed},
          {"replications", from.replications}};
}

Json scenario_json(const GateScenario& s) {
  Json placements = Json::array(), changes = Json::array(), prices = Json::array();
  for (const GatePlacement& placement : s.placements) {
    Json rows = Json::array();
    for (const GateRow& row : placement.rows) rows.push_back(row_json(row));
    placements.push_back(
        {{"name", placement.name}, {"verdict", to_text(worst_of(placement.rows))}, {"rows", rows}});
  }
  for (const ValueChange& c : s.changes)
    changes.push_back({{"pointer", c.pointer},
                       {"before", text_or_null(c.before)},
                       {"after", text_or_null(c.after)}});
  for (const PriceChange& c : s.prices)
    prices.push_back(
        {{"line", c.line}, {"unit", c.unit}, {"usd_before", c.before}, {"usd_after", c.after}});
  return {{"file", s.file},
          {"scenario", s.after.scenario},
          {"new", s.is_new},
          {"unchanged", s.unchanged},
          {"before", s.is_new ? Json() : side_json(s.before)},
          {"after", side_json(s.after)},
          {"placements", placements},
          {"changes", changes},
          {"prices", prices},
          {"notes", s.notes}};
}

}  // namespace

GateVerdict verdict_of(const GateReport& report) {
  GateVerdict worst = GateVerdict::passed;
  for (const GateScenario& scenario : report.scenarios)
    for (const GatePlacement& placement : scenario.placements)
      worst = std::max(worst, worst_of(placement.rows));
  return worst;
}

bool gate_is_open(const GateReport& report) { return failing_rows(report).empty(); }

std::string gate_sentence(const GateReport& report) {
  if (rows_in(report) == 0) {
    const bool all_new = std::ranges::all_of(report.scenarios, &GateScenario::is_new);
    return all_new ? "Gate passed: there was nothing to compare with."
                   : "Gate passed: no limit is about anything here.";
  }
  const auto failed = rows_with(report, GateVerdict::failed),
             warned = rows_with(report, GateVerdict::warned),
             undecided = rows_with(report, GateVerdict::undecided);
  std::string text = gate_is_open(report) ? "Gate passed" : "Gate failed";
  const auto failing = failing_rows(report);
  const auto worst = !failing.empty() ? failing : !warned.empty() ? warned : undecided;
  if (!worst.empty()) text += ": " + row_sentence(worst.front());
  std::vector<std::string> counts;
  if (failed.size() > 1) counts.push_back(fmt::format("{} broken", failed.size()));
  if (!warned.empty()) counts.push_back(fmt::format("{} warned", warned.size()));
  if (!undecided.empty()) counts.push_back(fmt::format("{} undecided", undecided.size()));
  const std::size_t kept = rows_in(report) - failed.size() - warned.size() - undecided.size();
  counts.push_back(fmt::format("{} kept", kept));
  std::string tail;
  for (const std::string& one : counts) tail += (tail.empty() ? "" : ", ") + one;
  const std::string after = worst.empty() ? ": " : ". ";
  return text + after + fmt::format("{} of {}.", tail, limits_text(rows_in(report)));
}

std::string table_report(const GateReport& report, bool color) {
  std::string text = "Against " + report.against + "\n\n";
  for (const GateScenario& scenario : report.scenarios)
    text += scenario_block(scenario, color) + "\n";
  const GateVerdict verdict = gate_is_open(report) ? verdict_of(report) : GateVerdict::failed;
  return text + styled(mark_of(verdict), style_of(verdict), color) +
         wrapped(" ", "  ", gate_sentence(report));
}

std::string markdown_report(const GateReport& report) {
  const GateVerdict verdict = gate_is_open(report) ? verdict_of(report) : GateVerdict::failed;
  std::string text = "<!-- berth-check -->\n" + mark_of(verdict) + " **" +
                     markdown_text(gate_sentence(report)) + "**\n\n";
  for (const GateScenario& scenario : report.scenarios) text += md_scenario(scenario);
  return text + "<sub>Paired, replication by replication, against " +
         markdown_text(report.against) + "; ± is the 95 % interval.</sub>\n";
}

std::string json_report(const GateReport& report) {
  Json scenarios = Json::array(), failures = Json::array();
  for (const GateScenario& scenario : report.scenarios)
    scenarios.push_back(scenario_json(scenario));
  for (const FailedReplication& failure : report.failures)
    failures.push_back({{"placement", failure.placement},
                        {"seed", failure.replication.seed},
                        {"replication", failure.replication.number},
                        {"reason", failure.reason}});
  const Json document{{"schema", kCheckSchema},
                      {"passed", gate_is_open(report)},
                      {"verdict", to_text(verdict_of(report))},
                      {"sentence", gate_sentence(report)},
                      {"against", report.against},
                      {"scenarios", scenarios},
                      {"failures", failures}};
  return document.dump(2) + "\n";
}

std::string csv_report(const GateReport& report) {
  std::string text =
      "scenario,placement,metric,workload,part,unit,limit,before,after,difference,low,high,n,"
      "relative,"
      "verdict,replications_to_decide\n";
  const auto mean = [](const std::optional<Estimate>& e) { return e ? shortest(e->mean) : ""; };
  for (const GateScenario& scenario : report.scenarios)
    for (const GatePlacement& placement : scenario.placements)
      for (const GateRow& row : placement.rows) {
        const Interval* interval =
            row.difference && row.difference->interval ? &*row.difference->interval : nullptr;
        text += fmt::format(
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(scenario.after.scenario),
            csv_field(placement.name), row.name.metric, csv_field(row.name.workload),
            csv_field(row.name.part), row.name.unit, csv_field(row.limit), mean(row.before),
            mean(row.after), mean(row.difference), interval ? shortest(interval->low) : "",
            interval ? shortest(interval->high) : "", row.after ? std::to_string(row.after->n) : "",
            row.relative ? shortest(*row.relative) : "", to_text(row.verdict),
            row.replications ? std::to_string(*row.replications) : "");
      }
  return text;
}

std::string junit_report(const GateReport& report) {
  std::string suites;
  std::size_t all = 0, all_failed = 0, all_skipped = 0;
  for (const GateScenario& scenario : report.scenarios) {
    std::string cases;
    std::size_t tests = 0, failed = 0, skipped = 0;
    for (const GatePlacement& placement : scenario.placements)
      for (const GateRow& row : placement.rows) {
        cases += junit_case(report, {&scenario, &placement, &row});
        ++tests;
        failed += fails(report, row);
        skipped += row.verdict == GateVerdict::undecided && !fails(report, row);
      }
    suites += fmt::format(
        "  <testsuite name=\"berth check {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
        "skipped=\"{}\">\n{}  </testsuite>\n",
        xml_text(scenario.file), tests, failed, skipped, cases);
    all += tests, all_failed += failed, all_skipped += skipped;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"berth check\" tests=\"{}\" "
      "failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}</testsuites>\n",
      all, all_failed, all_skipped, suites);
}

std::string github_annotations(const GateReport& report) {
  std::string text;
  const auto add = [&](const char* command, GateVerdict verdict, const char* title) {
    for (const Seen& seen : rows_with(report, verdict))
      text += fmt::format("::{} file={},title={}::{}\n", command,
                          command_text(seen.scenario->file, true), title,
                          command_text(row_sentence(seen), false));
  };
  add("error", GateVerdict::failed, "berth%3A limit broken");
  add("warning", GateVerdict::warned, "berth%3A limit broken");
  add("notice", GateVerdict::undecided, "berth%3A undecided");
  return text;
}

}  // namespace berth
