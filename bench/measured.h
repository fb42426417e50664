// Runs something in a child process of its own and says what it took: SimGrid has one clock per
// process, and peak memory is a process's.
#pragma once

#include <functional>

namespace berth {

struct Measured {
  double wall_s = 0;
  double cpu_s = 0;       // user and system, of the whole child
  double peak_mib = 0;    // resident
  double count = 0;       // whatever the work counted
  double events = 0;
};

struct Counted {
  double count = 0, events = 0;
};

// The quickest of `runs`: what disturbs a run only makes it longer. Throws when the child failed.
Measured quickest(int runs, const std::function<Counted()>& work);

}  // namespace berth
