// How far a run has come, on stderr: a bar that redraws itself on a terminal, else one line every
// 10 s, so that a log stays short. Nothing with --quiet.
//
//    12/50 ━━━━━━━━━                              6.1/s  lyft-hybrid
//
// It only writes when asked (from the parent's loop) and at most ten times a second.
// Tested by tests/tools/progress_test.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace berth {

enum class ProgressStyle { none, bar, lines };

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  // `write` is given text for stderr; `now` is the wall clock.
  Progress(ProgressStyle style, std::string what, std::function<void(const std::string&)> write,
           std::function<Clock::time_point()> now = Clock::now);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // clears the bar

  void show(std::size_t done, std::size_t total);

 private:
  std::string bar(std::size_t done, std::size_t total, double per_second) const;

  ProgressStyle style_;
  std::string what_;
  std::function<void(const std::string&)> write_;
  std::function<Clock::time_point()> now_;
  Clock::time_point began_, shown_;
  bool drawn_ = false;
};

}  // namespace berth
