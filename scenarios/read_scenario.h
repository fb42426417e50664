// Text to Scenario, strictly, once. Past this nothing checks strings.
//
//   what the file extends, in order -> the file itself -> overlays -> --set options  (JSON merge patch)
//            -> every value against its field -> names and numbers against each other
//
// A file that several others extend is laid once, where it is met first: so two what-ifs of one scenario
// can be laid over each other, and neither undoes the other.
//
// Every value remembers the file, line and column it came from, also after the merge. All mistakes
// of all files are found in one pass: a field that is wrong does not hide the next one, and names
// and numbers are checked as far as they can be read.
//
// Left out: other kinds of document (a result is read by whoever wants it), YAML tags, includes by
// anything but `extends`. The fields themselves: scenarios/scenario_fields.h.
// Tested by tests/scenarios/read_scenario_test.cpp and bad_input_test.cpp.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/plan_request.h"
#include "models/scenario.h"
#include "scenarios/issue.h"

namespace berth {

struct SourceFile {
  std::string name;  // as in Issue::file; "<stdin>" for "-", "--set" for the options
  std::string text;
};

// A value of the document a scenario was read from, bases and options merged in.
struct ScenarioValue {
  std::string pointer, text;  // "/training/retrain/models", "40"
  bool operator==(const ScenarioValue&) const = default;
};

struct Loaded {
  std::optional<Scenario> scenario;  // set exactly when no issue is an error
  PlanRequest plan;                  // of its `plan:` section; all derived without one
  std::vector<Issue> issues;         // by file in the order they were read, then line, column
  std::vector<SourceFile> files;     // everything read, in that order: the digests of a result
  std::vector<ScenarioValue> values; // by pointer; notes (x-...) are left out
};

// Where files come from: the disk, or an earlier state of a repository. At most `limit` bytes.
struct FileText {
  std::optional<std::string> text;
  std::string wrong, hint;  // when there is none
};
using ReadFile = std::function<FileText(const std::string& path, std::size_t limit)>;
FileText read_from_disk(const std::string& path, std::size_t limit);

// `path_or_dash`: a file, or "-" for standard input. Each of `sets` is "/json/pointer=VALUE", VALUE
// in YAML; they are applied last and in order.
// `overlays`: files laid over the scenario in order, as if a last file extended it and them.
Loaded load_scenario(const std::string& path_or_dash, std::span<const std::string> sets = {},
                     std::span<const std::string> overlays = {},
                     const ReadFile& read = read_from_disk);

// The same for a text already in memory; `name` stands in messages and is what relative paths
// (extends, traces, samples) start from.
Loaded read_scenario_text(std::string text, const std::string& name,
                          std::span<const std::string> sets = {});

// All issues as the command line prints them, each with its line, and a closing count.
std::string render_issues(const Loaded& loaded);

}  // namespace berth
