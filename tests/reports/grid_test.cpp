#include "reports/grid.h"

#include <catch2/catch.hpp>

using namespace berth;
using enum Column::Align;

TEST_CASE("columns line up by characters, not bytes") {
  Grid grid({{"", left}, {"cost"}});
  grid.add({{"a"}, {"1 $ ±1"}});
  grid.add({{"longer"}, {"22 $"}});
  CHECK(grid.text("  ", false) ==
        "            cost\n"
        "  a       1 $ ±1\n"
        "  longer    22 $\n");
}

TEST_CASE("long words end in an ellipsis") {
  Grid grid({{"", left, 5}});
  grid.add({{"abcdefgh"}});
  CHECK(grid.text("", false) == "abcd…\n");
  CHECK(shortened("abcde", 5) == "abcde");
  CHECK(shortened("±±±±±±", 3) == "±±…");
}

TEST_CASE("colours do not move columns and end where they began") {
  Grid grid({{"", left}, {"", left}});
  grid.add({{"a", Style::bold}, {"x"}});
  grid.add({{"bb"}, {"y"}});
  CHECK(grid.text("", true) == "\033[1ma\033[0m   x\nbb  y\n");
  CHECK(styled("a", Style::bold, false) == "a");
}

TEST_CASE("a sentence breaks at spaces, never between a number and its unit") {
  const std::string words(90, 'x');
  CHECK(wrapped("", "  ", words + " 12.3 k$ ±0.4, more") == words + "\n  12.3 k$ ±0.4, more\n");
  CHECK(wrapped("! ", "  ", "short") == "! short\n");
}
