#include "tests/conformance/verdict.h"

#include <catch2/catch.hpp>

namespace berth::conformance {
namespace {

TEST_CASE("a number agrees with another, or with an exact fraction, within the tolerance",
          "[verdict]") {
  struct Row {
    const char* because;
    Json got, expected;
    bool agrees;
  };
  const Row rows[] = {
      {"within 1e-9", 1.0 + 5e-10, 1.0, true},
      {"beyond it", 1.0 + 5e-9, 1.0, false},
      {"94/3 is 31.333...", 94.0 / 3, "94/3", true},
      {"a whole number as a fraction", 40.0, "40", true},
      {"no double holds these terms, but their ratio", 0.5594430713003412,
       "58688516035913550392766989/104905251394929126857430000", true},
      {"another fraction", 31.3, "94/3", false},
      {"a word is no fraction", 1.0, "one", false},
      {"element by element", Json{1.5, 2.0}, Json{"3/2", "2"}, true},
      {"one element is off", Json{1.5, 2.1}, Json{"3/2", "2"}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    CHECK(agrees(row.got, row.expected, {.rel = 1e-9}) == row.agrees);
  }
}

TEST_CASE("a quantity that is missing fails a case, one too many does not", "[verdict]") {
  const Json expected{{"wait", 2.0}};
  CHECK(judge("a", expected, {}, [] {
          return Json{{"wait", 2.0}, {"length", 1}};
        }).kind == Verdict::Kind::pass);
  const Verdict missing = judge("a", expected, {}, [] { return Json{{"length", 1}}; });
  CHECK(missing.kind == Verdict::Kind::fail);
  CHECK(line(missing) == R"(a fail {"wait":"missing"} {"wait":2.0})");
}

}  // namespace
}  // namespace berth::conformance
