// Runs pieces of work in forked child processes and collects the bytes each one returns.
//
// SimGrid keeps one clock per process and never winds it back, so every replication gets a process
// of its own; a crash then costs one piece of work and not the study. A child costs about a
// millisecond. The parent must never create an Engine, and must call this from its main thread:
// children are killed when the thread that forked them ends (PR_SET_PDEATHSIG), so none outlives it.
//
// The child's stdout goes to stderr (stdout belongs to results), and it ignores SIGINT and SIGTERM:
// Ctrl-C reaches the whole process group, but what happens then is the parent's decision (`stop`).
//
// Left out: time limits, restarts, other machines. Tested by tests/sim/child_pool_test.cpp.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace berth {

struct ChildFailed {
  std::string reason;  // what the work threw, "killed by signal 11" or "exited with status 1"
};
using ChildResult = std::variant<std::string, ChildFailed>;

struct ChildPoolOptions {
  int workers = 1;  // children alive at once, at least 1
  // Asked at least every 100 ms; on true all children are killed and reaped.
  std::function<bool()> stop;
  // Called by the parent at the start, after every child and at least every 100 ms.
  std::function<void(std::size_t done, std::size_t total)> progress;
  // Called by the parent for each piece that ended, as it ends (in any order), to take its bytes.
  std::function<void(std::size_t piece, ChildResult result)> finished;
};

// Runs work(0) ... work(count - 1), each in a child. False when stopped early.
bool run_in_children(std::size_t count, const std::function<std::string(std::size_t)>& work,
                     const ChildPoolOptions& options);

}  // namespace berth
