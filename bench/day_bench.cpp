// One simulated day of a platform: the budget is 1 s and 300 MB a replication on one core for
// lyft-hybrid with fluid serving (docs/performance.md).
//
//   day_bench SCENARIO [PLACEMENT]...      all placements when none is named
#include <cstdio>
#include <iostream>
#include <set>
#include <string>

#include "bench/measured.h"
#include "scenarios/read_scenario.h"
#include "sim/replication.h"

namespace {

berth::Counted simulate(const berth::Scenario& scenario, const berth::Placement& placement) {
  const berth::Outcome outcome = berth::run_replication(scenario, placement, {.seed = 1});
  double jobs = 0;
  for (const berth::TrainingOutcome& training : outcome.training)
    jobs += static_cast<double>(training.submitted);
  return {jobs, static_cast<double>(outcome.events)};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::cerr << "usage: day_bench SCENARIO [PLACEMENT]...\n", 2;
  const berth::Loaded loaded = berth::load_scenario(argv[1]);
  if (!loaded.scenario) return std::cerr << render_issues(loaded), 2;
  const std::set<std::string> wanted(argv + 2, argv + argc);
  std::printf("%-20s %10s %12s %10s %12s\n", "placement", "jobs", "events", "CPU s", "peak MiB");
  for (const berth::Placement& placement : loaded.scenario->placements) {
    if (!wanted.empty() && !wanted.contains(placement.name)) continue;
    const berth::Measured m =
        berth::quickest(3, [&] { return simulate(*loaded.scenario, placement); });
    std::printf("%-20s %10.0f %12.0f %10.3f %12.1f\n", placement.name.c_str(), m.count, m.events,
                m.cpu_s, m.peak_mib);
    std::fflush(stdout);
  }
}
