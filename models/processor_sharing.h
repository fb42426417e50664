// One shared link, kept in virtual time so that thousands of transfers cost O(log n) an event instead
// of O(n). Every transfer may have a cap of its own; those of one cap move alike.
//
//   level L(t): sum over transfers of min(cap, L) = capacity      (no level: every cap fits)
//   V_c(t): bytes a transfer of cap c that was there all along has moved;  dV_c/dt = min(c, L(t))
//   a transfer of b bytes that begins at V_c ends when V_c(t) = V_c + b, whatever comes and goes
//   meanwhile
//
// Exact (max-min fair) where the link is the only bottleneck besides the caps: a registry or a NAT
// gateway in front of machines. A machine's card is such a cap while one transfer uses it; where
// several meet on a card behind a shared link, use SimGrid. An event costs
// O(distinct caps + log n). With one cap, capacity = m cap and Poisson transfers it is M/M/m (family
// ps_capped). Equal ends come out in the order in which the transfers began.
// Tested by tests/models/processor_sharing_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "models/units.h"

namespace berth {

class SharedLink {
 public:
  explicit SharedLink(BytesPerSecond capacity) : capacity_(capacity) {}

  using Transfer = std::int64_t;  // counts up from 0 in the order of `begin`

  // Time never runs backwards: `now` must not be before the last `begin`, `end_next` or `cancel`,
  // nor after the next end.
  Transfer begin(Seconds now, Bytes bytes, BytesPerSecond cap);
  // When the next transfer ends if none begins before. Absent on an idle link.
  std::optional<Seconds> next_end() const;
  // Takes the next transfer off the link; the time is next_end().
  Transfer end_next();
  // Bytes that a transfer on the link has still to move.
  double left(Seconds now, Transfer transfer) const;
  // A transfer that is given up. False if it is not on the link.
  bool cancel(Seconds now, Transfer transfer);

  std::size_t transfers() const { return transfers_; }

 private:
  using End = std::pair<double, Transfer>;
  struct Class {
    double cap = 0, rate = 0, moved = 0;  // moved: its virtual time
    std::vector<End> ends;                // heap, the smallest on top
  };

  void advance(Seconds now);
  void share();
  double seconds_left(const Class& c) const { return (c.ends.front().first - c.moved) / c.rate; }
  const Class* next_class() const;

  BytesPerSecond capacity_;
  Seconds now_{0};
  std::vector<Class> classes_;  // by cap
  std::size_t transfers_ = 0;
  Transfer next_ = 0;
};

}  // namespace berth
