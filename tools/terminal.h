// What may be assumed about the place a text is shown: colour, and whether progress may move.
// The rules are functions of values, so they can be tested without a terminal.
// Tested by tests/tools/terminal_test.cpp.
#pragma once

#include <optional>
#include <string>

namespace berth {

struct Surroundings {
  bool is_terminal = false;
  std::optional<std::string> term, no_color, force_color, clicolor_force, ci;
};
// Of this process, for the stream with this descriptor (1 stdout, 2 stderr).
Surroundings surroundings(int descriptor);

enum class ColorWish { automatic, always, never };

// --color first, then NO_COLOR (not empty), then FORCE_COLOR or CLICOLOR_FORCE (not empty, not 0),
// then: a terminal that is not dumb.
bool use_color(ColorWish wish, const Surroundings& around);

// A bar that redraws itself: only on a terminal that can, and not in CI, whose log keeps each frame.
bool may_redraw(const Surroundings& around);

}  // namespace berth
