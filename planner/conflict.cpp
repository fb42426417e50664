#include "planner/conflict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "planner/limits.h"

namespace berth {
namespace {

// A limit that formulas know, with the classes or services it holds for.
struct Limit {
  enum class Kind { start_within, deadline_missed, interruptions, slo_share, cost } kind{};
  StatedLimit stated;
  std::vector<std::size_t> of;
};

class Examiner {
 public:
  Examiner(const Scenario& scenario, const PlanRequest& request, const Options& options,
           AnalysisMemory& memory)
      : analysis_(analyse(scenario, request, options, &memory)), classes_(scenario.training.size()) {
    constexpr std::pair<const char*, Limit::Kind> kKinds[] = {
        {"start_within_share",    Limit::Kind::start_within   },
        {"deadline_missed_share", Limit::Kind::deadline_missed},
        {"interruptions_per_job", Limit::Kind::interruptions  },
        {"slo_share",             Limit::Kind::slo_share      },
        {"cost_usd_per_month",    Limit::Kind::cost           }
    };
    for (StatedLimit& stated : stated_limits(scenario, request)) {
      const auto known = std::ranges::find(
          kKinds, stated.name, [](const auto& kind) { return std::string_view(kind.first); });
      if (known == std::end(kKinds)) continue;
      Limit limit{known->second, std::move(stated), {}};
      const auto take = [&](const auto& workloads) {
        for (std::size_t i = 0; i < workloads.size(); ++i)
          if (limit.stated.workload.empty() || limit.stated.workload == workloads[i].name)
            limit.of.push_back(i);
      };
      if (limit.kind == Limit::Kind::slo_share)
        take(scenario.services);
      else if (limit.kind != Limit::Kind::cost)
        take(scenario.training);
      list_.push_back(std::move(limit));
    }
  }

  Conflict examine() const {
    // Only limits that cost something or throw something out can be part of a conflict.
    std::vector<std::size_t> suspects;
    for (std::size_t i = 0; i < list_.size(); ++i)
      if (removes_or_costs(i)) suspects.push_back(i);
    Conflict conflict;
    if (!cheapest({})) {
      conflict.limits = {"quotas, pool sizes and levers leave no placement, whatever the limits"};
      return conflict;
    }
    for (std::size_t size = 1; size <= 3 && size <= suspects.size(); ++size)
      if (find(suspects, size, 0, {}, conflict)) return conflict;
    conflict.limits = {"all limits together"};
    return conflict;
  }

 private:
  // How far an option is from a limit it would break by much; nullopt: it does not. i: of limit.of.
  std::optional<double> broken_at(const Limit& limit, std::size_t i, std::size_t k) const {
    Limits only;
    const double allowed = limit.stated.allowed;
    const auto value = [](const std::optional<Rejection>& rejection) {
      return rejection ? rejection->found : std::optional<double>();
    };
    if (limit.kind == Limit::Kind::slo_share) {
      only.slo_share.assign(i + 1, allowed);
      return value(hopeless_service(only, i, analysis_.services[i][k]));
    }
    only.start_within.resize(i + 1);
    only.deadline_missed.resize(i + 1);
    only.interruptions.resize(i + 1);
    if (limit.kind == Limit::Kind::start_within) only.start_within[i] = allowed;
    if (limit.kind == Limit::Kind::deadline_missed) only.deadline_missed[i] = allowed;
    if (limit.kind == Limit::Kind::interruptions) only.interruptions[i] = allowed;
    return value(hopeless(only, i, analysis_.training[i][k]));
  }
  // For each option that the limit throws out: its workload, its number, what it has.
  template <class Do>
  void each_broken(const Limit& limit, Do act) const {
    for (const std::size_t i : limit.of) {
      const std::size_t w = limit.kind == Limit::Kind::slo_share ? classes_ + i : i;
      for (std::size_t k = 0; k < analysis_.problem.workloads[w].size(); ++k)
        if (const auto found = broken_at(limit, i, k)) act(w, k, *found);
    }
  }
  bool removes(const Limit& limit) const {
    bool any = false;
    each_broken(limit, [&](std::size_t, std::size_t, double) { any = true; });
    return any;
  }

  // A limit that is given up down to a value.
  struct Moved {
    std::size_t limit = 0;
    double to = 0;
  };
  // Cost of the cheapest placement under these limits; nullopt: there is none.
  std::optional<double> cheapest(const std::vector<std::size_t>& kept,
                                 std::optional<Moved> moved = {}) const {
    PlacementProblem problem = analysis_.problem;
    std::optional<double> budget;
    // Options keep their places: one that is out costs more than anything.
    for (const std::size_t i : kept) {
      if (list_[i].kind == Limit::Kind::cost) budget = list_[i].stated.allowed;
      each_broken(list_[i], [&](std::size_t w, std::size_t k, double) {
        problem.workloads[w][k].usd = kOut;
      });
    }
    if (moved)
      each_broken(list_[moved->limit], [&](std::size_t w, std::size_t k, double found) {
        if (list_[moved->limit].stated.at_least ? found < moved->to : found > moved->to)
          problem.workloads[w][k].usd = kOut;
      });
    const Solved solved = solve(problem, {.most_nodes = 40, .steps = 20, .keep = 1});
    const Appraisal best = appraise(problem, solved.best.front());
    if (best.usd >= kOut || best.overflow > 0) return std::nullopt;
    if (budget && solved.lower_bound > *budget) return std::nullopt;
    return best.usd;
  }

  bool find(const std::vector<std::size_t>& suspects, std::size_t size, std::size_t from,
            const std::vector<std::size_t>& chosen, Conflict& conflict) const {
    if (chosen.size() == size) {
      if (cheapest(chosen)) return false;
      for (const std::size_t i : chosen) {
        conflict.limits.push_back(in_words(list_[i].stated));
        conflict.relaxations.push_back(relaxed(i));
      }
      return true;
    }
    for (std::size_t s = from; s < suspects.size(); ++s) {
      std::vector<std::size_t> longer = chosen;
      longer.push_back(suspects[s]);
      if (find(suspects, size, s + 1, longer, conflict)) return true;
    }
    return false;
  }

  Relaxation relaxed(std::size_t given_up) const {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < list_.size(); ++i)
      if (i != given_up && (removes_or_costs(i))) others.push_back(i);
    const Limit& limit = list_[given_up];
    Relaxation relaxation{.limit = limit.stated};
    if (limit.kind == Limit::Kind::cost) {
      relaxation.usd = relaxation.nearest = cheapest(others);
      return relaxation;
    }
    // What options have, the nearest to the limit first: the further it moves, the more are left.
    std::vector<double> values;
    each_broken(limit, [&](std::size_t, std::size_t, double found) { values.push_back(found); });
    std::ranges::sort(values);
    if (limit.stated.at_least) std::ranges::reverse(values);
    const auto first = std::ranges::partition_point(
        values, [&](double to) { return !cheapest(others, Moved{given_up, to}); });
    if (first == values.end()) return relaxation;
    relaxation.nearest = *first;
    relaxation.usd = cheapest(others, Moved{given_up, *first});
    return relaxation;
  }
  bool removes_or_costs(std::size_t i) const {
    return list_[i].kind == Limit::Kind::cost || removes(list_[i]);
  }

  static constexpr double kOut = 1e12;
  Analysis analysis_;
  std::vector<Limit> list_;
  std::size_t classes_ = 0;
};

}  // namespace

Conflict conflict_of(const Scenario& scenario, const PlanRequest& request, const Options& options,
                     AnalysisMemory& memory) {
  if (!options.homeless.empty()) {
    Conflict conflict;
    for (const auto& one : options.homeless)
      conflict.limits.push_back(fmt::format(
          "{} has no home its levers allow ({})", one.workload,
          one.refused.empty() ? "no platform or pool that they name is of its kind" : fmt::format("{}", fmt::join(one.refused, ", "))));
    return conflict;
  }
  return Examiner(scenario, request, options, memory).examine();
}

namespace {

using Stated = std::vector<StatedLimit>;

// What one candidate makes of one limit: the worst of its checks.
struct Kept {
  bool met = true, clearly_broken = false;
  double miss = 0;
  std::optional<double> holds_at, found;  // of the check that holds the least
};
Kept kept(const PlanCandidate& candidate, const StatedLimit& limit) {
  Kept all;
  for (const LimitCheck& check : candidate.limits) {
    if (!belongs_to(check, limit)) continue;
    all.met &= check.met;
    all.clearly_broken |= clearly_broken(check);
    all.miss = std::max(all.miss, miss(check));
    if (!check.holds_at) continue;
    if (all.holds_at && (limit.at_least ? *check.holds_at >= *all.holds_at : *check.holds_at <= *all.holds_at))
      continue;
    all.holds_at = check.holds_at;
    if (check.found) all.found = check.found->mean;
  }
  return all;
}

// To four digits, to the side on which it still holds.
double outward(double value, bool at_least) {
  if (value == 0) return 0;
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 3);
  const double steps = value / unit;
  const bool is_whole = std::abs(steps - std::round(steps)) < 1e-6;
  const double whole = is_whole ? std::round(steps) : at_least ? std::floor(steps) : std::ceil(steps);
  return std::stod(fmt::format("{:.4g}", whole * unit));  // as it is printed
}

Relaxation relaxed_to(const PlanCandidate& candidate, const StatedLimit& limit) {
  Relaxation relaxation{
      .limit = limit, .usd = mean_or_zero(candidate.usd), .placement = candidate.name};
  const Kept made = kept(candidate, limit);
  // A bound that few replications leave far from what was found tells nothing.
  if (made.holds_at && !(made.found && std::abs(*made.holds_at - *made.found) > std::abs(*made.found)))
    relaxation.nearest = outward(*made.holds_at, limit.at_least);
  return relaxation;
}

}  // namespace

std::optional<Relaxation> relaxed(const std::vector<PlanCandidate>& candidates, const Stated& stated,
                                  const StatedLimit& given_up) {
  std::vector<const PlanCandidate*> left;
  for (const PlanCandidate& c : candidates)
    if (std::ranges::all_of(stated, [&](const StatedLimit& limit) {
          return same_limit(limit, given_up) || kept(c, limit).met;
        }))
      left.push_back(&c);
  if (left.empty()) return std::nullopt;
  const auto nearest = *std::ranges::min_element(left, {}, [&](const PlanCandidate* c) {
    return std::pair(kept(*c, given_up).miss, mean_or_zero(c->usd));
  });
  Relaxation relaxation = relaxed_to(*nearest, given_up);
  // Whoever is shown to hold as much, for less.
  for (const PlanCandidate* c : left) {
    const auto holds = kept(*c, given_up).holds_at;
    if (!relaxation.nearest || !holds || mean_or_zero(c->usd) >= *relaxation.usd ||
        (given_up.at_least ? *holds < *relaxation.nearest : *holds > *relaxation.nearest))
      continue;
    relaxation.usd = mean_or_zero(c->usd);
    relaxation.placement = c->name;
  }
  return relaxation;
}

Stated smallest_conflict(const std::vector<PlanCandidate>& candidates, const Stated& stated) {
  constexpr std::size_t kLargest = 4;
  // By limit: which candidates break it, and how many do so beyond doubt.
  struct Broken {
    const StatedLimit* limit;
    std::vector<bool> by;
    int clearly = 0;
  };
  std::vector<Broken> broken;
  for (const StatedLimit& limit : stated) {
    Broken one{.limit = &limit};
    for (const PlanCandidate& c : candidates) {
      const Kept made = kept(c, limit);
      one.by.push_back(!made.met);
      one.clearly += made.clearly_broken;
    }
    if (std::ranges::find(one.by, true) != one.by.end()) broken.push_back(std::move(one));
  }
  std::ranges::stable_sort(broken, std::ranges::greater{}, &Broken::clearly);
  const auto grow = [&](auto& self, std::size_t size, std::size_t from, const Stated& set,
                        const std::vector<bool>& by) -> Stated {
    if (set.size() == size)
      return std::ranges::find(by, false) == by.end() ? set : Stated{};
    for (std::size_t i = from; i < broken.size(); ++i) {
      Stated longer = set;
      longer.push_back(*broken[i].limit);
      std::vector<bool> more = by;
      for (std::size_t c = 0; c < more.size(); ++c) more[c] = more[c] || broken[i].by[c];
      if (Stated found = self(self, size, i + 1, std::move(longer), more); !found.empty())
        return found;
    }
    return {};
  };
  for (std::size_t size = 1; size <= std::min(kLargest, broken.size()); ++size)
    if (Stated found = grow(grow, size, 0, {}, std::vector<bool>(candidates.size(), false));
        !found.empty())
      return found;
  Stated all;
  for (const Broken& one : broken) all.push_back(*one.limit);
  return all;
}

Conflict conflict_of_simulated(const std::vector<PlanCandidate>& candidates, const Stated& stated) {
  Conflict conflict;
  if (candidates.empty()) return conflict;
  // Whoever breaks fewest limits shows what stands in the way; of equals who misses them by least.
  const auto broken = [&](const PlanCandidate& c) {
    std::ptrdiff_t limits = 0;
    double furthest = 0;
    for (const LimitCheck& check : c.limits)
      if (!check.met) ++limits, furthest = std::max(furthest, miss(check));
    return std::tuple(limits, furthest, mean_or_zero(c.usd));
  };
  const PlanCandidate& nearest = *std::ranges::min_element(candidates, {}, broken);
  conflict.nearest = nearest.name;
  const Stated set = smallest_conflict(candidates, stated);
  for (const StatedLimit& limit : set) {
    conflict.limits.push_back(in_words(limit));
    if (auto moved = relaxed(candidates, stated, limit))
      conflict.relaxations.push_back(*std::move(moved));
  }
  conflict.together = conflict.relaxations.empty();
  for (const StatedLimit& limit : stated) {
    const Kept made = kept(nearest, limit);
    if (made.met) continue;
    if (conflict.together) conflict.relaxations.push_back(relaxed_to(nearest, limit));
    const auto is_it = [&](const StatedLimit& other) { return same_limit(other, limit); };
    if (!made.clearly_broken && std::ranges::none_of(set, is_it))
      conflict.undecided.push_back(in_words(limit));
  }
  return conflict;
}

}  // namespace berth
