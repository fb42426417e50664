// Where nothing meets every limit: plans with fewer limits tell which of them are in conflict, and what giving one
// up would buy.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "planner/conflict.h"
#include "planner/homes.h"
#include "planner/limit_words.h"
#include "planner/planner.h"

namespace berth {
namespace {

constexpr int kSets = 6;      // that are tried to be the smallest
constexpr int kHalvings = 3;  // of the way from what was found to what was asked for
constexpr int kChecks = 2;    // times a plan is made with what was found
constexpr std::size_t kFew = 128;  // placements of which each is simulated before it is said that none will do
constexpr int kSettled = 6;   // that are looked at again until one is the nearest for certain

bool is_same(const PlanCandidate& a, const PlanCandidate& b) {
  if (a.from_scenario || b.from_scenario) return a.name == b.name;
  const auto same = [](const auto& x, const auto& y) { return same_home(x, y); };
  return std::ranges::equal(a.placement.training, b.placement.training, same) &&
         std::ranges::equal(a.placement.services, b.placement.services, same);
}

}  // namespace

// As a whole plan, until one placement is found that meets the limits: not that it is the best.
bool Planner::find_feasible() {
  any_is_enough_ = true;
  if (!bound() || !pilot() || !probe() || !screen()) return false;
  race();
  return winner_.has_value();
}

// A plan with these limits instead; what it simulated is judged by all limits and joins `found`. Whether any of it
// meets these.
bool Planner::plan_with(const Limits& limits, std::vector<CandidateEntry>& found, bool all) {
  Planner other(scenario_, request_, simulate_, rules_, limits);
  other.all_are_screened_ = all;
  std::swap(other.memory_, memory_);
  const bool is_feasible = other.find_feasible();
  std::swap(other.memory_, memory_);
  plan_.replications += other.plan_.replications;
  plan_.search_nodes += other.plan_.search_nodes;
  plan_.failed += other.plan_.failed;
  for (CandidateEntry& entry : other.entries_) {
    if (!came_back(entry)) continue;
    const PlanCandidate& candidate = entry.candidate;
    CandidateEntry* known = nullptr;
    for (auto* list : {&entries_, &found})
      for (CandidateEntry& one : *list)
        if (known == nullptr && is_same(one.candidate, candidate)) known = &one;
    if (known == nullptr) {
      entry.choice.reset();  // of other options
      if (!candidate.from_scenario) name_anew(entry);
      update(found.emplace_back(std::move(entry)));
    } else if (known->measures.size() < entry.measures.size()) {
      known->measures = std::move(entry.measures);
      known->histories = std::move(entry.histories);
      known->looks = std::move(entry.looks);
      known->unreached = entry.unreached;
      update(*known);
    }
  }
  plan_.finished = plan_.finished && other.plan_.finished;
  if (!other.plan_.finished) plan_.unfinished = other.plan_.unfinished;
  return is_feasible;
}

std::vector<PlanCandidate> Planner::seen_with(const std::vector<CandidateEntry>& found) const {
  std::vector<PlanCandidate> seen;
  for (const auto* list : {&entries_, &found})
    for (const CandidateEntry& entry : *list)
      if (came_back(entry) && entry.candidate.within_levers) seen.push_back(entry.candidate);
  return seen;
}

// The smallest set of which everything that was simulated breaks one may be what this search ran into, and no
// conflict: a plan with nothing but that set finds what meets it, until none does. (A minimum hitting set, and
// an oracle that adds to what must be hit: Ignatiev et al. 2015 on smallest unsatisfiable subsets. Here the
// oracle is a search, and proves nothing.)
std::vector<StatedLimit> Planner::smallest_found(const std::vector<StatedLimit>& stated,
                                                 std::vector<CandidateEntry>& found,
                                                 bool& is_confirmed) {
  std::vector<StatedLimit> set;
  for (int round = 0; !is_confirmed && round < kSets; ++round) {
    set = smallest_conflict(seen_with(found), stated);
    say(fmt::format("nothing but {} limits in conflict", set.size()));
    Limits alone = limits_;
    for (const StatedLimit& limit : stated)
      if (std::ranges::none_of(set, [&](const auto& one) { return same_limit(one, limit); }))
        move_limit(alone, scenario_, limit, std::nullopt);
    const bool is_feasible = plan_with(alone, found);
    if (stopped()) break;
    is_confirmed = !is_feasible;
  }
  return set;
}

bool Planner::plan_with_moved(const StatedLimit& limit, std::optional<double> to,
                              std::vector<CandidateEntry>& found) {
  say(to ? fmt::format("{} moved to {}", in_words(limit), limit_value(limit.name, *to)) : "without " + in_words(limit));
  Limits moved = limits_;
  move_limit(moved, scenario_, limit, to);
  return plan_with(moved, found);
}

// Of a placement that few replications showed, a limit holds far from what it has. A plan that is made with that
// limit looks at it again and again, up to the most replications: at what it then knows.
bool Planner::settle_shown(const std::string& placement, std::vector<CandidateEntry>& found) {
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i].candidate.name == placement) {
      entries_.push_back(std::move(found[i]));
      found.erase(found.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
  const auto at = std::ranges::find(entries_, placement,
                                    [](const CandidateEntry& e) { return e.candidate.name; });
  at->looks.clear();
  for (int look = rules_.screen; look < rules_.most; look += rules_.step) at->looks.push_back(look);
  at->looks.push_back(rules_.most);
  update(*at);
  const std::size_t one[] = {static_cast<std::size_t>(at - entries_.begin())};
  return simulate(scenario_, one, rules_.most);
}

// It was looked at as often as any may be; or it is known by formulas.
bool Planner::is_settled(const std::string& name, const std::vector<CandidateEntry>& found) const {
  for (const auto* list : {&entries_, &found})
    for (const CandidateEntry& entry : *list)
      if (entry.candidate.name == name) return entry.candidate.replications >= rules_.most;
  return true;
}

// Who was the nearest may miss another limit by what more replications show, and leave it to somebody of whom few are
// known.
std::optional<Relaxation> Planner::relaxed_when_settled(const StatedLimit& limit,
                                                        const std::vector<StatedLimit>& stated,
                                                        std::vector<CandidateEntry>& found) {
  auto now = relaxed(seen_with(found), stated, limit);
  for (int n = 0; n < kSettled && now && !is_settled(now->placement, found) && !stopped(); ++n) {
    if (!settle_shown(now->placement, found)) break;
    now = relaxed(seen_with(found), stated, limit);
  }
  return now;
}

// Whoever does without a limit goes far: halfway back there may be somebody, too. At last a plan is made with what
// the relaxation says, as its reader would.
void Planner::bring_nearer(const StatedLimit& limit, const std::vector<StatedLimit>& stated,
                           std::vector<CandidateEntry>& found) {
  const bool is_sought = limit.name == "cost_usd_per_month" && request_.objective == Objective::cost;
  double barred = limit.allowed;
  for (int n = 0; !is_sought && n < kHalvings && !stopped(); ++n) {
    const auto now = relaxed(seen_with(found), stated, limit);
    if (!now || !now->nearest) return;
    const double half = (barred + *now->nearest) / 2;
    if (!plan_with_moved(limit, half, found)) barred = half;
  }
  for (int n = 0; n < kChecks && !stopped(); ++n) {
    const auto now = relaxed_when_settled(limit, stated, found);
    if (!now || !now->nearest || stopped() || plan_with_moved(limit, now->nearest, found)) return;
  }
}

// Where giving up no limit of the set is enough, whatever is in the way then gives way as well, until somebody
// is left; and who is nearer to each of those limits is looked for halfway back.
void Planner::give_up_together(std::vector<StatedLimit> set, const std::vector<StatedLimit>& stated,
                               std::vector<CandidateEntry>& found) {
  const auto is_in = [](const std::vector<StatedLimit>& list, const StatedLimit& limit) {
    return std::ranges::any_of(list, [&](const auto& one) { return same_limit(one, limit); });
  };
  const auto without = [&](const std::vector<StatedLimit>& gone) {
    Limits left = limits_;
    for (const StatedLimit& limit : gone) move_limit(left, scenario_, limit, std::nullopt);
    return left;
  };
  for (int round = 0; round < kSets && !stopped(); ++round) {
    say(fmt::format("without {} limits", set.size()));
    if (plan_with(without(set), found)) break;
    std::vector<StatedLimit> rest = stated;
    std::erase_if(rest, [&](const StatedLimit& limit) { return is_in(set, limit); });
    const std::vector<StatedLimit> next = smallest_conflict(seen_with(found), rest);
    if (next.empty()) break;
    set.insert(set.end(), next.begin(), next.end());
  }
  for (const StatedLimit& limit : set)
    for (int n = 0; n < kHalvings && !stopped(); ++n) {
      const Conflict now = conflict_of_simulated(seen_with(found), stated);
      const auto there = std::ranges::find_if(now.relaxations, [&](const Relaxation& one) {
        return same_limit(one.limit, limit);
      });
      if (!now.together || there == now.relaxations.end() || !there->nearest) break;
      Limits moved = without(set);
      move_limit(moved, scenario_, limit, (limit.allowed + *there->nearest) / 2);
      if (!plan_with(moved, found)) break;
    }
}

// Then a plan without each limit of the set. What is told comes of all that was simulated.
void Planner::examine_conflict(bool each_was_tried) {
  const std::vector<StatedLimit> stated = stated_limits(scenario_, request_);
  bool by_formulas = plan_.conflict.has_value();
  std::vector<CandidateEntry> found;
  // Few enough to look at each: then nobody is missed, nor who comes nearest.
  if (!each_was_tried && plan_.placements <= static_cast<double>(kFew)) {
    say("every placement");
    if (plan_with(limits_, found, true)) {
      keep_shown(found);
      return;
    }
  }
  std::vector<StatedLimit> set;
  bool is_confirmed = false;
  std::vector<Relaxation> relaxations;
  const auto give_up = [&] {
    relaxations.clear();
    for (const StatedLimit& limit : set) {
      if (stopped()) break;
      plan_with_moved(limit, std::nullopt, found);
      if (!stopped()) relaxations.push_back({.limit = limit});
    }
  };
  if (by_formulas) {
    for (const Relaxation& one : plan_.conflict->relaxations) set.push_back(one.limit);
    give_up();
    // Where that helps none of them, it is others as well that formulas do not see, and the simulation is asked.
    by_formulas = stopped() || std::ranges::any_of(set, [&](const StatedLimit& limit) {
                    return relaxed(seen_with(found), stated, limit).has_value();
                  });
  }
  if (!by_formulas) {
    set = smallest_found(stated, found, is_confirmed);
    give_up();
  }
  for (const StatedLimit& limit : set) bring_nearer(limit, stated, found);
  if (!by_formulas && conflict_of_simulated(seen_with(found), stated).together)
    give_up_together(set, stated, found);

  for (Relaxation& one : relaxations)
    if (auto shown = relaxed_when_settled(one.limit, stated, found)) one = *std::move(shown);
  std::vector<PlanCandidate> seen = seen_with(found);
  if (by_formulas) {
    std::ranges::copy(relaxations, plan_.conflict->relaxations.begin());
  } else {
    plan_.conflict = conflict_of_simulated(seen, stated);
    for (int n = 0; n < kSettled && plan_.conflict->together && !stopped() &&
                    !is_settled(plan_.conflict->nearest, found);
         ++n) {
      if (!settle_shown(plan_.conflict->nearest, found)) break;
      seen = seen_with(found);
      plan_.conflict = conflict_of_simulated(seen, stated);
    }
    plan_.conflict->confirmed =
        is_confirmed && std::ranges::equal(smallest_conflict(seen, stated), set, same_limit);
    const std::vector<std::string>& limits = plan_.conflict->limits;
    for (const Relaxation& one : relaxations)  // where nothing is left even then
      if (!one.usd && !plan_.conflict->together && std::ranges::find(limits, in_words(one.limit)) != limits.end())
        plan_.conflict->relaxations.push_back(one);
  }
  keep_shown(found);
  if (!plan_.finished && !(rules_.interrupted && rules_.interrupted())) {
    // That nothing was found is what a complete search found.
    plan_.notes.push_back(plan_.unfinished + " while limits were given up: less than is said may do");
    plan_.finished = true;
    plan_.unfinished.clear();
  }
}

// A search with fewer limits, or of everything, may find what keeps all of them: it races on from there, as what the
// search had led to.
void Planner::take_up_found() {
  std::vector<std::size_t> runners;
  for (std::size_t e = 0; e < entries_.size(); ++e) {
    CandidateEntry& entry = entries_[e];
    if (!came_back(entry) || !may_be_answer(entry.candidate)) continue;
    if (!entry.choice) entry.choice = choice_of(analysis_.options, entry.candidate.placement);
    entry.out = false;
    runners.push_back(e);
  }
  if (runners.empty()) return;
  std::erase_if(plan_.rejections, [&](const Rejection& rejection) {
    return std::ranges::any_of(runners, [&](std::size_t e) {
      return rejection.option == entries_[e].candidate.name;
    });
  });
  while (plan_.finished) {
    winner_ = improved(runners, choose(runners));
    if (!winner_ || !plan_.finished || top_up(runners, *winner_)) break;
  }
  if (!winner_ && plan_.finished) examine_conflict(true);  // more replications took them out
}

// Of what plans with fewer limits simulated, the placements that the conflict names and the scenario's own.
void Planner::keep_shown(std::vector<CandidateEntry>& found) {
  for (CandidateEntry& entry : found) {
    const std::string& name = entry.candidate.name;
    const auto is_it = [&](const Relaxation& one) { return one.placement == name; };
    if (entry.candidate.from_scenario || entry.candidate.meets_limits ||
        (plan_.conflict && (name == plan_.conflict->nearest ||
                            std::ranges::any_of(plan_.conflict->relaxations, is_it))))
      entries_.push_back(std::move(entry));
  }
}

}  // namespace berth
