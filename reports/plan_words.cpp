#include "reports/plan_words.h"

#include <fmt/format.h>

#include <cmath>

#include "planner/limit_words.h"
#include "planner/limits.h"
#include "reports/numbers.h"
#include "reports/variant_words.h"

namespace berth {
namespace {

std::string joined(const std::vector<std::string>& list, const char* between) {
  return fmt::format("{}", fmt::join(list, between));
}

// "2.82 k$ less", "11.0 $ ±1.0 more"
std::string more_or_less(const Estimate& usd) {
  if (usd.mean >= 0) return money(usd) + " more";
  Estimate less{.mean = -usd.mean, .n = usd.n};
  if (usd.interval) less.interval = Interval{-usd.interval->high, -usd.interval->low};
  return money(less) + " less";
}

std::string give_up_words(const Relaxation& r) {
  const std::string limit = "Give up " + in_words(r.limit) + ": ";
  if (!r.usd) return limit + "no placement is left even then.";
  return fmt::format("{}{}{} can be had{}, at {} a month{}.", limit,
                     r.nearest ? r.limit.at_least ? ">= " : "<= " : "", nearest_words(r),
                     r.placement.empty() ? "" : " with " + r.placement,
                     money(*r.usd), r.placement.empty() ? " by formulas" : "");
}

std::vector<std::string> simulated_conflict(const Conflict& conflict) {
  const bool alone = conflict.limits.size() == 1;
  std::vector<std::string> list{fmt::format(
      "No placement that was simulated meets every limit for sure: each breaks {}{}.{} Nearest to "
      "all is {}.",
      alone ? "" : "at least one of ", joined(conflict.limits, "; "),
      !conflict.confirmed ? ""
      : alone             ? " A plan with nothing but this limit found none that meets it, either."
              : " A plan with nothing but these limits found none that meets them, either.",
      conflict.nearest)};
  if (!conflict.undecided.empty())
    list.push_back("Undecided after its replications: " + joined(conflict.undecided, "; ") + ".");
  if (conflict.together)
    list.push_back(fmt::format(
        "Giving up {} is not enough: no placement was shown to keep all the others. With {} all of "
        "this would have to give way:",
        alone ? "that limit alone" : "one of these alone", conflict.nearest));
  return list;
}

std::string hedge_words(const Hedge& hedge, const WorldRisk& it, const WorldRisk& recommended) {
  const std::string costs =
      !hedge.usd ? ""
      : hedge.usd->mean == 0
          ? " costs as much a month as things are and"
          : fmt::format(" costs {} a month as things are and", more_or_less(*hedge.usd));
  return fmt::format(
      "{}{} {} there: on average {} worse than the best choice, where {} is {}; {} in "
      "the worst "
      "tenth, where it is {}; limits or room break in {}, where it is {}.",
      hedge.candidate, costs,
      it.expected_regret_share <= recommended.expected_regret_share ? "stands better" : "is safer",
      percent(it.expected_regret_share), recommended.candidate,
      percent(recommended.expected_regret_share), money(it.cvar_usd), money(recommended.cvar_usd),
      percent(it.worlds_broken_share), percent(recommended.worlds_broken_share));
}

// What the runner-up loses of the latency that was asked for, of its own or else of all: "+4.41 ms p99".
std::string loses_words(const Plan& plan, const PlannedWorkload& w) {
  const bool training = w.kind == "training";
  const bool is_asked = training == (plan.objective == "start_latency");
  const auto& more = training ? w.runner_up_start_s : w.runner_up_p99_s;
  if (is_asked && more && more->mean != 0) return signed_duration(*more) + (training ? " start p95" : " p99");
  const auto& all = w.runner_up_objective_s;
  if (!all || all->mean == 0) return "";
  return signed_duration(*all) + (plan.objective == "start_latency" ? " start p95 of all" : " p99 of all");
}

}  // namespace

std::string nearest_words(const Relaxation& r) {
  if (!r.usd) return "none: no placement is left even then";
  return r.nearest ? limit_value(r.limit.name, *r.nearest) : "nothing that is shown";
}

ConflictWords conflict_words(const Plan& plan) {
  ConflictWords words;
  if (!plan.conflict) return words;
  const Conflict& conflict = *plan.conflict;
  if (conflict.nearest.empty())
    words.before = {
        (conflict.relaxations.empty() ? "No placement is feasible: "
                                      : "No placement is feasible. By formulas the smallest set of limits in conflict: ") +
        joined(conflict.limits, "; ") + "."};
  else
    words.before = simulated_conflict(conflict);
  for (const Relaxation& r : conflict.relaxations) words.give_ups.push_back(give_up_words(r));
  return words;
}

std::vector<std::string> commitment_sentences(const Plan& plan) {
  std::vector<std::string> list;
  // Both terms are reckoned from the same use: it is covered once.
  std::string before;
  for (const CommitmentAdvice& c : plan.commitments) {
    const bool instead_of_one = c.plan == before;
    before = c.plan;
    list.push_back(fmt::format(
        "{}{}, {}{}: {:.2f} $/h saves {} a month of {} eligible, {} of it unused; at 20 % less "
        "use {} "
        "saved and {} unused, at 20 % more {} saved and {} unused.",
        c.to_buy ? "Buy with it: " : "", c.plan, c.term, instead_of_one ? " instead" : "",
        c.hourly_usd, money(c.saved_usd), money(c.eligible_usd), money(c.unused_usd),
        money(c.saved_usd_at_less), money(c.unused_usd_at_less), money(c.saved_usd_at_more),
        money(c.unused_usd_at_more)));
  }
  for (const StrandedCommitment& s : plan.stranded)
    list.push_back(fmt::format("{} held ({}): {} of {} a month is stranded.", s.plan, s.term,
                               money(s.unused_usd), money(s.committed_usd)));
  return list;
}

std::vector<std::string> world_sentences(const Plan& plan) {
  std::vector<std::string> list;
  if (plan.world_count < plan.worlds_asked)
    list.push_back(fmt::format("{} of {} other worlds were judged before {}.",
                               plan.world_count == 0 ? "None" : std::to_string(plan.world_count),
                               plan.worlds_asked, plan.unfinished));
  if (plan.worlds.empty()) return list;
  const WorldRisk& r = plan.worlds.front();
  std::string text = fmt::format(
      "In {} sampled worlds {} costs {} on average, {} in the worst tenth, and is at most {} worse "
      "than "
      "the best choice in 95 % of them ({} at worst); limits or room break in {}.",
      plan.world_count, r.candidate, money(r.expected_usd), money(r.cvar_usd),
      percent(r.regret_share_95), percent(r.largest_regret_share), percent(r.worlds_broken_share));
  if (r.expected_lack_usd > 0)
    text += fmt::format(
        " The capacity that it lacks there would cost {} a month on average, which counts {:g} "
        "times in "
        "what is worse, and not in costs.",
        money(r.expected_lack_usd), plan.under_provisioning);
  list.push_back(std::move(text));
  if (plan.hedge) {
    const auto it = std::ranges::find(plan.worlds, plan.hedge->candidate, &WorldRisk::candidate);
    if (it != plan.worlds.end()) list.push_back(hedge_words(*plan.hedge, *it, r));
  }
  if (plan.value_of_information_usd)
    list.push_back(fmt::format("Knowing the world before choosing would be worth {} a month to {}.",
                               money(*plan.value_of_information_usd), r.candidate));
  return list;
}

std::vector<std::string> variant_sentences(const Plan& plan) {
  std::vector<std::string> list;
  for (const ClusterVariant& variant : plan.variants) {
    std::optional<double> best;
    for (const ClusterVariant& other : plan.variants)
      if (other.chosen && other.cluster == variant.cluster) best = other.analytic;
    const LimitCheck* first = variant.breaks.empty() ? nullptr : &variant.breaks.front();
    list.push_back(variant_line(variant.name, variant.chosen, variant.analytic, best,
                                first == nullptr ? "" : limit_words(*first),
                                first != nullptr && first->found && first->found->n == 0));
  }
  return list;
}

std::string runner_up_cost(const PlannedWorkload& w) {
  return w.runner_up_usd ? signed_money(*w.runner_up_usd) + (w.runner_up_simulated ? "" : " *")
                         : "-";
}

std::optional<double> formulas_off_by(const Plan& plan) {
  if (!plan.analytic_error || !plan.recommendation || plan.unit == "s") return std::nullopt;
  const PlanCandidate& best = plan.candidates[*plan.recommendation];
  return *plan.analytic_error *
         mean_or_zero(plan.objective == "marginal_cost" ? best.marginal_usd : best.usd);
}

std::string runner_up_reason(const Plan& plan, const PlannedWorkload& w) {
  if (!w.runner_up_breaks.empty()) return broken_words(w.runner_up_breaks.front(), w.name);
  if (!w.runner_up_usd || w.runner_up_usd->mean >= 0) return "";
  if (plan.unit == "s") return loses_words(plan, w);
  const double less = -w.runner_up_usd->mean;
  if (w.runner_up_simulated) return less <= plan.indifference ? "counts as the same" : "";
  const auto off = formulas_off_by(plan);
  return off && less <= *off ? "within the formulas' error" : "";
}

std::string star_words(const Plan& plan) {
  const auto starred = [](const PlannedWorkload& w) {
    return w.runner_up_usd && !w.runner_up_simulated;
  };
  if (std::ranges::none_of(plan.workloads, starred)) return "";
  const auto off = formulas_off_by(plan);
  if (!off) return "* by formulas";
  const std::string text =
      fmt::format("* by formulas, which are off by up to {} of the cost, {} a month",
                  gap_words(*plan.analytic_error), money(*off));
  const bool any = std::ranges::any_of(plan.workloads, [&](const PlannedWorkload& w) {
    return starred(w) && std::abs(w.runner_up_usd->mean) <= *off;
  });
  return any ? text + ": a difference below that is within the formulas' error" : text;
}

std::vector<CostRow> rest_of_cost(const std::optional<Estimate>& idle,
                                  const std::optional<Estimate>& shared,
                                  const std::optional<Estimate>& people,
                                  const std::optional<Estimate>& all) {
  std::vector<CostRow> rows{{"idle", "nodes that nobody used", idle},
                            {"shared", "clusters, gateways and plans that serve everybody", shared},
                            {"people", "hours of those who look after it", people}};
  std::erase_if(rows, [](const CostRow& row) { return !row.usd || row.usd->mean == 0; });
  rows.push_back({"in all", "", all});
  return rows;
}

std::string moves_in_short(const std::vector<FlipMove>& moves) {
  const FlipMove& first = moves.front();
  // Who moves comes first: a home may be named at length.
  return moves.size() == 1
             ? fmt::format("{} moves to {}", first.workload, first.to)
             : fmt::format("{} workloads move: {} to {}", moves.size(), first.workload, first.to);
}

std::string moves_in_full(const std::vector<FlipMove>& moves) {
  std::string text;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const auto same = [&](const FlipMove& other) { return other.to == moves[i].to; };
    const auto begin = moves.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::any_of(moves.begin(), begin, same)) continue;
    std::string who;
    for (auto at = begin; at != moves.end(); ++at)
      if (same(*at)) who += (who.empty() ? "" : ", ") + at->workload;
    text += (text.empty() ? "" : "; ") + who + " to " + moves[i].to;
  }
  return text;
}

std::string flips_title(Objective objective) {
  return "The smallest change of each input that changes the choice" +
         (objective == Objective::cost ? "" : fmt::format(", which is the best by {}", name_of(objective)));
}

std::string flip_rule(Objective objective, double indifference) {
  return fmt::format("A choice changes where another is {} by more than {} of the {}, or where it breaks a limit.",
                     words_of(objective).better, percent(indifference), words_of(objective).of);
}

std::string beyond_words(Objective objective) {
  return objective == Objective::cost ? "just beyond"
                                      : fmt::format("{} just beyond", words_of(objective).of);
}

std::string flip_value(const std::string& unit, double value) {
  return unit.empty() ? fmt::format("x{:.3g}", value) : fmt::format("{:.3g} {}", value, unit);
}

}  // namespace berth
