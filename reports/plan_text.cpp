#include <fmt/format.h>

#include <algorithm>

#include "planner/limits.h"
#include "reports/csv.h"
#include "reports/grid.h"
#include "reports/markdown.h"
#include "reports/numbers.h"
#include "reports/plan_report.h"
#include "reports/variant_words.h"

namespace berth {
namespace {

using Align = Column::Align;

constexpr std::size_t kShown = 12;  // of long lists; the JSON has them all

std::string of(const Figure& figure) {
  const auto estimate = figure.estimate();
  return money(estimate);
}
std::string seconds(const Figure& figure) { return duration(figure.estimate()); }

std::string placements_words(double count) {
  return count < 1e6 ? berth::count(count) : fmt::format("{:.1e}", count);
}

std::string where(const Plan& plan, std::size_t i) {
  std::string marks;
  if (plan.recommendation == i) marks += "recommended";
  if (plan.knee == i) marks += marks.empty() ? "knee" : ", knee";
  return marks;
}

Grid front_grid(const Plan& plan) {
  Grid grid({{"placement", Align::left},
             {"cost per month"},
             {"marginal"},
             {"start p95"},
             {"serving p99"},
             {"portable"},
             {"n"},
             {"", Align::left}});
  for (const std::size_t i : plan.pareto) {
    const PlanCandidate& c = plan.candidates[i];
    grid.add({{c.name, plan.recommendation == i ? Style::bold : Style::plain},
              {of(c.usd)},
              {of(c.marginal_usd)},
              {seconds(c.start_p95_s)},
              {seconds(c.serving_p99_s)},
              {percent(c.portable_share)},
              {std::to_string(c.replications)},
              {where(plan, i)}});
  }
  return grid;
}

Grid own_grid(const Plan& plan) {
  Grid grid({{"placement", Align::left},
             {"cost per month"},
             {"start p95"},
             {"serving p99"},
             {"limits", Align::left, 60}});
  for (const PlanCandidate& c : plan.candidates) {
    if (!c.from_scenario) continue;
    std::string broken;
    for (const LimitCheck& limit : c.limits)
      if (!limit.met && broken.empty())
        broken = (shown_to_break(limit) ? "breaks " : "not shown to keep ") + limit_words(limit);
    grid.add({{c.name},
              {of(c.usd)},
              {seconds(c.start_p95_s)},
              {seconds(c.serving_p99_s)},
              {broken.empty() ? "met" : broken, broken.empty() ? Style::plain : Style::bad}});
  }
  return grid;
}

// "breaks start_within_share, 0.019 for 0.95": the workload's own, or also another's. Or why a home that costs less
// was not taken all the same.
std::string next_words(const Plan& plan, const PlannedWorkload& w) {
  if (!w.runner_up_breaks.empty()) {
    const LimitCheck& first = w.runner_up_breaks.front();
    const bool own = first.workload == w.name || first.workload.empty();
    const std::string limit = first.name + (own ? "" : " of " + first.workload);
    const std::string figures =
        first.found ? fmt::format(", {:.4g} for {:.4g}", first.found->mean, first.allowed) : "";
    return (shown_to_break(first) ? "breaks " + limit : "not shown to keep " + limit) + figures;
  }
  if (!w.runner_up_usd || w.runner_up_usd->mean >= 0 || !plan.recommendation) return "";
  const double less = -w.runner_up_usd->mean;
  const double off =
      plan.analytic_error.value_or(0) * mean_or_zero(plan.candidates[*plan.recommendation].usd);
  if (w.runner_up_simulated) return less <= plan.indifference ? "counts as the same" : "";
  return less <= off ? "less than formulas are off by" : "";
}

// What the homes leave of the cost: with these rows they add up to it.
struct Rest {
  const char *name, *words;
  Figure usd;
};
std::vector<Rest> beside_the_homes(const Plan& plan) {
  if (!plan.recommendation) return {};
  const PlanCandidate& best = plan.candidates[*plan.recommendation];
  const auto full = std::ranges::find(plan.simulated, best.name, &Summary::placement);
  if (full == plan.simulated.end()) return {};
  const CostSummary& cost = full->cost;
  std::vector<Rest> rest{
      {"idle", "nodes that nobody used", cost.idle_usd_per_month},
      {"shared", "clusters, gateways and plans that serve everybody", cost.shared_usd_per_month},
      {"people", "hours of those who look after it", cost.people_usd_per_month}};
  std::erase_if(rest, [](const Rest& one) { return mean_or_zero(one.usd) == 0; });
  rest.push_back({"in all", "", best.usd});
  return rest;
}

Grid workload_grid(const Plan& plan) {
  Grid grid({{"workload", Align::left},
             {"home", Align::left, 52},
             {"cost"},
             {"p95 / p99"},
             {"next best costs"},
             {"", Align::left, 64}});
  for (const PlannedWorkload& w : plan.workloads) {
    std::string next = "-";
    if (w.runner_up_usd) next = signed_money(*w.runner_up_usd) + (w.runner_up_simulated ? "" : " *");
    grid.add({{w.name},
              {w.home},
              {money(w.usd)},
              {duration(w.kind == "training" ? w.start_p95_s : w.p99_s)},
              {next},
              {next_words(plan, w), Style::bad}});
  }
  for (const Rest& rest : beside_the_homes(plan))
    grid.add({{rest.name}, {rest.words}, {of(rest.usd)}, {""}, {""}, {""}});
  return grid;
}

std::vector<std::string> sentences(const Plan& plan) {
  std::vector<std::string> list;
  if (!plan.finished)
    list.push_back("UNFINISHED: " + plan.unfinished +
                   (plan.recommendation ? "; this is the best so far."
                                        : "; nothing has been seen often enough yet to meet every limit for sure."));
  list.push_back(fmt::format(
      "{} of {} possible placements simulated ({} replications); {} of {} options left after the "
      "bound.",
      plan.candidates.size(), placements_words(plan.placements), plan.replications,
      plan.options_left, plan.options));
  std::string claim = claim_of(plan);
  if (!claim.empty()) claim[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(claim[0])));
  list.push_back(claim + ".");
  if (!plan.dominance.empty()) list.push_back("Against the scenario's own: " + plan.dominance + ".");
  return list;
}

const WorldRisk* risk_of(const Plan& plan, const std::string& candidate) {
  const auto at = std::ranges::find(plan.worlds, candidate, &WorldRisk::candidate);
  return at == plan.worlds.end() ? nullptr : &*at;
}

std::string hedge_words(const Hedge& hedge, const WorldRisk& it, const WorldRisk& recommended) {
  return fmt::format(
      "{} {} and stands better there: on average {} worse than the best choice, where {} is {}; {} in "
      "the worst tenth, where it is {}; limits or room break in {}, where it is {}.",
      hedge.candidate,
      hedge.usd ? fmt::format("costs {} a month as things are", signed_money(*hedge.usd))
                : "costs as much as things are",
      percent(it.expected_regret_share), recommended.candidate,
      percent(recommended.expected_regret_share), money(it.cvar_usd), money(recommended.cvar_usd),
      percent(it.worlds_broken_share), percent(recommended.worlds_broken_share));
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
      "In {} sampled worlds {} costs {} on average, {} in the worst tenth, and is at most {} worse than "
      "the best choice in 95 % of them ({} at worst); limits or room break in {}.",
      plan.world_count, r.candidate, money(r.expected_usd), money(r.cvar_usd),
      percent(r.regret_share_95), percent(r.largest_regret_share), percent(r.worlds_broken_share));
  if (r.expected_lack_usd > 0)
    text += fmt::format(
        " The capacity that it lacks there would cost {} a month on average, which counts {:g} times in "
        "what is worse, and not in costs.",
        money(r.expected_lack_usd), plan.under_provisioning);
  list.push_back(std::move(text));
  if (plan.hedge)
    if (const WorldRisk* it = risk_of(plan, plan.hedge->candidate))
      list.push_back(hedge_words(*plan.hedge, *it, r));
  if (plan.value_of_information_usd)
    list.push_back(fmt::format("Knowing the world before choosing would be worth {} a month to {}.",
                               money(*plan.value_of_information_usd), r.candidate));
  return list;
}

std::vector<std::string> money_sentences(const Plan& plan) {
  std::vector<std::string> list;
  // Both terms are reckoned from the same use: it is covered once.
  std::string before;
  for (const CommitmentAdvice& c : plan.commitments) {
    const bool instead_of_one = c.plan == before;
    before = c.plan;
    list.push_back(fmt::format(
        "{}{}, {}{}: {:.2f} $/h saves {} a month of {} eligible, {} of it unused; at 20 % less demand {} "
        "saved and {} unused, at 20 % more {} saved and {} unused.",
        c.to_buy ? "Buy with it: " : "", c.plan, c.term, instead_of_one ? " instead" : "", c.hourly_usd, money(c.saved_usd), money(c.eligible_usd), money(c.unused_usd),
        money(c.saved_usd_at_less), money(c.unused_usd_at_less), money(c.saved_usd_at_more),
        money(c.unused_usd_at_more)));
  }
  for (const StrandedCommitment& s : plan.stranded)
    list.push_back(fmt::format("{} held ({}): {} of {} a month is stranded.", s.plan, s.term,
                               money(s.unused_usd), money(s.committed_usd)));
  for (std::string& line : world_sentences(plan)) list.push_back(std::move(line));
  return list;
}

Grid effects_grid(const Plan& plan) {
  Grid grid({{"input", Align::left}, {"from"}, {"to"}, {"alone"}, {"Morris mu*"}, {"sigma"}, {"Sobol ST"}});
  for (const InputEffect& e : plan.sensitivity)
    if (e.swing_usd > 0 || e.morris_mu_star_usd > 0)
      grid.add({{e.input},
                {fmt::format("x{:g}", e.low)},
                {fmt::format("x{:g}", e.high)},
                {money(e.swing_usd)},
                {money(e.morris_mu_star_usd)},
                {money(e.morris_sigma_usd)},
                {e.sobol_total ? percent(*e.sobol_total) : "-"}});
  return grid;
}

std::string relaxation_words(const Relaxation& r) {
  if (!r.usd) return "no placement is left even then.";
  return fmt::format("{} can be had{}, at {} a month{}.",
                     r.nearest ? fmt::format("{} {:.6g}", r.limit.at_least ? ">=" : "<=", *r.nearest)
                               : "nothing that is shown",
                     r.placement.empty() ? "" : " with " + r.placement, money(*r.usd),
                     r.placement.empty() ? " by formulas" : "");
}

std::vector<std::string> conflict_lines(const Plan& plan) {
  std::vector<std::string> list;
  if (!plan.conflict) return list;
  const auto joined = [](const std::vector<std::string>& limits) {
    std::string set;
    for (const std::string& limit : limits) set += (set.empty() ? "" : "; ") + limit;
    return set;
  };
  const Conflict& conflict = *plan.conflict;
  if (conflict.nearest.empty()) {
    list.push_back("No placement is feasible. By formulas the smallest set of limits in conflict: " +
                   joined(conflict.limits) + ".");
  } else {
    list.push_back(fmt::format(
        "No placement that was simulated meets every limit for sure. The smallest set of which each breaks "
        "one: {}{}. Nearest to all is {}.",
        joined(conflict.limits),
        conflict.confirmed ? "; a plan with nothing but this set found none that meets it, either" : "",
        conflict.nearest));
    if (!conflict.undecided.empty())
      list.push_back("Undecided after its replications: " + joined(conflict.undecided) + ".");
    if (conflict.together)
      list.push_back("No placement breaks just one of them; " + conflict.nearest + " would take all of this:");
  }
  for (const Relaxation& r : conflict.relaxations)
    list.push_back("Give up " + in_words(r.limit) + ": " + relaxation_words(r));
  return list;
}

std::vector<const Rejection*> shown_rejections(const Plan& plan) {
  // Whole placements first, then options that broke a limit: the rest is beaten in everything.
  std::vector<const Rejection*> list;
  for (const Rejection& r : plan.rejections)
    if (r.workload.empty()) list.push_back(&r);
  for (const Rejection& r : plan.rejections)
    if (!r.workload.empty() && !r.limit.empty()) list.push_back(&r);
  if (list.size() > kShown) list.resize(kShown);
  return list;
}

std::string rejection_line(const Rejection& r) {
  return fmt::format("{}{}: {}{}", r.workload.empty() ? "" : r.workload + " at ", r.option, r.reason,
                     r.missed_by && !r.limit.empty()
                         ? fmt::format("; missed by {}", percent(*r.missed_by))
                         : "");
}

std::string head_line(const PlanReport& report) {
  return fmt::format("Plan for {}: {} at {:.4g} % confidence; seed {}, prices {}", report.from.scenario,
                     report.plan.objective, 100 * report.plan.confidence, report.from.seed,
                     report.from.price_date);
}

}  // namespace

std::string plan_text(const PlanReport& report, bool color) {
  const Plan& plan = report.plan;
  std::string out = styled(head_line(report), Style::bold, color) + "\n";
  for (const std::string& line : sentences(plan)) out += wrapped("", "  ", line);
  for (const std::string& line : conflict_lines(plan)) out += wrapped("", "  ", line);
  if (!plan.pareto.empty())
    out += "\nFront of cost against latency, with 95 % intervals\n" + front_grid(plan).text("  ", color) +
           wrapped("  ", "  ",
                   "marginal: without people and what serves everybody (clusters, gateways); start p95: "
                   "mean of the classes' by their jobs; serving p99: mean of the services' by their "
                   "requests; n: replications");
  if (const Grid own = own_grid(plan); !own.empty())
    out += "\nThe scenario's own placements\n" + own.text("  ", color);
  if (!plan.workloads.empty())
    out += "\nRecommended homes (* by formulas)\n" + workload_grid(plan).text("  ", color);
  if (const auto lines = money_sentences(plan); !lines.empty()) {
    out += "\nCommitments and other worlds\n";
    for (const std::string& line : lines) out += wrapped("  ", "    ", line);
  }
  if (const Grid effects = effects_grid(plan); !effects.empty())
    out += "\nWhat moves the cost (by formulas, dollars a month)\n" + effects.text("  ", color);
  if (const auto rejected = shown_rejections(plan); !rejected.empty()) {
    out += fmt::format("\nRejected ({} in all, in the plan's JSON)\n", plan.rejections.size());
    for (const Rejection* r : rejected) out += wrapped("  ", "    ", rejection_line(*r));
  }
  if (!plan.variants.empty()) {
    out += "\nShapes of clusters\n";
    for (const ClusterVariant& variant : plan.variants) {
      std::optional<double> best;
      for (const ClusterVariant& other : plan.variants)
        if (other.chosen && other.cluster == variant.cluster) best = other.analytic;
      out += wrapped("  ", "    ",
                     variant_line(variant.name, variant.chosen, variant.analytic, best,
                                  variant.breaks.empty()
                                      ? ""
                                      : variant.breaks[0].name +
                                            (variant.breaks[0].workload.empty()
                                                 ? ""
                                                 : " of " + variant.breaks[0].workload),
                                  !variant.breaks.empty() && variant.breaks[0].found &&
                                      variant.breaks[0].found->n == 0));
    }
  }
  out += "\nLimits\n";
  for (const std::string& limit : plan.limits) out += wrapped("  ", "    ", limit);
  if (!plan.levers.empty()) {
    out += "Levers nobody stated were derived\n";
    for (const std::string& lever : plan.levers) out += wrapped("  ", "    ", lever);
  }
  for (const std::string& note : plan.notes) out += wrapped("note: ", "    ", note);
  return out;
}

std::string plan_markdown(const PlanReport& report) {
  const Plan& plan = report.plan;
  std::string out = "## " + head_line(report) + "\n\n";
  for (const std::string& line : sentences(plan)) out += line + "\n\n";
  for (const std::string& line : conflict_lines(plan)) out += "- " + line + "\n";
  if (!plan.pareto.empty())
    out += markdown_header(
        {"placement", "cost per month", "marginal", "start p95", "serving p99", "replications"});
  for (const std::size_t i : plan.pareto) {
    const PlanCandidate& c = plan.candidates[i];
    const std::string mark = where(plan, i), name = markdown_text(c.name);
    out += markdown_row({mark.empty() ? name : fmt::format("**{}** ({})", name, mark), of(c.usd),
                         of(c.marginal_usd), seconds(c.start_p95_s), seconds(c.serving_p99_s),
                         std::to_string(c.replications)});
  }
  if (!plan.pareto.empty()) out += "\n";
  if (!plan.workloads.empty())
    out += markdown_header({"workload", "home", "cost", "p95 / p99", "next best costs"});
  for (const PlannedWorkload& w : plan.workloads) {
    const std::string words = next_words(plan, w);
    const std::string next = w.runner_up_usd ? signed_money(*w.runner_up_usd) : "-";
    out += markdown_row({markdown_text(w.name), markdown_text(w.home), money(w.usd),
                         duration(w.kind == "training" ? w.start_p95_s : w.p99_s),
                         next + (words.empty() ? "" : ", " + markdown_text(words))});
  }
  for (const Rest& rest : beside_the_homes(plan))
    out += markdown_row({rest.name, rest.words, of(rest.usd), "", ""});
  if (!plan.workloads.empty()) out += "\n";
  for (const std::string& line : money_sentences(plan)) out += "- " + line + "\n";
  for (const Rejection* r : shown_rejections(plan))
    out += "- rejected: " + markdown_text(rejection_line(*r)) + "\n";
  return out;
}

std::string plan_csv(const PlanReport& report) {
  std::string out = "placement,metric,mean,low,high,n\n";
  for (const PlanCandidate& c : report.plan.candidates) {
    const auto row = [&](const char* metric, const Figure& figure) {
      const auto e = figure.estimate();
      if (!e) return;
      out += fmt::format("{},{},{},{},{},{}\n", csv_field(c.name), metric, shortest(e->mean),
                         e->interval ? shortest(e->interval->low) : "",
                         e->interval ? shortest(e->interval->high) : "", e->n);
    };
    row("usd_per_month", c.usd);
    row("marginal_usd_per_month", c.marginal_usd);
    row("start_latency_p95_s", c.start_p95_s);
    row("serving_latency_p99_s", c.serving_p99_s);
  }
  return out;
}

}  // namespace berth
