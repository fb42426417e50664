// How many processes are worth starting at once: the cores this process may use, which in a
// container are fewer than the machine has. Tested by tests/tools/cores_test.cpp.
#pragma once

#include <string_view>

namespace berth {

// `quota` as a control group says it: cpu.max of version 2, "max 100000" or "150000 100000"
// (microseconds of running a period; 1.5 cores, for which two processes are worth having).
int cores_within(int cores, std::string_view quota);
// Of the affinity mask and of the quotas of this process's group and those above it.
int usable_cores();

}  // namespace berth
