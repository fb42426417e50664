#include "tools/terminal.h"

#include <cstdlib>

#include <unistd.h>

namespace berth {
namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

bool filled(const std::optional<std::string>& value) { return value && !value->empty(); }
bool switched_on(const std::optional<std::string>& value) { return filled(value) && *value != "0"; }

bool can_move(const Surroundings& around) {
  return around.is_terminal && around.term.value_or("dumb") != "dumb";
}

}  // namespace

Surroundings surroundings(int descriptor) {
  return {.is_terminal = isatty(descriptor) == 1,
          .term = variable("TERM"),
          .no_color = variable("NO_COLOR"),
          .force_color = variable("FORCE_COLOR"),
          .clicolor_force = variable("CLICOLOR_FORCE"),
          .ci = variable("CI")};
}

bool use_color(ColorWish wish, const Surroundings& around) {
  if (wish != ColorWish::automatic) return wish == ColorWish::always;
  if (filled(around.no_color)) return false;
  if (switched_on(around.force_color) || switched_on(around.clicolor_force)) return true;
  return can_move(around);
}

bool may_redraw(const Surroundings& around) { return can_move(around) && !filled(around.ci); }

}  // namespace berth
