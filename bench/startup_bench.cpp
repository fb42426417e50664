// From the start of a process to its first simulated event: libraries, the scenario's file, the
// child process, SimGrid's engine. Budget 50 ms (docs/performance.md). The program starts itself
// again and again; each of these loads the scenario, simulates a microsecond of it and ends.
//
// Its whole life is counted, the end included, so the figure is an upper bound.
//
//   startup_bench SCENARIO [STARTS]      default 21 starts
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <vector>

#include "scenarios/read_scenario.h"
#include "sim/replicate.h"

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

int start_once(const char* path) {
  const auto begin = Clock::now();
  berth::Loaded loaded = berth::load_scenario(path);
  if (!loaded.scenario) return std::cerr << render_issues(loaded), 2;
  const double loading = milliseconds_since(begin);
  loaded.scenario->warm_up = {};
  loaded.scenario->horizon = berth::Seconds{1e-6};
  const auto placements = std::span(loaded.scenario->placements).first(1);
  const berth::Replicated done = berth::replicate(*loaded.scenario, placements, {});
  if (!done.failures.empty()) return std::cerr << done.failures[0].reason << '\n', 70;
  std::fprintf(stderr, "  of these: reading the scenario %.1f ms, one replication %.1f ms\n", loading,
               milliseconds_since(begin) - loading);
  return 0;
}

int start_process(char* program, char* path, bool quiet) {
  char once[] = "--once";
  char* arguments[] = {program, path, once, nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (quiet) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
  pid_t pid = 0;
  int status = 0;
  if (posix_spawn(&pid, program, &actions, nullptr, arguments, environ) != 0) return 70;
  waitpid(pid, &status, 0);
  posix_spawn_file_actions_destroy(&actions);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::cerr << "usage: startup_bench SCENARIO [STARTS]\n", 2;
  if (argc > 2 && std::strcmp(argv[2], "--once") == 0) return start_once(argv[1]);
  const int starts = argc > 2 ? std::max(1, std::atoi(argv[2])) : 21;
  std::vector<double> took;
  for (int i = 0; i < starts; ++i) {
    const auto begin = Clock::now();
    if (const int code = start_process(argv[0], argv[1], i > 0 && i + 1 < starts); code != 0)
      return code;
    took.push_back(milliseconds_since(begin));
  }
  std::ranges::sort(took);
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const double cpu_ms = 1e3 * static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                        1e-3 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  std::printf("process start to end, %d starts: quickest %.1f ms, median %.1f ms, slowest %.1f ms; "
              "CPU time %.1f ms each\n",
              starts, took.front(), took[took.size() / 2], took.back(), cpu_ms / starts);
}
