// One replication's trace into a file. The history is simulated in a child process (SimGrid has one
// clock per process) that writes line after line, so memory stays flat however much happens.
#pragma once

#include <string>

#include "models/replication.h"
#include "models/scenario.h"
#include "tools/exit_code.h"

namespace berth {

// done, interrupted, or internal after a message; CannotWrite as in tools/output.h. Only `done`
// leaves a file.
Exit write_trace(const std::string& path, const Scenario& scenario, const Placement& placement,
                 Replication replication);

}  // namespace berth
