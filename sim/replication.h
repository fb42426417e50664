// One Replication: one simulated history of a Placement under one seed. The whole face of sim/ to a
// process that runs one; sim/replicate.h runs many, each in a child process of its own, because
// SimGrid has one clock per process and never winds it back.
#pragma once

#include <functional>
#include <vector>

#include "models/journal.h"
#include "models/outcome.h"
#include "models/scenario.h"

namespace berth {

// At most once per process. Throws when the simulation contradicts itself or a price that is needed
// is unknown; the message names the simulated time.
Outcome run_replication(const Scenario& scenario, const Placement& placement,
                        Replication replication);

// The same, with everything that happened in order.
struct Recorded {
  Outcome outcome;
  std::vector<Event> journal;
};
Recorded record_replication(const Scenario& scenario, const Placement& placement,
                            Replication replication);

// The same, told event by event as they happen; nothing is kept.
Outcome tell_replication(const Scenario& scenario, const Placement& placement,
                         Replication replication, std::function<void(const Event&)> listener);

}  // namespace berth
