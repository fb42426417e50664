#include "planner/make_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "planner/correction.h"
#include "planner/objective.h"
#include "planner/planner.h"

namespace berth {
namespace {

constexpr int kScreens = 3;  // times the cheapest are sought anew when none of them is left

}  // namespace

Planner::Planner(const Scenario& scenario, const PlanRequest& request,
                 const SimulateRange& simulate, const PlanRules& rules, Limits limits)
    : scenario_(scenario),
      request_(request),
      simulate_(simulate),
      rules_(rules),
      limits_(std::move(limits)),
      hours_(scenario) {
  // Screening is by formulas of serving, whatever the race looks at.
  fluid_ = scenario;
  fluid_.fidelity = Fidelity::fluid;
  if (rules.out_of_time || rules.interrupted) stop_ = [this] { return stopped(); };
  plan_.objective = name_of(request.objective);
  plan_.unit = unit_of(request.objective);
  plan_.confidence = rules.confidence;
  plan_.indifference_share = request.indifference;
  plan_.limits = limits_.words;
  plan_.pareto_axes = {
      request.objective == Objective::marginal_cost ? "marginal_usd_per_month" : "usd_per_month",
      front_quality() == 1 ? "serving_latency_p99_s" : "start_latency_p95_s"};
}

Plan Planner::run() {
  if (!bound()) {
    if (!plan_.conflict->relaxations.empty()) examine_conflict();
    return finish();
  }
  if (!pilot() || !probe()) return finish();
  if (!screen()) return finish();
  race();
  if (plan_.finished && nobody_meets_all()) {
    examine_conflict();
    take_up_found();
  }
  if (plan_.finished && winner_ && rules_.pair_next_best) pair_next_best();
  if (plan_.finished) look_closer();
  if (plan_.finished) show_beyond_levers();
  return finish();
}

bool Planner::nobody_meets_all() const {
  return std::ranges::any_of(entries_, came_back) &&
         std::ranges::none_of(entries_, [](const CandidateEntry& entry) {
           return came_back(entry) && may_be_answer(entry.candidate);
         });
}

bool Planner::pilot() {
  add_own();
  std::vector<std::size_t> pilots = in_race();
  // What is written first; a scenario with many placements need not pilot them all.
  if (pilots.size() > 6) pilots.resize(6);
  for (int round = 0; round < rules_.pilots; ++round) {
    const std::size_t before = entries_.size();
    const std::size_t best = *add_entry(solved_.best.front());
    if (best < before && round > 0) break;
    if (std::ranges::find(pilots, best) == pilots.end()) pilots.push_back(best);
    say(fmt::format("pilot {}", round + 1));
    if (!simulate(fluid_, pilots, rules_.pilot)) return false;
    correct(pilots);
    search(kRoughly);
  }
  prove();
  return true;
}

void Planner::correct(std::span<const std::size_t> pilots) {
  std::vector<PilotRun> runs;
  for (const std::size_t e : pilots) {
    entries_[e].piloted = true;
    lead_by_pilot(entries_[e]);
  }
  for (const std::size_t e : pilots)
    if (entries_[e].choice) runs.push_back({*entries_[e].choice, &entries_[e].measures});
  plan_.correction = fitted(scenario_, analysis_, uncorrected_, runs);
  analysis_.problem = corrected(scenario_, analysis_.options, uncorrected_, plan_.correction);
}

// Those choices, and the rest of the race, in the screen; false: time ended.
bool Planner::look_through(const std::vector<Choice>& choices) {
  for (const Choice& choice : choices)
    if (all_are_screened_ || worth_simulating(choice)) add_entry(choice);
  say(fmt::format("screening {} placements", in_race().size()));
  if (!simulate(fluid_, in_race(), rules_.screen)) return false;
  for (const std::size_t e : in_race()) {
    const auto& limits = entries_[e].candidate.limits;
    const auto broken = std::ranges::find_if(limits, clearly_broken);
    if (broken != limits.end()) reject(e, *broken, "screen");
  }
  return true;
}

std::optional<Choice> Planner::cheapest_survivor(const std::vector<Choice>& of) const {
  std::optional<Choice> best;
  double least = std::numeric_limits<double>::infinity();
  for (const CandidateEntry& entry : entries_) {
    if (entry.out || !entry.choice || std::ranges::find(of, *entry.choice) == of.end() ||
        std::ranges::any_of(entry.candidate.limits, probably_broken))
      continue;
    const double usd = entry.candidate.usd.estimate()->mean;
    if (usd < least) best = entry.choice, least = usd;
  }
  return best;
}

// True: something is barred that was not.
bool Planner::bar_what_broke(const std::vector<Choice>& of) {
  const Detours before = detours_;
  for (const CandidateEntry& entry : entries_)
    if (entry.choice && std::ranges::find(of, *entry.choice) != of.end()) lead_by_pilot(entry);
  return detours_ != before;
}

std::vector<Choice> Planner::every_choice() const {
  std::vector<Choice> list{{}};
  for (const auto& options : analysis_.problem.workloads) {
    std::vector<Choice> longer;
    for (const Choice& choice : list)
      for (std::size_t k = 0; k < options.size(); ++k) {
        longer.push_back(choice);
        longer.back().push_back(k);
      }
    list = std::move(longer);
  }
  std::erase_if(list, [&](const Choice& choice) {  // two shapes of one cluster
    return std::isinf(appraise(analysis_.problem, choice).overflow);
  });
  return list;
}

bool Planner::screen() {
  if (all_are_screened_) return look_through(every_choice());
  const std::size_t cheapest = rules_.candidates * 2 / 3;
  std::vector<Choice> best;
  for (int round = 0; round < kScreens; ++round) {
    best = solved_.best;
    if (best.size() > cheapest) best.resize(round == 0 ? cheapest : cheapest / 2);
    std::vector<Choice> choices = best;
    for (const Choice& choice : beyond_rooms()) choices.push_back(choice);
    if (round == 0)
      for (const Choice& choice : across_variants()) choices.push_back(choice);
    if (!look_through(choices)) return false;
    // The cheapest are alike: where one home takes them all out, the next ones do without it.
    if (cheapest_survivor(best) || !bar_what_broke(best)) break;
    search();
  }
  std::vector<Choice> front = along_the_front(cheapest_survivor(best));
  if (front.size() > rules_.candidates - cheapest) front.resize(rules_.candidates - cheapest);
  return look_through(front);
}

// The best by formulas goes beyond no room, unless everything does.
double Planner::most_overflow() const { return best_appraisal().overflow * (1 + 1e-9); }

// Beyond a room jobs wait, and only a simulation knows how long: who is cheaper for it may do so.
bool Planner::worth_simulating(const Choice& choice) const {
  const PlacementProblem problem = in_objective(analysis_.problem);
  const Appraisal there = appraise(problem, choice);
  if (std::isinf(there.overflow)) return false;  // two shapes of one cluster
  return there.overflow <= most_overflow() ||
         there.value < appraise(problem, solved_.best.front()).value;
}

Plan make_plan(const Scenario& scenario, const PlanRequest& request, const SimulateRange& simulate,
               const PlanRules& rules) {
  return Planner(scenario, request, simulate, rules, limits_of(scenario, request)).run();
}

}  // namespace berth
