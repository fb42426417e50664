// The Journal of one replication as JSON lines, for `berth explain` and for programs of one's own.
//
//   {"schema":"berth/trace/1","scenario":"lyft-hybrid","placement":"hybrid","seed":1,...}
//   {"at_s":65100.0,"at":"2026-03-02T18:05:00.000Z","type":"node_requested","about":"nodes",
//    "platform":"eks","pool":"general",...,"words":"a node is asked for"}
//   {"type":"end","events":12345}
//
// at_s counts from where the measured window opens, so what the warm-up saw is negative; `at` is
// the same on the scenario's clock. `about` is the chapter of a story a line belongs to: load,
// decision, pods, nodes, requests, jobs, run. `service` and `class` name the workload a line is
// about. Fields carry their unit; `words` says the same to people. Without the last line a trace is
// cut short.
//
// One function an event kind (reports/trace_words.h), found by overload, so a kind without words does
// not compile. A line is made when the event happens: nothing is kept.
// Tested by tests/reports/trace_test.cpp; the schema is reports/trace_schema.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/journal.h"
#include "models/replication.h"
#include "models/scenario.h"

namespace berth {

inline constexpr std::string_view kTraceSchema = "berth/trace/1";

class TraceWriter {
 public:
  // All three must live as long as this.
  TraceWriter(const Scenario& scenario, const Placement& placement, Replication replication)
      : scenario_(scenario), placement_(placement), replication_(replication) {}

  // Each is one line with its end.
  std::string head() const;
  std::string line(const Event& event);
  std::string end() const;

 private:
  const Scenario& scenario_;
  const Placement& placement_;
  Replication replication_;
  std::int64_t events_ = 0;
};

// "2026-03-02T18:05:00.000Z"; seconds since 1970, rounded to milliseconds.
std::string iso_time(double seconds_since_1970);

}  // namespace berth
