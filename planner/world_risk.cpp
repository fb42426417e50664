#include "planner/world_risk.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <future>
#include <limits>
#include <map>
#include <numeric>

#include "models/risk.h"
#include "planner/sensitivity.h"
#include "planner/whole_limits.h"
#include "planner/world_analysis.h"

namespace berth {
namespace {

constexpr double kWorst = 0.9;  // CVaR of the worst tenth

// What a choice costs in a world, and what the capacity that lacks there would cost: of a room the share
// by which it is exceeded, of all dollars; of a service what it pays for the load it carries, for the rest.
struct Priced {
  double usd = 0, lack_usd = 0;
  bool overflows = false;
  double weighed(double under_provisioning) const { return usd + under_provisioning * lack_usd; }
};

// What a choice buys as things are runs on in every world.
void buy(PlacementProblem& problem, const std::map<std::size_t, double>& levels) {
  for (const auto& [plan, level] : levels) problem.resources[plan].level = level;
}

std::map<std::size_t, double> levels_now(const Scenario& scenario, const PlanRequest& request,
                                         const Options& options, const Choice& choice,
                                         const Correction& correction, AnalysisMemory& memory) {
  if (request.savings_plans.empty()) return {};
  return appraise(analysis_in({}, scenario, request, options, correction, memory).problem, choice)
      .levels;
}

double lack_of(const ServiceForecast& service) { return service.usd_per_month * service.lacks; }

Priced priced(const Analysis& analysis, const Choice& choice,
              const std::map<std::size_t, double>& bought = {}) {
  PlacementProblem problem;
  if (!bought.empty()) problem = analysis.problem, buy(problem, bought);
  const Appraisal value = appraise(bought.empty() ? analysis.problem : problem, choice);
  Priced out{value.usd, value.usd * value.overflow, value.overflow > 0};
  const std::size_t classes = analysis.training.size();
  for (std::size_t i = 0; i < analysis.services.size(); ++i)
    out.lack_usd += lack_of(analysis.services[i][choice[classes + i]]);
  return out;
}

// By formulas a home misses a limit by much there.
bool is_hopeless(const Analysis& analysis, const Limits& limits, std::size_t w, std::size_t k) {
  const std::size_t classes = analysis.training.size();
  return w < classes
             ? hopeless(limits, w, analysis.training[w][k]).has_value()
             : hopeless_service(limits, w - classes, analysis.services[w - classes][k]).has_value();
}

// The search for a world's best choice pays for what lacks as regret does, and goes where limits are kept
// there, if anybody who stands for choice does.
PlacementProblem weighed(const Analysis& analysis, const Limits& limits, double under_provisioning) {
  constexpr double kOut = 1e12;
  PlacementProblem problem = analysis.problem;
  const std::size_t classes = analysis.training.size();
  for (std::size_t w = 0; w < problem.workloads.size(); ++w)
    for (std::size_t k = 0; k < problem.workloads[w].size(); ++k)
      if (is_hopeless(analysis, limits, w, k)) problem.workloads[w][k].usd += kOut;
  for (std::size_t i = 0; i < analysis.services.size(); ++i)
    for (std::size_t k = 0; k < analysis.services[i].size(); ++k)
      problem.workloads[classes + i][k].usd +=
          under_provisioning * lack_of(analysis.services[i][k]);
  return problem;
}

// By world.
struct Course {
  std::vector<double> usd, lack_usd;
  Figure weighed;
  int broken = 0;
};

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

WorldRisk risk_of(const std::string& name, const Course& course, std::span<const double> best,
                  const DecisionRisk& dollars) {
  std::vector<double> regrets, more;
  for (std::size_t n = 0; n < best.size(); ++n) {
    // Who breaks a limit where others keep it may be cheaper than the best: that is no gain.
    more.push_back(std::max(0.0, *course.weighed.values[n] - best[n]));
    regrets.push_back(best[n] > 0 ? more.back() / best[n] : 0);
  }
  std::ranges::sort(regrets);
  const auto worlds = static_cast<double>(best.size());
  return {.candidate = name,
          .expected_usd = dollars.expected_cost,
          .cvar_usd = dollars.conditional_value_at_risk,
          .expected_lack_usd = mean_of(course.lack_usd),
          .expected_regret_share = mean_of(regrets),
          .regret_share_95 = regrets[static_cast<std::size_t>(std::ceil(0.95 * worlds)) - 1],
          .largest_regret_share = regrets.back(),
          .weighted_regret_usd = mean_of(more),
          .worlds_broken_share = course.broken / worlds};
}

// Of those that break limits in no more worlds: whose regret is clearly smaller, world by world, or else whose worst
// tenth is; by more than what counts as the same. Of them who has the least regret.
std::optional<Hedge> hedge_of(std::span<const Course> courses, std::span<const WorldRisk> risks,
                              double indifference) {
  std::optional<Hedge> hedge;
  for (std::size_t c = 1; c < courses.size(); ++c) {
    const auto gap = difference(courses[0].weighed, courses[c].weighed);
    if (!gap || risks[c].worlds_broken_share > risks[0].worlds_broken_share) continue;
    const bool clear = gap->interval && gap->interval->high < 0 &&
                       -gap->mean > indifference * mean_or_zero(courses[0].weighed);
    if (!clear && risks[c].cvar_usd >= (1 - indifference) * risks[0].cvar_usd) continue;
    if (!hedge || gap->mean < hedge->weighed_usd.mean) hedge = {risks[c].candidate, {}, *gap};
  }
  return hedge;
}

}  // namespace

bool breaks_limit(const Analysis& analysis, const Limits& limits, const Choice& choice) {
  for (std::size_t w = 0; w < choice.size(); ++w)
    if (is_hopeless(analysis, limits, w, choice[w])) return true;
  return false;
}

Narrowed narrowed(const Options& options, std::span<const Choice> choices) {
  Narrowed out;
  out.choices.assign(choices.size(), {});
  const std::size_t classes = options.training.size();
  out.options.training.resize(classes);
  out.options.services.resize(options.services.size());
  for (std::size_t w = 0; w < classes + options.services.size(); ++w) {
    std::vector<std::size_t> kept;
    for (std::size_t c = 0; c < choices.size(); ++c) {
      const std::size_t k = choices[c][w];
      auto at = std::ranges::find(kept, k);
      if (at == kept.end()) {
        kept.push_back(k);
        at = std::prev(kept.end());
        if (w < classes)
          out.options.training[w].push_back(options.training[w][k]);
        else
          out.options.services[w - classes].push_back(options.services[w - classes][k]);
      }
      out.choices[c].push_back(static_cast<std::size_t>(at - kept.begin()));
    }
  }
  return out;
}

WorldStudy study_worlds(const Scenario& scenario, const PlanRequest& request,
                        const Options& options, std::span<const Contender> contenders,
                        const Limits& limits, const Correction& correction,
                        AnalysisMemory& memory, int threads,
                        const std::function<bool()>& stop) {
  std::vector<Choice> choices;
  for (const Contender& one : contenders) choices.push_back(one.choice);
  const Narrowed few = narrowed(options, choices);
  std::vector<Course> courses(contenders.size());
  std::vector<std::map<std::size_t, double>> bought;
  bought.reserve(few.choices.size());
  for (const Choice& choice : few.choices)
    bought.push_back(levels_now(scenario, request, few.options, choice, correction, memory));
  std::vector<double> best;
  // Formulas of worlds have nothing in common, so that every thread takes one; each remembers by itself.
  struct Seen {
    double best = 0;
    std::vector<Priced> contenders;
    std::vector<bool> broken;
  };
  const WholeLimits on_whole(scenario, request, limits);
  const int worlds = std::max(request.worlds, 1);
  const Limits kept = has_any_on_whole(limits)
                          ? on_whole.kept_now(limits, few.options,
                                              analysis_in({}, scenario, request, few.options, correction, memory),
                                              few.choices.front())
                          : limits;
  struct Own {  // of a thread: both remember
    AnalysisMemory memory;
    WholeLimits whole;
  };
  const auto look = [&](int n, Own& own) {
    const PlanWorld world = sampled_world(request.uncertain, scenario.seed, n, worlds);
    Analysis analysis = analysis_in(world, scenario, request, few.options, correction, own.memory);
    analysis.problem = bought_now(std::move(analysis.problem), world);
    const auto misses = [&](const Choice& choice) {
      return own.whole.misses(kept, few.options, analysis, world, choice);
    };
    SearchRules rules{.most_nodes = 20, .steps = 15, .keep = 1};
    if (has_any_on_whole(kept)) rules.misses = misses;
    const auto breaks_any = [&](const Choice& choice) {
      return breaks_limit(analysis, limits, choice) || misses(choice) > 0;
    };
    const Solved solved = solve(weighed(analysis, limits, request.under_provisioning), rules);
    const bool is_any_kept = !breaks_any(solved.best.front());
    Seen seen{.best = priced(analysis, solved.best.front()).weighed(request.under_provisioning)};
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      const Priced here = priced(analysis, few.choices[c], bought[c]);
      const bool breaks = breaks_any(few.choices[c]);
      if (!breaks || !is_any_kept)
        seen.best = std::min(seen.best, here.weighed(request.under_provisioning));
      seen.contenders.push_back(here);
      seen.broken.push_back(here.overflows || breaks);
    }
    return seen;
  };
  std::vector<Own> owns(static_cast<std::size_t>(std::max(threads, 1)), Own{memory, on_whole});
  for (int first = 0; first < worlds;) {
    int more = 0;
    while (more < std::ssize(owns) && first + more < worlds && !(stop && stop())) ++more;
    std::vector<std::future<Seen>> running;
    running.reserve(static_cast<std::size_t>(more));
    for (int n = 0; n < more; ++n)
      running.push_back(std::async(std::launch::async, look, first + n,
                                   std::ref(owns[static_cast<std::size_t>(n)])));
    for (std::future<Seen>& one : running) {
      const Seen seen = one.get();
      best.push_back(seen.best);
      for (std::size_t c = 0; c < contenders.size(); ++c) {
        const Priced& here = seen.contenders[c];
        courses[c].usd.push_back(here.usd);
        courses[c].lack_usd.push_back(here.lack_usd);
        courses[c].weighed.values.emplace_back(here.weighed(request.under_provisioning));
        courses[c].broken += seen.broken[c];
      }
    }
    first += more;
    if (more < std::ssize(owns)) break;  // that was all, or it was stopped
  }
  if (best.empty()) return {};
  const std::vector<double> even(best.size(), 1 / static_cast<double>(best.size()));
  std::vector<std::vector<double>> usd;
  usd.reserve(courses.size());
  for (const Course& course : courses) usd.push_back(course.usd);
  const RiskTable dollars = risk_table(usd, even, kWorst);
  WorldStudy study{.worlds = static_cast<int>(best.size())};
  for (std::size_t c = 0; c < contenders.size(); ++c)
    study.risks.push_back(risk_of(contenders[c].name, courses[c], best, dollars.decisions[c]));
  study.value_of_information = study.risks.front().weighted_regret_usd;
  study.hedge = hedge_of(courses, study.risks, request.indifference);
  return study;
}

std::vector<UncertainInput> inputs_of(const PlanRequest& request) {
  std::vector<UncertainInput> list = request.uncertain;
  for (int i = 0; i < kWorldInputs; ++i) {
    const auto input = static_cast<WorldInput>(i);
    if (std::ranges::find(list, input, &UncertainInput::input) == list.end())
      list.push_back({input, 0.5, 1, 2, 0.9});
  }
  std::ranges::sort(list, {}, &UncertainInput::input);
  return list;
}

std::vector<InputEffect> rank_inputs(const Scenario& scenario, const PlanRequest& request,
                                     const Options& options, const Choice& choice,
                                     const Correction& correction, AnalysisMemory& memory,
                                     const std::function<bool()>& stop) {
  const Choice chosen[] = {choice};
  const Narrowed few = narrowed(options, chosen);
  const std::vector<UncertainInput> inputs = inputs_of(request);
  std::vector<InputRange> ranges;
  ranges.reserve(inputs.size());
  for (const UncertainInput& input : inputs)
    ranges.push_back({input.low, input.likely, input.high});
  bool stopped = false;
  const auto bought =
      levels_now(scenario, request, few.options, few.choices.front(), correction, memory);
  const auto cost = [&](std::span<const UncertainInput> of, std::span<const double> factors) {
    stopped = stopped || (stop && stop());
    if (stopped) return 0.0;
    PlanWorld world;
    for (std::size_t i = 0; i < of.size(); ++i) world[of[i].input] = factors[i];
    PlacementProblem problem = bought_now(
        analysis_in(world, scenario, request, few.options, correction, memory).problem, world);
    buy(problem, bought);
    return appraise(problem, few.choices.front()).usd;
  };
  const Response response = [&](std::span<const double> factors) { return cost(inputs, factors); };
  const auto swings = one_at_a_time(response, ranges);
  const auto effects = morris(response, ranges, 5, scenario.seed);
  std::vector<InputEffect> list;
  list.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    list.push_back({.input = std::string(name_of(inputs[i].input)),
                    .low = inputs[i].low,
                    .high = inputs[i].high,
                    .swing_usd = swings[i].swing(),
                    .morris_mu_star_usd = effects[i].mu_star,
                    .morris_sigma_usd = effects[i].sigma});
  std::vector<std::size_t> order(list.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{},
                           [&](std::size_t i) { return list[i].morris_mu_star_usd; });
  std::vector<UncertainInput> top;
  std::vector<InputRange> top_ranges;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, order.size()); ++i) {
    if (list[order[i]].morris_mu_star_usd <= 0) break;
    top.push_back(inputs[order[i]]);
    top_ranges.push_back(ranges[order[i]]);
  }
  if (top.size() > 1) {
    const SobolIndices shares = sobol(
        [&](std::span<const double> factors) { return cost(top, factors); }, top_ranges, 1, 3);
    for (std::size_t i = 0; i < top.size(); ++i) list[order[i]].sobol_total = shares.total[i];
  }
  if (stopped) return {};
  std::vector<InputEffect> ranked;
  ranked.reserve(list.size());
  for (const std::size_t i : order) ranked.push_back(list[i]);
  return ranked;
}

}  // namespace berth
