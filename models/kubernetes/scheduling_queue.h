// Who is next: kube-scheduler's PrioritySort. The higher priority; of equals, who has waited longer.
//
// Source: kube-scheduler 1.34 (plugins/queuesort). Left out: back-off between attempts and the pool of
// unschedulable pods: whoever waits is tried again whenever room may have come.
// Tested by tests/models/kubernetes/schedule_pod_test.cpp.
#pragma once

#include <cstdint>

namespace berth {

struct QueuePlace {
  int priority = 0;
  std::uint64_t sequence = 0;  // in the order of asking
};
constexpr bool goes_before(const QueuePlace& a, const QueuePlace& b) {
  return a.priority != b.priority ? a.priority > b.priority : a.sequence < b.sequence;
}

}  // namespace berth
