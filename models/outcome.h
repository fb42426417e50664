// What one Replication measured: one simulated history of one Placement under one seed. Everything
// is over the measured window [warm_up, warm_up + horizon) of the simulated clock unless it says
// otherwise. An Outcome is a value that crosses a process boundary (sim/wire.h lists its fields).
//
// Who counts: a Job belongs to the window when it was submitted in it. Its start latency is recorded
// when user code starts, also after other jobs of the window ended; the replication stops at the end
// of the window, so jobs that have not started by then are counted in `waiting_at_end`, and a result
// whose backlog grows says that its latencies are lower bounds (`backlog_at_begin`, `backlog_at_end`).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/billing/bill.h"
#include "models/histogram.h"
#include "models/ids.h"
#include "models/replication.h"
#include "models/startup_ledger.h"
#include "models/units.h"

namespace berth {

struct TrainingOutcome {
  std::int64_t submitted = 0;
  std::int64_t completed = 0;
  std::int64_t failed = 0;          // every attempt used up
  std::int64_t skipped = 0;         // never submitted: a job they waited for has failed
  std::int64_t waiting_at_end = 0;  // submitted in the window, user code not started
  std::int64_t running_at_end = 0;  // submitted in the window, started, not done
  std::int64_t started = 0;
  std::int64_t interruptions = 0;   // attempts ended early: spot reclaim, preemption, node given back
  std::int64_t capacity_errors = 0;
  std::int64_t warm_starts = 0;     // first attempts that reused a warm pool or a cached image
  std::int64_t slo_due = 0;         // start_slo after submission fell in the window, started or not
  std::int64_t slo_met = 0;         // of `slo_due`, started within start_slo
  std::int64_t deadline_due = 0;    // deadline fell in the window
  std::int64_t deadline_missed = 0;
  std::int64_t backlog_at_begin = 0;  // waiting, of any submission, when the window opens / closes
  std::int64_t backlog_at_end = 0;
  std::array<Histogram, kPhaseCount> phases;  // seconds, of jobs that started
  Histogram start_latency;                    // submitted -> user code
  Histogram turnaround;                       // submitted -> done
  Histogram chain_turnaround;                 // first submission of its chain -> done, of followers
  // Jobs of any submission that wait for their first start: per slice, time-weighted. Jobs that
  // fail without a start are not in it.
  std::vector<double> waiting;
  Histogram container_started;                // submitted -> container started, of the same jobs
  std::array<Usd, kPhaseCount> phase_cost{};  // of all of them
};

// Pods of a Service (or instances of its endpoint) that became ready, by the moment they were asked
// for.
struct PodStarts {
  std::int64_t started = 0;
  std::array<Histogram, kPhaseCount> phases;  // seconds
  Histogram container_started, ready;         // from the request for the pod
  std::array<Usd, kPhaseCount> phase_cost{};
};

// One look at a Service: [begin, begin + slice).
struct ServiceSlice {
  double request_rate = 0;  // 1/s
  double ready = 0;         // replicas serving, time-weighted over the slice
  double desired = 0;
  double utilisation = 0;   // of the ready slots; at most 1
  double p99_s = 0;         // 0 while nothing is served
  bool overloaded = false;  // offered load at or above the ready slots
  double rejected = 0, timed_out = 0, cut_off = 0;  // requests lost, as in ServiceOutcome
  double lost() const { return rejected + timed_out + cut_off; }
};

// Offered load at or above the ready slots, in [from, to), and when no more requests waited than there were
// slots, at `to` or later: infinite where they still do when the window ends. Seconds after its begin.
struct OverloadSpan {
  Seconds from{}, to{}, queue_gone{};
  bool operator==(const OverloadSpan&) const = default;
};

struct ServiceOutcome {
  double requests = 0;
  double good = 0;      // answered within slo_latency
  double rejected = 0;   // the queue was full, or there was no pod to wait at
  double timed_out = 0;  // waited longer than the time-out
  double cut_off = 0;    // their pod went under them and nobody tried again
  double waiting_at_begin = 0, waiting_at_end = 0;  // 0 behind windows and steady formulas
  Seconds overloaded{0};  // offered load at or above the ready slots, but asleep at `min: 0`
  Seconds doubtful{0};    // outside the range in which the latency model is known to be right
  Seconds replica_time{0};
  double busy_slot_seconds = 0, slot_seconds = 0;
  WeightedHistogram latency;         // seconds, weight = requests
  std::vector<ServiceSlice> slices;  // of the window, in order
  std::string fidelity;              // that was asked for: models/serving/fidelity.h
  std::array<Seconds, 3> looked_at{};  // time by Look: whole, window, formula
  double error = 0;                  // stated, of p99: models/serving/error_of_p99.h
  std::vector<OverloadSpan> overloads;
  double cold_starts = 0;  // requests that waited for a serverless container to start
  PodStarts starts;
};

struct PoolOutcome {
  PlatformId platform;
  PoolId pool;
  std::int64_t launched = 0, removed = 0, reclaimed = 0;
  std::int64_t launches_failed = 0;    // nodes that EC2 had not and that nothing came for
  std::int64_t unregistered = 0;       // launched, and given back as they did not register in time
  Seconds node_time{0};
  std::vector<double> nodes;           // per slice, time-weighted
  std::vector<std::int64_t> reclaims;  // per slice: how many AWS took back
};

// What a Savings Plan could cover, hour by hour: instances of one kind and type, over all holders.
struct HourlyUse {
  UsageKind kind{};
  TypeId type;
  std::vector<double> instances;  // mean of each hour of the window; the last may be a part of one
};

struct Outcome {
  std::vector<TrainingOutcome> training;  // by TrainingId
  std::vector<ServiceOutcome> services;   // by ServiceId
  std::vector<PoolOutcome> pools;         // those in use
  Bill bill;                              // of the window, not yet a month
  std::vector<HourlyUse> hourly;          // by kind, type
  std::int64_t events = 0;                // of the Journal, and resumptions of lives
};

}  // namespace berth
