// Whether something beats the scenario's own placements in dollars and in latency: if the race has not met
// it, choices that formulas hold to be better in both are simulated, and who breaks a limit there leads
// the search for the next.
// Tested by tests/planner/plan_front_test.cpp.
#include <algorithm>
#include <map>

#include "planner/pareto.h"
#include "planner/planner.h"

namespace berth {
namespace {

constexpr int kRounds = 4;          // of a search, for each placement of the scenario
constexpr std::size_t kTried = 2;   // of each, simulated
constexpr std::size_t kNodes = 60;  // of a search at one weight
// Dollars for a second, in those that the placement itself costs for each of its seconds.
constexpr double kTurns[] = {0.01, 0.03, 0.1, 0.3, 1, 3};

}  // namespace

bool Planner::may_dominate(std::size_t e, std::size_t own) const {
  const auto measured = [&](const CandidateEntry& entry) {
    return Measured{front_usd(entry.candidate), latency(entry.candidate)};
  };
  const CandidateEntry& entry = entries_[e];
  return e != own && !entry.out && came_back(entry) &&
         std::ranges::none_of(entry.candidate.limits, probably_broken) &&
         clearly_dominates(measured(entry), measured(entries_[own]));
}

// By formulas both cheaper and sooner; those that are so by most in both come first. Where that is sooner to start,
// services stay where the best has them, as along the front.
std::vector<Choice> Planner::better_in_both(std::size_t own) {
  const std::size_t quality = front_quality();
  const PlacementProblem dollars_alone = front_problem();
  PlacementProblem problem = dollars_alone;
  Detours detours = detours_;
  if (quality == 0) keep_services(*entries_[*winner_].choice, detours);
  const Appraisal at = appraise(problem, *entries_[own].choice);
  std::map<Choice, double> margins;
  for (const double turn : kTurns) {
    problem.weights = {0, 0};
    problem.weights[quality] = turn * at.usd / std::max(at.qualities[quality], 1e-9);
    const Solved solved = solve_open(
        problem, {.most_nodes = kNodes, .keep = rules_.candidates, .stop = stop_}, detours);
    plan_.search_nodes += solved.nodes;
    for (const Choice& choice : solved.best) {
      const Appraisal there = appraise(dollars_alone, choice);
      const double margin =
          std::min(1 - there.usd / at.usd, 1 - there.qualities[quality] / at.qualities[quality]);
      if (margin > 0 && worth_simulating(choice)) margins.emplace(choice, margin);
    }
  }
  std::vector<Choice> list;
  list.reserve(margins.size());
  for (const auto& [choice, margin] : margins) list.push_back(choice);
  std::ranges::stable_sort(list, std::greater{},
                           [&](const Choice& choice) { return margins.at(choice); });
  return list;
}

// False: time ended.
bool Planner::seek_dominator(std::size_t own) {
  int& sought = sought_[entries_[own].candidate.name];
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t e = 0; e < entries_.size(); ++e)
      if (may_dominate(e, own)) return true;
    std::vector<std::size_t> fresh;
    for (const Choice& choice : better_in_both(own)) {
      const auto known = std::ranges::find(entries_, choice, &CandidateEntry::choice);
      // Who fell in the screen, by a limit or for its price, was not looked at as closely.
      const bool is_seen =
          known != entries_.end() && (known->out || known->candidate.replications >= rules_.step);
      if (!is_seen && fresh.size() < kTried) fresh.push_back(*add_entry(choice));
    }
    if (fresh.empty()) return true;
    say("choices better in both than " + entries_[own].candidate.name);
    if (!simulate(scenario_, fresh, rules_.step)) return false;
    sought += static_cast<int>(fresh.size());
    for (const std::size_t e : fresh) {
      lead_elsewhere(entries_[e]);
      const auto& limits = entries_[e].candidate.limits;
      if (const auto broken = std::ranges::find_if(limits, clearly_broken);
          !entries_[e].out && broken != limits.end())
        reject(e, *broken, "limit");
    }
  }
  return true;
}

// Nor should it hang on a limit that few replications left open.
bool Planner::settle_dominator(std::size_t own) {
  std::optional<std::size_t> cheapest;
  for (std::size_t e = 0; e < entries_.size(); ++e) {
    if (!may_dominate(e, own)) continue;
    if (entries_[e].candidate.meets_limits) return true;
    if (!cheapest || mean_or_zero(front_usd(entries_[e].candidate)) <
                         mean_or_zero(front_usd(entries_[*cheapest].candidate)))
      cheapest = e;
  }
  return !cheapest || settle_limits(*cheapest);
}

void Planner::seek_dominators() {
  const std::size_t known = entries_.size();
  for (std::size_t own = 0; own < known; ++own) {
    const CandidateEntry& entry = entries_[own];
    if (!entry.candidate.from_scenario || !may_be_answer(entry.candidate) || own == *winner_)
      continue;
    if (entry.choice && entries_[*winner_].choice && !seek_dominator(own)) return;
    if (!settle_dominator(own)) return;
  }
}

}  // namespace berth
