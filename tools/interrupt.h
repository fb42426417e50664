// Ctrl-C and SIGTERM: the first one asks the run to stop, which ends its workers and prints nothing
// half-written; a second one ends the program at once.
#pragma once

#include <optional>

#include "tools/exit_code.h"

namespace berth {

void watch_interrupts();             // from now on signals are noted instead of ending the program
bool interrupted();                  // has one arrived?
std::optional<Exit> interrupt_exit();  // interrupted (130) or terminated (143)

}  // namespace berth
