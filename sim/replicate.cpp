#include "sim/replicate.h"

#include <algorithm>
#include <utility>

#include "sim/child_pool.h"
#include "sim/replication.h"
#include "sim/wire.h"

namespace berth {
namespace {

std::string name_of(const Unit& unit, std::span<const Placement> placements) {
  return "seed " + std::to_string(unit.replication.seed) + ", replication " +
         std::to_string(unit.replication.number) + ", placement " +
         placements[unit.placement].name;
}

Unit unit_of(std::size_t piece, std::size_t placements, const ReplicateOptions& options) {
  const std::size_t number = static_cast<std::size_t>(options.first) + piece / placements;
  return {piece % placements, {options.seed, static_cast<std::uint32_t>(number)}};
}

}  // namespace

Replicated replicate_with(const Run& run, const Scenario& scenario,
                          std::span<const Placement> placements, const ReplicateOptions& options) {
  const auto replications = static_cast<std::size_t>(std::max(options.replications, 0));
  Replicated result;
  result.outcomes.assign(placements.size(), std::vector<std::optional<Outcome>>(replications));
  if (placements.empty()) return result;

  const auto work = [&](std::size_t piece) {
    const Unit unit = unit_of(piece, placements.size(), options);
    return encode(run(scenario, placements[unit.placement], unit.replication));
  };
  const auto fail = [&](const Unit& unit, const std::string& reason) {
    result.failures.push_back({unit, reason + " (" + name_of(unit, placements) + ")"});
  };
  const auto take = [&](std::size_t piece, const ChildResult& ended) {
    const Unit unit = unit_of(piece, placements.size(), options);
    if (const auto* failed = std::get_if<ChildFailed>(&ended)) return fail(unit, failed->reason);
    try {
      const auto at = unit.replication.number - static_cast<std::uint32_t>(options.first);
      result.outcomes[unit.placement][at] = decode(std::get<std::string>(ended));
    } catch (const WireError& error) {
      fail(unit, error.what());
    }
  };
  result.interrupted = !run_in_children(placements.size() * replications, work,
                                        {.workers = options.workers,
                                         .stop = options.stop,
                                         .progress = options.progress,
                                         .finished = take});
  std::ranges::sort(result.failures, {}, [](const Failure& failure) {
    return std::pair(failure.unit.placement, failure.unit.replication.number);
  });
  return result;
}

Replicated replicate(const Scenario& scenario, std::span<const Placement> placements,
                     const ReplicateOptions& options) {
  const auto run = [](const Scenario& one, const Placement& placement, Replication replication) {
    return run_replication(one, placement, replication);
  };
  return replicate_with(run, scenario, placements, options);
}

}  // namespace berth
