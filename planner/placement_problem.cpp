#include "planner/placement_problem.h"

#include "planner/placement_state.h"

namespace berth {
namespace {

bool no_worse(const PlacementOption& a, const PlacementOption& b, const Uses& used_a,
              const Uses& used_b) {
  if (a.usd > b.usd || (used_a & ~used_b).any()) return false;
  for (std::size_t q = 0; q < a.qualities.size(); ++q)
    if (a.qualities[q] > b.qualities[q]) return false;
  const auto more = [](const std::vector<double>& one, const std::vector<double>* other) {
    for (std::size_t t = 0; t < one.size(); ++t)
      if (one[t] > (other == nullptr || other->empty() ? 0 : (*other)[t])) return true;
    return false;
  };
  for (const ResourceLoad& load : a.loads) {
    const auto found = std::ranges::find(b.loads, load.resource, &ResourceLoad::resource);
    const ResourceLoad* other = found == b.loads.end() ? nullptr : &*found;
    if (more(load.by_period, other ? &other->by_period : nullptr) ||
        more(load.beyond, other ? &other->beyond : nullptr) ||
        more(load.waits, other ? &other->waits : nullptr))
      return false;
  }
  // Who leaves others leaves them dearer, perhaps.
  return std::ranges::all_of(b.loads, [&](const ResourceLoad& load) {
    return load.beyond.empty() || std::ranges::any_of(a.loads, [&](const ResourceLoad& same) {
             return same.resource == load.resource && !same.beyond.empty();
           });
  });
}

}  // namespace

Appraisal appraise(const PlacementProblem& problem, const Choice& choice) {
  const SearchShape shape(problem);
  const SearchState state(shape, choice);
  Appraisal result{.usd = problem.constant, .objective = state.objective()};
  for (std::size_t w = 0; w < choice.size(); ++w) {
    const PlacementOption& option = problem.workloads[w][choice[w]];
    result.usd += option.usd;
    result.qualities.resize(std::max(result.qualities.size(), option.qualities.size()), 0.0);
    for (std::size_t q = 0; q < option.qualities.size(); ++q)
      result.qualities[q] += option.qualities[q];
  }
  for (std::size_t r = 0; r < problem.resources.size(); ++r) {
    if (!state.in_use(r)) continue;
    result.used.push_back(r);
    result.usd += state.resource_cost(r, false);
    if (shape.is_bought(r)) result.levels[r] = shape.level(r, state.asked_of(r));
    const double room = problem.resources[r].room;
    for (const double s : state.load(r))
      if (std::isfinite(room) && s > room)
        result.overflow = std::max(result.overflow, room > 0 ? s / room - 1 : s);
  }
  if (!result.qualities.empty())
    for (std::size_t w = 0; w < choice.size(); ++w) result.qualities[0] += state.waits(w);
  result.value = result.usd;
  for (std::size_t q = 0; q < std::min(result.qualities.size(), problem.weights.size()); ++q)
    result.value += problem.weights[q] * result.qualities[q];
  if (state.clashes() > 0) result.overflow = std::numeric_limits<double>::infinity();
  return result;
}

PlacementProblem without_rooms(const PlacementProblem& problem) {
  PlacementProblem out = problem;
  for (SharedResource& resource : out.resources)
    resource.room = std::numeric_limits<double>::infinity();
  return out;
}

Company company_of(const PlacementProblem& problem, const Choice& choice) {
  const SearchShape shape(problem);
  const SearchState state(shape, choice);
  Company company;
  company.loads.reserve(problem.resources.size());
  for (std::size_t r = 0; r < problem.resources.size(); ++r) company.loads.push_back(state.load(r));
  for (std::size_t w = 0; w < choice.size(); ++w) {
    const auto& own = problem.workloads[w][choice[w]].qualities;
    company.quality.push_back((own.empty() ? 0 : own.front()) + state.waits(w));
  }
  return company;
}

double placements(const PlacementProblem& problem) {
  const SearchShape shape(problem);
  // By inclusion and exclusion: of each group one member is allowed, which counts what uses none of
  // it once a member; all but one of those are taken off again.
  const auto counted = [&](const auto& self, std::size_t group, const Uses& barred) -> double {
    if (group < problem.either.size()) {
      const Uses& members = shape.groups()[group];
      double sum =
          (1 - double(problem.either[group].size())) * self(self, group + 1, barred | members);
      for (const std::size_t r : problem.either[group]) {
        Uses others = members;
        others.reset(r);
        sum += self(self, group + 1, barred | others);
      }
      return sum;
    }
    double count = 1;
    for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
      int allowed = 0;
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k)
        allowed += (shape.uses(w, k) & barred).none();
      count *= allowed;
    }
    return count;
  };
  return counted(counted, 0, {});
}

std::optional<Choice> switched(const PlacementProblem& problem, const Choice& choice,
                               std::size_t from, std::size_t to) {
  const SearchShape shape(problem);
  return switched_in(shape, SearchState(shape, choice), from, to);
}

std::vector<DominatedOption> dominated_options(const PlacementProblem& problem) {
  const SearchShape shape(problem);
  std::vector<DominatedOption> list;
  for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
    const auto& options = problem.workloads[w];
    std::vector<bool> gone(options.size(), false);
    for (std::size_t k = 0; k < options.size(); ++k)
      for (std::size_t by = 0; by < options.size() && !gone[k]; ++by) {
        if (by == k || gone[by]) continue;
        if (!no_worse(options[by], options[k], shape.uses(w, by), shape.uses(w, k))) continue;
        gone[k] = true;
        list.push_back({w, k, by});
      }
  }
  return list;
}

}  // namespace berth
