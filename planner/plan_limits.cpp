#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "planner/homes.h"
#include "planner/planner.h"

namespace berth {
namespace {

constexpr int kProbes = 12;  // times the cheapest by formulas is looked at
// A crowded room is narrowed to this share of what was used of it, to that share of all of it at least.
constexpr double kStep = 0.95, kLeastRoom = 0.6;

}  // namespace

// After all replications there are, what is not shown to hold is broken; before, what probably is.
bool Planner::breaks(const CandidateEntry& entry, std::size_t w) const {
  const bool is_settled = entry.candidate.replications >= rules_.most;
  return std::ranges::any_of(entry.candidate.limits, [&](const LimitCheck& check) {
    return check.workload == name_of_workload(scenario_, w) && (is_settled ? !check.met : probably_broken(check));
  });
}

// The pool or quota that this workload shares with so many that they wait for it.
std::optional<Planner::Crowded> Planner::crowded(const CandidateEntry& entry, std::size_t w) const {
  const PlacementProblem& problem = analysis_.problem;
  const Company company = company_of(problem, *entry.choice);
  for (const ResourceLoad& load : problem.workloads[w][(*entry.choice)[w]].loads) {
    const double room = problem.resources[load.resource].room;
    if (load.by_period.empty() || !std::isfinite(room) || room <= 0) continue;
    const double busiest = std::ranges::max(company.loads[load.resource]);
    if (busiest >= kCrowded * room && kStep * busiest >= kLeastRoom * room)
      return Crowded{load.resource, busiest};
  }
  return std::nullopt;
}

// Where a home breaks a limit in a pool that is nearly full, somebody has to leave it, whoever does so at the
// least cost; elsewhere it is this workload that goes. True: the search is led where it was not.
bool Planner::lead_elsewhere(const CandidateEntry& entry) {
  if (!entry.choice || !came_back(entry)) return false;
  const Detours before = detours_;
  for (std::size_t w = 0; w < entry.choice->size(); ++w) {
    if (!breaks(entry, w)) continue;
    if (const auto pool = crowded(entry, w)) {
      // Who waited beyond a room is led back into it.
      const double left =
          std::min(kStep * pool->busiest, analysis_.problem.resources[pool->resource].room);
      const auto [at, is_new] = detours_.rooms.try_emplace(pool->resource, left);
      // Where all go beyond it, whatever is asked, the home itself is left.
      if (!is_new && pool->busiest > analysis_.problem.resources[pool->resource].room)
        detours_.barred.insert({w, (*entry.choice)[w]});
      at->second = std::min(at->second, left);
    } else {
      detours_.barred.insert({w, (*entry.choice)[w]});
    }
  }
  lead_by_portable_share(entry);
  lead_by_cost(entry);
  return detours_ != before;
}

// Formulas err as they did here, perhaps: halfway to what lacks of the share, and no further at once.
void Planner::lead_by_portable_share(const CandidateEntry& entry) {
  for (const LimitCheck& check : entry.candidate.limits) {
    if (check.name != "portable_share" || check.met || !check.found) continue;
    const double known = portable_by_formulas(*entry.choice);
    const double least = std::min(1.0, known + (check.allowed - check.found->mean) / 2);
    detours_.portable = std::max(detours_.portable, least);
  }
}

// As much less by formulas as it was too dear.
void Planner::lead_by_cost(const CandidateEntry& entry) {
  if (!std::isfinite(detours_.usd)) return;
  for (const LimitCheck& check : entry.candidate.limits) {
    if (check.name != "cost_usd_per_month" || check.met || !check.found) continue;
    const double known = appraise(analysis_.problem, *entry.choice).usd;
    const double over = std::max(check.found->mean - check.allowed, 0.001 * check.allowed);
    detours_.usd = std::min(detours_.usd, known - over);
  }
}

// Limits on a placement as a whole that formulas know: dollars where something else is sought, people's hours, and the share that could move as
// far as simulations corrected it. As shares of the limits.
double Planner::misses(const Choice& choice, const Detours& detours) const {
  double sum = 0;
  if (limits_.people_hours) {
    const double hours = hours_.of(analysis_.options, choice), most = *limits_.people_hours;
    if (hours > most) sum += most > 0 ? hours / most - 1 : hours;
  }
  if (detours.portable > 0)
    sum += std::max(0.0, 1 - portable_by_formulas(choice) / detours.portable);
  if (std::isfinite(detours.usd) && detours.usd > 0)
    sum += std::max(0.0, appraise(analysis_.problem, choice).usd / detours.usd - 1);
  return sum;
}

// What a pilot shows of a home counts more than what formulas say of it.
void Planner::lead_by_pilot(const CandidateEntry& entry) {
  lead_elsewhere(entry);
  for (std::size_t w = 0; entry.choice && came_back(entry) && w < entry.choice->size(); ++w)
    if (std::ranges::all_of(entry.candidate.limits, [&](const LimitCheck& check) {
          return check.workload != name_of_workload(scenario_, w) || check.met;
        }))
      detours_.barred.erase({w, (*entry.choice)[w]});
}

// The same with what breaks a limit at its cheapest home that is not known to break one; nullopt: it has none.
std::optional<Choice> Planner::mended(const CandidateEntry& entry) const {
  if (!entry.choice) return std::nullopt;
  const PlacementProblem problem = in_objective(analysis_.problem);
  Choice choice = *entry.choice;
  const double within = std::max(appraise(problem, choice).overflow, most_overflow());
  for (std::size_t w = 0; w < choice.size(); ++w) {
    if (!breaks(entry, w)) continue;
    std::optional<std::size_t> best;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
      if (k == (*entry.choice)[w] || detours_.barred.contains({w, k})) continue;
      Choice moved = choice;
      moved[w] = k;
      const Appraisal there = appraise(problem, moved);
      if (there.overflow > within || there.objective >= least ||
          !broken_by_move(choice, w, k).empty())
        continue;
      best = k, least = there.objective;
    }
    if (!best) return std::nullopt;
    choice[w] = *best;
  }
  return choice;
}

// Screens look at serving by formulas; what the race showed is kept meanwhile, and the other way round.
void Planner::turn_to_the_other_fidelity() {
  if (scenario_.fidelity == Fidelity::fluid) return;
  for (CandidateEntry& entry : entries_) {
    std::swap(entry.measures, entry.screened);
    std::swap(entry.histories, entry.screened_histories);
    std::swap(entry.looks, entry.screened_looks);
    if (came_back(entry)) update(entry);
  }
}

// Formulas are blind to goals near a limit. So that a race is not among those alike that all break the same
// one, the cheapest is looked at as closely as a race does until it keeps its limits; what breaks one on the way
// leads the search. False: time ended.
bool Planner::probe() {
  turn_to_the_other_fidelity();
  bool is_led = false, is_over = false;
  for (int round = 0; round < kProbes && !is_over; ++round) {
    const std::size_t e = *add_entry(solved_.best.front());
    if (entries_[e].out) break;  // nothing else is left
    say(fmt::format("probe {}", round + 1));
    const std::size_t one[] = {e};
    is_over = !simulate(scenario_, one, rules_.screen) || !settle_limits(e);
    if (is_over || entries_[e].out || entries_[e].candidate.meets_limits ||
        !lead_elsewhere(entries_[e]))
      break;
    is_led = true;
    const auto& limits = entries_[e].candidate.limits;
    reject(e, *std::ranges::find_if(limits, [](const LimitCheck& check) { return !check.met; }),
           "limit");
    fallen_.push_back(e);
    if (const auto choice = mended(entries_[e])) add_entry(*choice);
    search(kRoughly);
  }
  turn_to_the_other_fidelity();
  if (is_led && !is_over) search();
  return !is_over;
}

}  // namespace berth
