// A placement problem worked out for searching, and one choice of it that moves; for planner/*.cpp only.
// In the header because a search asks for the change of a move millions of times.
// Tested by tests/planner/placement_problem_test.cpp.
#pragma once

#include <algorithm>
#include <bitset>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "planner/placement_problem.h"

namespace berth {

inline constexpr std::size_t kMostResources = 256;
inline constexpr double kTiny = 1e-9;
// A dollar of overflow for a dollar of everything else would be a bargain; this many never are.
inline constexpr double kSteep = 100;

using Uses = std::bitset<kMostResources>;
using Loads = std::vector<std::vector<double>>;  // [resource][period]

// What every search asks again and again, worked out once.
class SearchShape {
 public:
  explicit SearchShape(const PlacementProblem& stated) : problem(stated) {
    if (problem.resources.size() > kMostResources)
      throw std::invalid_argument("a plan shares more than 256 resources");
    for (std::size_t r = 0; r < problem.resources.size(); ++r) closure_.push_back(closure(r, {}));
    double spread = 0;
    for (const auto& options : problem.workloads) {
      std::vector<Uses>& list = uses_.emplace_back();
      double least = std::numeric_limits<double>::infinity(), most = 0;
      for (const PlacementOption& option : options) {
        Uses all;
        for (const ResourceLoad& load : option.loads) all |= closure_[load.resource];
        list.push_back(all);
        least = std::min(least, own(option));
        most = std::max(most, own(option));
      }
      if (!options.empty()) spread += most - least;
    }
    for (const SharedResource& r : problem.resources)
      steep_.push_back(std::isfinite(r.room) ? kSteep * std::max({r.slope, spread, 1.0}) / periods()
                                             : 0.0);
    for (const SharedResource& r : problem.resources)
      clash_cost_ += kSteep * (r.fixed + r.slope * r.floor);
    clash_cost_ += kSteep * std::max(spread, 1.0);
    for (const auto& group : problem.either) {
      Uses members;
      for (const std::size_t r : group) members.set(r);
      groups_.push_back(members);
    }
  }

  double periods() const { return static_cast<double>(problem.periods); }
  // Dollars and weighted qualities of an option, resources apart.
  double own(const PlacementOption& option) const {
    double sum = option.usd;
    for (std::size_t q = 0; q < option.qualities.size(); ++q)
      if (q < problem.weights.size()) sum += problem.weights[q] * option.qualities[q];
    return sum;
  }
  const Uses& uses(std::size_t w, std::size_t k) const { return uses_[w][k]; }
  double per_period(std::size_t r) const { return problem.resources[r].slope / periods(); }
  double steep(std::size_t r) const { return steep_[r]; }
  const std::vector<Uses>& groups() const { return groups_; }
  double clash_cost() const { return clash_cost_; }  // of each use beyond one of a group
  // Cost of one period at load s.
  double dollars(std::size_t r, double s) const {
    return per_period(r) * std::max(problem.resources[r].floor, s);
  }
  double penalty(std::size_t r, double s) const {
    const double room = problem.resources[r].room;
    return std::isfinite(room) ? steep_[r] * std::max(0.0, s - room) : 0.0;
  }
  bool decides(std::size_t r) const {
    const SharedResource& resource = problem.resources[r];
    return resource.fixed > 0 || (resource.floor > 0 && resource.slope > 0);
  }

  const PlacementProblem& problem;

 private:
  Uses closure(std::size_t r, Uses seen) const {
    if (seen[r]) return seen;
    seen.set(r);
    for (const std::size_t next : problem.resources[r].needs) seen |= closure(next, seen);
    return seen;
  }

  std::vector<Uses> closure_;
  std::vector<std::vector<Uses>> uses_;
  std::vector<double> steep_;
  std::vector<Uses> groups_;
  double clash_cost_ = 0;
};

// A choice with its loads and its resources' costs kept up to date, so that a move costs only what it
// touches and asking what it would cost touches nothing.
class SearchState {
 public:
  SearchState(const SearchShape& shape, Choice choice)
      : shape_(&shape),
        choice_(std::move(choice)),
        loads_(shape.problem.resources.size(), std::vector<double>(shape.problem.periods, 0.0)),
        users_(shape.problem.resources.size(), 0),
        costs_(shape.problem.resources.size(), 0.0) {
    for (std::size_t w = 0; w < choice_.size(); ++w) put(w, 1);
    for (std::size_t r = 0; r < costs_.size(); ++r) costs_[r] = resource_cost(r, true);
  }

  const Choice& choice() const { return choice_; }
  const Loads& loads() const { return loads_; }
  bool in_use(std::size_t r) const { return users_[r] > 0; }

  double objective() const {
    double sum = shape_->problem.constant;
    for (std::size_t w = 0; w < choice_.size(); ++w) sum += shape_->own(option(w));
    for (const double cost : costs_) sum += cost;
    return sum + shape_->clash_cost() * clashes();
  }
  double resource_cost(std::size_t r, bool with_penalty) const {
    if (!in_use(r)) return 0;
    double sum = shape_->problem.resources[r].fixed;
    for (const double s : loads_[r])
      sum += shape_->dollars(r, s) + (with_penalty ? shape_->penalty(r, s) : 0);
    return sum;
  }
  void move(std::size_t w, std::size_t k) {
    const Uses touched = shape_->uses(w, choice_[w]) | shape_->uses(w, k);
    put(w, -1);
    choice_[w] = k;
    put(w, 1);
    for (std::size_t r = 0; r < costs_.size(); ++r)
      if (touched[r]) costs_[r] = resource_cost(r, true);
  }
  // Uses beyond one of each group; and so if w took k.
  int clashes() const {
    return counted([&](std::size_t r) { return users_[r]; });
  }
  int clashes_with(std::size_t w, std::size_t k) const {
    const Uses &left = shape_->uses(w, choice_[w]), &taken = shape_->uses(w, k);
    return counted([&](std::size_t r) { return users_[r] - left[r] + taken[r]; });
  }
  // What the objective would change by if w took k.
  double change(std::size_t w, std::size_t k) const {
    const PlacementOption &from = option(w), &to = shape_->problem.workloads[w][k];
    const Uses &left = shape_->uses(w, choice_[w]), &taken = shape_->uses(w, k);
    const Uses touched = left | taken;
    double delta = shape_->own(to) - shape_->own(from);
    for (std::size_t r = 0; r < costs_.size(); ++r) {
      if (!touched[r]) continue;
      const int users = users_[r] - left[r] + taken[r];
      if (users == 0) {
        delta -= costs_[r];
        continue;
      }
      const std::vector<double>*less = load_on(from, r), *more = load_on(to, r);
      if (users_[r] > 0 && less == nullptr && more == nullptr) continue;
      delta += cost_with(r, less, more) - costs_[r];
    }
    if (!shape_->groups().empty()) delta += shape_->clash_cost() * (clashes_with(w, k) - clashes());
    return delta;
  }

 private:
  template <class Users>
  int counted(Users users) const {
    int sum = 0;
    for (const std::vector<std::size_t>& group : shape_->problem.either) {
      int used = 0;
      for (const std::size_t r : group) used += users(r) > 0;
      sum += std::max(0, used - 1);
    }
    return sum;
  }
  const PlacementOption& option(std::size_t w) const {
    return shape_->problem.workloads[w][choice_[w]];
  }
  static const std::vector<double>* load_on(const PlacementOption& option, std::size_t r) {
    for (const ResourceLoad& load : option.loads)
      if (load.resource == r && !load.by_period.empty()) return &load.by_period;
    return nullptr;
  }
  // Of a resource in use, with one option's load less and another's more.
  double cost_with(std::size_t r, const std::vector<double>* less,
                   const std::vector<double>* more) const {
    double sum = shape_->problem.resources[r].fixed;
    for (std::size_t t = 0; t < loads_[r].size(); ++t) {
      const double s =
          loads_[r][t] - (less != nullptr ? (*less)[t] : 0) + (more != nullptr ? (*more)[t] : 0);
      sum += shape_->dollars(r, s) + shape_->penalty(r, s);
    }
    return sum;
  }
  void put(std::size_t w, int sign) {
    for (const ResourceLoad& load : option(w).loads)
      for (std::size_t t = 0; t < load.by_period.size(); ++t)
        loads_[load.resource][t] += sign * load.by_period[t];
    const Uses& uses = shape_->uses(w, choice_[w]);
    for (std::size_t r = 0; r < users_.size(); ++r)
      if (uses[r]) users_[r] += sign;
  }

  const SearchShape* shape_;
  Choice choice_;
  Loads loads_;
  std::vector<int> users_;
  std::vector<double> costs_;  // by resource, with the penalty
};

inline std::optional<Choice> switched_in(const SearchShape& shape, const SearchState& state,
                                         std::size_t from, std::size_t to) {
  Uses rivals;
  for (const Uses& group : shape.groups())
    if (group[to]) rivals |= group;
  rivals.reset(to);
  Choice choice = state.choice();
  for (std::size_t w = 0; w < choice.size(); ++w) {
    if (!shape.uses(w, choice[w])[from]) continue;
    std::optional<std::size_t> best;
    double least = 0;
    bool there = false;
    for (std::size_t k = 0; k < shape.problem.workloads[w].size(); ++k) {
      const Uses& uses = shape.uses(w, k);
      if ((uses & rivals).any()) continue;
      const double change = state.change(w, k);
      if (!best || (uses[to] && !there) || (uses[to] == there && change < least))
        best = k, least = change, there = uses[to];
    }
    if (!best) return std::nullopt;
    choice[w] = *best;
  }
  return choice;
}

}  // namespace berth
