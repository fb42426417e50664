// The gate for CI systems: JUnit's list of tests, GitHub's annotations.
#include <fmt/format.h>

#include <algorithm>

#include "reports/gate_words.h"
#include "reports/markup.h"

namespace berth {
namespace {

constexpr std::size_t kAnnotations =
    10;  // GitHub shows so many of a kind and step, and drops the rest

std::string junit_case(const GateReport& report, const Seen& seen) {
  const GateRow& row = *seen.row;
  std::string text =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\"",
                  markup_text(seen.scenario->after.scenario + "." + seen.placement->name),
                  markup_text(id_of(row.name) + " " + row.limit));
  const std::string message = markup_text(row_sentence(seen));
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

}  // namespace

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
        markup_text(scenario.file), tests, failed, skipped, cases);
    all += tests, all_failed += failed, all_skipped += skipped;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"berth check\" tests=\"{}\" "
      "failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}</testsuites>\n",
      all, all_failed, all_skipped, suites);
}

std::string github_annotations(const GateReport& report) {
  std::string text;
  const auto add = [&](const char* command, const std::vector<Seen>& rows, const char* title) {
    const std::size_t shown = std::min(kAnnotations, rows.size());
    for (std::size_t i = 0; i < shown; ++i) {
      std::string words = row_sentence(rows[i]);
      if (i + 1 == shown && shown < rows.size())
        words += fmt::format("; and {} more", rows.size() - shown);
      text += fmt::format("::{} file={},title={}::{}\n", command,
                          command_text(rows[i].scenario->file, true), title,
                          command_text(words, false));
    }
  };
  std::vector<Seen> shut, open;  // undecided limits that keep the gate shut, and the others
  for (const Seen& seen : rows_with(report, GateVerdict::undecided))
    (fails(report, *seen.row) ? shut : open).push_back(seen);
  add("error", rows_with(report, GateVerdict::failed), "berth%3A limit broken");
  add("error", shut, "berth%3A undecided");
  add("warning", rows_with(report, GateVerdict::warned), "berth%3A limit broken");
  add("notice", open, "berth%3A undecided");
  return text;
}

}  // namespace berth
