// What happened in one replication, as values. The simulation hands each event to one place that
// folds it into the Outcome (models/tally.h) and, when somebody asked for it, keeps it. Reports and
// tests read the Outcome or the kept list; nothing else looks into a running simulation.
//
// `at` is simulated time; the measured window begins at the scenario's warm_up.
#pragma once

#include <variant>
#include <vector>

#include "models/ids.h"
#include "models/overloaded.h"
#include "models/startup_ledger.h"
#include "models/units.h"

namespace berth {

struct JobSubmitted {
  Seconds at;
  TrainingId workload;
};
// User code runs for the first time. `ledger` says what the wait was made of.
struct JobStarted {
  Seconds at, submitted;
  TrainingId workload;
  StartupLedger ledger;
  bool warm;  // on a warm pool, or on a node that held the whole image
};
struct AttemptInterrupted {
  Seconds at, submitted;
  TrainingId workload;
};
struct CapacityRefused {
  Seconds at, submitted;
  TrainingId workload;
};
struct JobCompleted {
  Seconds at, submitted;
  TrainingId workload;
};
struct JobFailed {  // its last attempt was interrupted
  Seconds at, submitted;
  TrainingId workload;
};
// The window closed on a job that was still waiting for its first start, or under way.
struct JobCutOff {
  Seconds at, submitted;
  TrainingId workload;
  bool started;
};
// The measured window opens; whoever submitted before and has not started counts as backlog.
struct WindowOpened {
  Seconds at;
};
struct NodeRequested {
  Seconds at;
  PlatformId platform;
  PoolId pool;
};
struct NodeReady {
  Seconds at;
  PlatformId platform;
  PoolId pool;
};
// Removed because empty, reclaimed by AWS, or cut off by the end of the window.
struct NodeGone {
  Seconds at, requested;
  PlatformId platform;
  PoolId pool;
  enum class Why { removed, reclaimed, cut_off } why;
};

using Event = std::variant<JobSubmitted, JobStarted, AttemptInterrupted, CapacityRefused,
                           JobCompleted, JobFailed, JobCutOff, WindowOpened, NodeRequested,
                           NodeReady, NodeGone>;

}  // namespace berth
