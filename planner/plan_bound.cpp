#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "planner/conflict.h"
#include "planner/homes.h"
#include "planner/objective.h"
#include "planner/planner.h"

namespace berth {
namespace {

// With what it asks of Savings Plans that may be bought, at their rates.
double by_itself(const PlacementProblem& problem, const PlacementOption& option) {
  double usd = option.usd;
  for (const ResourceLoad& load : option.loads)
    if (problem.resources[load.resource].discount)
      for (const double one : load.by_period)
        usd += one * problem.resources[load.resource].slope / static_cast<double>(problem.periods);
  return usd;
}

}  // namespace

bool Planner::bound() {
  say("pricing options");
  Options options = options_of(scenario_, request_);
  plan_.levers = options.derived;
  plan_.notes.insert(plan_.notes.end(), options.unused.begin(), options.unused.end());
  for (const auto& homeless : options.homeless)
    for (const std::string& refused : homeless.refused)
      plan_.rejections.push_back(
          {.workload = homeless.workload, .stage = "bound", .reason = refused});
  if (!options.homeless.empty()) {
    plan_.conflict = conflict_of(scenario_, request_, options, memory_);
    return false;
  }
  analysis_ = analyse(scenario_, request_, options, &memory_);
  plan_.placements = placements(analysis_.problem);
  plan_.options = count_options();
  all_options_ = analysis_.options;
  const Options& all = all_options_;
  if (!drop_hopeless()) {
    plan_.conflict = conflict_of(scenario_, request_, all, memory_);
    return false;
  }
  // A dearer home may be a larger share that could move.
  if (!limits_.portable_share) drop_dominated();
  bar_hopeless();
  plan_.options_left = count_options();
  uncorrected_ = analysis_.problem;
  // What pilots correct is searched again, and proven then.
  search(kRoughly);
  prove(kRoughly);
  if (std::isinf(best_appraisal().overflow)) {
    plan_.conflict = Conflict{.limits = {"one shape of each cluster: none holds all workloads"}};
    return false;
  }
  // Nobody waits in formulas: what is too much for a while is for the simulation to judge.
  if (const double over = best_appraisal().overflow; over > 0)
    plan_.notes.push_back(
        fmt::format("by formulas every choice asks for more than a quota or a pool holds at its "
                    "busiest, by {:.0f} % at least; jobs will wait",
                    100 * over));
  if (std::ranges::any_of(request_.held.plans, [](const Commitment& plan) {
        return plan.plan != Commitment::Plan::sagemaker;
      }))
    plan_.notes.emplace_back(
        "by formulas Compute and EC2 Instance plans that are held are used at the best rate of any "
        "pool, "
        "and by all nodes that pools keep, whoever is there; the simulation bills what is used, "
        "and the "
        "gap holds the difference");
  const auto to_buy = [](const SharedResource& r) { return r.discount.has_value(); };
  if (!request_.savings_plans.empty() && std::ranges::none_of(analysis_.problem.resources, to_buy))
    plan_.notes.emplace_back(
        "Savings Plans may be bought, and no rate of such a term is known for any type that may be "
        "used");
  if (limits_.cost_usd && request_.objective == Objective::cost &&
      plan_.lower_bound > 1.5 * *limits_.cost_usd) {
    plan_.conflict = conflict_of(scenario_, request_, all, memory_);
    return false;
  }
  return true;
}

std::size_t Planner::count_options() const {
  std::size_t count = 0;
  for (const auto& list : analysis_.problem.workloads) count += list.size();
  return count;
}

std::string Planner::option_words(std::size_t w, std::size_t k) const {
  return in_words(scenario_, analysis_.options, w, k);
}

void Planner::remove_option(std::size_t w, std::size_t k) {
  const auto at = static_cast<std::ptrdiff_t>(k);
  const std::size_t classes = scenario_.training.size();
  auto& list = analysis_.problem.workloads[w];
  list.erase(list.begin() + at);
  if (w < classes) {
    analysis_.options.training[w].erase(analysis_.options.training[w].begin() + at);
    analysis_.training[w].erase(analysis_.training[w].begin() + at);
  } else {
    auto& homes = analysis_.options.services[w - classes];
    homes.erase(homes.begin() + at);
    auto& forecasts = analysis_.services[w - classes];
    forecasts.erase(forecasts.begin() + at);
  }
}

std::vector<LimitCheck> Planner::broken_by_forecast(std::size_t w, std::size_t k) const {
  const std::size_t classes = scenario_.training.size();
  const std::string& name = name_of_workload(scenario_, w);
  return w < classes ? broken_by(limits_, w, name, analysis_.training[w][k])
                     : broken_by(limits_, w - classes, name, analysis_.services[w - classes][k]);
}

std::optional<Rejection> Planner::why_hopeless(std::size_t w, std::size_t k) const {
  const std::size_t classes = scenario_.training.size();
  return w < classes ? hopeless(limits_, w, analysis_.training[w][k])
                     : hopeless_service(limits_, w - classes, analysis_.services[w - classes][k]);
}

bool Planner::drop_hopeless() {
  for (std::size_t w = 0; w < analysis_.problem.workloads.size(); ++w)
    for (std::size_t k = analysis_.problem.workloads[w].size(); k-- > 0;) {
      auto why = why_hopeless(w, k);
      // What a placement names is simulated, whatever formulas say.
      if (!why || is_placed(w, k)) continue;
      why->workload = name_of_workload(scenario_, w);
      why->option = option_words(w, k);
      plan_.rejections.push_back(std::move(*why));
      const std::vector<LimitCheck> broken = broken_by_forecast(w, k);
      if (!broken.empty()) ruled_out_.try_emplace(place_of(analysis_.options, w, k).first, broken.front());
      remove_option(w, k);
    }
  return std::ranges::none_of(analysis_.problem.workloads,
                              [](const auto& options) { return options.empty(); });
}

bool Planner::is_placed(std::size_t w, std::size_t k) const {
  const std::size_t classes = scenario_.training.size();
  return std::ranges::any_of(scenario_.placements, [&](const Placement& placement) {
    return w < classes ? same_home(placement.training[w], analysis_.options.training[w][k])
                       : same_home(placement.services[w - classes],
                                   analysis_.options.services[w - classes][k]);
  });
}

void Planner::drop_dominated() {
  // What the scenario's own placements chose stays, so that they are choices of the problem.
  PlacementProblem judged = analysis_.problem;
  // Who breaks a limit beats nobody.
  for (std::size_t w = 0; w < judged.workloads.size(); ++w)
    for (std::size_t k = 0; k < judged.workloads[w].size(); ++k)
      if (why_hopeless(w, k)) judged.workloads[w][k].usd = std::numeric_limits<double>::infinity();
  std::vector<DominatedOption> gone = dominated_options(judged);
  std::erase_if(gone,
                [&](const DominatedOption& one) { return is_placed(one.workload, one.option); });
  for (const DominatedOption& one : gone) {
    const PlacementOption &loser = analysis_.problem.workloads[one.workload][one.option],
                          &winner = analysis_.problem.workloads[one.workload][one.by];
    const double cheap = by_itself(analysis_.problem, winner),
                 dearer = by_itself(analysis_.problem, loser) - cheap;
    plan_.rejections.push_back(
        {.workload = name_of_workload(scenario_, one.workload),
         .option = option_words(one.workload, one.option),
         .stage = "bound",
         .reason = fmt::format(
             "no better in anything than {}{}", option_words(one.workload, one.by),
             dearer > 0.5 ? fmt::format(", and {:.0f} $/month dearer", dearer) : std::string()),
         .missed_by = cheap > 0 ? std::optional(dearer / cheap) : std::nullopt});
  }
  std::vector<DominatedOption> last_first = gone;
  std::ranges::sort(last_first, [](const DominatedOption& a, const DominatedOption& b) {
    return std::pair(a.workload, a.option) > std::pair(b.workload, b.option);
  });
  for (const DominatedOption& one : last_first) remove_option(one.workload, one.option);
}

// What a placement names and formulas hold to break a limit is no choice of the search.
void Planner::bar_hopeless() {
  for (std::size_t w = 0; w < analysis_.problem.workloads.size(); ++w)
    for (std::size_t k = 0; k < analysis_.problem.workloads[w].size(); ++k)
      if (why_hopeless(w, k)) detours_.barred.insert({w, k});
  by_formulas_ = detours_;
  // Of the bound no limit that formulas may be wrong about is a part.
  if (limits_.cost_usd && request_.objective != Objective::cost) detours_.usd = *limits_.cost_usd;
}

// Among options that are not barred, wherever a workload has such, within the rooms that are left and the limits
// on a placement as a whole: a home that a placement names and that breaks a limit is simulated there, and led to nowhere else.
Solved Planner::solve_open(const PlacementProblem& problem, const SearchRules& rules,
                           const Detours& detours) const {
  PlacementProblem open = problem;
  for (const auto& [r, room] : detours.rooms) open.resources[r].room = room;
  std::vector<std::vector<std::size_t>> kept;
  for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
    std::vector<std::size_t>& list = kept.emplace_back();
    for (std::size_t k = 0; k < problem.workloads[w].size(); ++k)
      if (!detours.barred.contains({w, k})) list.push_back(k);
    if (list.empty())
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) list.push_back(k);
    open.workloads[w].clear();
    for (const std::size_t k : list) open.workloads[w].push_back(problem.workloads[w][k]);
  }
  const auto in_options = [&](Choice choice) {
    for (std::size_t w = 0; w < choice.size(); ++w) choice[w] = kept[w][choice[w]];
    return choice;
  };
  SearchRules led = rules;
  if (limits_.people_hours || detours.portable > 0 || std::isfinite(detours.usd))
    led.misses = [&](const Choice& choice) { return misses(in_options(choice), detours); };
  Solved solved = solve(open, led);
  for (Choice& choice : solved.best) choice = in_options(std::move(choice));
  return solved;
}

PlacementProblem Planner::in_objective(const PlacementProblem& problem) const {
  return berth::in_objective(problem, request_.objective, analysis_.held_usd);
}

void Planner::search(std::size_t most_nodes) {
  solved_ =
      solve_open(in_objective(analysis_.problem),
                 {.most_nodes = most_nodes, .keep = rules_.candidates, .stop = stop_}, detours_);
  plan_.search_nodes += solved_.nodes;
  if (!limits_.portable_share || detours_.portable <= *limits_.portable_share) return;
  // Formulas were wrong of some placements, and may be right of others: every other choice is by the share as asked.
  Detours as_asked = detours_;
  as_asked.portable = *limits_.portable_share;
  const Solved asked =
      solve_open(in_objective(analysis_.problem),
                 {.most_nodes = most_nodes, .keep = rules_.candidates, .stop = stop_}, as_asked);
  plan_.search_nodes += asked.nodes;
  std::vector<Choice> both;
  for (std::size_t i = 0; i < std::max(solved_.best.size(), asked.best.size()); ++i)
    for (const Solved* one : std::initializer_list<const Solved*>{&solved_, &asked})
      if (i < one->best.size() && std::ranges::find(both, one->best[i]) == both.end()) both.push_back(one->best[i]);
  solved_.best = std::move(both);
}

// The bound is of all that formulas leave open: what simulations showed leads the search, and proves
// nothing of placements that nobody simulated; nor do rooms, beyond which jobs wait.
void Planner::prove(std::size_t most_nodes) {
  const Solved all =
      solve_open(without_rooms(in_objective(analysis_.problem)), {.most_nodes = most_nodes, .stop = stop_}, by_formulas_);
  plan_.search_nodes += all.nodes;
  plan_.lower_bound = all.lower_bound;
}

// Beyond a room by formulas, and cheaper than the best that stays within all: whether jobs may wait so long
// is for the simulation to say. Rooms that it showed to be too full count.
std::vector<Choice> Planner::beyond_rooms() {
  const PlacementProblem problem = in_objective(analysis_.problem);
  Solved solved =
      solve_open(without_rooms(problem),
                 {.most_nodes = kRoughly, .keep = rules_.candidates, .stop = stop_}, detours_);
  plan_.search_nodes += solved.nodes;
  std::erase_if(solved.best, [&](const Choice& choice) {
    return appraise(problem, choice).overflow <= most_overflow() || !worth_simulating(choice);
  });
  if (solved.best.size() > rules_.candidates / kBeyondRooms)
    solved.best.resize(rules_.candidates / kBeyondRooms);
  return solved.best;
}

Appraisal Planner::best_appraisal() const {
  return appraise(analysis_.problem, solved_.best.front());
}

// The best choice with each shape of each cluster, so that the simulation sees them all; what formulas
// say of each is kept.
std::vector<Choice> Planner::across_variants() {
  std::vector<Choice> list;
  plan_.variants.clear();
  variant_best_.clear();
  const PlacementProblem problem = in_objective(analysis_.problem);
  for (const std::vector<PlatformId>& variants : request_.variants)
    for (const PlatformId id : variants) {
      Detours detours = detours_;
      for (std::size_t w = 0; w < problem.workloads.size(); ++w)
        for (std::size_t k = 0; k < problem.workloads[w].size(); ++k)
          if (const PlatformId home = place_of(analysis_.options, w, k).first;
              home != id && std::ranges::find(variants, home) != variants.end())
            detours.barred.insert({w, k});
      const Solved solved =
          solve_open(problem, {.most_nodes = 60, .keep = 1, .stop = stop_}, detours);
      plan_.search_nodes += solved.nodes;
      ClusterVariant& variant = plan_.variants.emplace_back();
      variant.cluster = name_of(scenario_.platforms[variants.front().index()]);
      variant.name = name_of(scenario_.platforms[id.index()]);
      variant.platform = id;
      variant_best_.emplace_back();
      const Appraisal value = appraise(problem, solved.best.front());
      if (std::ranges::find(value.used, analysis_.platform_resource[id.index()]) ==
              value.used.end() ||
          std::isinf(value.overflow)) {
        if (const auto out = ruled_out_.find(id); out != ruled_out_.end())
          variant.breaks = {out->second};
        continue;
      }
      variant.analytic = value.value;
      variant_best_.back() = solved.best.front();
      list.push_back(solved.best.front());
    }
  return list;
}

// What the simulation showed of each shape's best choice.
void Planner::judge_variants() {
  for (std::size_t v = 0; v < plan_.variants.size(); ++v) {
    ClusterVariant& variant = plan_.variants[v];
    const auto there = [&](const auto& home) { return home.platform == variant.platform; };
    // Nothing goes there: what was simulated of it may say why.
    for (const CandidateEntry& entry : entries_) {
      const Placement& placement = entry.candidate.placement;
      if (variant_best_[v] || !variant.breaks.empty() || !came_back(entry)) continue;
      if (std::ranges::none_of(placement.training, there) &&
          std::ranges::none_of(placement.services, there))
        continue;
      std::ranges::copy_if(entry.candidate.limits, std::back_inserter(variant.breaks),
                           clearly_broken);
    }
    for (const CandidateEntry& entry : entries_)
      if (variant_best_[v] && entry.choice == variant_best_[v] && came_back(entry)) {
        plan_.variants[v].breaks = entry.candidate.limits;
        std::erase_if(plan_.variants[v].breaks, [](const LimitCheck& check) { return check.met; });
      }
  }
}

}  // namespace berth
