// The recommendation and challengers in one world, simulated under the same chance; for planner/flip.cpp.
//
//   enough     replications are doubled, from `replications` to `most`, until each challenger that is
//              cheaper by more than the indifference is so beyond doubt (the whole 95 % interval of the paired
//              difference is below zero), and whoever misses a limit misses it beyond doubt; what is in doubt
//              after that is no flip where it is dollars, and goes by the mean where it is a limit
//   breaks     limits of workloads only. What the recommendation breaks as things are counts against nobody
//   turned     the challenger breaks nothing that the recommendation does not break as things are, and the
//              recommendation breaks something else there, or is dearer
// Tested by tests/planner/flip_test.cpp.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "planner/flip.h"
#include "planner/limits.h"
#include "planner/world.h"

namespace berth {

struct FlipSide {
  Figure usd;
  std::set<std::string> broken;        // workloads, by the means
  std::optional<Estimate> difference;  // less the recommendation; none where no pair came back
};

// What was seen at one factor of one input.
struct FlipLook {
  FlipSide recommended;
  std::vector<FlipSide> challengers;
  std::set<std::string> newly_broken;  // by the recommendation, and not as things are
  std::set<std::string> excused;       // what it breaks as things are
  double tolerated = 0;                // dollars that count as the same

  std::set<std::string> breaks(std::size_t challenger) const;  // workloads, those excused left out
  bool keeps(std::size_t challenger) const { return breaks(challenger).empty(); }
  bool turned(std::size_t challenger) const;
  bool tied(std::size_t challenger) const;    // as dear
  bool unclear(std::size_t challenger) const;  // cheaper, within the noise
};

class FlipSimulator {
 public:
  FlipSimulator(const Scenario& scenario, const PlanRequest& request, const Placement& recommended,
                const Options& options, const SimulateRange& simulate, const FlipTableRules& rules)
      : scenario_(scenario),
        request_(request),
        recommended_(recommended),
        options_(options),
        simulate_(simulate),
        rules_(rules),
        limits_(limits_of(scenario, request)) {}

  // nullopt: interrupted.
  std::optional<FlipLook> look(WorldInput input, double factor, std::span<const Choice> challengers,
                               int most);

 private:
  struct Seen {  // of one placement
    Placement placement;
    std::vector<std::optional<Observation>> measures;
    std::vector<LimitCheck> missed;  // by the mean
  };
  bool add(const Scenario& there, std::vector<Seen>& seen, int from, int to) const;
  FlipLook judged(const std::vector<Seen>& seen) const;
  bool enough(const FlipLook& look, const std::vector<Seen>& seen) const;
  bool see_as_things_are();

  const Scenario& scenario_;
  const PlanRequest& request_;
  const Placement& recommended_;
  const Options& options_;
  const SimulateRange& simulate_;
  const FlipTableRules& rules_;
  Limits limits_;
  std::optional<std::set<std::string>> excused_;  // seen when somebody first breaks a limit
};

}  // namespace berth
