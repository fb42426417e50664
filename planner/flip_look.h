// The recommendation and challengers in one world, simulated under the same chance; for planner/flip_search.cpp.
// Cheaper is who is better in the objective of the request, be it dollars or seconds.
//
//   enough     each gets `replications`, who is screened only where `screen` of them show it to be cheaper or, where
//              the recommendation breaks limits, to keep one of those. From there on they are doubled, to `most`, until who is cheaper by
//              more than the indifference is so beyond doubt (the whole 95 % interval of the paired
//              difference is below zero) and misses a limit beyond doubt, if any. Where the recommendation misses one
//              the objective decides nothing: it is doubled until it does so beyond doubt, and the cheapest of those who keep
//              all of them by the mean gets as many, until it is sure of them or another one is the cheapest. What is
//              in doubt after that is no flip
//   breaks     limits of workloads and those of the whole: cost, people's hours, the share that could move. What the
//              recommendation breaks as things are counts against nobody, nor what it misses there in doubt. A home
//              on spot that is not the recommended one must be shown to keep a limit on interruptions, as in a plan
//   turned     the challenger breaks nothing by the mean but what counts against nobody, and the recommendation breaks
//              something else beyond doubt, or is dearer
// Nothing is simulated twice: where an input changes bills alone (planner/world.h) the replications of things as they
// are are priced anew. Where Savings Plans may be bought each side buys what is best for it in that world, at its rates.
// Savings Plans that are held keep their rates (at_locked_rates in planner/world.h), and each world is simulated then: a
// bill does not say what they would cover.
// Tested by tests/planner/flip_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "planner/flip.h"
#include "planner/limits.h"
#include "planner/objective.h"
#include "planner/world.h"

namespace berth {

// Who breaks a limit: a workload, whichever of its own it is, or all together one of the whole.
struct Breaker {
  std::string workload, limit;  // one of both
  auto operator<=>(const Breaker&) const = default;
};
using Breakers = std::set<Breaker>;
Breaker breaker_of(const LimitCheck& check);
std::string in_words(const Breaker& breaker);  // "limits of retrain", "the limit on people_hours_per_month"

struct FlipSide {
  Figure value;                        // of the objective, in its unit
  Breakers broken;                     // by the means
  Breakers clearly;                    // of these beyond doubt
  std::optional<Estimate> difference;  // less the recommendation; none where no pair came back
};

// What was seen at one factor of one input.
struct FlipLook {
  FlipSide recommended;
  std::vector<FlipSide> challengers;
  Breakers newly_broken;  // by the recommendation, beyond doubt, and not as things are
  Breakers excused;       // what counts against nobody
  double tolerated = 0;   // of the objective: what counts as the same

  Breakers breaks(std::size_t challenger) const;  // those excused left out
  bool keeps(std::size_t challenger) const { return breaks(challenger).empty(); }
  bool turned(std::size_t challenger) const;
  bool saves(std::size_t challenger) const;    // more than is tolerated, beyond doubt
  bool tied(std::size_t challenger) const;     // as good
  bool unclear(std::size_t challenger) const;  // better, within the noise
  std::optional<std::size_t> best() const;   // of those that keep their limits, by the mean
};

// Ctrl-C, or time is up: half a look is none.
struct FlipInterrupted {};

class FlipSimulator {
 public:
  // `home`: the recommendation among the options.
  FlipSimulator(const Scenario& scenario, const PlanRequest& request, const Placement& recommended,
                const Options& options, const Choice& home, const SimulateRange& simulate,
                const FlipTableRules& rules)
      : scenario_(scenario),
        request_(request),
        recommended_(recommended),
        options_(options),
        home_(home),
        simulate_(simulate),
        rules_(rules),
        limits_(limits_of(scenario, request)),
        all_(limits_.portable_share ? options_of(scenario, request) : Options{}) {}

  // The last of the challengers are screened first, that many of them. Throws FlipInterrupted.
  FlipLook look(WorldInput input, double factor, std::span<const Choice> challengers,
                std::size_t screened = 0);
  // Better as things are by more than is tolerated, and breaks no limit beyond doubt: a plan turned it down for what
  // it was not shown to keep. From then on it has to be, as in a plan. Throws FlipInterrupted.
  bool must_be_shown(const Choice& choice);
  long replications() const { return replications_; }  // simulated so far

 private:
  struct Replications {
    Observations measures;
    std::vector<Bill> bills;  // of things as they are; empty where none came back
  };
  using Seen = std::map<Choice, Replications>;  // in one world
  struct Looked {                               // at one placement
    const Choice* choice = nullptr;
    int replications = 0;  // of those seen, how many count
    Observations measures;
    std::vector<LimitCheck> missed;  // by the mean, or not shown to be kept on spot
  };
  struct There {
    WorldInput input{};
    double factor = 1;
    PlanWorld world;
    Scenario scenario;
    Volumes volumes;  // where they weigh latencies
    Seen* seen = nullptr;
  };

  There there(WorldInput input, double factor);
  Placement placed(const There& there, const Choice& choice) const;
  void provide(const There& there, std::vector<Looked>& looked);
  void simulate(const There& there, std::vector<Looked>& looked);
  bool price_anew(const There& there, const Looked& looked);
  PlanCandidate candidate_of(const There& there, const Looked& looked) const;
  bool misses(const LimitCheck& check, const Looked& looked, const Placement& placement) const;
  void judge(const There& there, Looked& looked) const;
  FlipLook judged(const There& there, const std::vector<Looked>& looked) const;
  bool is_open(const FlipLook& look, const std::vector<Looked>& looked, std::size_t who) const;
  bool misses_in_doubt(const Looked& looked) const;
  bool may_keep_all(const Looked& looked) const;
  void see_as_things_are();

  const Scenario& scenario_;
  const PlanRequest& request_;
  const Placement& recommended_;
  const Options& options_;
  const Choice& home_;
  const SimulateRange& simulate_;
  const FlipTableRules& rules_;
  Limits limits_;
  Options all_;  // where it matters who could move
  std::map<std::pair<WorldInput, double>, Seen> seen_;
  bool bills_can_be_repriced_ = true;  // until one cannot
  long replications_ = 0;
  std::set<Choice> in_doubt_;  // whose limits have to be shown to be kept
  std::optional<Breakers> excused_;  // seen when somebody first breaks a limit
};

}  // namespace berth
