// When requests leave their pods, in order of the dates: a ring of short lists (a calendar queue,
// Brown 1988), each of one stretch of time. A mean service time has about as many stretches as there
// are slots, so a list holds about one request whatever their number; a heap of a thousand costs ten
// unpredictable comparisons instead. What lies beyond the ring waits in a heap until its turn comes. Equal dates leave in any order.
// Tested by tests/sim/serving/departures_test.cpp.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace berth::serving {

class Departures {
 public:
  Departures() { spread(1, 1); }

  // Makes room for `slots` at a time that each take `service` seconds; what is in it stays.
  void spread(double service, std::size_t slots);

  void add(double at, std::uint32_t pod) {
    const std::uint64_t tick = std::max(tick_of(at), cursor_);
    if (tick - cursor_ < heads_.size())
      put(tick, at, pod);
    else
      put_far({at, pod});
  }

  // Everything up to `now`, which never goes back: f(pod).
  template <class F>
  void leave(double now, F f) {
    const std::uint64_t target = std::max(tick_of(now), cursor_);
    while (true) {
      std::uint32_t& head = heads_[cursor_ & (heads_.size() - 1)];
      while (head != kNone && nodes_[head].at <= now) {
        const std::uint32_t gone = head;
        head = nodes_[gone].next;
        nodes_[gone].next = unused_;
        unused_ = gone;
        --near_;
        f(nodes_[gone].pod);
      }
      if (cursor_ == target) return;
      // An empty ring is skipped in one step, up to what comes into it next.
      cursor_ = near_ > 0 ? cursor_ + 1 : std::min(target, std::max(first_far_, cursor_ + 1));
      if (first_far_ - cursor_ < heads_.size() || first_far_ < cursor_) bring_near();
    }
  }

  void forget(std::uint32_t pod);  // all of its
  std::size_t size() const { return near_ + far_.size(); }

 private:
  struct Departure {
    double at;
    std::uint32_t pod;
  };
  struct Node {
    double at;
    std::uint32_t pod, next;
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint64_t kNoTick = std::uint64_t{1} << 62;

  std::uint64_t tick_of(double at) const {
    const double tick = at * per_second_;
    return tick < 0x1p61 ? static_cast<std::uint64_t>(tick) : std::uint64_t{1} << 61;
  }
  void put(std::uint64_t tick, double at, std::uint32_t pod) {
    if (unused_ == kNone) more_nodes();
    const std::uint32_t node = unused_;
    unused_ = nodes_[node].next;
    std::uint32_t* place = &heads_[tick & (heads_.size() - 1)];
    while (*place != kNone && nodes_[*place].at < at) place = &nodes_[*place].next;
    nodes_[node] = {at, pod, *place};
    *place = node;
    ++near_;
  }
  void more_nodes();
  void put_far(const Departure& departure);
  void bring_near();
  std::vector<Departure> all() const;

  double per_second_ = 1;
  std::uint64_t cursor_ = 0;  // the stretch that is leaving
  std::uint64_t first_far_ = kNoTick;
  std::size_t near_ = 0;
  std::vector<std::uint32_t> heads_;  // by stretch; dates in a list ascend
  std::vector<Node> nodes_;
  std::uint32_t unused_ = kNone;
  std::vector<Departure> far_;  // heap, earliest first
};

}  // namespace berth::serving
