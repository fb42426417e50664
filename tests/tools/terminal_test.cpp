#include "tools/terminal.h"

#include <catch2/catch.hpp>

using namespace berth;

TEST_CASE("colour follows the option, then the environment, then the terminal") {
  struct Row {
    ColorWish wish;
    Surroundings around;
    bool color;
    const char* because;
  };
  const Surroundings terminal{.is_terminal = true, .term = "xterm"};
  const Surroundings pipe{.is_terminal = false, .term = "xterm"};
  const auto with = [](Surroundings around, auto field, const char* value) {
    around.*field = value;
    return around;
  };
  const Row rows[] = {
      {ColorWish::automatic, terminal, true, "a terminal"},
      {ColorWish::automatic, pipe, false, "a pipe"},
      {ColorWish::automatic, with(terminal, &Surroundings::term, "dumb"), false, "a dumb terminal"},
      {ColorWish::automatic, with(terminal, &Surroundings::no_color, "1"), false, "NO_COLOR"},
      {ColorWish::automatic, with(terminal, &Surroundings::no_color, ""), true,
       "an empty NO_COLOR does not count (no-color.org)"},
      {ColorWish::automatic, with(pipe, &Surroundings::force_color, "1"), true, "FORCE_COLOR"},
      {ColorWish::automatic, with(pipe, &Surroundings::clicolor_force, "0"), false,
       "CLICOLOR_FORCE=0 asks for nothing"},
      {ColorWish::always, with(pipe, &Surroundings::no_color, "1"), true, "the option wins"},
      {ColorWish::never, terminal, false, "the option wins"},
  };
  for (const Row& row : rows) {
    INFO(row.because);
    CHECK(use_color(row.wish, row.around) == row.color);
  }
}

TEST_CASE("a bar only moves where it can") {
  const Surroundings terminal{.is_terminal = true, .term = "xterm"};
  Surroundings ci = terminal;
  ci.ci = "true";
  CHECK(may_redraw(terminal));
  CHECK(!may_redraw(ci));
  CHECK(!may_redraw({.is_terminal = false, .term = "xterm"}));
  CHECK(!may_redraw({.is_terminal = true}));
}
