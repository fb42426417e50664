#include "planner/flip_formulas.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "planner/homes.h"
#include "planner/objective.h"
#include "planner/people.h"
#include "planner/world_analysis.h"
#include "planner/world_risk.h"

namespace berth {
namespace {

constexpr double kNothing = 1e-6;  // of the cost: no better
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Choice with(Choice choice, std::size_t w, std::size_t k) {
  choice[w] = k;
  return choice;
}

}  // namespace

FlipFormulas::FlipFormulas(const Scenario& scenario, const PlanRequest& request,
                           const Options& options, const Choice& home,
                           const Correction& correction, AnalysisMemory& memory)
    : scenario_(scenario),
      request_(request),
      options_(options),
      home_(home),
      correction_(correction),
      memory_(memory),
      whole_(limits_of(scenario, request)),
      limits_(whole_),
      on_whole_(scenario, request, whole_) {
  const There& here = there({}, 1);
  const Analysis& now = here.analysis;
  now_ = here.problem;
  base_now_ = here.home;
  limits_ = on_whole_.kept_now(whole_, options, now, home);
  breaks_now_ = fails(here, home);
  for (std::size_t w = 0; w < home.size(); ++w) {
    advantage_.emplace_back();
    kept_out_.emplace_back();
    for (std::size_t k = 0; k < now_.workloads[w].size(); ++k) {
      kept_out_[w].push_back(k != home[w] && breaks(now, w, k));
      advantage_[w].push_back(
          kept_out_[w][k] ? 0 : std::max(0.0, base_now_ - appraise(now_, with(home, w, k)).value));
    }
  }
}

Analysis FlipFormulas::look(const PlanWorld& world) {
  return analysis_in(world, scenario_, request_, options_, correction_, memory_);
}

FlipFormulas::There& FlipFormulas::there(WorldInput input, double factor) {
  if (there_ && there_->input == input && there_->factor == factor) return *there_;
  PlanWorld world;
  world[input] = factor;
  there_.reset();
  there_ = There{input, factor, look(world), {}, 0, {}};
  there_->problem = in_objective(there_->analysis.problem, request_.objective, there_->analysis.held_usd);
  there_->home = appraise(there_->problem, home_).value;
  return *there_;
}

double FlipFormulas::value_now(const Choice& choice) const {
  const auto [at, is_new] = known_now_.try_emplace(choice, 0);
  if (is_new) at->second = appraise(now_, choice).value;
  return at->second;
}

double FlipFormulas::misses(const There& there, const Choice& choice) const {
  return misses(limits_, there, choice);
}

double FlipFormulas::misses(const Limits& limits, const There& there, const Choice& choice) const {
  PlanWorld world;
  world[there.input] = there.factor;
  return on_whole_.misses(limits, options_, there.analysis, world, choice);
}

bool FlipFormulas::fails(const There& there, const Choice& choice) const {
  return breaks_limit(there.analysis, limits_, choice) ||
         appraise(there.analysis.problem, choice).overflow > 0 || misses(there, choice) > 0;
}

bool FlipFormulas::breaks(const Analysis& there, std::size_t w, std::size_t k) const {
  const std::size_t classes = there.training.size();
  return w < classes ? !broken_by(limits_, w, {}, there.training[w][k]).empty()
                     : !broken_by(limits_, w - classes, {}, there.services[w - classes][k]).empty();
}

// Who breaks a limit as things are may go where that is mended, all of it.
bool FlipFormulas::is_hopeless(const Analysis& there, std::size_t w, std::size_t k) const {
  const std::size_t classes = there.training.size();
  if (kept_out_[w][k]) return breaks(there, w, k);
  return w < classes
             ? hopeless(limits_, w, there.training[w][k]).has_value()
             : hopeless_service(limits_, w - classes, there.services[w - classes][k]).has_value();
}

bool FlipFormulas::turns(const Other& other) const {
  return other.by_limit || other.gain > std::max(request_.indifference, kNothing);
}

// The cheapest single move that mends what the choice breaks there, and did not break before.
std::optional<FlipFormulas::Other> FlipFormulas::mended(const There& there,
                                                        const Barred& barred) const {
  std::optional<Other> best;
  double least = kInfinity;
  for (std::size_t w = 0; w < home_.size(); ++w)
    for (std::size_t k = 0; k < there.problem.workloads[w].size(); ++k) {
      if (k == home_[w] || barred.contains({w, k})) continue;
      Choice other = with(home_, w, k);
      if (fails(there, other)) continue;
      const double value = appraise(there.problem, other).value;
      if (value >= least) continue;
      least = value;
      best = Other{.choice = std::move(other), .by_limit = true};
    }
  if (misses(there, home_) > 0)
    for (Choice& other : fitting(there, barred)) {
      if (fails(there, other)) continue;
      const double value = appraise(there.problem, other).value;
      if (value >= least) continue;
      least = value;
      best = Other{.choice = std::move(other), .by_limit = true};
    }
  return best;
}

// Workload after workload to the home with which all together gain most, until none moves.
class FlipFormulas::Climb {
 public:
  Climb(const FlipFormulas& formulas, const There& there, const Barred& barred)
      : f_(formulas),
        problem_(there.problem),
        analysis_(there.analysis),
        overflow_(std::max(0.0, appraise(there.problem, formulas.home_).overflow)),
        barred_(barred),
        there_(there),
        least_(kNothing * std::abs(there.home)),
        most_misses_(formulas.misses(there, formulas.home_)) {}

  double least() const { return least_; }

  // What is saved there, beyond what seems to be saved as things are.
  double gain(const Choice& x) const {
    const Appraisal value = appraise(problem_, x);
    if (value.overflow > overflow_) return -kInfinity;
    if (f_.misses(there_, x) > most_misses_ + kNothing) return -kInfinity;
    double known = 0;
    bool is_open = true;
    for (std::size_t w = 0; w < x.size(); ++w)
      if (x[w] != f_.home_[w]) {
        known += f_.advantage_[w][x[w]];
        is_open = is_open && !f_.kept_out_[w][x[w]];
      }
    // What a limit forbids as things are saves nothing as things are.
    if (is_open) known = std::max(known, f_.base_now_ - f_.value_now(x));
    return there_.home - value.value - known;
  }

  // Everybody there who can be, at the home that is cheapest for it alone.
  Choice all_on(PlatformId platform) const {
    Choice x = f_.home_;
    for (std::size_t w = 0; w < x.size(); ++w) {
      double cheapest = kInfinity;
      for (std::size_t k = 0; k < problem_.workloads[w].size(); ++k) {
        if (place_of(f_.options_, w, k).first != platform || !may_go(w, k)) continue;
        const double value = appraise(problem_, with(f_.home_, w, k)).value;
        if (value < cheapest) x[w] = k, cheapest = value;
      }
    }
    return x;
  }

  // All of whom this is the home go where they cost least alone, and it is not.
  template <class IsLeft>
  Choice away_from(IsLeft is_left) const {
    Choice x = f_.home_;
    for (std::size_t w = 0; w < x.size(); ++w) {
      if (!is_left(place_of(f_.options_, w, f_.home_[w]))) continue;
      double cheapest = kInfinity;
      for (std::size_t k = 0; k < problem_.workloads[w].size(); ++k) {
        if (is_left(place_of(f_.options_, w, k)) || !may_go(w, k)) continue;
        const double value = appraise(problem_, with(f_.home_, w, k)).value;
        if (value < cheapest) x[w] = k, cheapest = value;
      }
    }
    return x;
  }

  // What it comes to without missing more of the limits of the whole.
  Choice fitted(const Choice& x) {
    const double before = most_misses_;
    most_misses_ = f_.misses(there_, x);
    Choice better = from(x);
    const bool is_better = f_.misses(there_, better) <= most_misses_ + kNothing;
    most_misses_ = before;
    return is_better ? better : x;
  }

  Choice from(Choice x) const {
    for (int pass = 0; pass < 3; ++pass) {
      const Choice before = x;
      for (std::size_t w = 0; w < x.size(); ++w) {
        // Who gains nothing by it stays, where it may.
        Choice best = with(x, w, f_.home_[w]);
        double most = barred_.contains({w, f_.home_[w]}) ? -kInfinity : gain(best) + least_;
        for (std::size_t k = 0; k < problem_.workloads[w].size(); ++k) {
          if (k == f_.home_[w] || !may_go(w, k)) continue;
          Choice other = with(x, w, k);
          if (const double found = gain(other); found > most) most = found, best = std::move(other);
        }
        x = std::move(best);
      }
      if (x == before) break;
    }
    return x;
  }

 private:
  bool may_go(std::size_t w, std::size_t k) const {
    return !barred_.contains({w, k}) && !f_.is_hopeless(analysis_, w, k);
  }

  const FlipFormulas& f_;
  const PlacementProblem& problem_;
  const Analysis& analysis_;
  double overflow_ = 0;
  const Barred& barred_;
  const There& there_;
  double least_ = 0, most_misses_ = 0;
};

std::vector<Choice> FlipFormulas::fitting(const There& there, const Barred& barred) const {
  Climb climb(*this, there, barred);
  std::vector<Choice> list;
  std::set<Place> places;
  std::set<PlatformId> platforms;
  for (std::size_t w = 0; w < home_.size(); ++w) {
    for (std::size_t k = 0; k < there.problem.workloads[w].size(); ++k)
      if (k != home_[w] && !barred.contains({w, k}) && !is_hopeless(there.analysis, w, k))
        list.push_back(with(home_, w, k));
    const Place place = place_of(options_, w, home_[w]);
    if (places.insert(place).second)
      list.push_back(climb.fitted(climb.away_from([&](const Place& one) { return one == place; })));
    if (platforms.insert(place.first).second)
      list.push_back(climb.fitted(climb.away_from([&](const Place& one) { return one.first == place.first; })));
  }
  for (std::size_t p = 0; p < scenario_.platforms.size(); ++p)
    list.push_back(climb.fitted(climb.all_on(PlatformId{static_cast<std::int32_t>(p)})));
  std::vector<std::pair<std::pair<double, double>, Choice>> order;
  for (Choice& one : list)
    if (one != home_) {
      const std::pair worth(misses(whole_, there, one), appraise(there.problem, one).value);
      order.emplace_back(worth, std::move(one));
    }
  std::ranges::sort(order);
  list.clear();
  for (auto& [worth, one] : order)
    if (list.empty() || list.back() != one) list.push_back(std::move(one));
  return list;
}

std::vector<Choice> FlipFormulas::fitting(WorldInput input, double factor, std::size_t most) {
  std::vector<Choice> list = fitting(there(input, factor), {});
  if (list.size() > most) list.resize(most);
  return list;
}

FlipFormulas::Other FlipFormulas::best_at(WorldInput input, double factor, const Barred& barred) {
  There& world = there(input, factor);
  if (!barred.empty()) return climbed(world, barred);
  if (!world.best) world.best = climbed(world, barred);
  return *world.best;
}

FlipFormulas::Other FlipFormulas::climbed(const There& world, const Barred& barred) const {
  if (!breaks_now_ && fails(world, home_))
    if (auto other = mended(world, barred)) return *std::move(other);
  const Climb climb(*this, world, barred);
  Choice best = climb.from(home_);
  for (std::size_t p = 0; p < scenario_.platforms.size(); ++p) {
    const Choice all = climb.all_on(PlatformId{static_cast<std::int32_t>(p)});
    if (all == home_) continue;
    Choice other = climb.from(all);
    if (climb.gain(other) > climb.gain(best) + climb.least()) best = std::move(other);
  }
  Other other{.choice = std::move(best)};
  if (world.home > 0) other.gain = climb.gain(other.choice) / world.home;
  return other;
}

std::optional<FlipFormulas::Point> FlipFormulas::point(WorldInput input, double end, int halvings) {
  Other other = best_at(input, end);
  if (!turns(other)) return std::nullopt;
  double stays = 1, flips = end;
  for (int i = 0; i < halvings; ++i) {
    const double middle = std::sqrt(stays * flips);
    Other there = best_at(input, middle);
    if (turns(there))
      flips = middle, other = std::move(there);
    else
      stays = middle;
  }
  return Point{flips, std::move(other)};
}

double FlipFormulas::drift(WorldInput input, double factor, const Choice& other) {
  return value_at(input, factor, other) - there(input, factor).home -
         (value_now(other) - base_now_);
}

double FlipFormulas::value_at(WorldInput input, double factor, const Choice& choice) {
  return appraise(there(input, factor).problem, choice).value;
}

bool FlipFormulas::keeps_limits(WorldInput input, double factor, std::size_t w, std::size_t k) {
  return !breaks(there(input, factor).analysis, w, k);
}

FlipFormulas::Moves FlipFormulas::moves_at(WorldInput input, double factor, const Choice& other) {
  const PlacementProblem& problem = there(input, factor).problem;
  std::vector<std::pair<double, std::size_t>> movers;  // what is lost by staying
  for (std::size_t w = 0; w < other.size(); ++w)
    if (other[w] != home_[w]) movers.emplace_back(appraise(problem, with(other, w, home_[w])).value, w);
  std::ranges::stable_sort(movers, std::greater{}, &std::pair<double, std::size_t>::first);
  Moves moves;
  moves.reserve(movers.size());
  for (const auto& [value, w] : movers) moves.emplace_back(w, other[w]);
  return moves;
}

}  // namespace berth
