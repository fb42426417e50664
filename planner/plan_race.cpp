#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "models/alpha_spending.h"
#include "planner/conflict.h"
#include "planner/homes.h"
#include "planner/objective.h"
#include "planner/planner.h"

namespace berth {
namespace {

constexpr int kImprovements = 3;  // times the neighbours of the best are looked at
constexpr int kTriedAgain = 1;   // times homes are tried in other company
constexpr int kSoughtAnew = 10;   // times the cheapest are sought without what broke in the race
// A placement cheaper by less than this share of the indifference is not looked into further.
constexpr double kWorthLooking = 0.1;

}  // namespace

const Figure& Planner::objective_figure(const CandidateEntry& entry) const {
  const PlanCandidate& c = entry.candidate;
  switch (request_.objective) {
    case Objective::cost:
      return c.usd;
    case Objective::marginal_cost:
      return c.marginal_usd;
    case Objective::start_latency:
      return c.start_p95_s;
    case Objective::serving_p99:
      return c.serving_p99_s;
  }
  return c.usd;
}

double Planner::objective_mean(const CandidateEntry& entry) const {
  const auto value = objective_figure(entry).estimate();
  return value ? value->mean : std::numeric_limits<double>::infinity();
}

// Where the screen threw out everybody, those that broke fewest limits are looked at as closely as the
// scenario asks: formulas of serving do not have the last word.
void Planner::give_second_look() {
  const auto broken = [](const CandidateEntry& entry) {
    return std::ranges::count_if(entry.candidate.limits, clearly_broken);
  };
  std::vector<std::size_t> nearest;
  for (std::size_t e = 0; e < entries_.size(); ++e)
    if (came_back(entries_[e])) nearest.push_back(e);
  std::ranges::stable_sort(nearest, {}, [&](std::size_t e) { return broken(entries_[e]); });
  if (nearest.size() > rules_.runners_up) nearest.resize(rules_.runners_up);
  for (const std::size_t e : nearest) {
    entries_[e].out = false;
    std::erase_if(plan_.rejections, [&](const Rejection& rejection) {
      return rejection.stage == "screen" && rejection.option == entries_[e].candidate.name;
    });
  }
}

void Planner::race() {
  if (in_race().empty()) {
    if (scenario_.fidelity == Fidelity::fluid) return;
    give_second_look();
  }
  std::vector<std::size_t> runners = in_race();
  // What formulas of serving showed is kept until there is something better.
  turn_to_the_other_fidelity();
  while (plan_.finished) {
    const auto pick = [&] { return any_is_enough_ ? first_that_holds(runners) : choose(runners); };
    winner_ = pick();
    for (int round = 0; round < kSoughtAnew && seek_anew(runners); ++round) winner_ = pick();
    if (any_is_enough_) return;
    winner_ = improved(runners, winner_);
    for (int round = 0; round < kTriedAgain && try_other_company(runners); ++round) {
      const std::optional<std::size_t> next = improved(runners, choose(runners));
      if (!next && !plan_.finished) break;  // time that ends in a round takes nothing from the one before
      winner_ = next;
    }
    if (plan_.finished)  // the first round was complete: nobody goes back to the screen's
      for (CandidateEntry& entry : entries_) entry.screened_histories.clear();
    // More replications may show that the winner breaks a limit after all: then the next one wins.
    if (!winner_ || !plan_.finished || top_up(runners, *winner_)) break;
  }
  if (plan_.finished && winner_) seek_front();
  if (plan_.finished && winner_) seek_dominators();
  // Where it ended in its first round, the screen has seen all of them, and equally often.
  const auto paired = [](const CandidateEntry& entry) {
    const auto known =
        std::ranges::count_if(entry.measures, [](const auto& one) { return one.has_value(); });
    return entry.out || entry.screened.empty() || known >= 2;
  };
  if (plan_.finished || std::ranges::all_of(entries_, paired)) return;
  for (CandidateEntry& entry : entries_) {
    if (entry.screened.empty()) continue;
    entry.measures = std::move(entry.screened);
    entry.histories = std::move(entry.screened_histories);
    entry.looks = std::move(entry.screened_looks);
    entry.unreached = 0;
    update(entry);
  }
  plan_.notes.emplace_back(
      "it ended in the first round of the race: these are figures at fluid fidelity");
}

// As in the screen: the cheapest are alike, and one home may have taken them all out. Where somebody
// cheaper than the best that is left broke a limit, the next ones do without what broke it; and so does it, with
// what broke it at the next best home.
bool Planner::seek_anew(std::vector<std::size_t>& runners) {
  if (!plan_.finished) return false;
  // By what both have seen: who was looked at more often met other days.
  const auto is_cheaper = [&](std::size_t e) {
    if (!winner_) return true;
    const auto gap =
        difference(objective_figure(entries_[e]), objective_figure(entries_[*winner_]));
    return gap && gap->mean > kWorthLooking * plan_.indifference;
  };
  const std::size_t known = entries_.size();
  bool is_led = false;
  for (const std::size_t e : fallen_) {
    if (!is_cheaper(e)) continue;
    is_led = lead_elsewhere(entries_[e]) || is_led;
    if (const auto choice = mended(entries_[e])) add_entry(*choice);
  }
  if (is_led) {
    search(kRoughly);
    const std::size_t most = entries_.size() + std::max<std::size_t>(rules_.candidates / 8, 1);
    for (const Choice& choice : solved_.best)
      if (entries_.size() < most && worth_simulating(choice)) add_entry(choice);
  }
  for (std::size_t e = known; e < entries_.size(); ++e) runners.push_back(e);
  return entries_.size() > known;
}

// One move away from the best there may be a better one: formulas do not decide close calls.
std::optional<std::size_t> Planner::improved(std::vector<std::size_t>& runners,
                                             std::optional<std::size_t> winner) {
  for (int round = 0; winner && plan_.finished && round < kImprovements; ++round) {
    const std::vector<std::size_t> near = simulate_neighbours(*winner);
    if (near.empty()) break;
    for (const std::size_t e : near)
      if (std::ranges::find(runners, e) == runners.end()) runners.push_back(e);
    const std::optional<std::size_t> next = choose(runners);
    // Time that ends in a round takes nothing from the one before.
    if (next == winner || (!next && !plan_.finished)) break;
    winner = next;
  }
  return winner;
}

// The best of these by halving and KN++ that meets every limit; those that break one are thrown
// out.
std::optional<std::size_t> Planner::choose(std::vector<std::size_t>& runners) {
  while (plan_.finished) {
    std::erase_if(runners, [&](std::size_t e) { return entries_[e].out; });
    if (runners.empty()) break;
    double best = std::numeric_limits<double>::infinity();
    for (const std::size_t e : runners) best = std::min(best, expected_objective(e));
    plan_.indifference = request_.indifference * best;
    const Selection selection = run_race(runners);
    const std::size_t winner = runners[selection.best];
    if (!plan_.finished) return std::nullopt;
    // A limit that is met by a hair asks for more replications, up to the most.
    if (!settle_limits(winner)) return std::nullopt;
    if (entries_[winner].candidate.meets_limits) {
      plan_.selection_certain = selection.certain;
      return cheapest_alike(winner, runners);
    }
    drop_for_limit(winner, runners);
  }
  return std::nullopt;
}

// Of those that came to the same latency in every replication: nobody pays more for nothing.
std::size_t Planner::cheapest_alike(std::size_t winner, const std::vector<std::size_t>& runners) {
  if (!is_latency(request_.objective)) return winner;
  const auto is_alike = [&](std::size_t e) {
    const auto gap = difference(objective_figure(entries_[winner]), objective_figure(entries_[e]));
    return gap && gap->interval && gap->interval->low == 0 && gap->interval->high == 0;
  };
  std::vector<std::pair<double, std::size_t>> cheaper;
  for (const std::size_t e : runners) {
    const auto usd = difference(front_usd(entries_[winner].candidate), front_usd(entries_[e].candidate));
    if (e != winner && !entries_[e].out && is_alike(e) && usd && usd->mean < 0) cheaper.emplace_back(usd->mean, e);
  }
  std::ranges::sort(cheaper);
  for (const auto& [usd, e] : cheaper) {
    if (!settle_limits(e)) return winner;
    if (entries_[e].candidate.meets_limits && is_alike(e)) return e;
  }
  return winner;
}

// The first that meets every limit, from the cheapest on by what was seen so far.
std::optional<std::size_t> Planner::first_that_holds(std::vector<std::size_t>& runners) {
  std::ranges::stable_sort(runners, {}, [&](std::size_t e) { return expected_objective(e); });
  while (!runners.empty()) {
    const std::size_t next = runners.front();
    if (!settle_limits(next)) return std::nullopt;
    if (entries_[next].candidate.meets_limits) return next;
    drop_for_limit(next, runners);
  }
  return std::nullopt;
}

void Planner::drop_for_limit(std::size_t e, std::vector<std::size_t>& runners) {
  const auto& limits = entries_[e].candidate.limits;
  reject(e, *std::ranges::find_if(limits, [](const LimitCheck& c) { return !c.met; }), "limit");
  fall_with(e, runners);
}

// Who has the same home and does not meet the same limit either would only ask for as many replications
// to show it.
void Planner::fall_with(std::size_t first, std::vector<std::size_t>& runners) {
  fallen_.push_back(first);
  std::erase(runners, first);
  for (std::size_t w = 0; entries_[first].choice && w < entries_[first].choice->size(); ++w)
    for (const LimitCheck& broken : entries_[first].candidate.limits) {
      if (broken.met || broken.workload != name_of_workload(scenario_, w)) continue;
      std::erase_if(runners, [&](std::size_t e) {
        const CandidateEntry& entry = entries_[e];
        if (!entry.choice || (*entry.choice)[w] != (*entries_[first].choice)[w]) return false;
        const auto own = std::ranges::find_if(entry.candidate.limits, [&](const LimitCheck& check) {
          return !check.met && check.workload == broken.workload && check.name == broken.name;
        });
        if (own == entry.candidate.limits.end()) return false;
        reject(e, *own, "limit");
        fallen_.push_back(e);
        return true;
      });
    }
}

// What is known to break when this workload moves there: as simulated, as other placements with it
// there showed beyond doubt, or else by formulas.
std::vector<LimitCheck> Planner::broken_by_move(const Choice& choice, std::size_t w,
                                                std::size_t k) const {
  Choice moved = choice;
  moved[w] = k;
  const std::string& name = name_of_workload(scenario_, w);
  std::vector<LimitCheck> shown;
  for (const CandidateEntry& entry : entries_) {
    if (!entry.choice || !came_back(entry) || (*entry.choice)[w] != k) continue;
    std::vector<LimitCheck> broken = entry.candidate.limits;
    const bool same = entry.choice == moved;
    std::erase_if(broken, [&](const LimitCheck& check) {
      return same ? check.met : check.workload != name || !clearly_broken(check);
    });
    if (same) return broken;
    if (shown.empty()) shown = std::move(broken);
  }
  if (!shown.empty()) return shown;
  return broken_by_forecast(w, k);
}

// The best other home of each workload, the rest as chosen; the nearest first. One that breaks a
// limit only where no other is left.
std::vector<Planner::Rival> Planner::rivals_of(const Choice& choice, bool may_wait) const {
  const PlacementProblem problem = in_objective(analysis_.problem);
  const Appraisal here = appraise(problem, choice);
  const double within = std::max(here.overflow, most_overflow());
  std::vector<Rival> rivals;
  for (std::size_t w = 0; w < choice.size(); ++w) {
    std::vector<Rival> moves;
    for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
      if (k == choice[w]) continue;
      Choice moved = choice;
      moved[w] = k;
      const Appraisal there = appraise(problem, moved);
      if (std::isinf(there.overflow)) continue;  // two shapes of one cluster
      // Beyond a room jobs wait: a rival only where that may be, and is cheaper.
      const double change = there.value - here.value;
      if (there.overflow <= within || (may_wait && change < 0)) moves.push_back({w, k, change});
    }
    if (moves.empty()) continue;
    std::ranges::stable_sort(moves, {}, &Rival::change);
    const auto keeps = std::ranges::find_if(
        moves, [&](const Rival& r) { return broken_by_move(choice, w, r.option).empty(); });
    rivals.push_back(keeps == moves.end() ? moves.front() : *keeps);
  }
  std::ranges::stable_sort(rivals, {}, &Rival::change);
  return rivals;
}

// Single moves that formulas hold to be close, weighted by what is at stake, and all of those
// together that prove cheaper.
std::vector<std::size_t> Planner::simulate_neighbours(std::size_t winner) {
  if (!entries_[winner].choice) return {};
  const Choice choice = *entries_[winner].choice;
  std::vector<Rival> rivals = rivals_of(choice, true);
  // A small workload's move changes little whichever way it goes: the dearest near ones first.
  std::erase_if(rivals, [&](const Rival& r) {
    return r.change > 0.03 * std::abs(objective_mean(entries_[winner]));
  });
  std::ranges::stable_sort(rivals, std::greater{},
                           [&](const Rival& r) { return spend_on(winner, r.workload); });
  if (rivals.size() > rules_.runners_up) rivals.resize(rules_.runners_up);
  std::vector<std::size_t> near;
  for (const Rival& rival : rivals) {
    Choice moved = choice;
    moved[rival.workload] = rival.option;
    near.push_back(*add_entry(moved));
  }
  const int n = std::min(rules_.step, entries_[winner].candidate.replications);
  say(fmt::format("{} neighbours of {}", near.size(), entries_[winner].candidate.name));
  if (near.empty() || !simulate(scenario_, near, n)) return {};
  Choice all = choice;
  int better = 0;
  for (std::size_t i = 0; i < near.size(); ++i) {
    const auto gap =
        difference(objective_figure(entries_[winner]), objective_figure(entries_[near[i]]));
    if (!gap || gap->mean >= -kWorthLooking * plan_.indifference) continue;
    const Choice& moved = *entries_[near[i]].choice;
    for (std::size_t w = 0; w < moved.size(); ++w)
      if (moved[w] != choice[w]) all[w] = moved[w];
    ++better;
  }
  if (better > 1 && std::isfinite(appraise(analysis_.problem, all).overflow)) {
    near.push_back(*add_entry(all));
    const std::size_t one[] = {near.back()};
    if (!simulate(scenario_, one, n)) return {};
  }
  std::erase_if(near, [&](std::size_t e) {
    return entries_[e].out || std::ranges::any_of(entries_[e].candidate.limits, clearly_broken);
  });
  return near;
}

// What the next best home of each workload would change is simulated, not only said by formulas. Those entries are
// no candidates: nearly all of them are dearer. One that proves cheaper is, and races the winner; then the
// next best are others.
void Planner::pair_next_best() {
  constexpr int kRounds = 3;
  for (int round = 0; round < kRounds && plan_.finished && entries_[*winner_].choice; ++round) {
    const Choice choice = *entries_[*winner_].choice;
    const std::size_t known = entries_.size();
    std::vector<std::size_t> fresh;
    for (const Rival& rival : rivals_of(choice, false)) {
      Choice moved = choice;
      moved[rival.workload] = rival.option;
      if (known_beside(moved) != nullptr) continue;
      if (const std::size_t e = *add_entry(moved); e >= known) fresh.push_back(e);
    }
    say(fmt::format("{} next best homes", fresh.size()));
    simulate(scenario_, fresh, rules_.screen);
    std::vector<std::size_t> runners{*winner_};
    std::vector<CandidateEntry> kept;
    for (const std::size_t e : fresh) {
      CandidateEntry& entry = entries_[e];
      const auto gap = difference(objective_figure(entries_[*winner_]), objective_figure(entry));
      const bool is_better =
          plan_.finished && gap && gap->interval && gap->mean < -plan_.indifference && !entry.out &&
          std::ranges::none_of(entry.candidate.limits, probably_broken);
      if (is_better) {
        runners.push_back(known + kept.size());
        kept.push_back(std::move(entry));
      } else {
        entry.histories.clear();
        beside_.push_back(std::move(entry));
      }
    }
    entries_.resize(known);
    std::ranges::move(kept, std::back_inserter(entries_));
    if (kept.empty()) return;
    const std::vector<std::size_t> all = runners;
    const std::optional<std::size_t> next = choose(runners);
    if (!next || next == winner_) return;
    winner_ = next;
    top_up(all, *winner_);
  }
}

const CandidateEntry* Planner::known_beside(const Choice& choice) const {
  const auto at = std::ranges::find(beside_, choice, &CandidateEntry::choice);
  return at == beside_.end() ? nullptr : &*at;
}

double Planner::spend_on(std::size_t e, std::size_t w) const {
  const std::size_t classes = scenario_.training.size();
  double usd = 0;
  for (const auto& m : paid(entries_[e]))
    if (m) usd += w < classes ? m->training[w].usd : m->services[w - classes].usd;
  return usd;
}

double Planner::expected_objective(std::size_t e) const {
  const CandidateEntry& entry = entries_[e];
  // The figures are those of the screen until the race has its own.
  return objective_mean(entry);
}

Selection Planner::run_race(const std::vector<std::size_t>& runners) {
  const Sample sample = [&](std::span<const std::size_t> asked, int to) {
    std::vector<std::size_t> which;
    for (const std::size_t i : asked) which.push_back(runners[i]);
    say(fmt::format("race: {} placements, {} replications", which.size(), to));
    std::vector<Values> values;
    if (!simulate(scenario_, which, to)) return values;
    for (const std::size_t e : which) {
      const auto& all = objective_figure(entries_[e]).values;
      values.emplace_back(all.begin(), all.begin() + to);
    }
    return values;
  };
  return select_smallest(runners.size(), sample,
                         {.confidence = rules_.confidence,
                          .indifference = std::max(plan_.indifference, 1e-9),
                          .first = rules_.screen,
                          .step = rules_.step,
                          .most = rules_.most,
                          .finalists = rules_.finalists});
}

// Who gets replications until its limits are met would sooner or later meet one that it misses by a hair: all
// looks together err no more often than one would.
LimitErrors Planner::limit_errors(CandidateEntry& entry) const {
  const double error = 1 - rules_.confidence;
  if (entry.looks.empty()) return {error, error};
  if (entry.candidate.replications > entry.looks.back())
    entry.looks.push_back(entry.candidate.replications);
  return {.met = levels_of_looks(entry.looks, rules_.most, error).back(), .shown = error};
}

bool Planner::settle_limits(std::size_t e) {
  if (entries_[e].looks.empty()) {
    entries_[e].looks = {entries_[e].candidate.replications};
    update(entries_[e]);
  }
  // "100 %" is kept until one job is late: each replication may show it.
  const auto hangs_on_each = [](const LimitCheck& check) {
    return check.met && !check.workload.empty() && check.found && check.found->mean == check.allowed;
  };
  const auto is_open = [&] {
    const PlanCandidate& c = entries_[e].candidate;
    return c.replications < rules_.most &&
           (!c.meets_limits || std::ranges::any_of(c.limits, hangs_on_each));
  };
  while (is_open()) {
    const auto& limits = entries_[e].candidate.limits;
    if (std::ranges::any_of(limits, clearly_broken)) return true;
    const std::size_t one[] = {e};
    if (!simulate(scenario_, one,
                  std::min(rules_.most, entries_[e].candidate.replications + rules_.step)))
      return false;
  }
  return true;
}

// Three replications are enough to leave somebody behind, not to state an interval: what the plan shows
// has seen as many as a result of the scenario would.
int Planner::replications_shown() const { return std::min(rules_.most, scenario_.replications); }

// The front may change by what is seen of it; who newly stands on it is looked at, too.
void Planner::look_closer() {
  constexpr int kLooks = 12;
  for (int look = 0; winner_ && look < kLooks; ++look) {
    std::vector<std::size_t> order{*winner_}, shown;
    for (const std::size_t e : in_race()) {
      if (!came_back(entries_[e])) continue;
      if (e != *winner_) order.push_back(e);
      if (entries_[e].candidate.from_scenario) shown.push_back(e);
    }
    for (const std::size_t i : front_of(order)) shown.push_back(order[i]);
    const bool seen = std::ranges::all_of(shown, [&](std::size_t e) {
      return std::ssize(entries_[e].measures) >= replications_shown();
    });
    if (seen || !simulate(scenario_, shown, replications_shown())) return;
  }
}

std::vector<Values> Planner::objectives(const std::vector<std::size_t>& of) const {
  std::vector<Values> values;
  values.reserve(of.size());
  for (const std::size_t e : of) values.push_back(objective_figure(entries_[e]).values);
  return values;
}

// Limits that few replications left open do not make it less of a rival.
bool Planner::may_be_best(const CandidateEntry& entry) const {
  const PlanCandidate& c = entry.candidate;
  if (entry.out || !c.within_levers) return false;
  if (c.meets_limits) return true;
  return c.replications < rules_.most && std::ranges::none_of(c.limits, probably_broken);
}

// Halving promises nothing about those it threw out: whoever leaves most doubt gets replications
// until all of them together leave no more than the confidence allows.
// Who breaks a limit is no rival. False: the winner does, by what it got to see.
bool Planner::top_up(std::vector<std::size_t> runners, std::size_t winner) {
  const std::size_t only[] = {winner};
  if (!simulate(scenario_, only, replications_shown())) return true;
  if (!entries_[winner].candidate.meets_limits) return false;
  while (true) {
    std::erase_if(runners, [&](std::size_t e) { return e != winner && !may_be_best(entries_[e]); });
    const auto at = static_cast<std::size_t>(std::ranges::find(runners, winner) - runners.begin());
    const auto values = objectives(runners);
    plan_.probability = probability_of_correct_selection(values, at, plan_.indifference);
    if (plan_.probability >= rules_.confidence) return true;
    std::optional<std::size_t> doubtful;
    double least = 2;
    for (std::size_t i = 0; i < runners.size(); ++i) {
      if (i == at) continue;
      const std::vector<Values> pair{values[at], values[i]};
      const double sure = probability_of_correct_selection(pair, 0, plan_.indifference);
      if (sure < least && std::ssize(values[i]) < rules_.most) least = sure, doubtful = i;
    }
    if (!doubtful) return true;
    const int to =
        std::min(rules_.most, entries_[runners[*doubtful]].candidate.replications + rules_.step);
    const std::size_t both[] = {runners[*doubtful], winner};
    if (!simulate(scenario_, both, to)) return true;
    if (!entries_[winner].candidate.meets_limits) return false;
  }
}

}  // namespace berth
