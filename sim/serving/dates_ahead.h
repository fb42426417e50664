// Dates that are still to come, when nothing but time takes them away: how many, and how far off they
// are in all. Each costs its own coming and going, a look nothing more.
//
// Sums are of whole 2^-30 s, as a Backlog's.
// Tested by tests/sim/serving/backlog_test.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace berth::serving {

class DatesAhead {
 public:
  void add(double date) {
    dates_.push(date);
    sum_ += ticks(date);
  }

  // Looks: `now` never goes back.
  std::size_t count(double now) {
    pass(now);
    return dates_.size();
  }
  double seconds_off(double now) {
    pass(now);
    return static_cast<double>(sum_ - ticks(now) * static_cast<Ticks>(dates_.size())) * 0x1p-30;
  }

 private:
  __extension__ using Ticks = __int128;
  static Ticks ticks(double date) { return static_cast<std::int64_t>(date * 0x1p30); }
  void pass(double now) {
    for (; !dates_.empty() && dates_.top() <= now; dates_.pop()) sum_ -= ticks(dates_.top());
  }

  std::priority_queue<double, std::vector<double>, std::greater<>> dates_;
  Ticks sum_ = 0;
};

}  // namespace berth::serving
