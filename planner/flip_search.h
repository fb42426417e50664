// Where another choice than the recommended one becomes the better one as one input changes: formulas say where to
// look and whom to try, simulation decides. For planner/flip.cpp.
//
//   outwards   up and down from now: where formulas turn, half way from there to the end of the range, and the
//              end; where formulas do not turn, the end alone. The side on which formulas turn sooner comes
//              first, and the other one is searched no farther than what was found
//   tried      what is best there by formulas, and the rivals that come nearest there: what the plan
//              simulated as things are, and how formulas say that it changes on the way (the two nearest of those that
//              keep their limits, and one of those that do not; none that is dearer by more than the plan's formulas
//              err). Where the formulas' best breaks a limit, the homes
//              where it broke are barred from there outwards and the next best is tried, and the rest of the moves, three times; where it is dearer than
//              formulas said, each of its six weightiest moves alone and the first two, three, ... of those that prove
//              good
//   limits     where the recommendation breaks a limit, the point at which it begins to is sought first, and there
//              whoever could mend it: who breaks it at every other place, moves of others that make room, those
//              together; of a limit of the whole what formulas hold to keep it. Nearer than that dollars may turn
//   settled    bisection, by interpolation where dollars turn on both sides, until where it stays and where it turns
//              are no farther apart than a step of the last digit that a table shows. Who turned at the far end
//              and the formulas' best in the middle are tried each time
// Left out: choices that are better only inside a range; more than one mender of each workload.
// Tested by tests/planner/flip_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "planner/flip.h"
#include "planner/flip_formulas.h"
#include "planner/flip_look.h"

namespace berth {

// A challenger as it was seen at one factor.
struct FlipSeen {
  double factor = 1;
  Choice choice;
  FlipLook look;  // of it alone
};

struct FlipSought {
  WorldInput input{};
  // Beyond `turn->factor` its choice is better; at `stays` it is not.
  std::optional<FlipSeen> turn;
  double stays = 1;
  // Where nothing turns: what is as good as the recommendation, what formulas had turn, and the limit that
  // nobody mends.
  std::optional<FlipSeen> near, refuted;
  std::optional<Breaker> unmended;
  double unmended_at = 1;
  bool simulated_others = false;
};

class FlipSearch {
 public:
  struct Rival {
    Choice choice;
    double more = 0;  // of the objective
    bool keeps_limits = true;
  };
  FlipSearch(const Scenario& scenario, const Options& options, const Choice& home,
             std::vector<Rival> rivals, FlipFormulas& formulas, FlipSimulator& simulator,
             const FlipTableRules& rules)
      : scenario_(scenario),
        options_(options),
        home_(home),
        rivals_(std::move(rivals)),
        formulas_(formulas),
        simulator_(simulator),
        rules_(rules) {}

  // Throws FlipInterrupted.
  FlipSought seek(WorldInput input);

 private:
  struct Side {
    double end = 1;
    std::optional<FlipFormulas::Point> point;
  };
  struct Turn {
    double stays = 1;
    FlipSeen seen;
  };

  // What is tried at one factor: of rivals, which come last, only those that prove cheaper in few replications.
  struct Tried {
    std::vector<Choice> list;
    std::size_t rivals = 0;
  };
  FlipLook look_at(double factor, const std::vector<Choice>& list, std::size_t screened = 0);
  Tried challengers_at(double factor);
  std::vector<double> points_of(const Side& side) const;
  std::optional<Turn> turn_on(const Side& side);
  std::optional<Turn> tried(double stays, double factor, const Tried& those);
  std::vector<Choice> with_room(double factor, const Choice& choice, const Breakers& broken);
  std::vector<Choice> best_by_formulas(double factor);
  std::optional<Turn> in_parts(double stays, double factor, const Choice& whole);
  std::optional<Turn> limit_turn(double stays, double factor);
  std::vector<Choice> menders(double factor, const Breakers& broken);
  std::vector<Choice> together(const std::vector<Choice>& list, const FlipLook& look) const;
  Turn settled(double stays, double factor, const std::vector<Choice>& list, const FlipLook& look);
  FlipFormulas::Barred barred_at(double factor) const;
  bool breaks_its_own(const Breakers& broken, std::size_t w) const;
  bool bar(double factor, const Choice& choice, const Breakers& broken);
  void note(double factor, const std::vector<Choice>& list, const FlipLook& look);

  const Scenario& scenario_;
  const Options& options_;
  const Choice& home_;
  std::vector<Rival> rivals_;
  FlipFormulas& formulas_;
  FlipSimulator& simulator_;
  const FlipTableRules& rules_;
  WorldInput input_{};
  std::set<Choice> seen_now_;  // challengers that were looked at as things are
  FlipSought sought_;
  // Homes that broke a limit on the side that is looked at, and how near to now they did.
  std::map<std::pair<std::size_t, std::size_t>, double> barred_;
};

}  // namespace berth
