#include "planner/conflict.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "planner/limits.h"

namespace berth {
namespace {

// One limit: of one workload, or of the whole.
struct Limit {
  enum class Kind { start_within, deadline_missed, interruptions, slo_share, cost } kind{};
  std::size_t at = 0;  // class or service
  double allowed = 0;
  std::string words, name, workload;
};

class Examiner {
 public:
  Examiner(const Scenario& scenario, const PlanRequest& request, const Options& options,
           AnalysisMemory& memory)
      : limits_(limits_of(scenario, request)),
        analysis_(analyse(scenario, request, options, &memory)) {
    for (std::size_t i = 0; i < scenario.training.size(); ++i) {
      const std::string& name = scenario.training[i].name;
      if (limits_.start_within[i])
        add(Limit::Kind::start_within, i, *limits_.start_within[i], "start_within_share", name);
      if (limits_.deadline_missed[i])
        add(Limit::Kind::deadline_missed, i, *limits_.deadline_missed[i], "deadline_missed_share",
            name);
      if (limits_.interruptions[i])
        add(Limit::Kind::interruptions, i, *limits_.interruptions[i], "interruptions_per_job",
            name);
    }
    for (std::size_t i = 0; i < scenario.services.size(); ++i)
      add(Limit::Kind::slo_share, i, limits_.slo_share[i], "slo_share", scenario.services[i].name);
    if (limits_.cost_usd) add(Limit::Kind::cost, 0, *limits_.cost_usd, "cost_usd_per_month", "");
    classes_ = scenario.training.size();
  }

  Conflict examine() const {
    // Only limits that cost something or throw something out can be part of a conflict.
    std::vector<std::size_t> suspects;
    for (std::size_t i = 0; i < list_.size(); ++i)
      if (list_[i].kind == Limit::Kind::cost || removes(list_[i]) > 0) suspects.push_back(i);
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
  void add(Limit::Kind kind, std::size_t at, double allowed, std::string name,
           const std::string& workload) {
    const bool at_least = kind == Limit::Kind::start_within || kind == Limit::Kind::slo_share;
    list_.push_back({kind, at, allowed,
                     fmt::format("{}{} {} {:.6g}", name, workload.empty() ? "" : " of " + workload,
                                 at_least ? ">=" : "<=", allowed),
                     name, workload});
  }

  // How far an option is from a limit it would break by much; nullopt: it does not.
  std::optional<double> broken_at(const Limit& limit, std::size_t k) const {
    Limits only;
    const auto value = [&](const auto& rejection) {
      return rejection ? rejection->found : std::optional<double>();
    };
    if (limit.kind == Limit::Kind::slo_share) {
      only.slo_share.assign(limit.at + 1, limit.allowed);
      return value(hopeless_service(only, limit.at, analysis_.services[limit.at][k]));
    }
    only.start_within.resize(limit.at + 1);
    only.deadline_missed.resize(limit.at + 1);
    only.interruptions.resize(limit.at + 1);
    if (limit.kind == Limit::Kind::start_within) only.start_within[limit.at] = limit.allowed;
    if (limit.kind == Limit::Kind::deadline_missed) only.deadline_missed[limit.at] = limit.allowed;
    if (limit.kind == Limit::Kind::interruptions) only.interruptions[limit.at] = limit.allowed;
    return value(hopeless(only, limit.at, analysis_.training[limit.at][k]));
  }
  static bool at_least(const Limit& limit) {
    return limit.kind == Limit::Kind::start_within || limit.kind == Limit::Kind::slo_share;
  }
  std::size_t workload_of(const Limit& limit) const {
    return limit.kind == Limit::Kind::slo_share ? classes_ + limit.at : limit.at;
  }
  std::size_t removes(const Limit& limit) const {
    std::size_t count = 0;
    for (std::size_t k = 0; k < analysis_.problem.workloads[workload_of(limit)].size(); ++k)
      count += broken_at(limit, k).has_value();
    return count;
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
    for (const std::size_t i : kept) {
      const Limit& limit = list_[i];
      if (limit.kind == Limit::Kind::cost) {
        budget = limit.allowed;
        continue;
      }
      auto& options = problem.workloads[workload_of(limit)];
      // Options keep their places: one that is out costs more than anything.
      for (std::size_t k = 0; k < options.size(); ++k)
        if (broken_at(limit, k)) options[k].usd = kOut;
    }
    if (moved) {
      const Limit& limit = list_[moved->limit];
      auto& options = problem.workloads[workload_of(limit)];
      for (std::size_t k = 0; k < options.size(); ++k)
        if (const auto found = broken_at(limit, k))
          if (at_least(limit) ? *found < moved->to : *found > moved->to) options[k].usd = kOut;
    }
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
        conflict.limits.push_back(list_[i].words);
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
    Relaxation relaxation{
        .limit = limit.name, .workload = limit.workload, .allowed = limit.allowed};
    if (limit.kind == Limit::Kind::cost) {
      relaxation.usd = relaxation.nearest = cheapest(others);
      return relaxation;
    }
    // What options have, the nearest to the limit first: the further it moves, the more are left.
    std::vector<double> values;
    for (std::size_t k = 0; k < analysis_.problem.workloads[workload_of(limit)].size(); ++k)
      if (const auto found = broken_at(limit, k)) values.push_back(*found);
    std::ranges::sort(values);
    if (at_least(limit)) std::ranges::reverse(values);
    const auto first = std::ranges::partition_point(
        values, [&](double to) { return !cheapest(others, Moved{given_up, to}); });
    if (first == values.end()) return relaxation;
    relaxation.nearest = *first;
    relaxation.usd = cheapest(others, Moved{given_up, *first});
    return relaxation;
  }
  bool removes_or_costs(std::size_t i) const {
    return list_[i].kind == Limit::Kind::cost || removes(list_[i]) > 0;
  }

  static constexpr double kOut = 1e12;
  Limits limits_;
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
      conflict.limits.push_back(one.workload + " has no home its levers allow");
    return conflict;
  }
  return Examiner(scenario, request, options, memory).examine();
}

namespace {

// The limits of a candidate are in the same places for all.
using Places = std::vector<std::size_t>;

bool breaks_one(const PlanCandidate& candidate, const Places& places) {
  return std::ranges::any_of(places, [&](std::size_t p) { return !candidate.limits[p].met; });
}

// The smallest set of which every candidate breaks one; of equals the one whose members most
// candidates break beyond doubt.
Places smallest_conflict(const std::vector<PlanCandidate>& candidates) {
  Places broken;
  std::vector<std::size_t> clearly(candidates.front().limits.size());
  for (std::size_t p = 0; p < clearly.size(); ++p) {
    for (const PlanCandidate& c : candidates) clearly[p] += clearly_broken(c.limits[p]);
    if (std::ranges::any_of(candidates, [p](const auto& c) { return !c.limits[p].met; }))
      broken.push_back(p);
  }
  std::ranges::stable_sort(broken, std::ranges::greater{}, [&](std::size_t p) { return clearly[p]; });
  const auto grow = [&](auto& self, std::size_t size, std::size_t from, Places set) -> Places {
    if (set.size() == size)
      return std::ranges::all_of(candidates, [&](const auto& c) { return breaks_one(c, set); })
                 ? set
                 : Places{};
    for (std::size_t i = from; i < broken.size(); ++i) {
      Places longer = set;
      longer.push_back(broken[i]);
      if (Places found = self(self, size, i + 1, longer); !found.empty()) return found;
    }
    return {};
  };
  for (std::size_t size = 1; size <= 3; ++size)
    if (Places found = grow(grow, size, 0, {}); !found.empty()) return found;
  return broken;
}

Relaxation relaxed_to(const PlanCandidate& candidate, std::size_t place) {
  const LimitCheck& limit = candidate.limits[place];
  return {.limit = limit.name,
          .workload = limit.workload,
          .allowed = limit.allowed,
          .nearest = limit.found ? std::optional(limit.found->mean) : std::nullopt,
          .usd = mean_or_zero(candidate.usd)};
}

// By the candidate that comes nearest to it, then the cheapest, of those that break nothing else
// beyond doubt.
std::optional<Relaxation> relaxed(const std::vector<PlanCandidate>& candidates, std::size_t place) {
  const PlanCandidate* best = nullptr;
  const auto far = [&](const PlanCandidate& c) {
    return std::pair(c.limits[place].missed_by.value_or(0), mean_or_zero(c.usd));
  };
  for (const PlanCandidate& c : candidates) {
    bool others_hold = true;
    for (std::size_t p = 0; p < c.limits.size(); ++p)
      others_hold &= p == place || !clearly_broken(c.limits[p]);
    if (others_hold && (best == nullptr || far(c) < far(*best))) best = &c;
  }
  if (best == nullptr) return std::nullopt;
  return relaxed_to(*best, place);
}

}  // namespace

Conflict conflict_of_simulated(const std::vector<PlanCandidate>& candidates) {
  Conflict conflict;
  if (candidates.empty()) return conflict;
  // Whoever breaks fewest limits shows what stands in the way; of equals who misses them by least.
  const auto broken = [](const PlanCandidate& c) {
    std::ptrdiff_t limits = 0;
    double furthest = 0;
    for (const LimitCheck& limit : c.limits)
      if (!limit.met) ++limits, furthest = std::max(furthest, limit.missed_by.value_or(0));
    return std::tuple(limits, furthest, mean_or_zero(c.usd));
  };
  const PlanCandidate& nearest = *std::ranges::min_element(candidates, {}, broken);
  conflict.nearest = nearest.name;
  const auto words = [](const LimitCheck& limit) {
    return fmt::format("{} {} {:.6g}", limit_words(limit), limit.at_least ? ">=" : "<=",
                       limit.allowed);
  };
  const Places set = smallest_conflict(candidates);
  for (const std::size_t place : set) {
    conflict.limits.push_back(words(nearest.limits[place]));
    if (auto moved = relaxed(candidates, place)) conflict.relaxations.push_back(*std::move(moved));
  }
  conflict.together = conflict.relaxations.empty();
  for (std::size_t p = 0; p < nearest.limits.size(); ++p) {
    const LimitCheck& limit = nearest.limits[p];
    if (limit.met) continue;
    if (conflict.together) conflict.relaxations.push_back(relaxed_to(nearest, p));
    if (!clearly_broken(limit) && std::ranges::find(set, p) == set.end())
      conflict.undecided.push_back(words(limit));
  }
  return conflict;
}

}  // namespace berth
