// A home that breaks a limit may have done so for who shared its pool: it is left, and later tried again in
// other company.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

#include "planner/homes.h"
#include "planner/planner.h"

namespace berth {
namespace {

// Of those who share a pool so many, who load it most, are sent away one by one as well as all together.
constexpr std::size_t kOneByOne = 3;
constexpr std::size_t kNodes = 20;  // of a search for one choice
constexpr std::size_t kHomes = 3;  // that are tried in other company

double peak(const ResourceLoad& load) {
  return load.by_period.empty() ? 0 : std::ranges::max(load.by_period);
}

// What somebody brings to the pools and quotas of another.
double shared(const PlacementOption& home, const PlacementOption& other) {
  double most = 0;
  for (const ResourceLoad& here : home.loads)
    for (const ResourceLoad& there : other.loads)
      if (here.resource == there.resource && peak(here) > 0) most = std::max(most, peak(there));
  return most;
}

}  // namespace

void Planner::remember_company(const Choice& choice, std::size_t w) {
  const auto& workloads = analysis_.problem.workloads;
  std::vector<std::pair<double, std::size_t>> others;
  for (std::size_t u = 0; u < choice.size(); ++u)
    if (const double load = u == w ? 0 : shared(workloads[w][choice[w]], workloads[u][choice[u]]); load > 0)
      others.emplace_back(-load, u);
  if (others.empty()) return;  // nobody else is to blame
  std::ranges::sort(others);
  BrokenHome broken{.workload = w, .option = choice[w]};
  for (const auto& [load, u] : others) broken.company.emplace_back(u, choice[u]);
  if (std::ranges::find(broken_homes_, broken) == broken_homes_.end())
    broken_homes_.push_back(std::move(broken));
}

// The best choices with homes that broke a limit, one a way of sending away the company they were in: without
// the homes the others had, or without their whole place.
std::vector<Choice> Planner::in_other_company(const PlacementProblem& problem, const Detours& detours,
                                              const Choice& from, bool one_by_one) {
  using Option = std::pair<std::size_t, std::size_t>;
  for (const CandidateEntry& entry : entries_)
    for (std::size_t w = 0; entry.choice && came_back(entry) && w < entry.choice->size(); ++w)
      if (breaks(entry, w)) remember_company(*entry.choice, w);
  std::map<Option, std::vector<const BrokenHome*>> by_home;
  for (const BrokenHome& broken : broken_homes_) by_home[{broken.workload, broken.option}].push_back(&broken);
  std::vector<Choice> list;
  const PlacementProblem roomy = without_rooms(problem);
  const auto try_without = [&](const Option& home, const std::vector<Option>& away) {
    Detours led = detours;
    for (std::size_t k = 0; k < problem.workloads[home.first].size(); ++k)
      if (k != home.second) led.barred.insert({home.first, k});
    led.barred.erase(home);
    led.barred.insert(away.begin(), away.end());
    for (const PlacementProblem* within : {&problem, &roomy}) {
      if (within == &roomy && !one_by_one) break;
      const Solved solved = solve_open(*within, {.most_nodes = kNodes, .keep = 1, .stop = stop_}, led);
      plan_.search_nodes += solved.nodes;
      const Choice& best = solved.best.front();
      const bool is_away = std::ranges::none_of(away, [&](const Option& o) { return best[o.first] == o.second; });
      if (is_away && std::ranges::find(list, best) == list.end()) list.push_back(best);
      led.rooms.clear();
    }
  };
  const auto place = [&](std::size_t w, std::size_t k) { return place_of(analysis_.options, w, k); };
  const auto whole_places = [&](const std::vector<Option>& homes) {
    std::vector<Option> all;
    for (const auto& [u, option] : homes)
      for (std::size_t k = 0; k < problem.workloads[u].size(); ++k)
        if (place(u, k) == place(u, option)) all.emplace_back(u, k);
    return all;
  };
  // Those first that would be best where nobody else moves.
  std::vector<std::pair<double, Option>> homes;
  for (const auto& [home, broken] : by_home) {
    if (by_formulas_.barred.contains(home)) continue;
    Choice moved = from;
    moved[home.first] = home.second;
    homes.emplace_back(appraise(problem, moved).value, home);
  }
  std::ranges::sort(homes);
  if (homes.size() > kHomes) homes.resize(kHomes);
  for (const auto& [value, home] : homes) {
    const auto& broken = by_home.at(home);
    // Whoever was there, in which homes; those who were there first are those who load most.
    std::vector<std::size_t> who;
    std::vector<Option> all;
    for (const BrokenHome* one : broken)
      for (const Option& other : one->company) {
        if (std::ranges::find(who, other.first) == who.end()) who.push_back(other.first);
        if (std::ranges::find(all, other) == all.end()) all.push_back(other);
      }
    try_without(home, all);
    try_without(home, whole_places(all));
    for (std::size_t i = 0; one_by_one && who.size() > 1 && i < std::min(kOneByOne, who.size()); ++i) {
      std::vector<Option> of_one;
      std::ranges::copy_if(all, std::back_inserter(of_one), [&](const Option& o) { return o.first == who[i]; });
      try_without(home, of_one);
      try_without(home, whole_places(of_one));
    }
  }
  return list;
}

// What is cheaper by formulas than the winner, as it is or by formulas, with a home that others may have
// spoilt, is looked at.
bool Planner::try_other_company(std::vector<std::size_t>& runners) {
  if (!plan_.finished || !winner_ || !entries_[*winner_].choice) return false;
  const PlacementProblem problem = in_objective(analysis_.problem);
  const double beaten =
      std::max(appraise(problem, *entries_[*winner_].choice).value, objective_mean(entries_[*winner_]));
  std::vector<std::pair<double, Choice>> better;
  for (Choice& choice : in_other_company(problem, detours_, *entries_[*winner_].choice, true)) {
    const Appraisal there = appraise(problem, choice);
    if (there.value < beaten && !std::isinf(there.overflow)) better.emplace_back(there.value, std::move(choice));
  }
  std::ranges::sort(better);
  const std::size_t known = entries_.size();
  const std::size_t most = known + std::max<std::size_t>(rules_.candidates / 8, 1);
  for (const auto& [value, choice] : better)
    if (entries_.size() < most) add_entry(choice);
  for (std::size_t e = known; e < entries_.size(); ++e) runners.push_back(e);
  return entries_.size() > known;
}

}  // namespace berth
