// What would be chosen in a changed world, by the formulas as a plan's pilots corrected them. `berth flip` asks where
// to look and whom to simulate there (planner/flip_search.h).
// Cheaper is who is better in the objective of the request, be it dollars or seconds (planner/objective.h).
//
//   best_at   what moving workload after workload leads to, from the recommendation and from all of
//             them on one platform, by what is saved beyond what seems to be saved as things are: a plan
//             that simulation preferred is not beaten by formulas that disagree at 1. What breaks a
//             limit as things are saves nothing as things are, and may be chosen where it keeps them.
//             Homes may be barred, the recommended ones, too
//   turns     it is cheaper by more than `indifference` of what the recommendation comes to there: less is what
//             a race calls the same. Or: the recommendation breaks a limit there that it keeps as
//             things are, and a single move mends it, whatever that costs
//   point     the nearest factor at which something turns, by bisection
//   fitting   what comes nearest to keeping the limits of the whole there, the cheapest of equals first: single moves,
//              all of them on one platform, and all away from a place or a platform, each improved like best_at
//   drift     by how much another choice gets dearer than the recommendation on the way there
// Left out: other moves that pay only together; ranges in which the better choice changes back.
// Tested by tests/planner/flip_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "planner/analytic.h"
#include "planner/correction_factors.h"
#include "planner/limits.h"
#include "planner/whole_limits.h"
#include "planner/world.h"

namespace berth {

class FlipFormulas {
 public:
  // Workload and option, the weightiest first.
  using Moves = std::vector<std::pair<std::size_t, std::size_t>>;
  using Barred = std::set<std::pair<std::size_t, std::size_t>>;
  struct Other {
    Choice choice;
    double gain = 0;        // share of what the recommendation comes to there
    bool by_limit = false;  // the recommendation breaks one there, and this mends it
  };
  struct Point {
    double factor = 1;
    Other other;
  };

  // All of them are kept by reference.
  FlipFormulas(const Scenario& scenario, const PlanRequest& request, const Options& options,
               const Choice& home, const Correction& correction, AnalysisMemory& memory);

  Other best_at(WorldInput input, double factor, const Barred& barred = {});
  bool turns(const Other& other) const;
  std::optional<Point> point(WorldInput input, double end, int halvings);
  double drift(WorldInput input, double factor, const Choice& other);
  double value_at(WorldInput input, double factor, const Choice& choice);
  std::vector<Choice> fitting(WorldInput input, double factor, std::size_t most);
  bool keeps_limits(WorldInput input, double factor, std::size_t w, std::size_t k);  // its own, there
  Moves moves_at(WorldInput input, double factor, const Choice& other);

 private:
  struct There {  // a world as formulas see it
    WorldInput input{};
    double factor = 1;
    Analysis analysis;
    PlacementProblem problem;  // in the objective
    double home = 0;           // of the recommendation
    std::optional<Other> best;  // with nothing barred
  };
  class Climb;

  Analysis look(const PlanWorld& world);
  There& there(WorldInput input, double factor);
  Other climbed(const There& there, const Barred& barred) const;
  double value_now(const Choice& choice) const;
  double misses(const There& there, const Choice& choice) const;  // limits of the whole, by shares of them
  double misses(const Limits& limits, const There& there, const Choice& choice) const;
  bool fails(const There& there, const Choice& choice) const;
  bool breaks(const Analysis& there, std::size_t w, std::size_t k) const;
  bool is_hopeless(const Analysis& there, std::size_t w, std::size_t k) const;
  std::optional<Other> mended(const There& there, const Barred& barred) const;
  std::vector<Choice> fitting(const There& there, const Barred& barred) const;

  const Scenario& scenario_;
  const PlanRequest& request_;
  const Options& options_;
  const Choice& home_;
  const Correction& correction_;
  AnalysisMemory& memory_;
  Limits whole_;   // all that are asked for
  Limits limits_;  // of the whole without those that the recommendation breaks as things are by formulas
  WholeLimits on_whole_;
  PlacementProblem now_;
  double base_now_ = 0;
  mutable std::map<Choice, double> known_now_;  // the same choices are asked for in every world
  std::vector<std::vector<double>> advantage_;  // of single moves, as things are
  std::vector<std::vector<bool>> kept_out_;     // homes that break a limit as things are
  bool breaks_now_ = false;                     // by formulas; then limits decide nothing here
  std::optional<There> there_;                  // the last one: it is asked several things
};

}  // namespace berth
