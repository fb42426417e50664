// All replications of all placements, each in a child process of its own (sim/child_pool.h says why).
//
//   outcomes[placement][replication - first]     absent where that unit failed or was not reached
//
// Results are placed by index and a replication's chance depends on (seed, number) only, so the
// answer is the same bytes for any number of workers. Units start replication by replication, so
// what an interruption leaves is as balanced over the placements as it can be.
//
// A unit that throws or crashes becomes a Failure that names its seed, replication and placement;
// the others go on. `stop` is asked at least every 100 ms; on true the children are killed and
// reaped, and what was done is kept. The parent must not have created a SimGrid Engine.
//
// Tested by tests/sim/replicate_test.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/outcome.h"
#include "models/scenario.h"

namespace berth {

struct Unit {
  std::size_t placement = 0;
  Replication replication;
};

struct Failure {
  Unit unit;
  std::string reason;  // "killed by signal 11 (seed 1, replication 3, placement hybrid)"
};

struct Replicated {
  std::vector<std::vector<std::optional<Outcome>>> outcomes;  // [placement][replication - first]
  std::vector<Failure> failures;                              // by placement, then replication
  bool interrupted = false;
};

struct ReplicateOptions {
  int replications = 1;  // how many, numbered from `first`
  int first = 0;
  std::uint64_t seed = 1;
  int workers = 1;
  // Called at the start, after every unit and at least every 100 ms.
  std::function<void(std::size_t done, std::size_t total)> progress;
  std::function<bool()> stop;
};

// Simulates one unit; run_replication in earnest, something canned in tests.
using Run = std::function<Outcome(const Scenario&, const Placement&, Replication)>;

Replicated replicate_with(const Run& run, const Scenario& scenario,
                          std::span<const Placement> placements, const ReplicateOptions& options);

Replicated replicate(const Scenario& scenario, std::span<const Placement> placements,
                     const ReplicateOptions& options);

}  // namespace berth
