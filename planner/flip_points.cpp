#include "planner/flip_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "planner/correction.h"
#include "planner/limits.h"
#include "planner/world_risk.h"

namespace berth {
namespace {

constexpr double kNothing = 1e-6;  // of the cost: not even a near-tie

class Flipper {
 public:
  Flipper(const Scenario& scenario, const PlanRequest& request, const Options& options,
          const Choice& choice, const Correction& correction, AnalysisMemory& memory,
          const FlipRules& rules)
      : scenario_(scenario),
        request_(request),
        options_(options),
        choice_(choice),
        correction_(correction),
        memory_(memory),
        rules_(rules),
        limits_(limits_of(scenario, request)) {
    const Analysis now = look(PlanWorld{});
    now_ = now.problem;
    base_now_ = appraise(now_, choice).usd;
    breaks_now_ = fails(now, choice);
    for (std::size_t w = 0; w < choice.size(); ++w) {
      advantage_.emplace_back();
      kept_out_.emplace_back();
      for (std::size_t k = 0; k < now_.workloads[w].size(); ++k) {
        kept_out_[w].push_back(k != choice[w] && breaks(now, w, k));
        advantage_[w].push_back(
            kept_out_[w][k] ? 0
                            : std::max(0.0, base_now_ - appraise(now_, with(choice, w, k)).usd));
      }
    }
  }

  FlipPoint find(WorldInput input) {
    FlipPoint point{.input = input};
    for (const double end : {rules_.low, rules_.high}) {
      Other other = best_at(input, end);
      if (!turns(other)) {
        if (!point.factor && other.gain > std::max(point.near_gain, kNothing)) {
          take(point, other);
          point.near_gain = other.gain;
          point.near_factor = end;
        }
        continue;
      }
      double stays = 1, flips = end;
      for (int i = 0; i < rules_.halvings; ++i) {
        const double middle = std::sqrt(stays * flips);
        Other there = best_at(input, middle);
        if (turns(there))
          flips = middle, other = std::move(there);
        else
          stays = middle;
      }
      // Nearest by ratio: a half and a double are equally far.
      if (point.factor && std::abs(std::log(flips)) >= std::abs(std::log(*point.factor))) continue;
      take(point, other);
      point.factor = flips;
    }
    return point;
  }

 private:
  // Another choice in some world.
  struct Other {
    std::vector<std::pair<std::size_t, std::size_t>> moves;
    Choice choice;
    double gain = 0;  // share of the recommendation's cost there
    bool by_limit = false;
  };
  static void take(FlipPoint& point, const Other& other) {
    point.moves = other.moves;
    point.better = other.choice;
    point.by_limit = other.by_limit;
  }
  bool turns(const Other& other) const {
    return other.by_limit || other.gain > std::max(request_.indifference, kNothing);
  }
  bool fails(const Analysis& analysis, const Choice& choice) const {
    return breaks_limit(analysis, limits_, choice) ||
           appraise(analysis.problem, choice).overflow > 0;
  }
  Analysis look(const PlanWorld& world) {
    const Scenario there = in_world(scenario_, world);
    Analysis analysis = analyse(there, request_, in_world(options_, world), &memory_);
    analysis.problem = corrected(there, analysis.options, analysis.problem, correction_);
    return analysis;
  }
  static Choice with(Choice choice, std::size_t w, std::size_t k) {
    choice[w] = k;
    return choice;
  }
  PlatformId platform_of(std::size_t w, std::size_t k) const {
    const std::size_t classes = options_.training.size();
    return w < classes ? options_.training[w][k].platform
                       : options_.services[w - classes][k].platform;
  }
  bool breaks(const Analysis& there, std::size_t w, std::size_t k) const {
    const std::size_t classes = there.training.size();
    return w < classes ? !broken_by(limits_, w, {}, there.training[w][k]).empty()
                       : !broken_by(limits_, w - classes, {}, there.services[w - classes][k]).empty();
  }
  // Who breaks a limit as things are may go where that is mended, all of it.
  bool is_hopeless(const Analysis& there, std::size_t w, std::size_t k) const {
    const std::size_t classes = there.training.size();
    if (kept_out_[w][k]) return breaks(there, w, k);
    return w < classes
               ? hopeless(limits_, w, there.training[w][k]).has_value()
               : hopeless_service(limits_, w - classes, there.services[w - classes][k]).has_value();
  }

  // The cheapest single move that mends what the choice breaks there, and did not break before.
  std::optional<Other> mended(const Analysis& there) const {
    std::optional<Other> best;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t w = 0; w < choice_.size(); ++w)
      for (std::size_t k = 0; k < there.problem.workloads[w].size(); ++k) {
        if (k == choice_[w]) continue;
        Choice other = choice_;
        other[w] = k;
        if (fails(there, other)) continue;
        const double usd = appraise(there.problem, other).usd;
        if (usd >= least) continue;
        least = usd;
        best = Other{.moves = {{w, k}}, .choice = std::move(other), .by_limit = true};
      }
    return best;
  }

  Other best_at(WorldInput input, double factor) {
    PlanWorld world;
    world[input] = factor;
    const Analysis there = look(world);
    if (!breaks_now_ && fails(there, choice_))
      if (auto other = mended(there)) return *std::move(other);
    const Climb climb(*this, there);
    Choice best = climb.from(choice_);
    for (std::size_t p = 0; p < scenario_.platforms.size(); ++p) {
      Choice other = climb.from(climb.all_on(PlatformId{static_cast<std::int32_t>(p)}));
      if (climb.gain(other) > climb.gain(best) + climb.least) best = std::move(other);
    }
    Other other{.choice = best};
    if (climb.base.usd > 0) other.gain = climb.gain(best) / climb.base.usd;
    std::vector<std::pair<double, std::size_t>> movers;  // what is lost by staying
    for (std::size_t w = 0; w < best.size(); ++w)
      if (best[w] != choice_[w])
        movers.emplace_back(climb.gain(best) - climb.gain(with(best, w, choice_[w])), w);
    std::ranges::stable_sort(movers, std::greater{}, &std::pair<double, std::size_t>::first);
    for (const auto& [gain, w] : movers) other.moves.emplace_back(w, best[w]);
    return other;
  }

  // Workload after workload to the home with which all together gain most, until none moves.
  struct Climb {
    const Flipper& flipper;
    const Analysis& there;
    const Choice& home;
    Appraisal base;
    double least = 0;

    Climb(const Flipper& f, const Analysis& analysis)
        : flipper(f), there(analysis), home(f.choice_), base(appraise(analysis.problem, home)) {
      least = kNothing * std::abs(base.usd);
    }
    // Dollars saved there, beyond what seems to be saved as things are.
    double gain(const Choice& x) const {
      const Appraisal value = appraise(there.problem, x);
      if (value.overflow > std::max(0.0, base.overflow))
        return -std::numeric_limits<double>::infinity();
      double known = 0;
      bool is_open = true;
      for (std::size_t w = 0; w < x.size(); ++w)
        if (x[w] != home[w]) {
          known += flipper.advantage_[w][x[w]];
          is_open = is_open && !flipper.kept_out_[w][x[w]];
        }
      // What a limit forbids as things are saves nothing as things are.
      if (is_open) known = std::max(known, flipper.base_now_ - appraise(flipper.now_, x).usd);
      return base.usd - value.usd - known;
    }
    // Everybody there who can be, at the home that is cheapest for it alone.
    Choice all_on(PlatformId platform) const {
      Choice x = home;
      for (std::size_t w = 0; w < x.size(); ++w) {
        double cheapest = std::numeric_limits<double>::infinity();
        for (std::size_t k = 0; k < there.problem.workloads[w].size(); ++k) {
          if (flipper.platform_of(w, k) != platform || flipper.is_hopeless(there, w, k)) continue;
          const double usd = appraise(there.problem, with(home, w, k)).usd;
          if (usd < cheapest) x[w] = k, cheapest = usd;
        }
      }
      return x;
    }
    Choice from(Choice x) const {
      for (int pass = 0; pass < 3; ++pass) {
        const Choice before = x;
        for (std::size_t w = 0; w < x.size(); ++w) {
          // Who gains nothing by it stays.
          Choice best = with(x, w, home[w]);
          double most = gain(best) + least;
          for (std::size_t k = 0; k < there.problem.workloads[w].size(); ++k) {
            if (k == home[w] || flipper.is_hopeless(there, w, k)) continue;
            Choice other = with(x, w, k);
            if (const double found = gain(other); found > most)
              most = found, best = std::move(other);
          }
          x = std::move(best);
        }
        if (x == before) break;
      }
      return x;
    }
  };

  const Scenario& scenario_;
  const PlanRequest& request_;
  const Options& options_;
  const Choice& choice_;
  const Correction& correction_;
  AnalysisMemory& memory_;
  FlipRules rules_;
  Limits limits_;
  PlacementProblem now_;
  double base_now_ = 0;
  std::vector<std::vector<double>> advantage_;  // of single moves, as things are
  std::vector<std::vector<bool>> kept_out_;     // homes that break a limit as things are
  bool breaks_now_ = false;                     // by formulas; then limits decide nothing here
};

}  // namespace

std::vector<FlipPoint> flip_points(const Scenario& scenario, const PlanRequest& request,
                                   const Options& options, const Choice& choice,
                                   const Correction& correction, AnalysisMemory& memory,
                                   const FlipRules& rules) {
  Flipper flipper(scenario, request, options, choice, correction, memory, rules);
  std::vector<FlipPoint> list;
  list.reserve(kWorldInputs);
  for (int i = 0; i < kWorldInputs; ++i) list.push_back(flipper.find(static_cast<WorldInput>(i)));
  return list;
}

}  // namespace berth
