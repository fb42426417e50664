// How many requests of a queue wait, and for how long they have waited in all, kept as they come and
// go: a look at a queue of millions costs no more than at an empty one. Those who have given up and
// have not been cleared from the queue wait no more and have waited until then.
//
// Dates are summed as whole 2^-30 s, so that what was added is taken away again to the last bit,
// however long a queue goes without being empty.
// Tested by tests/sim/serving/backlog_test.cpp.
#pragma once

#include <cstdint>
#include <vector>

namespace berth::serving {

// Who has given up and stands in a queue still is cleared when there are so many: each costs five looks at
// most, and a queue is at most a quarter longer.
constexpr bool is_many_gone(std::uint64_t gone, std::uint64_t waiting) {
  return gone > waiting / 4 + 64;
}

class Backlog {
 public:
  // gives_up: a date, infinity for never.
  void add(double arrival, double gives_up);
  void remove(double arrival, double gives_up);
  void clear() { *this = {}; }

  // Looks: `now` never goes back.
  std::uint64_t waiting(double now);
  double waited(double now);

 private:
  __extension__ using Ticks = __int128;
  static Ticks ticks(double date) { return static_cast<std::int64_t>(date * 0x1p30); }
  void give_up_until(double now);
  void forget_removed();

  std::uint64_t waiting_ = 0;
  Ticks arrivals_ = 0;  // of all that are in the queue
  Ticks given_up_ = 0;  // when, of those of them who have
  double seen_ = 0;     // who gives up by then is counted so
  // When those who wait give up, and which of these dates are void: heaps, earliest first. Most void
  // ones are the earliest, and go at once.
  std::vector<double> dates_, void_;
};

}  // namespace berth::serving
