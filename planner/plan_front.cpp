// Whom to simulate for the front of cost against latency.
// Tested by tests/planner/plan_front_test.cpp and tests/sim/enumerated_plan_test.cpp.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>

#include "planner/pareto.h"
#include "planner/planner.h"

namespace berth {
namespace {

constexpr int kRounds = 3;  // times the neighbours of the front are looked at

}  // namespace

void Planner::keep_services(const Choice& served, Detours& detours) const {
  for (std::size_t w = scenario_.training.size(); w < served.size(); ++w) {
    for (std::size_t k = 0; k < analysis_.problem.workloads[w].size(); ++k)
      detours.barred.insert({w, k});
    detours.barred.erase({w, served[w]});
  }
}

// Choices along the trade between dollars and latency. Where that is the latency of starts, services stay
// where `served` has them: they have no part in it, and may break limits elsewhere.
std::vector<Choice> Planner::along_the_front(const std::optional<Choice>& served) {
  const std::size_t quality = front_quality();
  Detours detours = detours_;
  if (served && quality == 0) keep_services(*served, detours);
  const PlacementProblem dollars_alone = front_problem();
  PlacementProblem problem = dollars_alone;
  const auto best_at = [&](double weight) {
    problem.weights = {quality == 0 ? weight : 0, quality == 1 ? weight : 0};
    Solved solved = solve_open(problem, {.most_nodes = 60, .keep = 4, .stop = stop_}, detours);
    plan_.search_nodes += solved.nodes;
    const double value = appraise(problem, solved.best.front()).objective;
    std::vector<Choice> best = solved.best;
    if (best.size() > 2) best.resize(2);
    for (Choice& choice : in_other_company(problem, detours, solved.best.front(), false))
      if (appraise(problem, choice).objective < value) best.push_back(std::move(choice));
    return best;
  };
  const Appraisal cheap = appraise(dollars_alone, best_at(0).front());
  const double scale = std::max(cheap.qualities.at(quality), 1e-6);
  const std::vector<Choice> fast = best_at(1000 * (cheap.usd + 1) / scale);
  const Appraisal quick = appraise(dollars_alone, fast.front());
  std::vector<Choice> list = fast;
  const double seconds = cheap.qualities[quality] - quick.qualities[quality];
  const double dollars = quick.usd - cheap.usd;
  if (seconds <= 1e-9) return list;
  for (const double turn : {0.1, 0.3, 1.0, 3.0}) {
    std::ranges::move(best_at(turn * std::max(dollars, 1.0) / seconds), std::back_inserter(list));
  }
  return list;
}

// The front was sought with the services of the cheapest that the screen left; the winner's may be others. What
// room for candidates is left is for those beside the front.
void Planner::seek_front() {
  if (!entries_[*winner_].choice) return;
  const std::vector<Choice> along = along_the_front(entries_[*winner_].choice);
  if (!look_at_front(along, entries_.size() + rules_.candidates / 8)) return;
  const std::size_t own = scenario_.placements.size();
  for (int round = 0; round < kRounds && entries_.size() < own + rules_.candidates; ++round) {
    const std::size_t before = entries_.size();
    if (!look_at_front(beside_the_front(), own + rules_.candidates)) return;
    if (entries_.size() == before) break;
  }
  settle_front();
}

// False: time ended.
bool Planner::look_at_front(const std::vector<Choice>& choices, std::size_t most) {
  const std::size_t known = entries_.size();
  for (const Choice& choice : choices)
    if (entries_.size() < most) add_entry(choice);
  std::vector<std::size_t> fresh;
  for (std::size_t e = known; e < entries_.size(); ++e) fresh.push_back(e);
  if (fresh.empty()) return true;
  return simulate(scenario_, fresh, rules_.screen) &&
         std::ranges::all_of(fresh, [&](std::size_t e) { return settle_limits(e); });
}

// One move from somebody on the front, and by formulas beaten in both by nobody who is there: weights of dollars
// and seconds find corners of the front alone. Services have no part in starts. Last those beyond a room, where
// formulas do not know what waiting costs.
std::vector<Choice> Planner::beside_the_front() const {
  const std::size_t quality = front_quality();
  const PlacementProblem problem = front_problem();
  const auto point = [&](const Appraisal& at) { return Point{at.usd, at.qualities[quality]}; };
  std::vector<Point> there;
  std::vector<std::size_t> order{*winner_};
  for (const std::size_t e : in_race()) {
    if (!came_back(entries_[e]) || !entries_[e].choice) continue;
    there.push_back(point(appraise(problem, *entries_[e].choice)));
    if (e != *winner_) order.push_back(e);
  }
  std::vector<std::tuple<bool, Point, Choice>> beside;  // whether beyond a room
  const std::size_t movable = quality == 0 ? scenario_.training.size() : problem.workloads.size();
  for (const std::size_t i : front_of(order))
    for (std::size_t w = 0; w < movable; ++w)
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
        Choice moved = *entries_[order[i]].choice;
        if (moved[w] == k || detours_.barred.contains({w, k})) continue;
        moved[w] = k;
        if (std::ranges::find(entries_, moved, &CandidateEntry::choice) != entries_.end()) continue;
        const Appraisal at = appraise(problem, moved);
        const bool is_beaten = std::ranges::any_of(
            there, [&](const Point& other) { return dominates(other, point(at)); });
        if (std::isfinite(at.overflow) && !is_beaten)
          beside.emplace_back(at.overflow > most_overflow(), point(at), moved);
      }
  std::ranges::sort(beside);
  std::vector<Choice> list;
  for (auto& [waits, at, choice] : beside)
    if (list.empty() || list.back() != choice) list.push_back(std::move(choice));
  return list;
}

// Whoever would stand on the front if its limits were shown to hold.
void Planner::settle_front() {
  const auto point = [&](std::size_t e) {
    return Point{mean_or_zero(front_usd(entries_[e].candidate)), mean_or_zero(latency(entries_[e].candidate))};
  };
  for (const std::size_t e : in_race()) {
    const CandidateEntry& entry = entries_[e];
    if (!came_back(entry) || entry.candidate.meets_limits ||
        std::ranges::any_of(entry.candidate.limits, probably_broken))
      continue;
    const bool is_beaten = std::ranges::any_of(in_race(), [&](std::size_t other) {
      return entries_[other].candidate.meets_limits && dominates(point(other), point(e));
    });
    if (!is_beaten && !settle_limits(e)) return;
  }
}

}  // namespace berth
