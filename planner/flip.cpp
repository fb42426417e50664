#include "planner/flip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "models/image.h"
#include "planner/correction.h"
#include "planner/flip_points.h"
#include "planner/homes.h"
#include "planner/limits.h"
#include "planner/world_risk.h"

namespace berth {
namespace {

PlatformId platform_of(const Options& options, std::size_t w, std::size_t k) {
  const std::size_t classes = options.training.size();
  return w < classes ? options.training[w][k].platform : options.services[w - classes][k].platform;
}

// The recommended home is an option even when no lever made it.
Choice include(Options& options, const Placement& placement) {
  if (auto known = choice_of(options, placement)) return *known;
  Choice choice;
  for (std::size_t i = 0; i < options.training.size(); ++i) {
    options.training[i].insert(options.training[i].begin(), placement.training[i]);
    choice.push_back(0);
  }
  for (std::size_t i = 0; i < options.services.size(); ++i) {
    options.services[i].insert(options.services[i].begin(), placement.services[i]);
    choice.push_back(0);
  }
  return choice;
}

// The recommendation and its nearest rivals, by formulas.
Narrowed rivals_of(const Scenario& scenario, const PlanRequest& request, const Options& options,
                   const Choice& choice, const Correction& correction, AnalysisMemory& memory) {
  const Analysis analysis = analyse(scenario, request, options, &memory);
  const PlacementProblem problem =
      corrected(scenario, analysis.options, analysis.problem, correction);
  std::vector<std::vector<std::size_t>> kept;
  for (std::size_t w = 0; w < choice.size(); ++w) {
    std::vector<std::pair<double, std::size_t>> moves;
    for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
      if (k == choice[w]) continue;
      Choice moved = choice;
      moved[w] = k;
      moves.emplace_back(appraise(problem, moved).objective, k);
    }
    std::ranges::sort(moves);
    std::vector<std::size_t>& list = kept.emplace_back(1, choice[w]);
    std::set<PlatformId> platforms{platform_of(options, w, choice[w])};
    for (std::size_t i = 0; i < moves.size(); ++i)
      if (platforms.insert(platform_of(options, w, moves[i].second)).second || i < 2)
        list.push_back(moves[i].second);
  }
  // As choices, so that narrowed() keeps exactly these.
  std::size_t most = 0;
  for (const auto& list : kept) most = std::max(most, list.size());
  std::vector<Choice> choices;
  for (std::size_t n = 0; n < most; ++n) {
    Choice& one = choices.emplace_back();
    for (const auto& list : kept) one.push_back(list[std::min(n, list.size() - 1)]);
  }
  return narrowed(options, choices);
}

// A factor of the input, as the table shows its values.
std::string value_words(const Flip& flip, double factor) {
  return flip.unit.empty() ? fmt::format("x{:.3g}", factor)
                           : fmt::format("{:.3g} {}", factor * flip.now, flip.unit);
}

class Table {
 public:
  Table(const Scenario& scenario, const PlanRequest& request, const Placement& recommended,
        const Correction& correction, const SimulateRange& simulate, const FlipTableRules& rules)
      : scenario_(scenario),
        request_(request),
        recommended_(recommended),
        correction_(correction),
        simulate_(simulate),
        rules_(rules),
        limits_(limits_of(scenario, request)) {
    Options all = options_of(scenario, request);
    const Choice choice = include(all, recommended);
    few_ = rivals_of(scenario, request, all, choice, correction, memory_);
  }

  FlipTable run() {
    FlipTable table;
    const Choice& choice = few_.choices.front();
    const auto points = flip_points(scenario_, request_, few_.options, choice, correction_, memory_,
                                    {.low = rules_.low, .high = rules_.high});
    for (const FlipPoint& point : points) {
      // A factor of nothing is nothing: a scenario without people has no price of their hours to turn.
      if (point.input == WorldInput::hour_price && scenario_.people.hour.rate == 0) continue;
      Flip flip{.input = std::string(name_of(point.input)),
                .searched_low = rules_.low,
                .searched_high = rules_.high,
                .indifference = request_.indifference,
                .how = "formulas"};
      if (!unreached(scenario_, request_, point.input).empty()) flip.how = "reaches nothing here";
      describe(point, flip);
      if (point.factor) {
        FlipPoint challenger = point;
        if (!confirm(challenger, flip)) return {std::move(table.flips), true};
      }
      if (!point.factor && !point.moves.empty()) {
        flip.near_tie = true;
        flip.how = fmt::format("near-tie: formulas, at most {:.2g} % cheaper, at {}",
                               100 * point.near_gain, value_words(flip, point.near_factor));
      }
      table.flips.push_back(std::move(flip));
    }
    return table;
  }

 private:
  // What the factor multiplies, in the unit people know it by.
  void describe(const FlipPoint& point, Flip& flip) const {
    flip.now = 1;
    const std::size_t classes = scenario_.training.size();
    for (const auto& [w, k] : point.moves) {
      const bool training = w < classes;
      flip.moves.push_back(
          {training ? scenario_.training[w].name : scenario_.services[w - classes].name,
           training ? in_words(scenario_, few_.options.training[w][k])
                    : in_words(scenario_, few_.options.services[w - classes][k])});
    }
    // The weightiest mover's image or demand stands for all, which are scaled alike.
    if (!point.moves.empty()) {
      const std::size_t w = point.moves.front().first;
      const ImageId image =
          w < classes ? scenario_.training[w].image : scenario_.services[w - classes].image;
      if (point.input == WorldInput::image_size) {
        flip.now = double(total_compressed(scenario_.images[image.index()].layers).count) / 1e9;
        flip.unit = "GB";
        flip.of = scenario_.images[image.index()].name;
      }
      if (point.input == WorldInput::demand && w >= classes) {
        flip.now = scenario_.services[w - classes].demand.mean_rate();
        flip.unit = "requests/s";
        flip.of = scenario_.services[w - classes].name;
      }
    }
    if (point.input == WorldInput::hour_price) {
      flip.now = scenario_.people.hour.rate;
      flip.unit = "$/h";
    }
    if (point.factor) flip.at = *point.factor * flip.now;
    flip.searched_low *= flip.now;
    flip.searched_high *= flip.now;
  }

  // Both sides in a world.
  struct There {
    std::optional<Estimate>
        difference;                // challenger less recommendation; none when no pair came back
    bool keeps[2] = {true, true};  // the limits of every workload, by the means
    std::set<std::string> broken;  // workloads whose limits the challenger breaks
    double usd = 0;                // of the recommendation
    // Better by no more than the indifference is the same.
    bool turned(bool by_limit, double indifference) const {
      return keeps[1] &&
             (by_limit ? !keeps[0] : difference && difference->mean < -indifference * usd);
    }
    bool tied(double indifference) const {
      return keeps[1] && difference && std::abs(difference->mean) <= indifference * usd;
    }
  };
  // nullopt: interrupted.
  std::optional<There> simulated_at(const FlipPoint& point, double factor) {
    PlanWorld world;
    world[point.input] = factor;
    const Scenario there = in_world(scenario_, world);
    const std::vector<Placement> both{
        in_world(recommended_, world),
        in_world(placement_of(there, few_.options, point.better, request_, "challenger"), world)};
    if (rules_.say) rules_.say(fmt::format("flip: {} x{:.3g}", name_of(point.input), factor));
    const Simulated simulated = simulate_(there, both, 0, rules_.replications);
    if (simulated.interrupted) return std::nullopt;
    There found;
    Figure usd[2];
    for (std::size_t p = 0; p < 2; ++p) {
      Observations measures;
      for (const auto& outcome : simulated.outcomes[p]) {
        auto& one = measures.emplace_back();
        if (outcome) one = measure(there, both[p], *outcome);
        usd[p].values.push_back(one ? std::optional(one->usd) : std::nullopt);
      }
      for (const LimitCheck& check : check_limits(there, limits_, {}, measures, {})) {
        if (check.workload.empty() || !check.found) continue;
        const double mean = check.found->mean;
        if (check.at_least ? mean >= check.allowed : mean <= check.allowed) continue;
        found.keeps[p] = false;
        if (p == 1) found.broken.insert(check.workload);
      }
    }
    found.difference = difference(usd[0], usd[1]);
    found.usd = mean_or_zero(usd[0]);
    return found;
  }

  // Moves of workloads whose limits break there are taken back; false: none of them moves.
  bool without(const std::set<std::string>& broken, FlipPoint& point, Flip& flip) const {
    const Choice& home = few_.choices.front();
    bool any = false;
    for (std::size_t i = flip.moves.size(); i-- > 0;) {
      if (!broken.contains(flip.moves[i].workload)) continue;
      const auto at = static_cast<std::ptrdiff_t>(i);
      point.better[point.moves[i].first] = home[point.moves[i].first];
      point.moves.erase(point.moves.begin() + at);
      flip.moves.erase(flip.moves.begin() + at);
      any = true;
    }
    return any && !point.moves.empty();
  }

  // Everybody who moves breaks a limit there.
  bool all_of(const FlipPoint& point, const std::set<std::string>& broken) const {
    const std::size_t classes = scenario_.training.size();
    return std::ranges::all_of(point.moves, [&](const auto& move) {
      return broken.contains(move.first < classes ? scenario_.training[move.first].name
                                                  : scenario_.services[move.first - classes].name);
    });
  }

  bool confirm(FlipPoint& point, Flip& flip) {
    double stays = 1, flips = *point.factor;
    const double tolerated = request_.indifference;
    auto beyond = simulated_at(point, flips);
    const double step = flips > 1 ? 1.6 : 1 / 1.6;
    // Formulas do not see every limit that breaks: a home that breaks one as things are keeps it farther on.
    for (int i = 0; beyond && i < 3 && all_of(point, beyond->broken); ++i) {
      const double next = std::clamp(flips * step, rules_.low, rules_.high);
      if (next == flips) break;
      stays = flips, flips = next;
      beyond = simulated_at(point, flips);
    }
    for (int i = 0; beyond && i < 5 && without(beyond->broken, point, flip); ++i)
      beyond = simulated_at(point, flips);
    if (!beyond) return false;
    if (point.moves.empty()) {
      flip.at.reset();
      flip.how = fmt::format("simulated: who would move by formulas breaks a limit at {}",
                             value_words(flip, flips));
      return true;
    }
    for (int i = 0; i < 3 && beyond->difference && !beyond->turned(point.by_limit, tolerated);
         ++i) {
      const double next = std::clamp(flips * step, rules_.low, rules_.high);
      if (next == flips) break;
      stays = flips;
      flips = next;
      beyond = simulated_at(point, flips);
      if (!beyond) return false;
    }
    flip.difference_beyond = beyond->difference;
    if (!beyond->difference) {
      flip.how = "formulas; no replication came back";
      return true;
    }
    if (!beyond->turned(point.by_limit, tolerated)) {
      flip.at.reset();
      flip.near_tie = !point.by_limit && beyond->tied(tolerated);
      flip.how = flip.near_tie
                     ? fmt::format("near-tie: simulated, as dear within {:.2g} % at {}",
                                   100 * tolerated, value_words(flip, flips))
                 : beyond->keeps[1]
                     ? fmt::format("simulated: {} stays dearer at {}, where formulas had it move",
                                   flip.moves.front().workload, value_words(flip, flips))
                     : fmt::format("simulated: {} breaks a limit at {}, where formulas had it move",
                                   flip.moves.front().workload, value_words(flip, flips));
      if (!flip.near_tie) flip.moves.clear(), flip.difference_beyond.reset();
      return true;
    }
    for (int i = 0; i < rules_.bisections; ++i) {
      const double middle = std::sqrt(stays * flips);
      const auto there = simulated_at(point, middle);
      if (!there) return false;
      if (there->turned(point.by_limit, tolerated))
        flips = middle, beyond = there;
      else
        stays = middle;
    }
    flip.at = flips * flip.now;
    flip.difference_beyond = beyond->difference;
    flip.how = point.by_limit ? "simulated, breaks a limit" : "simulated, paired";
    return true;
  }

  const Scenario& scenario_;
  const PlanRequest& request_;
  const Placement& recommended_;
  const Correction& correction_;
  const SimulateRange& simulate_;
  const FlipTableRules& rules_;
  Limits limits_;
  AnalysisMemory memory_;
  Narrowed few_;
};

}  // namespace

FlipTable flip_table(const Scenario& scenario, const PlanRequest& request,
                     const Placement& recommended, const Correction& correction,
                     const SimulateRange& simulate, const FlipTableRules& rules) {
  return Table(scenario, request, recommended, correction, simulate, rules).run();
}

}  // namespace berth
