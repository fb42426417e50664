// What the gate found, for the places it is read: a terminal, a comment under a pull request, a CI
// system's list of tests, GitHub's annotations, programs.
//
//   table      scenario by scenario: the limits that are broken or undecided, then what moved
//   Markdown   the verdict in one line; a table of what moved with its limit; the rest folded away. Begins
//              with the hidden mark "<!-- berth-check -->", by which a bot finds its own comment again
//   JSON       "berth/check/1"; CSV a row a limit and figure
//   JUnit      a test case a limit and figure; undecided is "skipped" with its reason, a failure where
//              undecided limits fail the gate
//   GitHub     ::error, ::warning and ::notice lines
// Names come from users: they are escaped for each, so neither HTML nor a mention nor a workflow
// command in them does anything. Tested by tests/reports/gate_report_test.cpp.
#pragma once

#include <string>
#include <vector>

#include "planner/compare.h"
#include "planner/gate.h"
#include "reports/result.h"

namespace berth {

struct GatePlacement {
  std::string name;
  std::vector<GateRow> rows;
  std::optional<Comparison> comparison;  // absent: the placement is new
};

// A value of the scenario; "" where one side does not have it.
struct ValueChange {
  std::string pointer, before, after;
};
struct PriceChange {
  std::string line, unit;
  double before = 0, after = 0;
};

struct GateScenario {
  std::string file;  // as the user named it
  Provenance before, after;
  bool is_new = false;     // nothing to compare with
  bool unchanged = false;  // the same files: the same result
  std::vector<GatePlacement> placements;
  std::vector<ValueChange> changes;  // of the scenario; empty where only a result is known
  std::vector<PriceChange> prices;
  std::vector<std::string> notes;
};

struct GateReport {
  std::string against;  // "origin/main (3f2a1bc940, 2026-11-20)"
  std::vector<GateScenario> scenarios;
  std::vector<FailedReplication> failures;
  bool undecided_fails = false;
};

GateVerdict verdict_of(const GateReport& report);
bool gate_is_open(const GateReport& report);  // false: exit code 1
std::string gate_sentence(const GateReport& report);

inline constexpr std::string_view kCheckSchema = "berth/check/1";

std::string table_report(const GateReport& report, bool color);
std::string markdown_report(const GateReport& report);
std::string json_report(const GateReport& report);
std::string csv_report(const GateReport& report);
std::string junit_report(const GateReport& report);
std::string github_annotations(const GateReport& report);

}  // namespace berth
