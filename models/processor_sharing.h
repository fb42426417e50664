// One shared link, every transfer on it at the same rate min(cap, capacity / transfers), kept in
// virtual time so that thousands of transfers cost O(log n) an event instead of O(n).
//
//   V(t): bytes a transfer that was there all along has moved;  dV/dt = min(cap, capacity / n(t))
//   a transfer of b bytes that begins at V ends when V(t) = V + b, whatever comes and goes
//   meanwhile
//
// Exact where the link is the only bottleneck and all transfers have one cap (a registry or a NAT
// gateway in front of equal machines); where several links bind, use models/max_min.h or SimGrid.
// With capacity = m cap and Poisson transfers it is M/M/m (family ps_capped).
// Equal ends come out in the order in which the transfers began.
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
  SharedLink(BytesPerSecond capacity, BytesPerSecond cap) : capacity_(capacity), cap_(cap) {}

  using Transfer = std::int64_t;  // counts up from 0 in the order of `begin`

  // Time never runs backwards: `now` must not be before the last `begin`, `end_next` or `cancel`,
  // nor after the next end.
  Transfer begin(Seconds now, Bytes bytes);
  // When the next transfer ends if none begins before. Absent on an idle link.
  std::optional<Seconds> next_end() const;
  // Takes the next transfer off the link; the time is next_end().
  Transfer end_next();
  // A transfer that is given up. False if it is not on the link.
  bool cancel(Seconds now, Transfer transfer);

  std::size_t transfers() const { return ends_.size(); }
  BytesPerSecond rate() const;  // of each transfer now

 private:
  void advance(Seconds now);

  BytesPerSecond capacity_, cap_;
  Seconds now_{0};
  double virtual_ = 0;
  std::vector<std::pair<double, Transfer>> ends_;  // heap, the smallest on top
  Transfer next_ = 0;
};

}  // namespace berth
