#include "scenarios/issue.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("an issue shows file, line, column, path, the line, a caret and a way out",
          "[scenarios][issue]") {
  const Issue issue{"x.yaml",
                    2,
                    10,
                    "/training/t/image",
                    "no image named \"dl-bas\"",
                    "did you mean \"dl-base\"?",
                    Severity::error};
  CHECK(render_issue(issue, "t:\n  image: dl-bas\n") ==
        "x.yaml:2:10: error: no image named \"dl-bas\"  [/training/t/image]\n"
        "  2 |   image: dl-bas\n"
        "    |          ^\n"
        "  hint: did you mean \"dl-base\"?\n");
}

TEST_CASE("an issue of a whole file has no line", "[scenarios][issue]") {
  CHECK(render_issue({"x.yaml", 0, 0, "", "no such file", "", Severity::error}, "") ==
        "x.yaml: error: no such file\n");
}

TEST_CASE("the caret stands below its character, also behind wide text and tabs",
          "[scenarios][issue]") {
  // Two characters of two bytes and a tab before column 4.
  CHECK(render_issue({"x", 1, 4, "", "m", "", Severity::warning}, "\xc3\xa9\xc3\xa9\tX") ==
        "x:1:4: warning: m\n  1 | \xc3\xa9\xc3\xa9 X\n    |    ^\n");
}

TEST_CASE("a long line is cut around its column", "[scenarios][issue]") {
  const std::string source = std::string(5000, 'a') + "X" + std::string(5000, 'b');
  const std::string text = render_issue({"x", 1, 5001, "", "m", "", Severity::error}, source);
  CHECK(text.size() < 400);
  const std::size_t caret_line = text.rfind("    | ");
  const std::size_t shown_line = text.find("  1 | ");
  const std::size_t column = text.find('^', caret_line) - caret_line;
  CHECK(text[shown_line + column] == 'X');
}

TEST_CASE("what a file contains cannot write to the terminal", "[scenarios][issue]") {
  const std::string text = render_issue(
      {"x", 1, 1, "", "got " + in_quotes("\x1b[31m"), "", Severity::error}, "\x1b[31mred");
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("a long word is cut where it is quoted, the name of a file is not", "[scenarios]") {
  const std::string longest(60, 'w');
  CHECK(in_quotes(longest) == "\"" + longest + "\"");
  CHECK(in_quotes(longest + "x") == "\"" + longest + "...\"");
  CHECK(path_in_quotes("/a/" + longest + "/none.yaml") == "\"/a/" + longest + "/none.yaml\"");
  CHECK(path_in_quotes("a\nb") == in_quotes("a\nb"));
}

TEST_CASE("the nearest word is offered only when it is near", "[scenarios][issue]") {
  const std::vector<std::string> known{"count", "startup", "spot", "on_demand", "keep_alive"};
  CHECK(nearest_hint("cuont", known) == "did you mean \"count\"?");
  CHECK(nearest_hint("keepalive", known) == "did you mean \"keep_alive\"?");
  CHECK(nearest_hint("SPOT", known) == "did you mean \"spot\"?");
  CHECK(nearest_hint("alive", known) == "did you mean \"keep_alive\"?");
  CHECK(nearest_hint("zzz", known) ==
        "there are \"count\", \"startup\", \"spot\", \"on_demand\", \"keep_alive\"");
  CHECK(nearest_hint("b", std::vector<std::string>{"a"}) == "there is \"a\"");
  CHECK(nearest_hint("b", {}).empty());
}

}  // namespace
}  // namespace berth
