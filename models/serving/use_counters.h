// What a Service or a pod has done since it began, as counters that only grow: whoever wants a rate
// or an average over a window takes the difference of two looks. Read at the moment of a look, so
// work under way counts up to it.
#pragma once

namespace berth {

struct UseCounters {
  double busy = 0;      // slot-seconds of service
  double waiting = 0;   // request-seconds in a queue; of a pod: in its own
  double requests = 0;  // that came; of a pod: that were given to it

  friend UseCounters operator+(const UseCounters& a, const UseCounters& b) {
    return {a.busy + b.busy, a.waiting + b.waiting, a.requests + b.requests};
  }
  friend UseCounters operator-(const UseCounters& a, const UseCounters& b) {
    return {a.busy - b.busy, a.waiting - b.waiting, a.requests - b.requests};
  }
  friend UseCounters operator*(const UseCounters& a, double factor) {
    return {a.busy * factor, a.waiting * factor, a.requests * factor};
  }
  UseCounters& operator+=(const UseCounters& other) { return *this = *this + other; }
  bool operator==(const UseCounters&) const = default;
};

// What of it somebody asks for, beside how busy all are.
struct Needs {
  bool pods = false;     // counters of every pod
  bool waiting = false;  // waiting, in_service and UseCounters::waiting
  bool requests = false;  // UseCounters::requests
};

}  // namespace berth
