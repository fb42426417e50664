// One thing that is wrong with what a user wrote: where, what, and the way out.
//
//   scenarios/x.yaml:41:7: error: no image named "dl-bas"  [/training/retrain/image]
//     41 |     image: dl-bas
//        |            ^
//     hint: did you mean "dl-base"?
//
// What comes from a file is printed without control characters, and long lines are cut around the
// column, so a message cannot write to the terminal or fill it.
//
// Line and column count from 1 in characters; 0 where there is no line (a missing file, an option).
// Tested by tests/scenarios/issue_test.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

enum class Severity { error, warning };

struct Issue {
  std::string file;
  int line = 0, column = 0;
  std::string path;  // JSON pointer inside the file, "" for the whole
  std::string message;
  std::string hint;  // "" when there is none
  Severity severity = Severity::error;
  bool operator==(const Issue&) const = default;
};

// `source` is the text of issue.file; without it (empty) the line and the caret are left out.
std::string render_issue(const Issue& issue, std::string_view source);

bool has_errors(std::span<const Issue> issues);

// What a user wrote, between quotes, as one short line.
std::string in_quotes(std::string_view text);

// The name of a file, between quotes and whole: one that is cut cannot be found.
std::string path_in_quotes(std::string_view path);

// The words nearest to a misspelt one, best first, at most `most`; only near ones (an edit distance
// of a third of the length or less, a shared beginning, or a part of the name).
std::vector<std::string> nearest_words(std::string_view word, std::span<const std::string> known,
                                       std::size_t most = 3);
// `did you mean "a"?`, or the few words there are, or "".
std::string nearest_hint(std::string_view word, std::span<const std::string> known);

}  // namespace berth
