#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "planner/bought_plans.h"
#include "planner/homes.h"
#include "planner/objective.h"
#include "planner/people.h"
#include "planner/planner.h"
#include "planner/portability.h"

namespace berth {
namespace {

// What is held is paid whatever is chosen; a plan that both name is the same one.
Commitments with_held(Commitments own, const Commitments& held) {
  std::vector<Commitment> unnamed = own.plans;
  for (const Commitment& plan : held.plans)
    if (const auto at = std::ranges::find(unnamed, plan); at != unnamed.end())
      unnamed.erase(at);
    else
      own.plans.push_back(plan);
  return own;
}

}  // namespace

bool Planner::stopped() {
  if (!plan_.finished) return true;
  if (rules_.interrupted && rules_.interrupted())
    plan_.unfinished = "it was interrupted";
  else if (rules_.out_of_time && rules_.out_of_time())
    plan_.unfinished = "the time budget ended";
  plan_.finished = plan_.unfinished.empty();
  return !plan_.finished;
}

void Planner::say(const std::string& what) const {
  if (rules_.say) rules_.say(what);
}

// Brings these entries to `to` replications; false when it was stopped before all of them were.
bool Planner::simulate(const Scenario& scenario, std::span<const std::size_t> which, int to) {
  std::map<int, std::vector<std::size_t>> by_done;
  // Each once, whoever asks twice: a replication that is repeated is no second one.
  for (const std::size_t e : std::set<std::size_t>(which.begin(), which.end()))
    if (std::ssize(entries_[e].measures) < to)
      by_done[static_cast<int>(entries_[e].measures.size())].push_back(e);
  for (const auto& [from, list] : by_done) {
    if (stopped()) return false;
    std::vector<Placement> placements;
    for (const std::size_t e : list) placements.push_back(entries_[e].candidate.placement);
    Simulated simulated = simulate_(scenario, placements, from, to);
    if (simulated.interrupted && !stopped()) {
      plan_.finished = false;
      plan_.unfinished = "it was interrupted";
    }
    plan_.failed += static_cast<int>(simulated.failures.size());
    for (const FailedReplication& failure : simulated.failures)
      plan_.notes.push_back(fmt::format("replication {} of {} failed: {}",
                                        failure.replication.number, failure.placement,
                                        failure.reason));
    for (std::size_t i = 0; i < list.size(); ++i)
      take(entries_[list[i]], scenario, simulated, i, to - from);
    if (simulated.interrupted) return false;
  }
  return true;
}

// What came of an entry, which is number `at` of those that were simulated. A replication that was not
// reached is silent, as one that failed is; but nothing went wrong with it.
void Planner::take(CandidateEntry& entry, const Scenario& scenario, Simulated& simulated,
                   std::size_t at, int asked) {
  const std::size_t before = entry.measures.size();
  if (at < simulated.outcomes.size())
    for (auto& outcome : simulated.outcomes[at]) {
      entry.measures.push_back(
          outcome ? std::optional(measure(scenario, entry.candidate.placement, *outcome))
                  : std::nullopt);
      if (outcome && !request_.savings_plans.empty()) entry.measures.back()->bill = outcome->bill;
      entry.histories.push_back(std::move(outcome));
    }
  int ended = asked;
  if (simulated.interrupted) {
    while (entry.measures.size() > before && !entry.measures.back()) {
      entry.measures.pop_back();
      entry.histories.pop_back();
    }
    const auto fresh = std::span(entry.measures).subspan(before);
    const auto back = std::ranges::count_if(fresh, [](const auto& one) { return one.has_value(); });
    const auto failed =
        std::ranges::count(simulated.failures, entry.candidate.name, &FailedReplication::placement);
    ended = static_cast<int>(back + failed);
    entry.unreached += static_cast<int>(std::max<std::ptrdiff_t>(0, std::ssize(fresh) - ended));
  }
  plan_.replications += ended;
  update(entry);
  // Nothing is known of it, so it can be no answer.
  if (!came_back(entry) && !simulated.interrupted) reject_failed(entry, simulated);
}

// Histories are a megabyte each: only those that the plan may show are kept.
void Planner::throw_out(CandidateEntry& entry) {
  entry.out = true;
  if (entry.candidate.from_scenario) return;
  entry.histories.clear();
  entry.screened_histories.clear();
}

bool Planner::came_back(const CandidateEntry& entry) {
  return std::ranges::any_of(entry.measures, [](const auto& one) { return one.has_value(); });
}

void Planner::reject_failed(CandidateEntry& entry, const Simulated& simulated) {
  if (entry.out) return;
  throw_out(entry);
  const auto why =
      std::ranges::find(simulated.failures, entry.candidate.name, &FailedReplication::placement);
  plan_.rejections.push_back(
      {.option = entry.candidate.name,
       .stage = "simulation",
       .reason = "no replication came back" +
                 (why == simulated.failures.end() ? "" : ": " + why->reason)});
}

Figure Planner::weighted(const Observations& measures, bool training) const {
  Figure figure;
  for (const auto& one : measures)
    figure.values.push_back(!one       ? std::nullopt
                            : training ? weighted_start_s(*one, analysis_.jobs_per_month)
                                       : weighted_p99_s(*one, analysis_.requests_per_s));
  return figure;
}

// What its replications come to.
const Observations& Planner::paid(const CandidateEntry& entry) const {
  return request_.savings_plans.empty() ? entry.measures : entry.paid;
}

void Planner::update(CandidateEntry& entry) {
  PlanCandidate& c = entry.candidate;
  c.replications = static_cast<int>(entry.measures.size()) - entry.unreached;
  if (!request_.savings_plans.empty()) {
    const PlanPurchase purchase(scenario_, request_.savings_plans, c.placement, entry.measures);
    entry.paid = purchase.paid();
    c.buys = purchase.best();
  }
  c.usd = figure_of(paid(entry), [](const Observation& m) { return m.usd; });
  c.marginal_usd = figure_of(paid(entry), [](const Observation& m) { return m.marginal_usd; });
  c.start_p95_s = weighted(entry.measures, true);
  c.serving_p99_s = weighted(entry.measures, false);
  c.portable_share = portable_share(entry);
  c.limits = check_limits(scenario_, limits_, c, paid(entry), limit_errors(entry));
  c.meets_limits = came_back(entry) && std::ranges::all_of(c.limits, &LimitCheck::met);
}

double Planner::portable_share(const CandidateEntry& entry) const {
  return Portability(request_, all_options_).share(entry.candidate.placement, paid(entry));
}

double Planner::portable_by_formulas(const Choice& choice) const {
  return Portability(request_, all_options_).share(analysis_, choice);
}

std::optional<std::size_t> Planner::add_entry(const Choice& choice) {
  for (std::size_t e = 0; e < entries_.size(); ++e)
    if (entries_[e].choice == choice) return e;
  CandidateEntry entry{.choice = choice};
  name_anew(entry);
  entry.candidate.placement =
      placement_of(scenario_, analysis_.options, choice, request_, entry.candidate.name);
  entry.candidate.people_hours = hours_of_people(scenario_.people, looked_after(scenario_, entry.candidate.placement));
  entries_.push_back(std::move(entry));
  return entries_.size() - 1;
}

void Planner::name_anew(CandidateEntry& entry) {
  const auto& own = scenario_.placements;
  do {
    entry.candidate.name = fmt::format("plan-{}", ++named_);
  } while (std::ranges::find(own, entry.candidate.name, &Placement::name) != own.end());
  entry.candidate.placement.name = entry.candidate.name;
}

// The scenario's own placements run as they are written, with the plans they name and those held.
void Planner::add_own() {
  for (const Placement& placement : scenario_.placements) {
    CandidateEntry entry{.choice = choice_of(analysis_.options, placement)};
    entry.candidate.name = placement.name;
    entry.candidate.from_scenario = true;
    entry.candidate.within_levers = entry.choice.has_value();
    entry.candidate.placement = placement;
    entry.candidate.placement.commitments = with_held(placement.commitments, request_.held);
    entry.candidate.people_hours = hours_of_people(scenario_.people, looked_after(scenario_, placement));
    entries_.push_back(std::move(entry));
  }
}

std::vector<std::size_t> Planner::in_race() const {
  std::vector<std::size_t> list;
  for (std::size_t e = 0; e < entries_.size(); ++e)
    if (!entries_[e].out && entries_[e].candidate.within_levers) list.push_back(e);
  return list;
}

// What stated levers do not allow is no answer; it is shown, as what the answer is compared with.
void Planner::show_beyond_levers() {
  std::vector<std::size_t> beyond;
  for (std::size_t e = 0; e < entries_.size(); ++e)
    if (!entries_[e].candidate.within_levers && !entries_[e].out) beyond.push_back(e);
  simulate(scenario_, beyond, replications_shown());
}

}  // namespace berth
