#include "reports/markdown.h"

#include <catch2/catch.hpp>

#include "tests/reports/canned_result.h"

using namespace berth;

namespace {
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
}  // namespace

TEST_CASE("names cannot break a table or become markup") {
  CHECK(markdown_text("a|b*c_d<e>") == "a\\|b\\*c\\_d\\<e\\>");
  CHECK(markdown_text("two\nlines") == "two lines");
}

TEST_CASE("a comparison has a row a figure with its verdict") {
  const std::string text = markdown_report(canned::comparison());
  CHECK(has(text, "## hybrid → cheap\n"));
  CHECK(has(text, "| cost per month | 985 $ | 848 $ | -137 $ ±38 | -13.9 % | clear |"));
}

TEST_CASE("no address in a name becomes a link, no number an issue") {
  CHECK(markdown_text("http://x") == "http\\://x");
  CHECK(markdown_text("www.x.org") == "www\\.x.org");
  CHECK(markdown_text("see #1") == "see \\#\u200b1");
  CHECK(markdown_text("a: b #x 1.5") == "a: b \\#x 1.5");
}
