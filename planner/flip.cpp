#include "planner/flip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/image.h"
#include "planner/correction.h"
#include "planner/flip_formulas.h"
#include "planner/flip_look.h"
#include "planner/flip_search.h"
#include "planner/homes.h"
#include "planner/limits.h"
#include "planner/objective.h"
#include "planner/world_risk.h"

namespace berth {
namespace {

// Homes are options even when no lever made them.
Choice include(Options& options, const Placement& placement) {
  Choice choice;
  const auto add = [&](auto& list, const auto& home) {
    const auto at = std::ranges::find_if(list, [&](const auto& one) { return same_home(one, home); });
    choice.push_back(static_cast<std::size_t>(at - list.begin()));
    if (at == list.end()) list.push_back(home);
  };
  for (std::size_t i = 0; i < options.training.size(); ++i) add(options.training[i], placement.training[i]);
  for (std::size_t i = 0; i < options.services.size(); ++i) add(options.services[i], placement.services[i]);
  return choice;
}

// Of those that keep their limits, and of those that do not: homes of all of them would make formulas slow.
std::vector<FlipRival> closest(std::vector<FlipRival> rivals) {
  constexpr std::size_t kMost = 8;
  std::ranges::stable_sort(rivals, {}, [](const FlipRival& r) { return std::abs(r.more); });
  std::size_t keep = kMost, others = kMost;
  std::erase_if(rivals, [&](const FlipRival& r) {
    std::size_t& left = r.keeps_limits ? keep : others;
    if (left == 0) return true;
    --left;
    return false;
  });
  return rivals;
}

// The recommendation, then the plan's rivals and what comes nearest by formulas: each of these as choices, so that
// narrowed() keeps exactly their homes.
Narrowed nearest(const Scenario& scenario, const PlanRequest& request, const Placement& recommended,
                 const std::vector<FlipRival>& rivals, const Correction& correction,
                 AnalysisMemory& memory) {
  Options all = options_of(scenario, request);
  std::vector<Choice> choices{include(all, recommended)};
  for (const FlipRival& rival : rivals) choices.push_back(include(all, rival.placement));
  const Choice home = choices.front();
  const Analysis analysis = analyse(scenario, request, all, &memory);
  const PlacementProblem problem =
      in_objective(corrected(scenario, analysis.options, analysis.problem, correction), request.objective,
                   analysis.held_usd);
  const Limits limits = limits_of(scenario, request);
  const std::size_t classes = scenario.training.size();
  const auto keeps = [&](std::size_t w, std::size_t k) {
    return w < classes ? broken_by(limits, w, {}, analysis.training[w][k]).empty()
                       : broken_by(limits, w - classes, {}, analysis.services[w - classes][k]).empty();
  };
  std::vector<std::vector<std::size_t>> kept;
  for (std::size_t w = 0; w < home.size(); ++w) {
    std::vector<std::pair<double, std::size_t>> moves;
    for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
      if (k == home[w]) continue;
      Choice moved = home;
      moved[w] = k;
      moves.emplace_back(appraise(problem, moved).objective, k);
    }
    std::ranges::sort(moves);
    std::vector<std::size_t>& list = kept.emplace_back(1, home[w]);
    std::set<Place> places{place_of(all, w, home[w])}, kept_at;
    for (std::size_t i = 0; i < moves.size(); ++i) {
      const std::size_t k = moves[i].second;
      const Place place = place_of(all, w, k);
      const bool first = places.insert(place).second;
      const bool first_kept = keeps(w, k) && kept_at.insert(place).second;
      if (first || first_kept || i < 2) list.push_back(k);
    }
  }
  std::size_t most = 0;
  for (const auto& list : kept) most = std::max(most, list.size());
  for (std::size_t n = 0; n < most; ++n) {
    Choice& one = choices.emplace_back();
    for (const auto& list : kept) one.push_back(list[std::min(n, list.size() - 1)]);
  }
  return narrowed(all, choices);
}

// A factor of the input, as the table shows its values.
std::string value_words(const Flip& flip, double factor) {
  return flip.unit.empty() ? fmt::format("x{:.3g}", factor)
                           : fmt::format("{:.3g} {}", factor * flip.now, flip.unit);
}

class Table {
 public:
  Table(const Scenario& scenario, const PlanRequest& request, const Placement& recommended,
        const std::vector<FlipRival>& rivals, const Correction& correction,
        const SimulateRange& simulate, const FlipTableRules& rules)
      : scenario_(scenario),
        request_(request),
        rules_(rules),
        words_(words_of(request.objective)),
        few_(nearest(scenario, request, recommended, rivals, correction, memory_)),
        formulas_(scenario, request, few_.options, home(), correction, memory_),
        simulator_(scenario, request, recommended, few_.options, home(), simulate, rules),
        search_(scenario, few_.options, home(), known(rivals), formulas_, simulator_, rules) {}

  FlipTable run() {
    FlipTable table;
    for (int i = 0; i < kWorldInputs; ++i) {
      const auto input = static_cast<WorldInput>(i);
      // A factor of nothing is nothing: a scenario without people has no price of their hours to turn.
      if (input == WorldInput::hour_price && scenario_.people.hour.rate == 0) continue;
      try {
        table.flips.push_back(row(input));
      } catch (const FlipInterrupted&) {
        table.interrupted = true;
        break;
      }
      if (rules_.say)
        rules_.say(fmt::format("flip: {}: {} replications by now", name_of(input), simulator_.replications()));
    }
    table.replications = simulator_.replications();
    return table;
  }

 private:
  const Choice& home() const { return few_.choices.front(); }
  std::vector<FlipSearch::Rival> known(const std::vector<FlipRival>& rivals) const {
    std::vector<FlipSearch::Rival> list;
    for (std::size_t r = 0; r < rivals.size(); ++r)
      if (few_.choices[r + 1] != home())
        list.push_back({few_.choices[r + 1], rivals[r].more, rivals[r].keeps_limits});
    return list;
  }

  Flip row(WorldInput input) {
    Flip flip{.input = std::string(name_of(input)), .indifference = request_.indifference};
    if (!unreached(scenario_, request_, input).empty()) {
      flip.how = "reaches nothing here";
      describe(input, nullptr, flip);
      return flip;
    }
    if (flip.how = beside_the_point(input); !flip.how.empty()) {
      describe(input, nullptr, flip);
      return flip;
    }
    const FlipSought found = search_.seek(input);
    const bool is_near = found.near && !found.unmended;
    describe(input, found.turn ? &*found.turn : is_near ? &*found.near : nullptr, flip);
    if (found.turn) {
      flip.at = found.turn->factor * flip.now;
      flip.stays_at = found.stays * flip.now;
      flip.difference_beyond = found.turn->look.challengers[0].difference;
      flip.how = found.turn->look.newly_broken.empty() ? "simulated, paired" : "simulated, breaks a limit";
    } else if (is_near) {
      tell_near(*found.near, flip);
    } else {
      flip.how = why_not(found, flip);
    }
    return flip;
  }

  // Why an input that changes bills alone turns nothing that is asked about; "" where it may.
  std::string beside_the_point(WorldInput input) const {
    const bool is_of_people = input == WorldInput::toil || input == WorldInput::hour_price;
    const Objective objective = request_.objective;
    const bool is_seen = objective == Objective::cost || (objective == Objective::marginal_cost && !is_of_people);
    if (is_seen || !changes_bills_alone(scenario_, input)) return "";
    const PlanLimits& limits = request_.limits;
    if (limits.cost_usd_per_month || (limits.people_hours_per_month && input == WorldInput::toil) ||
        (limits.portable_share && !is_of_people))
      return "";
    return fmt::format("changes {} alone: nothing to {}, and to no limit",
                       is_of_people ? "what people cost" : "bills", name_of(objective));
  }

  // Who moves, and what the factor multiplies, in the unit people know it by.
  void describe(WorldInput input, const FlipSeen* seen, Flip& flip) {
    flip.now = 1;
    const std::size_t classes = scenario_.training.size();
    FlipFormulas::Moves moves;
    if (seen) moves = formulas_.moves_at(input, seen->factor, seen->choice);
    for (const auto& [w, k] : moves)
      flip.moves.push_back({name_of_workload(scenario_, w), in_words(scenario_, few_.options, w, k)});
    // The weightiest mover's image or demand stands for all, which are scaled alike.
    if (!moves.empty()) {
      const std::size_t w = moves.front().first;
      const ImageId image =
          w < classes ? scenario_.training[w].image : scenario_.services[w - classes].image;
      if (input == WorldInput::image_size) {
        flip.now = double(total_compressed(scenario_.images[image.index()].layers).count) / 1e9;
        flip.unit = "GB";
        flip.of = scenario_.images[image.index()].name;
      }
      if (input == WorldInput::demand && w >= classes) {
        flip.now = scenario_.services[w - classes].demand.mean_rate();
        flip.unit = "requests/s";
        flip.of = scenario_.services[w - classes].name;
      }
    }
    if (input == WorldInput::hour_price) {
      flip.now = scenario_.people.hour.rate;
      flip.unit = "$/h";
    }
    flip.searched_low = rules_.low * flip.now;
    flip.searched_high = rules_.high * flip.now;
  }

  void tell_near(const FlipSeen& near, Flip& flip) const {
    const std::string at = value_words(flip, near.factor);
    const auto& gap = near.look.challengers[0].difference.value();
    flip.near_tie = true;
    flip.difference_beyond = gap;
    flip.how = near.look.tied(0)
                   ? fmt::format("near-tie: simulated, {} within {:.2g} % at {}", words_.as_good,
                                 100 * request_.indifference, at)
                   : fmt::format("within noise: simulated, not clearly {} at {} after {} replications",
                                 words_.better, at, gap.n);
  }

  std::string why_not(const FlipSought& found, const Flip& flip) {
    if (found.unmended) {
      const auto& [workload, limit] = *found.unmended;
      return fmt::format("simulated: {} at {}, and nothing that was tried mends it",
                         limit.empty() ? workload + " breaks a limit" : "the limit on " + limit + " breaks",
                         value_words(flip, found.unmended_at));
    }
    if (found.refuted) {
      const FlipSeen& seen = *found.refuted;
      const auto moves = formulas_.moves_at(found.input, seen.factor, seen.choice);
      const std::string& who = name_of_workload(scenario_, moves.front().first);
      const std::string at = value_words(flip, seen.factor);
      if (!seen.look.challengers[0].difference)
        return fmt::format("simulated: {} would move by formulas at {}, and no replication came back", who, at);
      if (seen.look.keeps(0))
        return fmt::format("simulated: {} stays {} at {}, where formulas had it move", who, words_.worse, at);
      return fmt::format("simulated: who would move by formulas breaks a limit at {}", at);
    }
    return found.simulated_others
               ? "simulated: nothing that comes near is better"
               : "formulas: nothing comes near; simulated: no limit breaks";
  }

  const Scenario& scenario_;
  const PlanRequest& request_;
  const FlipTableRules& rules_;
  ObjectiveWords words_;
  AnalysisMemory memory_;
  Narrowed few_;
  FlipFormulas formulas_;
  FlipSimulator simulator_;
  FlipSearch search_;
};

}  // namespace

int flip_digits(double at, double now) {
  const auto two = [](double value) { return fmt::format("{:.1e}", value); };
  return two(at) == two(now) ? 3 : 2;
}

FlipTable flip_table(const Scenario& scenario, const PlanRequest& request,
                     const Placement& recommended, const std::vector<FlipRival>& rivals,
                     const Correction& correction, const SimulateRange& simulate,
                     const FlipTableRules& rules) {
  return Table(scenario, request, recommended, closest(rivals), correction, simulate, rules).run();
}

}  // namespace berth
