// Dates that are still to come, when nothing but time takes them away: how many, and how far off they
// are in all. Each costs its own coming and going, a look nothing more.
//
// Sums are of whole 2^-30 s, as a Backlog's.
// Tested by tests/sim/serving/backlog_test.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace berth::serving {

class DatesAhead {
 public:
  void add(double date) {
    if (in_order_.empty() || date >= in_order_.back())
      in_order_.push_back(date);
    else
      others_.push(date);
    sum_ += ticks(date);
  }

  // Looks: `now` never goes back.
  std::size_t count(double now) {
    pass(now);
    return in_order_.size() - passed_ + others_.size();
  }
  double seconds_off(double now) {
    const auto n = static_cast<Ticks>(count(now));
    return static_cast<double>(sum_ - n * ticks(now)) * 0x1p-30;
  }

 private:
  __extension__ using Ticks = __int128;
  static Ticks ticks(double date) { return static_cast<std::int64_t>(date * 0x1p30); }
  void pass(double now) {
    for (; passed_ < in_order_.size() && in_order_[passed_] <= now; ++passed_)
      sum_ -= ticks(in_order_[passed_]);
    if (passed_ > in_order_.size() / 2) {
      in_order_.erase(in_order_.begin(), in_order_.begin() + static_cast<std::ptrdiff_t>(passed_));
      passed_ = 0;
    }
    for (; !others_.empty() && others_.top() <= now; others_.pop()) sum_ -= ticks(others_.top());
  }

  // First come, first served: most dates ascend.
  std::vector<double> in_order_;
  std::size_t passed_ = 0;  // of those, the first
  std::priority_queue<double, std::vector<double>, std::greater<>> others_;
  Ticks sum_ = 0;
};

}  // namespace berth::serving
