#include <fmt/format.h>

#include <algorithm>

#include "planner/limits.h"
#include "reports/csv.h"
#include "reports/grid.h"
#include "reports/markdown.h"
#include "reports/numbers.h"
#include "reports/plan_report.h"
#include "reports/plan_words.h"

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

// Of the scenario's own what it breaks first: "met", "breaks slo_share of score".
std::string own_limits(const PlanCandidate& c) {
  const auto open = std::ranges::find(c.limits, false, &LimitCheck::met);
  const std::string outside = c.within_levers ? "" : "outside the levers; ";
  if (open == c.limits.end()) return outside + "met";
  return outside + (shown_to_break(*open) ? "breaks " : "not shown to keep ") + limit_words(*open);
}

Grid own_grid(const Plan& plan) {
  Grid grid({{"placement", Align::left},
             {"cost per month"},
             {"start p95"},
             {"serving p99"},
             {"limits", Align::left, 60}});
  for (const PlanCandidate& c : plan.candidates) {
    if (!c.from_scenario) continue;
    const std::string limits = own_limits(c);
    grid.add({{c.name},
              {of(c.usd)},
              {seconds(c.start_p95_s)},
              {seconds(c.serving_p99_s)},
              {limits, limits.ends_with("met") ? Style::plain : Style::bad}});
  }
  return grid;
}

std::vector<CostRow> beside_the_homes(const Plan& plan) {
  if (!plan.recommendation) return {};
  const PlanCandidate& best = plan.candidates[*plan.recommendation];
  const auto full = std::ranges::find(plan.simulated, best.name, &Summary::placement);
  if (full == plan.simulated.end()) return {};
  const CostSummary& cost = full->cost;
  return rest_of_cost(cost.idle_usd_per_month.estimate(), cost.shared_usd_per_month.estimate(),
                      cost.people_usd_per_month.estimate(), best.usd.estimate());
}

Grid workload_grid(const Plan& plan) {
  Grid grid({{"workload", Align::left},
             {"home", Align::left, 52},
             {"cost"},
             {"p95 / p99"},
             {"next best costs"},
             {"", Align::left, 64}});
  for (const PlannedWorkload& w : plan.workloads) {
    grid.add({{w.name},
              {w.home},
              {money(w.usd)},
              {duration(w.kind == "training" ? w.start_p95_s : w.p99_s)},
              {runner_up_cost(w)},
              {runner_up_reason(plan, w), Style::bad}});
  }
  for (const CostRow& rest : beside_the_homes(plan))
    grid.add({{rest.name}, {rest.words}, {money(rest.usd)}, {""}, {""}, {""}});
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
      std::ranges::count_if(plan.candidates, &PlanCandidate::within_levers), placements_words(plan.placements),
      plan.replications, plan.options_left, plan.options));
  std::string claim = claim_of(plan);
  if (!claim.empty()) claim[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(claim[0])));
  list.push_back(claim + ".");
  if (!plan.dominance.empty()) list.push_back("Against the scenario's own: " + plan.dominance + ".");
  return list;
}

std::vector<std::string> money_sentences(const Plan& plan) {
  std::vector<std::string> list = commitment_sentences(plan);
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

std::vector<std::string> conflict_lines(const Plan& plan) {
  auto [lines, give_ups] = conflict_words(plan);
  for (std::string& line : give_ups) lines.push_back(std::move(line));
  return lines;
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
  if (!plan.workloads.empty()) {
    out += "\nRecommended homes\n" + workload_grid(plan).text("  ", color);
    if (const std::string star = star_words(plan); !star.empty()) out += wrapped("  ", "  ", star);
  }
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
  if (const auto shapes = variant_sentences(plan); !shapes.empty()) {
    out += "\nShapes of clusters\n";
    for (const std::string& shape : shapes) out += wrapped("  ", "    ", shape);
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
  std::string out = "## " + markdown_text(head_line(report)) + "\n\n";
  const auto listed = [&](const char* title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    if (*title != '\0') out += fmt::format("### {}\n\n", title);
    for (const std::string& line : lines) out += "- " + markdown_text(line) + "\n";
    out += "\n";
  };
  for (const std::string& line : sentences(plan)) out += markdown_text(line) + "\n\n";
  listed("", conflict_lines(plan));
  if (!plan.pareto.empty())
    out += markdown_header({"placement", "cost per month", "marginal", "start p95", "serving p99",
                            "portable", "replications"});
  for (const std::size_t i : plan.pareto) {
    const PlanCandidate& c = plan.candidates[i];
    const std::string mark = where(plan, i), name = markdown_text(c.name);
    out += markdown_row({mark.empty() ? name : fmt::format("**{}** ({})", name, mark), of(c.usd),
                         of(c.marginal_usd), seconds(c.start_p95_s), seconds(c.serving_p99_s),
                         percent(c.portable_share), std::to_string(c.replications)});
  }
  if (!plan.pareto.empty()) out += "\n";
  if (std::ranges::any_of(plan.candidates, &PlanCandidate::from_scenario)) {
    out += "### The scenario's own placements\n\n" +
           markdown_header({"placement", "cost per month", "start p95", "serving p99", "limits"});
    for (const PlanCandidate& c : plan.candidates)
      if (c.from_scenario)
        out += markdown_row({markdown_text(c.name), of(c.usd), seconds(c.start_p95_s),
                             seconds(c.serving_p99_s), markdown_text(own_limits(c))});
    out += "\n";
  }
  if (!plan.workloads.empty())
    out += "### Recommended homes\n\n" +
           markdown_header({"workload", "home", "cost", "p95 / p99", "next best costs"});
  for (const PlannedWorkload& w : plan.workloads) {
    const std::string words = runner_up_reason(plan, w);
    out += markdown_row({markdown_text(w.name), markdown_text(w.home), money(w.usd),
                         duration(w.kind == "training" ? w.start_p95_s : w.p99_s),
                         markdown_text(runner_up_cost(w) + (words.empty() ? "" : ", " + words))});
  }
  for (const CostRow& rest : beside_the_homes(plan))
    out += markdown_row({rest.name, rest.words, money(rest.usd), "", ""});
  if (!plan.workloads.empty()) out += "\n";
  if (const std::string star = star_words(plan); !star.empty()) out += markdown_text(star) + "\n\n";
  listed("Commitments and other worlds", money_sentences(plan));
  std::vector<std::string> rejected;
  for (const Rejection* r : shown_rejections(plan)) rejected.push_back(rejection_line(*r));
  listed("Rejected", rejected);
  listed("Shapes of clusters", variant_sentences(plan));
  listed("Limits", plan.limits);
  listed("Levers nobody stated were derived", plan.levers);
  listed("Notes", plan.notes);
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
