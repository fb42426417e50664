#include "planner/world_risk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "models/risk.h"
#include "planner/sensitivity.h"

namespace berth {
namespace {

constexpr double kWorst = 0.9;  // CVaR of the worst tenth

// Not being able to serve is a cost, too: an overflow of a tenth weighs like a tenth of the bill.
double with_lack(const Appraisal& value, double under_provisioning) {
  return value.usd * (1 + under_provisioning * value.overflow);
}

}  // namespace

bool breaks_limit(const Analysis& analysis, const Limits& limits, const Choice& choice) {
  const std::size_t classes = analysis.training.size();
  for (std::size_t w = 0; w < choice.size(); ++w) {
    const auto why = w < classes ? hopeless(limits, w, analysis.training[w][choice[w]])
                                 : hopeless_service(limits, w - classes,
                                                    analysis.services[w - classes][choice[w]]);
    if (why) return true;
  }
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
                        AnalysisMemory& memory, const std::function<bool()>& stop) {
  std::vector<Choice> choices;
  for (const Contender& one : contenders) choices.push_back(one.choice);
  const Narrowed few = narrowed(options, choices);
  std::vector<std::vector<double>> costs(contenders.size());
  std::vector<double> best;
  std::vector<int> broken(contenders.size(), 0);
  for (int n = 0; n < std::max(request.worlds, 1) && !(stop && stop()); ++n) {
    const PlanWorld world = sampled_world(request.uncertain, scenario.seed, n);
    const Scenario there = in_world(scenario, world);
    Analysis analysis = analyse(there, request, in_world(few.options, world), &memory);
    analysis.problem = corrected(there, analysis.options, analysis.problem, correction);
    const Solved solved = solve(analysis.problem, {.most_nodes = 20, .steps = 15, .keep = 1});
    double least =
        with_lack(appraise(analysis.problem, solved.best.front()), request.under_provisioning);
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      const Appraisal value = appraise(analysis.problem, few.choices[c]);
      costs[c].push_back(with_lack(value, request.under_provisioning));
      least = std::min(least, costs[c].back());
      broken[c] += value.overflow > 0 || breaks_limit(analysis, limits, few.choices[c]);
    }
    best.push_back(least);
  }
  const std::size_t worlds = best.size();
  if (worlds == 0) return {};
  const std::vector<double> even(worlds, 1 / static_cast<double>(worlds));
  const RiskTable table = risk_table(costs, even, kWorst);
  WorldStudy study{.worlds = static_cast<int>(worlds)};
  double expected_best = 0;
  for (const double one : best) expected_best += one / static_cast<double>(worlds);
  study.value_of_information =
      table.decisions[table.least_expected_cost].expected_cost - expected_best;
  for (std::size_t c = 0; c < contenders.size(); ++c) {
    std::vector<double> regrets;
    double usd = 0;
    for (std::size_t n = 0; n < worlds; ++n) {
      regrets.push_back(best[n] > 0 ? costs[c][n] / best[n] - 1 : 0);
      usd += (costs[c][n] - best[n]) / static_cast<double>(worlds);
    }
    std::ranges::sort(regrets);
    const auto at = static_cast<std::size_t>(std::ceil(0.95 * double(worlds))) - 1;
    study.risks.push_back(
        {.candidate = contenders[c].name,
         .expected_usd = table.decisions[c].expected_cost,
         .cvar_usd = table.decisions[c].conditional_value_at_risk,
         .expected_regret_share =
             std::accumulate(regrets.begin(), regrets.end(), 0.0) / double(worlds),
         .regret_share_95 = regrets[at],
         .largest_regret_share = regrets.back(),
         .weighted_regret_usd = usd,
         .worlds_broken_share = broken[c] / double(worlds)});
  }
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
  const auto cost = [&](std::span<const UncertainInput> of, std::span<const double> factors) {
    stopped = stopped || (stop && stop());
    if (stopped) return 0.0;
    PlanWorld world;
    for (std::size_t i = 0; i < of.size(); ++i) world[of[i].input] = factors[i];
    const Scenario there = in_world(scenario, world);
    const Analysis analysis = analyse(there, request, in_world(few.options, world), &memory);
    return appraise(corrected(there, analysis.options, analysis.problem, correction),
                    few.choices.front())
        .usd;
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
