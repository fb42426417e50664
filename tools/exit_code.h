// How every command ends. Scripts and schedulers rely on these; 1 and 2 are never mixed: 1 is an
// answer, 2 is a question that could not be read.
#pragma once

namespace berth {

enum class Exit : int {
  done = 0,
  answer_is_no = 1,   // a gate failed, a limit is broken, nothing is feasible
  wrong_input = 2,    // a file, an option or a path that cannot be used
  some_failed = 3,    // done, but some replications failed
  internal = 70,      // we are wrong
  locked = 75,        // someone else holds the lock
  interrupted = 130,  // SIGINT
  terminated = 143,   // SIGTERM
};

constexpr int status(Exit exit) { return static_cast<int>(exit); }

}  // namespace berth
