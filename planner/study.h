// A study: placements of one Scenario, simulated and summarised. The simulator comes in as a
// function (the seam): the real one forks workers, a test's is ten lines with a known answer.
// Tested by tests/planner/study_test.cpp.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/outcome.h"
#include "models/scenario.h"
#include "planner/summary.h"

namespace berth {

struct FailedReplication {
  std::string placement;
  Replication replication;
  std::string reason;
};

struct Simulated {
  std::vector<std::vector<std::optional<Outcome>>> outcomes;  // [placement][replication]
  std::vector<FailedReplication> failures;
  bool interrupted = false;  // before all had ended: the others are absent, and no failures
};
using Simulate = std::function<Simulated(const Scenario&, std::span<const Placement>)>;

struct Study {
  std::vector<Summary> placements;  // those with at least one replication
  std::vector<FailedReplication> failures;
  bool interrupted = false;  // then nothing else is filled in: half a study is no answer
};

Study study(const Scenario& scenario, std::span<const Placement> placements,
            const Simulate& simulate);

}  // namespace berth
