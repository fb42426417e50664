#include "planner/study.h"

#include "planner/summarise.h"

namespace berth {

Study study(const Scenario& scenario, std::span<const Placement> placements,
            const Simulate& simulate) {
  const Simulated simulated = simulate(scenario, placements);
  if (simulated.interrupted) return {.interrupted = true};
  Study result{.failures = simulated.failures};
  for (std::size_t i = 0; i < placements.size(); ++i) {
    Summary summary = summarise(scenario, placements[i], simulated.outcomes[i]);
    if (summary.replications > 0) result.placements.push_back(std::move(summary));
  }
  return result;
}

}  // namespace berth
