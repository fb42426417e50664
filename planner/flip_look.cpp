#include "planner/flip_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "planner/bought_plans.h"
#include "planner/people.h"
#include "planner/portability.h"

namespace berth {
namespace {

constexpr const char* kInterruptions = "interruptions_per_job";

Breakers without(const Breakers& all, const Breakers& those) {
  Breakers rest;
  std::ranges::set_difference(all, those, std::inserter(rest, rest.end()));
  return rest;
}

// Bills stay as they are, and people's hours are added to them.
bool is_of_people(WorldInput input) {
  return input == WorldInput::toil || input == WorldInput::hour_price;
}

std::string words(const Breakers& those) {
  std::vector<std::string> list;
  for (const Breaker& one : those) list.push_back(in_words(one));
  return fmt::format(", breaks {}", fmt::join(list, " and "));
}

std::string words(const FlipLook& look, Objective objective) {
  const char* unit = is_latency(objective) ? "s" : "$";
  std::string text = fmt::format("{} replications", look.recommended.value.values.size());
  if (!look.newly_broken.empty())
    text += words(look.newly_broken);
  for (std::size_t c = 0; c < look.challengers.size(); ++c) {
    const auto& gap = look.challengers[c].difference;
    text += gap ? fmt::format("; {:+.4g} {}", gap->mean, unit) : "; no pair came back";
    if (gap && gap->interval) text += fmt::format(" ±{:.3g}", gap->interval->half_width());
    if (const auto broken = look.breaks(c); !broken.empty())
      text += words(broken);
  }
  return text;
}

}  // namespace

Breaker breaker_of(const LimitCheck& check) {
  return check.workload.empty() ? Breaker{.limit = check.name} : Breaker{.workload = check.workload};
}

std::string in_words(const Breaker& breaker) {
  return breaker.limit.empty() ? "limits of " + breaker.workload : "the limit on " + breaker.limit;
}

Breakers FlipLook::breaks(std::size_t challenger) const {
  return without(challengers[challenger].broken, excused);
}

bool FlipLook::unclear(std::size_t challenger) const {
  const auto& gap = challengers[challenger].difference;
  return gap && gap->mean < -tolerated && (!gap->interval || gap->interval->high >= 0);
}

bool FlipLook::saves(std::size_t challenger) const {
  const auto& gap = challengers[challenger].difference;
  return gap && gap->mean < -tolerated && !unclear(challenger);
}

bool FlipLook::turned(std::size_t challenger) const {
  return keeps(challenger) && challengers[challenger].difference &&
         (!newly_broken.empty() || saves(challenger));
}

std::optional<std::size_t> FlipLook::best() const {
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < challengers.size(); ++c)
    if (keeps(c) && challengers[c].difference &&
        (!best || challengers[c].difference->mean < challengers[*best].difference->mean))
      best = c;
  return best;
}

bool FlipLook::tied(std::size_t challenger) const {
  const auto& gap = challengers[challenger].difference;
  return keeps(challenger) && gap && std::abs(gap->mean) <= tolerated;
}

FlipSimulator::There FlipSimulator::there(WorldInput input, double factor) {
  if (factor == 1) input = {};  // things as they are, whatever is asked about
  There out{.input = input, .factor = factor};
  out.world[input] = factor;
  out.scenario = in_world(scenario_, out.world);
  if (is_latency(request_.objective)) out.volumes = volumes_of(out.scenario);
  out.seen = &seen_[{input, factor}];
  return out;
}

Placement FlipSimulator::placed(const There& there, const Choice& choice) const {
  return in_world(choice == home_ ? recommended_
                                  : placement_of(there.scenario, options_, choice, request_, "challenger"),
                  there.world);
}

// The replications that are asked for, out of those of things as they are if that can be.
void FlipSimulator::provide(const There& there, std::vector<Looked>& looked) {
  bool priced = there.factor != 1 && changes_bills_alone(scenario_, there.input) &&
                (bills_can_be_repriced_ || is_of_people(there.input));
  if (priced) {
    simulate(this->there({}, 1), looked);
    priced = std::ranges::all_of(looked, [&](const Looked& one) { return price_anew(there, one); });
    bills_can_be_repriced_ = bills_can_be_repriced_ && priced;
  }
  if (!priced) simulate(there, looked);
  for (Looked& one : looked) judge(there, one);
}

// What lacks of the replications that are asked for; those who lack the same together.
void FlipSimulator::simulate(const There& there, std::vector<Looked>& looked) {
  const bool as_it_is = there.factor == 1;
  std::map<std::pair<int, int>, std::set<const Choice*>> lacking;
  for (const Looked& one : looked) {
    const int have = static_cast<int>((*there.seen)[*one.choice].measures.size());
    if (have < one.replications) lacking[{have, one.replications}].insert(one.choice);
  }
  for (const auto& [range, whose] : lacking) {
    std::vector<Placement> placements;
    for (const Looked& one : looked)
      if (whose.contains(one.choice)) placements.push_back(placed(there, *one.choice));
    Simulated simulated = simulate_(there.scenario, placements, range.first, range.second);
    if (simulated.interrupted) throw FlipInterrupted{};
    replications_ += std::ssize(placements) * (range.second - range.first);
    std::size_t p = 0;
    for (const Looked& one : looked) {
      if (!whose.contains(one.choice)) continue;
      Replications& known = (*there.seen)[*one.choice];
      for (auto& outcome : simulated.outcomes[p]) {
        if (outcome) outcome->bill = at_locked_rates(std::move(outcome->bill), there.world);
        known.measures.push_back(outcome ? std::optional(measure(there.scenario, placements[p], *outcome))
                                         : std::nullopt);
        if (outcome && !request_.savings_plans.empty()) known.measures.back()->bill = outcome->bill;
        if (as_it_is) known.bills.push_back(outcome ? outcome->bill : Bill{});
      }
      ++p;
    }
  }
}

// What is known of things as they are, at the prices of that world; false: a bill does not say how.
bool FlipSimulator::price_anew(const There& there, const Looked& looked) {
  const Replications& now = seen_[{WorldInput{}, 1.0}].at(*looked.choice);
  Observations& known = (*there.seen)[*looked.choice].measures;
  const Placement placement = placed(there, *looked.choice);
  for (std::size_t n = known.size(); n < now.measures.size(); ++n) {
    std::optional<Observation> one = now.measures[n];
    if (one) {
      const auto bill = is_of_people(there.input) ? std::optional(now.bills[n])
                                                :  repriced(now.bills[n], there.scenario.catalogue);
      if (!bill) return false;
      price(*one, there.scenario, placement, *bill);
      if (one->bill) one->bill = *bill;
    }
    known.push_back(std::move(one));
  }
  return true;
}

void FlipSimulator::judge(const There& there, Looked& looked) const {
  looked.measures = there.seen->at(*looked.choice).measures;
  looked.replications = static_cast<int>(looked.measures.size());
  // Each buys what is best for it there.
  if (!request_.savings_plans.empty()) {
    const Placement placement = placed(there, *looked.choice);
    looked.measures =
        PlanPurchase(there.scenario, request_.savings_plans, placement, looked.measures).paid();
  }
  looked.missed.clear();
  const PlanCandidate candidate = candidate_of(there, looked);
  for (LimitCheck& check : check_limits(there.scenario, limits_, candidate, looked.measures, {}))
    if (misses(check, looked, candidate.placement)) looked.missed.push_back(std::move(check));
}

// What limits ask about beside the measures.
PlanCandidate FlipSimulator::candidate_of(const There& there, const Looked& looked) const {
  PlanCandidate candidate{.placement = placed(there, *looked.choice)};
  if (limits_.people_hours)
    candidate.people_hours =
        hours_of_people(there.scenario.people, looked_after(there.scenario, candidate.placement));
  if (limits_.portable_share)
    candidate.portable_share = Portability(request_, all_).share(candidate.placement, looked.measures);
  return candidate;
}

bool FlipSimulator::misses(const LimitCheck& check, const Looked& looked, const Placement& placement) const {
  if (!check.found) return false;
  const double by = check.at_least ? check.allowed - check.found->mean : check.found->mean - check.allowed;
  if (by > 1e-9 * std::abs(check.allowed)) return true;  // means of equal figures are off by a rounding
  if (check.met) return false;
  if (in_doubt_.contains(*looked.choice)) return true;
  if (check.name != kInterruptions) return false;
  for (std::size_t i = 0; i < placement.training.size(); ++i)
    if (scenario_.training[i].name == check.workload)
      return placement.training[i].offering == Offering::spot && (*looked.choice)[i] != home_[i];
  return false;
}

FlipLook FlipSimulator::judged(const There& there, const std::vector<Looked>& looked) const {
  FlipLook look;
  for (std::size_t p = 0; p < looked.size(); ++p) {
    FlipSide side;
    for (const auto& one : looked[p].measures)
      side.value.values.push_back(one ? value_of(*one, request_.objective, there.volumes) : std::nullopt);
    for (const LimitCheck& check : looked[p].missed) {
      side.broken.insert(breaker_of(check));
      if (clearly_broken(check)) side.clearly.insert(breaker_of(check));
    }
    if (p == 0) {
      look.recommended = std::move(side);
      continue;
    }
    side.difference = difference(look.recommended.value, side.value);
    look.challengers.push_back(std::move(side));
  }
  look.tolerated = request_.indifference * mean_or_zero(look.recommended.value);
  if (excused_) look.excused = *excused_;
  look.newly_broken = without(look.recommended.clearly, look.excused);
  look.excused.merge(without(look.recommended.broken, look.recommended.clearly));
  return look;
}

bool FlipSimulator::misses_in_doubt(const Looked& looked) const {
  bool any = false;
  for (const LimitCheck& check : looked.missed) {
    if (excused_ && excused_->contains(breaker_of(check))) continue;
    if (clearly_broken(check)) return false;
    any = true;
  }
  return any;
}

// What lacks is that more jobs show no interruption.
bool FlipSimulator::may_keep_all(const Looked& looked) const {
  return std::ranges::all_of(looked.missed, [&](const LimitCheck& check) {
    const bool is_excused = excused_ && excused_->contains(breaker_of(check));
    return is_excused || (check.name == kInterruptions && check.found->mean <= check.allowed);
  });
}

// More replications may tell; `who` 0 is the recommendation.
bool FlipSimulator::is_open(const FlipLook& look, const std::vector<Looked>& looked, std::size_t who) const {
  if (who == 0) return misses_in_doubt(looked[0]);
  const std::size_t c = who - 1;
  const auto& gap = look.challengers[c].difference;
  const bool by_limit = !look.newly_broken.empty();
  const int n = looked[who].replications;
  // Who is screened goes on where it mends something, or is cheaper.
  const bool mends = by_limit && !std::ranges::includes(look.challengers[c].broken, look.newly_broken);
  // Who is cheaper by what counts shows a quarter of it in any replication.
  if (n < rules_.replications) return by_limit ? mends : gap && gap->mean < -look.tolerated / 4;
  // Where the recommendation breaks a limit the objective decides only who is told: that one sees as much as it did.
  if (by_limit)
    return (look.best() == c && n < looked[0].replications) || (!look.keeps(c) && may_keep_all(looked[who]));
  // Limits of who is dearer decide nothing.
  if (!gap || gap->mean >= -look.tolerated) return false;
  return misses_in_doubt(looked[who]) || (look.keeps(c) && look.unclear(c));
}

void FlipSimulator::see_as_things_are() {
  const There now = there({}, 1);
  std::vector<Looked> looked{{.choice = &home_, .replications = rules_.most}};
  provide(now, looked);
  excused_.emplace();
  for (const LimitCheck& check : looked[0].missed) excused_->insert(breaker_of(check));
}

bool FlipSimulator::must_be_shown(const Choice& choice) {
  const FlipLook now = look({}, 1, std::span(&choice, 1));
  if (!now.saves(0) || !without(now.challengers[0].clearly, now.excused).empty()) return false;
  in_doubt_.insert(choice);
  return true;
}

FlipLook FlipSimulator::look(WorldInput input, double factor, std::span<const Choice> challengers,
                             std::size_t screened) {
  const There world = there(input, factor);
  std::vector<Looked> looked{{.choice = &home_, .replications = rules_.replications}};
  for (std::size_t c = 0; c < challengers.size(); ++c)
    looked.push_back({.choice = &challengers[c],
                      .replications = c + screened < challengers.size() ? rules_.replications : rules_.screen});
  while (true) {
    provide(world, looked);
    const bool missed = std::ranges::any_of(looked, [](const Looked& one) { return !one.missed.empty(); });
    if (missed && !excused_) see_as_things_are();
    const FlipLook look = judged(world, looked);
    int most = 0;
    for (std::size_t who = 0; who < looked.size(); ++who) {
      int& n = looked[who].replications;
      if (n >= rules_.most || !is_open(look, looked, who)) continue;
      n = std::min(n < rules_.replications ? rules_.replications : 2 * n, rules_.most);
      most = std::max(most, n);
    }
    looked[0].replications = std::max(looked[0].replications, most);  // pairs need both
    if (most > 0) continue;
    if (rules_.say) rules_.say(fmt::format("flip: {} x{:.3g}: {}", name_of(input), factor, words(look, request_.objective)));
    return look;
  }
}

}  // namespace berth
