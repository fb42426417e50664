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

}  // namespace

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
                        const Limits& limits, AnalysisMemory& memory) {
  std::vector<Choice> choices;
  for (const Contender& one : contenders) choices.push_back(one.choice);
  const Narrowed few = narrowed(options, choices);
  const auto worlds = static_cast<std::size_t>(std::max(request.worlds, 1));
  // The last row is the best choice of each world, whoever it is.
  std::vector<std::vector<double>> costs(contenders.size(), std::vector<double>(worlds, 0.0));
  std::vector<double> best(worlds, 0.0);
  std::vector<int> broken(contenders.size(), 0);
  for (std::size_t n = 0; n < worlds; ++n) {
    const PlanWorld world = sampled_world(request.uncertain, scenario.seed, static_cast<int>(n));
    const Scenario there = in_world(scenario, world);
    const Analysis analysis = analyse(there, request, few.options, &memory);
    const Solved solved = solve(analysis.problem, {.most_nodes = 20, .steps = 15, .keep = 1});
    best[n] =
        with_lack(appraise(analysis.problem, solved.best.front()), request.under_provisioning);
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      const Appraisal value = appraise(analysis.problem, few.choices[c]);
      costs[c][n] = with_lack(value, request.under_provisioning);
      best[n] = std::min(best[n], costs[c][n]);
      broken[c] += value.overflow > 0 || breaks_limit(analysis, limits, few.choices[c]);
    }
  }
  const std::vector<double> even(worlds, 1 / static_cast<double>(worlds));
  const RiskTable table = risk_table(costs, even, kWorst);
  WorldStudy study;
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
                                     AnalysisMemory& memory) {
  const Choice chosen[] = {choice};
  const Narrowed few = narrowed(options, chosen);
  const std::vector<UncertainInput> inputs = inputs_of(request);
  std::vector<InputRange> ranges;
  for (const UncertainInput& input : inputs)
    ranges.push_back({input.low, input.likely, input.high});
  const auto cost = [&](std::span<const UncertainInput> of, std::span<const double> factors) {
    PlanWorld world;
    for (std::size_t i = 0; i < of.size(); ++i) world[of[i].input] = factors[i];
    const Analysis analysis = analyse(in_world(scenario, world), request, few.options, &memory);
    return appraise(analysis.problem, few.choices.front()).usd;
  };
  const Response response = [&](std::span<const double> factors) { return cost(inputs, factors); };
  const auto swings = one_at_a_time(response, ranges);
  const auto effects = morris(response, ranges, 5, scenario.seed);
  std::vector<InputEffect> list;
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
  std::vector<InputEffect> ranked;
  for (const std::size_t i : order) ranked.push_back(list[i]);
  return ranked;
}

namespace {

class Flipper {
 public:
  Flipper(const Scenario& scenario, const PlanRequest& request, const Options& options,
          const Choice& choice, AnalysisMemory& memory, const FlipRules& rules)
      : scenario_(scenario),
        request_(request),
        options_(options),
        choice_(choice),
        memory_(memory),
        rules_(rules),
        limits_(limits_of(scenario, request)) {
    // What every single move costs as things are: a plan that simulation preferred is not beaten by
    // formulas that disagree at 1.
    const Analysis now = look(PlanWorld{});
    const double base = appraise(now.problem, choice).usd;
    breaks_now_ = fails(now, choice);
    for (std::size_t w = 0; w < choice.size(); ++w) {
      advantage_.emplace_back();
      for (std::size_t k = 0; k < now.problem.workloads[w].size(); ++k)
        advantage_[w].push_back(std::max(0.0, base - moved(now, w, k).usd));
    }
  }

  FlipPoint find(WorldInput input) {
    FlipPoint point{.input = input};
    std::optional<double> nearest;
    for (const double end : {rules_.low, rules_.high}) {
      Move move;
      if (!better_at(input, end, move)) continue;
      double stays = 1, flips = end;
      Move at_flip = move;
      for (int i = 0; i < rules_.halvings; ++i) {
        const double middle = std::sqrt(stays * flips);
        if (better_at(input, middle, move))
          flips = middle, at_flip = move;
        else
          stays = middle;
      }
      // Nearest by ratio: a half and a double are equally far.
      if (!nearest || std::abs(std::log(flips)) < std::abs(std::log(*nearest))) {
        nearest = flips;
        point.factor = flips;
        point.workload = at_flip.workload;
        point.option = at_flip.option;
        point.by_limit = at_flip.by_limit;
        point.better = choice_;
        point.better[at_flip.workload] = at_flip.option;
      }
    }
    return point;
  }

 private:
  struct Move {
    std::size_t workload = 0, option = 0;
    bool by_limit = false;
  };
  bool fails(const Analysis& analysis, const Choice& choice) const {
    return breaks_limit(analysis, limits_, choice) || appraise(analysis.problem, choice).overflow > 0;
  }
  // The cheapest single move that mends what the choice breaks there, and did not break before.
  bool mends(const Analysis& there, Move& best) const {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t w = 0; w < choice_.size(); ++w)
      for (std::size_t k = 0; k < there.problem.workloads[w].size(); ++k) {
        if (k == choice_[w]) continue;
        Choice other = choice_;
        other[w] = k;
        if (fails(there, other)) continue;
        const double usd = appraise(there.problem, other).usd;
        if (usd < least) best = {w, k, true}, least = usd;
      }
    return std::isfinite(least);
  }
  Analysis look(const PlanWorld& world) {
    return analyse(in_world(scenario_, world), request_, options_, &memory_);
  }
  Appraisal moved(const Analysis& analysis, std::size_t w, std::size_t k) const {
    Choice other = choice_;
    other[w] = k;
    return appraise(analysis.problem, other);
  }
  // Some single move is cheaper there by more than it seems to be now, and breaks nothing.
  bool better_at(WorldInput input, double factor, Move& best) {
    PlanWorld world;
    world[input] = factor;
    const Analysis there = look(world);
    if (!breaks_now_ && fails(there, choice_) && mends(there, best)) return true;
    const double base = appraise(there.problem, choice_).usd;
    double most = 1e-6 * std::abs(base);
    bool found = false;
    for (std::size_t w = 0; w < choice_.size(); ++w)
      for (std::size_t k = 0; k < there.problem.workloads[w].size(); ++k) {
        if (k == choice_[w]) continue;
        const bool training = w < there.training.size();
        if (training ? hopeless(limits_, w, there.training[w][k]).has_value()
                     : hopeless_service(limits_, w - there.training.size(),
                                        there.services[w - there.training.size()][k])
                           .has_value())
          continue;
        const Appraisal value = moved(there, w, k);
        const double gain = base - value.usd - advantage_[w][k];
        if (value.overflow <= 0 && gain > most) best = {w, k, false}, most = gain, found = true;
      }
    return found;
  }

  const Scenario& scenario_;
  const PlanRequest& request_;
  const Options& options_;
  const Choice& choice_;
  AnalysisMemory& memory_;
  FlipRules rules_;
  Limits limits_;
  std::vector<std::vector<double>> advantage_;
  bool breaks_now_ = false;  // by formulas; then limits decide nothing here
};

}  // namespace

std::vector<FlipPoint> flip_points(const Scenario& scenario, const PlanRequest& request,
                                   const Options& options, const Choice& choice,
                                   AnalysisMemory& memory, const FlipRules& rules) {
  Flipper flipper(scenario, request, options, choice, memory, rules);
  std::vector<FlipPoint> list;
  for (int i = 0; i < kWorldInputs; ++i) list.push_back(flipper.find(static_cast<WorldInput>(i)));
  return list;
}

}  // namespace berth
