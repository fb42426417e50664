// Requests that wait while a service has no pod: when they came, oldest first. Times are seconds from the
// begin of the run; requests are spread evenly over the stretch in which they came.
// Memory is bounded: of a long wait neighbouring stretches become one.
// Tested by tests/models/serving/held_requests_test.cpp.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "models/units.h"

namespace berth {

class HeldRequests {
 public:
  void add(Seconds from, Seconds to, double requests);  // `from` is not before the last `to`
  double count() const { return count_; }
  double came_since(Seconds then) const;
  double drop_before(Seconds then);  // how many went
  double drop_newest(double most);   // how many went
  // All, as (when, how many) at most about a second apart, and none is left.
  std::vector<std::pair<Seconds, double>> release();

 private:
  struct Came {
    Seconds from, to;
    double requests = 0;
  };
  void halve();
  std::deque<Came> came_;
  double count_ = 0;
};

}  // namespace berth
