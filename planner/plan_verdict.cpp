#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "planner/bought_plans.h"
#include "planner/commitment_advice.h"
#include "planner/homes.h"
#include "planner/pareto.h"
#include "planner/planner.h"
#include "planner/summarise.h"
#include "planner/transport_bound.h"

namespace berth {

Plan Planner::finish() {
  const auto known = [&] {
    std::vector<std::size_t> list;
    for (std::size_t e = 0; e < entries_.size(); ++e)
      if (came_back(entries_[e])) list.push_back(e);
    return list;
  };
  const auto meets = [&](std::size_t e) { return may_be_answer(entries_[e].candidate); };
  std::vector<std::size_t> order = known();
  if (!plan_.finished && !winner_) winner_ = best_so_far(order);
  std::ranges::stable_sort(order, {}, [&](std::size_t e) {
    return std::tuple(!meets(e), winner_ != e,
                      objective_mean(entries_[e]));
  });
  note_analytic_error(order);
  judge_variants();
  for (const std::size_t e : order) {
    if (entries_[e].choice) {
      entries_[e].candidate.analytic = true;
      entries_[e].candidate.analytic_usd = appraise(analysis_.problem, *entries_[e].choice).usd;
    }
    plan_.candidates.push_back(entries_[e].candidate);
  }
  if (!order.empty() && may_be_answer(plan_.candidates.front())) {
    plan_.conflict.reset();  // what was found last meets them after all
    recommend(order);
  } else {
    for (const PlanCandidate& own : plan_.candidates)
      if (own.meets_limits && !own.within_levers)
        plan_.notes.push_back(own.name + " keeps every limit, and the levers that are stated do not allow it");
  }
  explain_others(order);
  summarise_shown(order);
  return std::move(plan_);
}

// In full: the answer (or what comes nearest to one), the front, and what the scenario has today.
void Planner::summarise_shown(const std::vector<std::size_t>& order) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool on_front = std::ranges::find(plan_.pareto, i) != plan_.pareto.end();
    CandidateEntry& entry = entries_[order[i]];
    if (i > 0 && !on_front && !entry.candidate.from_scenario) continue;
    if (!request_.savings_plans.empty()) bill_what_is_bought(entry);
    Summary summary = summarise(scenario_, entry.candidate.placement, entry.histories);
    if (summary.replications > 0) plan_.simulated.push_back(std::move(summary));
  }
}

void Planner::bill_what_is_bought(CandidateEntry& entry) const {
  const PlanPurchase purchase(scenario_, request_.savings_plans, entry.candidate.placement,
                              entry.measures);
  for (std::size_t r = 0; r < entry.histories.size(); ++r)
    if (entry.histories[r]) entry.histories[r]->bill = purchase.bill(r);
}

// Where time ended they have seen different histories: each is compared with the best before it by
// those that both have seen, and by its mean where there are none.
std::optional<std::size_t> Planner::best_so_far(const std::vector<std::size_t>& of) const {
  std::optional<std::size_t> best;
  for (const std::size_t e : of) {
    if (!may_be_answer(entries_[e].candidate)) continue;
    if (!best) {
      best = e;
      continue;
    }
    const auto gap = difference(objective_figure(entries_[*best]), objective_figure(entries_[e]));
    if (gap ? gap->mean < 0 : objective_mean(entries_[e]) < objective_mean(entries_[*best]))
      best = e;
  }
  return best;
}

void Planner::recommend(const std::vector<std::size_t>& order) {
  plan_.recommendation = 0;
  const CandidateEntry& chosen = entries_[order.front()];
  if (plan_.probability == 0) {
    std::vector<std::size_t> feasible{order.front()};
    for (const std::size_t e : order)
      if (e != order.front() && may_be_best(entries_[e])) feasible.push_back(e);
    plan_.indifference = request_.indifference * objective_mean(chosen);
    plan_.probability =
        probability_of_correct_selection(objectives(feasible), 0, plan_.indifference);
  }
  plan_.selection_certain = plan_.selection_certain && plan_.probability >= rules_.confidence;
  if (plan_.finished && plan_.probability < rules_.confidence)
    plan_.notes.push_back(fmt::format(
        "{:.4g} % confidence was not reached: placements are too alike for the {} replications that each gets at most",
        100 * rules_.confidence, rules_.most));
  const Placement& homes = chosen.candidate.placement;
  const auto there = [](PlatformId id) {
    return [id](const auto& home) { return home.platform == id; };
  };
  for (ClusterVariant& variant : plan_.variants)
    variant.chosen = std::ranges::any_of(homes.training, there(variant.platform)) ||
                     std::ranges::any_of(homes.services, there(variant.platform));
  if (chosen.choice) {
    const Appraisal value = appraise(in_objective(analysis_.problem), *chosen.choice);
    plan_.analytic_best = value.value;
    if (plan_.lower_bound > 0)
      plan_.optimality_gap = std::max(0.0, value.value / plan_.lower_bound - 1);
  }
  draw_front(order);
  tell_dominance();
  const Commitments& held = chosen.candidate.placement.commitments;
  if (request_.savings_plans.empty()) {
    plan_.commitments = advise_commitments(scenario_, held, chosen.measures);
  } else {
    plan_.commitments = bought_in_words(scenario_, held, chosen.measures, chosen.candidate.buys);
    note_purchase(chosen);
  }
  plan_.stranded = stranded_commitments(scenario_, held, chosen.measures);
  describe_workloads(order.front());
  if (!chosen.choice) return;
  note_left_out(*chosen.choice);
  look_at_worlds(order);
}

// What is to be bought is fitted to all days, its figures to others than are judged.
void Planner::note_purchase(const CandidateEntry& chosen) {
  if (plan_.commitments.empty()) {
    plan_.notes.emplace_back(
        "Savings Plans may be bought, and none would make the recommendation cheaper");
    return;
  }
  double saved = 0, promised = 0;
  int n = 0;
  for (std::size_t r = 0; r < chosen.measures.size(); ++r)
    if (chosen.measures[r]) saved += chosen.measures[r]->usd - chosen.paid[r]->usd, ++n;
  saved /= n;
  for (const CommitmentAdvice& plan : plan_.commitments) promised += plan.saved_usd;
  plan_.notes.push_back(
      fmt::format("Savings Plans to buy are in every figure: they save the recommendation {:.0f} "
                  "$/month, each replication judged by the levels that the others ask for ({:.0f} "
                  "by the days they are fitted to)",
                  saved, promised));
}

// What formulas leave out, where the recommendation has it.
void Planner::note_left_out(const Choice& choice) {
  const PlacementProblem& problem = analysis_.problem;
  const Company company = company_of(problem, choice);
  std::set<std::size_t> by_jobs, by_services;
  for (std::size_t w = 0; w < choice.size(); ++w)
    for (const ResourceLoad& load : problem.workloads[w][choice[w]].loads)
      if (!load.by_period.empty() && problem.resources[load.resource].room > 0 &&
          std::isfinite(problem.resources[load.resource].room))
        (w < scenario_.training.size() ? by_jobs : by_services).insert(load.resource);
  std::string mixed, full;
  const auto add = [](std::string& list, const std::string& one) {
    list += (list.empty() ? "" : ", ") + one;
  };
  for (const std::size_t r : by_jobs) {
    const SharedResource& resource = problem.resources[r];
    if (by_services.contains(r)) add(mixed, resource.name);
    const double busiest = std::ranges::max(company.loads[r]);
    if (busiest >= kCrowded * resource.room)
      add(full, fmt::format("{} takes {:.3g} of {:.3g}", resource.name, busiest, resource.room));
  }
  if (!mixed.empty())
    plan_.notes.push_back(fmt::format(
        "by formulas jobs and the pods of services have nodes of their own, also where they "
        "share a pool ({}); the simulation mixes them",
        mixed));
  if (!full.empty())
    plan_.notes.push_back(fmt::format(
        "by formulas no class waits for another one's jobs where there may be no more nodes or "
        "instances; at its busiest {}, and the simulation sees who waits",
        full));
  if (request_.objective == Objective::cost && appraise(problem, choice).overflow > 0)
    plan_.notes.push_back(
        "by formulas the recommendation asks for more than a quota or a pool holds, where jobs "
        "wait; " +
        cost_within_rooms());
}

// What it would cost if nobody waited: the bound of the search, and that of a flow where quotas bind.
std::string Planner::cost_within_rooms() const {
  const Solved within = solve_open(analysis_.problem, {.stop = stop_}, by_formulas_);
  if (appraise(analysis_.problem, within.best.front()).overflow > 0)
    return "none was found that keeps to all of them";
  const double least = std::max(within.lower_bound, transport_bound(analysis_.problem));
  return fmt::format("none that keeps to all of them costs less than {:.0f} $/month", least);
}

void Planner::note_analytic_error(const std::vector<std::size_t>& order) {
  // Placements the correction was fitted on say little about its error, when there are others.
  const auto others = std::ranges::count_if(
      order, [&](std::size_t e) { return entries_[e].choice && !entries_[e].piloted; });
  const PlacementProblem problem = in_objective(analysis_.problem);
  std::vector<double> errors;
  for (const std::size_t e : order) {
    if (!entries_[e].choice || (others >= 5 && entries_[e].piloted)) continue;
    const double formula = appraise(problem, *entries_[e].choice).value;
    if (formula > 0) errors.push_back(std::abs(objective_mean(entries_[e]) / formula - 1));
  }
  if (errors.empty()) return;
  std::ranges::sort(errors);
  const auto at = static_cast<std::size_t>(std::ceil(0.95 * double(errors.size()))) - 1;
  plan_.analytic_error = errors[at];
}

// The front is of what the objective is about: starts, or serving where that is sought or all there is; dollars as
// they are counted.
std::size_t Planner::front_quality() const {
  return scenario_.training.empty() || request_.objective == Objective::serving_p99 ? 1 : 0;
}

const Figure& Planner::latency(const PlanCandidate& c) const {
  return front_quality() == 1 ? c.serving_p99_s : c.start_p95_s;
}

const Figure& Planner::front_usd(const PlanCandidate& c) const {
  return request_.objective == Objective::marginal_cost ? c.marginal_usd : c.usd;
}

PlacementProblem Planner::front_problem() const {
  return request_.objective == Objective::marginal_cost ? in_objective(analysis_.problem)
                                                        : analysis_.problem;
}

// Positions in `order`, whose first is the recommendation, by the first coordinate.
std::vector<std::size_t> Planner::front_of(const std::vector<std::size_t>& order) const {
  const auto candidate = [&](std::size_t i) -> const PlanCandidate& {
    return entries_[order[i]].candidate;
  };
  std::vector<std::size_t> members;
  std::vector<Measured> measured;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!may_be_answer(candidate(i))) continue;
    members.push_back(i);
    measured.push_back({front_usd(candidate(i)), latency(candidate(i))});
  }
  std::vector<std::size_t> front;
  for (const std::size_t m : not_clearly_dominated(measured)) front.push_back(members[m]);
  const auto point = [&](std::size_t i) {
    return Point{mean_or_zero(front_usd(candidate(i))), mean_or_zero(latency(candidate(i)))};
  };
  std::ranges::stable_sort(front, {}, point);
  // What is better in neither by more than the indifference is no trade: it is the same, or dearer for a start
  // that noise makes sooner. The recommendation stays, and of those that are alike the first.
  const auto gains_nothing = [&](std::size_t i, std::size_t k) {
    const Point a = point(i), b = point(k);
    return a[0] >= b[0] - request_.indifference * std::abs(b[0]) - 1e-9 &&
           a[1] >= b[1] - request_.indifference * std::abs(b[1]) - 1e-9;
  };
  std::vector<std::size_t> kept{0};
  for (const std::size_t i : front)
    if (std::ranges::none_of(
            kept, [&](std::size_t k) { return k == i || gains_nothing(i, k); }))
      kept.push_back(i);
  const std::vector<std::size_t> all = kept;
  std::erase_if(kept, [&](std::size_t i) {
    return i != 0 && std::ranges::any_of(all, [&](std::size_t k) {
             return k != i && gains_nothing(i, k) && !gains_nothing(k, i);
           });
  });
  std::ranges::stable_sort(kept, {}, point);
  return kept;
}

void Planner::draw_front(const std::vector<std::size_t>& order) {
  plan_.pareto = front_of(order);
  std::vector<Point> points;
  points.reserve(plan_.pareto.size());
  for (const std::size_t i : plan_.pareto)
    points.push_back(
        {mean_or_zero(front_usd(plan_.candidates[i])), mean_or_zero(latency(plan_.candidates[i]))});
  if (const auto k = berth::knee(points)) plan_.knee = plan_.pareto[*k];
}

void Planner::describe_workloads(std::size_t chosen_at) {
  const std::size_t classes = scenario_.training.size();
  const Placement& placement = entries_[chosen_at].candidate.placement;
  for (std::size_t i = 0; i < classes; ++i) {
    const Observations& m = paid(entries_[chosen_at]);
    const TrainingHome& home = placement.training[i];
    PlannedWorkload w{
        .kind = "training", .name = scenario_.training[i].name, .home = in_words(scenario_, home)};
    w.at = home_summary(scenario_, scenario_.training[i], home);
    w.usd = *estimate(m, [i](const Observation& x) { return x.training[i].usd; });
    w.start_p50_s = estimate(m, [i](const Observation& x) { return x.training[i].start_p50_s; });
    w.start_p95_s = estimate(m, [i](const Observation& x) { return x.training[i].start_p95_s; });
    w.start_within_share =
        estimate(m, [i](const Observation& x) { return x.training[i].start_within; });
    w.deadline_missed_share =
        estimate(m, [i](const Observation& x) { return x.training[i].deadline_missed; });
    w.bottleneck = slowest_phase(m, i);
    plan_.workloads.push_back(std::move(w));
  }
  for (std::size_t i = 0; i < scenario_.services.size(); ++i) {
    const Observations& m = paid(entries_[chosen_at]);
    const ServiceHome& home = placement.services[i];
    PlannedWorkload w{
        .kind = "service",
        .name = scenario_.services[i].name,
        .home = in_words(scenario_, {static_cast<std::int32_t>(i)}, home)};
    w.at = home_summary(scenario_, home);
    w.usd = *estimate(m, [i](const Observation& x) { return x.services[i].usd; });
    w.p99_s = estimate(m, [i](const Observation& x) { return x.services[i].p99_s; });
    w.slo_share = estimate(m, [i](const Observation& x) { return x.services[i].slo_share; });
    const auto used = estimate(m, [i](const Observation& x) { return x.services[i].utilisation; });
    const auto replicas = estimate(m, [i](const Observation& x) { return x.services[i].replicas; });
    const auto* queue = home.endpoint ? std::get_if<AsyncEndpoint>(&*home.endpoint) : nullptr;
    if (home.is_serverless())
      w.bottleneck = fmt::format("requests: {:.2g} containers serve at a time, of {} at most",
                                 replicas ? replicas->mean : 0.0,
                                 std::get<ServerlessEndpoint>(*home.endpoint).max_concurrency);
    else if (queue != nullptr)
      w.bottleneck = fmt::format("instances: {:.2g} on average behind the queue",
                                 replicas ? replicas->mean : 0.0);
    else
      w.bottleneck =
          replicas && replicas->mean <= home.replicas.min + 0.05
              ? fmt::format("replicas kept: {} at {:.0f} % of their slots", home.replicas.min,
                            used ? 100 * used->mean : 0.0)
              : fmt::format("slots: {:.0f} % busy on {:.1f} replicas",
                            used ? 100 * used->mean : 0.0, replicas ? replicas->mean : 0.0);
    plan_.workloads.push_back(std::move(w));
  }
  if (entries_[chosen_at].choice) find_runners_up(chosen_at);
}

std::string Planner::slowest_phase(const Observations& measures, std::size_t i) const {
  std::size_t slowest = 0;
  double most = -1, sum = 0;
  for (std::size_t p = 0; p < kPhaseCount; ++p) {
    const auto mean =
        estimate(measures, [i, p](const Observation& m) { return m.training[i].phase_means_s[p]; });
    if (!mean) continue;
    sum += mean->mean;
    if (mean->mean > most) slowest = p, most = mean->mean;
  }
  return fmt::format("{}: {:.0f} s of {:.0f} s to start, on average", to_text(kPhases[slowest]),
                     most, sum);
}

// The best other home of each workload, the rest as recommended; paired where it was simulated.
void Planner::find_runners_up(std::size_t chosen_at) {
  const Choice choice = *entries_[chosen_at].choice;
  const double base = appraise(analysis_.problem, choice).usd;
  // Nobody waits in formulas: what is cheaper by them beyond a room is shown by a simulation or not at all.
  for (const Rival& rival : rivals_of(choice, false)) {
    Choice moved = choice;
    moved[rival.workload] = rival.option;
    PlannedWorkload& w = plan_.workloads[rival.workload];
    w.runner_up = option_words(rival.workload, rival.option);
    w.runner_up_breaks = broken_by_move(choice, rival.workload, rival.option);
    w.runner_up_usd = Estimate{appraise(analysis_.problem, moved).usd - base, std::nullopt, 0};
    const CandidateEntry* seen = known_beside(moved);
    for (const CandidateEntry& entry : entries_)
      if (entry.choice == moved) seen = &entry;
    if (seen != nullptr && !seen->measures.empty())
      pair_runner_up(w, rival.workload, entries_[chosen_at], *seen);
    // Cheaper and not taken: it is what others were turned down for.
    if (w.runner_up_breaks.empty() && w.runner_up_usd->mean < 0)
      w.runner_up_breaks = turned_down_for(rival.workload, rival.option);
  }
}

void Planner::pair_runner_up(PlannedWorkload& w, std::size_t at, const CandidateEntry& chosen,
                             const CandidateEntry& other) const {
  const auto usd = difference(chosen.candidate.usd, other.candidate.usd);
  if (!usd) return;
  w.runner_up_usd = usd;
  w.runner_up_simulated = true;
  const std::size_t classes = scenario_.training.size();
  const auto read = [&](const CandidateEntry& entry) {
    Figure figure;
    for (const auto& m : entry.measures)
      figure.values.push_back(!m             ? std::nullopt
                              : at < classes ? m->training[at].start_p95_s
                                             : m->services[at - classes].p99_s);
    return figure;
  };
  (at < classes ? w.runner_up_start_s : w.runner_up_p99_s) = difference(read(chosen), read(other));
  if (plan_.unit == "s")
    w.runner_up_objective_s = difference(objective_figure(chosen), objective_figure(other));
  if (known_beside(*other.choice) != &other) return;
  w.runner_up_breaks = other.candidate.limits;
  std::erase_if(w.runner_up_breaks, [](const LimitCheck& check) { return !clearly_broken(check); });
}

std::string gap_words(double gap) {
  return fmt::format("{:.1f} %", std::max(0.0, std::ceil(1000 * gap - 1e-6)) / 10);  // no "-0.0"
}

std::string selection_words(double probability) {
  if (probability >= 0.9995) return "probability > 0.999";
  return fmt::format("probability >= {:.3g}", std::floor(probability * 1000) / 1000);
}

std::string claim_of(const Plan& plan) {
  if (!plan.recommendation) return "there is no placement to recommend";
  const std::string gap =
      !plan.optimality_gap && plan.candidates[*plan.recommendation].analytic
          ? "the bound of the analytic problem is not above zero, so without a proven gap"
      : !plan.optimality_gap ? "not a choice of the analytic problem, so without a proven gap"
      : *plan.optimality_gap < 1e-9 ? "the analytic optimum itself (proven)"
                                    : fmt::format("within {} of the analytic optimum (proven)",
                                                  gap_words(*plan.optimality_gap));
  const std::string error =
      plan.analytic_error
          ? fmt::format("analytic error at most {} (95 %)", gap_words(*plan.analytic_error))
          : "analytic error not measured";
  const auto simulated = std::ranges::count_if(plan.candidates, &PlanCandidate::within_levers);
  const std::string sure =
      simulated == 1
          ? "the only one simulated"
          : fmt::format("best of the {} simulated with {}{}", simulated,
                        selection_words(plan.probability),
                        plan.indifference_share > 0
                            ? fmt::format(" (what is within {:.3g} % counts as the same)",
                                          100 * plan.indifference_share)
                            : "");
  return fmt::format("{}, {}, {}", gap, error, sure);
}

}  // namespace berth
