// The making of one plan, in the steps of make_plan.h; for planner/*.cpp only.
//
//   make_plan.cpp        the steps, pilots and the screen
//   plan_bound.cpp       options, what falls out of them by formulas, the search and its bound
//   plan_candidates.cpp  candidates, their simulation and what is measured of them
//   plan_limits.cpp      where limits that a simulation showed to break lead the search
//   plan_race.cpp        who is best: halving, KN++, neighbours, doubts
//   plan_front.cpp       whom to simulate for the front
//   plan_dominators.cpp  who beats the scenario's own placements in dollars and in latency
//   plan_conflict.cpp    where nothing meets every limit, plans with fewer
//   plan_verdict.cpp     recommendation, front, workloads, runners-up
//   plan_reasons.cpp     why others are not the answer, and what dominates the scenario's own, in words
//   plan_worlds.cpp      how the recommendation stands in other worlds
// Tested by tests/planner/make_plan_test.cpp and plan_limits_test.cpp.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "planner/analytic.h"
#include "planner/correction.h"
#include "planner/limits.h"
#include "planner/make_plan.h"
#include "planner/measure.h"
#include "planner/people.h"
#include "planner/placement_problem.h"
#include "planner/selection.h"

namespace berth {

// Everything that is known of a candidate while the plan is made.
struct CandidateEntry {
  PlanCandidate candidate;
  std::optional<Choice> choice;
  Observations measures;
  Observations screened;  // at fluid fidelity, where the race looks closer
  Observations paid;      // `measures` with the Savings Plans that are bought, where any may be
  // What `measures` (or `screened`) were taken from, for the summary of those the plan shows.
  std::vector<std::optional<Outcome>> histories, screened_histories;
  // Replications at which its limits decided whether it gets more; none: nothing hangs on them.
  std::vector<int> looks, screened_looks;
  int unreached = 0;  // of the replications in `measures`: time ended before they did
  bool out = false, piloted = false;
};

// What the search does without, for the limits that break there.
struct Detours {
  std::set<std::pair<std::size_t, std::size_t>> barred;  // workload, option
  std::map<std::size_t, double> rooms;  // by resource: less than it has, where those on it wait
  double portable = 0;  // share of the spend by formulas, at least
  double usd = std::numeric_limits<double>::infinity();  // a month by formulas, at most, where something else is sought
  bool operator==(const Detours&) const = default;
};
// A home that broke a limit of its workload, and who shared its pools and quotas then, most of it first.
struct BrokenHome {
  std::size_t workload = 0, option = 0;
  std::vector<std::pair<std::size_t, std::size_t>> company;  // workload, option
  bool operator==(const BrokenHome&) const = default;
};
// Of the candidates, one in so many may be a choice that goes beyond a room by formulas.
inline constexpr std::size_t kBeyondRooms = 6;
// Nodes of a search of which the best is all that is asked for.
inline constexpr std::size_t kRoughly = 50;
// From this share of its room on, at its busiest by formulas, a pool or a quota is what jobs wait for: formulas
// have means, and around them it is full.
inline constexpr double kCrowded = 0.75;

class Planner {
 public:
  Planner(const Scenario& scenario, const PlanRequest& request, const SimulateRange& simulate,
          const PlanRules& rules, Limits limits);
  Plan run();

 private:
  // ---- Bound ---------------------------------------------------------------------------------------

  bool bound();
  std::size_t count_options() const;
  std::string option_words(std::size_t w, std::size_t k) const;
  void remove_option(std::size_t w, std::size_t k);
  std::vector<LimitCheck> broken_by_forecast(std::size_t w, std::size_t k) const;
  std::optional<Rejection> why_hopeless(std::size_t w, std::size_t k) const;
  bool drop_hopeless();
  bool is_placed(std::size_t w, std::size_t k) const;
  void drop_dominated();
  void bar_hopeless();
  Solved solve_open(const PlacementProblem& problem, const SearchRules& rules,
                    const Detours& detours) const;
  PlacementProblem in_objective(const PlacementProblem& problem) const;
  void search(std::size_t most_nodes = SearchRules{}.most_nodes);
  void prove(std::size_t most_nodes = SearchRules{}.most_nodes);
  Appraisal best_appraisal() const;
  std::vector<Choice> beyond_rooms();
  std::vector<Choice> across_variants();
  void judge_variants();

  // ---- Simulation ----------------------------------------------------------------------------------

  bool stopped();
  void take(CandidateEntry& entry, const Scenario& scenario, Simulated& simulated, std::size_t at,
            int asked);
  static void throw_out(CandidateEntry& entry);
  void say(const std::string& what) const;
  bool simulate(const Scenario& scenario, std::span<const std::size_t> which, int to);
  static bool came_back(const CandidateEntry& entry);
  void reject_failed(CandidateEntry& entry, const Simulated& simulated);
  Figure weighted(const Observations& measures, bool training) const;
  void update(CandidateEntry& entry);
  const Observations& paid(const CandidateEntry& entry) const;
  double portable_share(const CandidateEntry& entry) const;
  double portable_by_formulas(const Choice& choice) const;
  std::optional<std::size_t> add_entry(const Choice& choice);
  void name_anew(CandidateEntry& entry);
  void add_own();
  std::vector<std::size_t> in_race() const;
  void show_beyond_levers();

  // ---- Limits --------------------------------------------------------------------------------------

  void lead_by_pilot(const CandidateEntry& entry);
  bool breaks(const CandidateEntry& entry, std::size_t w) const;
  bool lead_elsewhere(const CandidateEntry& entry);
  void remember_company(const Choice& choice, std::size_t w);
  std::vector<Choice> in_other_company(const PlacementProblem& problem, const Detours& detours,
                                       const Choice& from, bool one_by_one);
  bool try_other_company(std::vector<std::size_t>& runners);
  struct Crowded {
    std::size_t resource = 0;
    double busiest = 0;  // load
  };
  std::optional<Crowded> crowded(const CandidateEntry& entry, std::size_t w) const;
  std::optional<Choice> mended(const CandidateEntry& entry) const;
  void lead_by_portable_share(const CandidateEntry& entry);
  void lead_by_cost(const CandidateEntry& entry);
  double misses(const Choice& choice, const Detours& detours) const;
  void turn_to_the_other_fidelity();
  bool probe();

  // ---- Pilot ---------------------------------------------------------------------------------------

  bool pilot();
  void correct(std::span<const std::size_t> pilots);

  // ---- Screen --------------------------------------------------------------------------------------

  bool screen();
  bool look_through(const std::vector<Choice>& choices);
  std::vector<Choice> every_choice() const;
  std::optional<Choice> cheapest_survivor(const std::vector<Choice>& of) const;
  bool bar_what_broke(const std::vector<Choice>& of);
  double most_overflow() const;
  bool worth_simulating(const Choice& choice) const;
  void reject(std::size_t e, const LimitCheck& broken, const std::string& stage);

  // ---- Race ----------------------------------------------------------------------------------------

  const Figure& objective_figure(const CandidateEntry& entry) const;
  double objective_mean(const CandidateEntry& entry) const;
  void give_second_look();
  void race();
  std::optional<std::size_t> first_that_holds(std::vector<std::size_t>& runners);
  void drop_for_limit(std::size_t e, std::vector<std::size_t>& runners);
  void fall_with(std::size_t first, std::vector<std::size_t>& runners);
  bool seek_anew(std::vector<std::size_t>& runners);
  std::optional<std::size_t> improved(std::vector<std::size_t>& runners,
                                      std::optional<std::size_t> winner);
  std::optional<std::size_t> choose(std::vector<std::size_t>& runners);
  std::size_t cheapest_alike(std::size_t winner, const std::vector<std::size_t>& runners);
  struct Rival {
    std::size_t workload = 0, option = 0;
    double change = 0;  // of the objective, by formulas
  };
  std::vector<Rival> rivals_of(const Choice& choice, bool may_wait) const;
  std::vector<LimitCheck> broken_by_move(const Choice& choice, std::size_t w, std::size_t k) const;
  std::vector<std::size_t> simulate_neighbours(std::size_t winner);
  void pair_next_best();
  const CandidateEntry* known_beside(const Choice& choice) const;
  double spend_on(std::size_t e, std::size_t w) const;
  double expected_objective(std::size_t e) const;
  Selection run_race(const std::vector<std::size_t>& runners);
  bool settle_limits(std::size_t e);
  LimitErrors limit_errors(CandidateEntry& entry) const;
  bool may_dominate(std::size_t e, std::size_t own) const;
  std::vector<Choice> better_in_both(std::size_t own);
  bool seek_dominator(std::size_t own);
  bool settle_dominator(std::size_t own);
  void seek_dominators();
  std::vector<Values> objectives(const std::vector<std::size_t>& of) const;
  bool may_be_best(const CandidateEntry& entry) const;
  bool top_up(std::vector<std::size_t> runners, std::size_t winner);
  int replications_shown() const;
  void look_closer();

  // ---- The front -----------------------------------------------------------------------------------

  void keep_services(const Choice& served, Detours& detours) const;
  std::vector<Choice> along_the_front(const std::optional<Choice>& served);
  std::vector<Choice> beside_the_front() const;
  bool look_at_front(const std::vector<Choice>& choices, std::size_t most);
  void settle_front();
  void seek_front();

  // ---- Conflicts -----------------------------------------------------------------------------------

  bool find_feasible();
  bool plan_with(const Limits& limits, std::vector<CandidateEntry>& found, bool all = false);
  std::vector<PlanCandidate> seen_with(const std::vector<CandidateEntry>& found) const;
  std::vector<StatedLimit> smallest_found(const std::vector<StatedLimit>& stated,
                                          std::vector<CandidateEntry>& found, bool& is_confirmed);
  bool plan_with_moved(const StatedLimit& limit, std::optional<double> to,
                       std::vector<CandidateEntry>& found);
  bool is_settled(const std::string& name, const std::vector<CandidateEntry>& found) const;
  bool settle_shown(const std::string& placement, std::vector<CandidateEntry>& found);
  std::optional<Relaxation> relaxed_when_settled(const StatedLimit& limit,
                                                 const std::vector<StatedLimit>& stated,
                                                 std::vector<CandidateEntry>& found);
  void bring_nearer(const StatedLimit& limit, const std::vector<StatedLimit>& stated,
                    std::vector<CandidateEntry>& found);
  void give_up_together(std::vector<StatedLimit> set, const std::vector<StatedLimit>& stated,
                        std::vector<CandidateEntry>& found);
  void examine_conflict(bool each_was_tried = false);
  void take_up_found();
  bool nobody_meets_all() const;
  void keep_shown(std::vector<CandidateEntry>& found);

  // ---- The plan ------------------------------------------------------------------------------------

  Plan finish();
  std::optional<std::size_t> best_so_far(const std::vector<std::size_t>& of) const;
  void recommend(const std::vector<std::size_t>& order);
  void note_left_out(const Choice& choice);
  std::string cost_within_rooms() const;
  void note_analytic_error(const std::vector<std::size_t>& order);
  std::size_t front_quality() const;
  const Figure& latency(const PlanCandidate& c) const;
  const Figure& front_usd(const PlanCandidate& c) const;
  PlacementProblem front_problem() const;
  std::vector<std::size_t> front_of(const std::vector<std::size_t>& order) const;
  void draw_front(const std::vector<std::size_t>& order);
  void explain_others(const std::vector<std::size_t>& order);
  std::string stranded_words(const std::vector<std::size_t>& order, std::size_t i) const;
  std::string dearer_words(const CandidateEntry& chosen, const CandidateEntry& other) const;
  std::vector<LimitCheck> turned_down_for(std::size_t w, std::size_t k) const;
  void tell_dominance();
  std::string trade_words(const PlanCandidate& own, const PlanCandidate& other) const;
  std::string undominated_words(const PlanCandidate& own) const;
  template <class Read>
  std::optional<Estimate> estimate(const Observations& measures, Read read) const {
    Figure figure;
    for (const auto& one : measures)
      figure.values.push_back(one ? std::optional<double>(read(*one)) : std::nullopt);
    return figure.estimate();
  }
  void summarise_shown(const std::vector<std::size_t>& order);
  void bill_what_is_bought(CandidateEntry& entry) const;
  void note_purchase(const CandidateEntry& chosen);
  void describe_workloads(std::size_t chosen_at);
  std::string slowest_phase(const Observations& measures, std::size_t i) const;
  void find_runners_up(std::size_t chosen_at);
  void pair_runner_up(PlannedWorkload& w, std::size_t at, const CandidateEntry& chosen,
                      const CandidateEntry& other) const;
  void look_at_worlds(const std::vector<std::size_t>& order);

  const Scenario& scenario_;
  const PlanRequest& request_;
  const SimulateRange& simulate_;
  const PlanRules& rules_;
  Limits limits_;
  Scenario fluid_;
  AnalysisMemory memory_;
  Analysis analysis_;
  Options all_options_;
  PlacementProblem uncorrected_;
  HoursByChoice hours_;
  Solved solved_;
  std::vector<CandidateEntry> entries_;
  std::vector<CandidateEntry> beside_;  // next best homes of the winner's workloads: no candidates
  std::function<bool()> stop_;
  Detours detours_, by_formulas_;  // now, and before anything was simulated
  std::vector<BrokenHome> broken_homes_;
  std::map<PlatformId, LimitCheck>
      ruled_out_;  // the first option that a limit took from a platform
  std::vector<std::optional<Choice>> variant_best_;  // by plan_.variants
  std::optional<std::size_t> winner_;
  std::vector<std::size_t> fallen_;  // in the race, for a limit
  // By placement of the scenario: how many that formulas hold to dominate it were simulated for that.
  std::map<std::string, int> sought_;
  int named_ = 0;
  bool all_are_screened_ = false;  // every choice that formulas leave, not the best of them
  bool any_is_enough_ = false;  // a placement that meets the limits, not the best of them
  Plan plan_;
};

}  // namespace berth
