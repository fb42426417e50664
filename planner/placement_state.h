// A placement problem worked out for searching, and one choice of it that moves; for planner/*.cpp only.
// In the header because a search asks for the change of a move millions of times.
// Tested by tests/planner/placement_problem_test.cpp.
#pragma once

#include <algorithm>
#include <bitset>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
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
      std::vector<double>& owns = owns_.emplace_back();
      double least = std::numeric_limits<double>::infinity(), most = 0;
      for (const PlacementOption& option : options) {
        Uses all;
        for (const ResourceLoad& load : option.loads) all |= closure_[load.resource];
        list.push_back(all);
        owns.push_back(own(option));
        least = std::min(least, worth(option));
        most = std::max(most, worth(option));
      }
      if (!options.empty()) spread += most - least;
    }
    for (const SharedResource& r : problem.resources)
      steep_.push_back(std::isfinite(r.room)
                           ? kSteep * std::max({r.slope + plan_slope(r), spread, 1.0}) / periods()
                           : 0.0);
    for (const SharedResource& r : problem.resources)
      clash_cost_ += kSteep * (r.fixed + (r.slope + plan_slope(r)) * r.floor);
    covered_by_.resize(problem.resources.size());
    for (std::size_t r = 0; r < problem.resources.size(); ++r) {
      if (is_bought(r)) bought_.push_back(r);
      if (problem.resources[r].plan) covered_by_[*problem.resources[r].plan].push_back(r);
    }
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
  double own(std::size_t w, std::size_t k) const { return owns_[w][k]; }
  const Uses& uses(std::size_t w, std::size_t k) const { return uses_[w][k]; }
  double per_period(std::size_t r) const { return problem.resources[r].slope / periods(); }
  double steep(std::size_t r) const { return steep_[r]; }
  const std::vector<Uses>& groups() const { return groups_; }
  double clash_cost() const { return clash_cost_; }  // of each use beyond one of a group
  // Cost of one period at load s.
  double dollars(std::size_t r, double s) const {
    return per_period(r) * std::max(problem.resources[r].floor, s);
  }
  bool decides(std::size_t r) const {
    const SharedResource& resource = problem.resources[r];
    return resource.fixed > 0 ||
           (resource.floor > 0 && (resource.slope > 0 || plan_slope(resource) > 0));
  }

  // ---- Savings Plans that are bought

  bool is_bought(std::size_t r) const { return problem.resources[r].discount.has_value(); }
  const std::vector<std::size_t>& bought() const { return bought_; }
  const std::vector<std::size_t>& covered_by(std::size_t plan) const { return covered_by_[plan]; }
  // What a unit costs at plan rates, over all periods.
  double plan_slope(const SharedResource& r) const {
    return r.plan ? r.plan_units * problem.resources[*r.plan].slope : 0;
  }
  // Units of its plan that a resource asks for in a period of load s.
  double plan_load(std::size_t r, double s) const {
    return problem.resources[r].plan_units * std::max(problem.resources[r].floor, s);
  }
  // At list prices a dollar of the plan's is so many.
  double most_per_period(std::size_t plan) const {
    return per_period(plan) / (1 - *problem.resources[plan].discount);
  }
  // The best: as large as the load is in all but the busiest (1 - discount) of the periods.
  double level(std::size_t plan, std::vector<double> asked) const {
    const SharedResource& resource = problem.resources[plan];
    if (resource.level) return *resource.level;
    if (*resource.discount <= 0) return 0;
    const double busiest = (1 - *resource.discount) * static_cast<double>(asked.size());
    const auto at = asked.begin() + std::min(static_cast<std::ptrdiff_t>(busiest), std::ssize(asked) - 1);
    std::ranges::nth_element(asked, at, std::greater{});
    return *at;
  }
  double bought_cost(std::size_t plan, const std::vector<double>& asked) const {
    const double bought = level(plan, asked), dear = most_per_period(plan);
    double sum = 0;
    for (const double one : asked)
      sum += per_period(plan) * bought + dear * std::max(0.0, one - bought);
    return sum;
  }

  const PlacementProblem& problem;

 private:
  // What an option costs by itself, that at the plans' list prices included.
  double worth(const PlacementOption& option) const {
    double sum = own(option);
    for (const ResourceLoad& load : option.loads)
      if (is_bought(load.resource))
        for (const double one : load.by_period) sum += most_per_period(load.resource) * one;
    return sum;
  }
  Uses closure(std::size_t r, Uses seen) const {
    if (seen[r]) return seen;
    seen.set(r);
    for (const std::size_t next : problem.resources[r].needs) seen |= closure(next, seen);
    return seen;
  }

  std::vector<Uses> closure_;
  std::vector<std::vector<Uses>> uses_;
  std::vector<std::vector<double>> owns_;
  std::vector<double> steep_;
  std::vector<Uses> groups_;
  std::vector<std::size_t> bought_;
  std::vector<std::vector<std::size_t>> covered_by_;
  double clash_cost_ = 0;
};

// A choice with its loads and its resources' costs kept up to date, so that a move costs only what it
// touches and asking what it would cost touches nothing.
class SearchState {
 public:
  SearchState(const SearchShape& shape, Choice choice)
      : shape_(&shape),
        choice_(std::move(choice)),
        least_(shape.problem.resources.size(), std::vector<double>(shape.problem.periods, 0.0)),
        users_(shape.problem.resources.size(), 0),
        costs_(shape.problem.resources.size(), 0.0),
        members_(shape.problem.resources.size()),
        company_(shape.problem.resources.size()) {
    for (std::size_t w = 0; w < choice_.size(); ++w) put(w, 1);
    for (std::size_t r = 0; r < costs_.size(); ++r) refresh(r);
    for (const std::size_t plan : shape.bought()) refresh_bought(plan);
  }

  const Choice& choice() const { return choice_; }
  // What members load at least, in any company; and in this one.
  const std::vector<double>& least(std::size_t r) const { return least_[r]; }
  const std::vector<double>& load(std::size_t r) const {
    return members_[r].empty() ? least_[r] : company_[r].loads;
  }
  bool in_use(std::size_t r) const { return users_[r] > 0; }
  // Of a Savings Plan that is bought, by period: what options load, and what is paid for of pools.
  std::vector<double> asked_of(std::size_t plan) const {
    std::vector<double> asked = least_[plan];
    for (const std::size_t r : shape_->covered_by(plan))
      if (in_use(r)) add_plan_load(asked, r, load(r), 1);
    return asked;
  }
  // By which the workload's first quality is beyond its least.
  double waits(std::size_t w) const {
    double sum = 0;
    for (const ResourceLoad& load : option(w).loads) {
      if (load.beyond.empty()) continue;
      const auto& sharing = shape_->problem.together(load.resource, members_[load.resource]);
      const auto at = std::ranges::lower_bound(members_[load.resource], w);
      sum +=
          between(load.waits,
                  sharing[static_cast<std::size_t>(at - members_[load.resource].begin())].waiting);
    }
    return sum;
  }

  double objective() const {
    double sum = shape_->problem.constant;
    for (std::size_t w = 0; w < choice_.size(); ++w) sum += shape_->own(w, choice_[w]);
    for (const double cost : costs_) sum += cost;
    return sum + shape_->clash_cost() * clashes();
  }
  double resource_cost(std::size_t r, bool with_penalty) const {
    if (!in_use(r)) return 0;
    if (shape_->is_bought(r)) return shape_->bought_cost(r, asked_of(r));
    const double fixed = shape_->problem.resources[r].fixed;
    if (with_penalty) return fixed + spent(r, load(r));
    double sum = fixed;
    for (const double s : load(r)) sum += shape_->dollars(r, s);
    return sum;
  }
  void move(std::size_t w, std::size_t k) {
    const Uses touched = shape_->uses(w, choice_[w]) | shape_->uses(w, k);
    put(w, -1);
    choice_[w] = k;
    put(w, 1);
    for (std::size_t r = 0; r < costs_.size(); ++r)
      if (touched[r]) refresh(r);
    for (const std::size_t plan : shape_->bought())
      if (touched[plan]) refresh_bought(plan);
    leaving_.reset();
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
    double delta = shape_->own(w, k) - shape_->own(w, choice_[w]);
    for (std::size_t r = 0; r < costs_.size(); ++r) {
      if (!touched[r] || shape_->is_bought(r)) continue;
      const int users = users_[r] - left[r] + taken[r];
      if (users == 0) {
        delta -= costs_[r];
        continue;
      }
      const ResourceLoad *less = load_on(from, r), *more = load_on(to, r);
      if (users_[r] > 0 && less == nullptr && more == nullptr) continue;
      delta +=
          (more == nullptr ? cost_without(w, r, less) : cost_with(w, r, less, more)) - costs_[r];
    }
    for (const std::size_t plan : shape_->bought())
      if (touched[plan]) delta += plan_cost_with(plan, w, k) - costs_[plan];
    if (!shape_->groups().empty()) delta += shape_->clash_cost() * (clashes_with(w, k) - clashes());
    return delta;
  }

 private:
  // What members of one resource are in each other's company.
  struct Together {
    std::vector<double> loads;
    double waits = 0;  // the first quality beyond its least, weighted
  };

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
  static const ResourceLoad* load_on(const PlacementOption& option, std::size_t r) {
    for (const ResourceLoad& load : option.loads)
      if (load.resource == r && !load.by_period.empty()) return &load;
    return nullptr;
  }
  static double between(const std::vector<double>& table, double waiting) {
    if (table.empty()) return 0;
    const double at = std::sqrt(std::clamp(waiting, 0.0, 1.0)) * double(table.size() - 1);
    const auto i = std::min(static_cast<std::size_t>(at), table.size() - 2);
    return table[i] + (at - double(i)) * (table[i + 1] - table[i]);
  }
  // `least`: of all there. load_of: a member's on this resource.
  template <class LoadOf>
  Together together(std::size_t r, std::vector<double> least,
                    const std::vector<std::size_t>& members, LoadOf load_of) const {
    Together all{.loads = std::move(least)};
    if (members.empty()) return all;
    const std::vector<Sharing>& sharing = shape_->problem.together(r, members);
    const double weight = shape_->problem.weights.empty() ? 0 : shape_->problem.weights.front();
    for (std::size_t i = 0; i < members.size(); ++i) {
      const ResourceLoad& load = load_of(members[i]);
      const double times = sharing[i].beyond;
      for (std::size_t t = 0; t < all.loads.size(); ++t) all.loads[t] += times * load.beyond[t];
      if (weight != 0) all.waits += weight * between(load.waits, sharing[i].waiting);
    }
    return all;
  }
  // Whatever w took instead: asked for one workload after the other, of each for all its options.
  double cost_without(std::size_t w, std::size_t r, const ResourceLoad* less) const {
    if (less == nullptr) return cost_with(w, r, nullptr, nullptr);
    if (leaving_ != w) leaving_ = w, without_.clear();
    for (const auto& [resource, cost] : without_)
      if (resource == r) return cost;
    return without_.emplace_back(r, cost_with(w, r, less, nullptr)).second;
  }
  // Of a resource in use, with one option's load of w less and another's more.
  double cost_with(std::size_t w, std::size_t r, const ResourceLoad* less,
                   const ResourceLoad* more) const {
    const Together all = together_with(w, r, less, more);
    return shape_->problem.resources[r].fixed + spent(r, all.loads) + all.waits;
  }
  Together together_with(std::size_t w, std::size_t r, const ResourceLoad* less,
                         const ResourceLoad* more) const {
    const bool left = less != nullptr && !less->beyond.empty();
    const bool joins = more != nullptr && !more->beyond.empty();
    if (!left && !joins) return {.loads = moved(load(r), less, more), .waits = company_[r].waits};
    std::vector<std::size_t> members = members_[r];
    const auto at = std::ranges::lower_bound(members, w);
    if (left && !joins) members.erase(at);
    if (joins && !left) members.insert(at, w);
    return together(r, moved(least_[r], less, more), members,
                    [&](std::size_t member) -> const ResourceLoad& {
                      return member == w ? *more : *load_on(option(member), r);
                    });
  }
  // Of a Savings Plan that is bought, if w took k.
  double plan_cost_with(std::size_t plan, std::size_t w, std::size_t k) const {
    const PlacementOption &from = option(w), &to = shape_->problem.workloads[w][k];
    const Uses &left = shape_->uses(w, choice_[w]), &taken = shape_->uses(w, k);
    if (users_[plan] - left[plan] + taken[plan] == 0) return 0;
    std::vector<double> asked = moved(asked_.at(plan), load_on(from, plan), load_on(to, plan));
    for (const std::size_t r : shape_->covered_by(plan)) {
      if (!left[r] && !taken[r]) continue;
      if (in_use(r)) add_plan_load(asked, r, load(r), -1);
      if (users_[r] - left[r] + taken[r] > 0)
        add_plan_load(asked, r, together_with(w, r, load_on(from, r), load_on(to, r)).loads, 1);
    }
    return shape_->bought_cost(plan, asked);
  }
  void add_plan_load(std::vector<double>& asked, std::size_t r, const std::vector<double>& loads,
                     int sign) const {
    for (std::size_t t = 0; t < asked.size(); ++t)
      asked[t] += sign * shape_->plan_load(r, loads[t]);
  }
  static std::vector<double> moved(const std::vector<double>& now, const ResourceLoad* less,
                                   const ResourceLoad* more) {
    std::vector<double> loads = now;
    if (less != nullptr)
      for (std::size_t t = 0; t < loads.size(); ++t) loads[t] -= less->by_period[t];
    if (more != nullptr)
      for (std::size_t t = 0; t < loads.size(); ++t) loads[t] += more->by_period[t];
    return loads;
  }
  // On a resource in use, with the penalty: a search asks for little else.
  double spent(std::size_t r, const std::vector<double>& loads) const {
    const SharedResource& resource = shape_->problem.resources[r];
    const double slope = shape_->per_period(r), steep = shape_->steep(r);
    const double room = steep > 0 ? resource.room : 0;
    double sum = 0;
    for (const double s : loads)
      sum += slope * std::max(resource.floor, s) + steep * std::max(0.0, s - room);
    return sum;
  }
  void refresh_bought(std::size_t plan) {
    asked_[plan] = asked_of(plan);
    costs_[plan] = in_use(plan) ? shape_->bought_cost(plan, asked_[plan]) : 0;
  }
  void refresh(std::size_t r) {
    if (shape_->is_bought(r)) return;  // when those that it covers are known
    company_[r] = {};
    if (!members_[r].empty())
      company_[r] = together(r, least_[r], members_[r], [&](std::size_t w) -> const ResourceLoad& {
        return *load_on(option(w), r);
      });
    costs_[r] = resource_cost(r, true) + company_[r].waits;
  }
  void put(std::size_t w, int sign) {
    for (const ResourceLoad& load : option(w).loads) {
      for (std::size_t t = 0; t < load.by_period.size(); ++t)
        least_[load.resource][t] += sign * load.by_period[t];
      if (load.beyond.empty()) continue;
      std::vector<std::size_t>& members = members_[load.resource];
      const auto at = std::ranges::lower_bound(members, w);
      if (sign > 0)
        members.insert(at, w);
      else
        members.erase(at);
    }
    const Uses& uses = shape_->uses(w, choice_[w]);
    for (std::size_t r = 0; r < users_.size(); ++r)
      if (uses[r]) users_[r] += sign;
  }

  const SearchShape* shape_;
  Choice choice_;
  Loads least_;
  std::vector<int> users_;
  std::vector<double> costs_;  // by resource, with the penalty
  std::map<std::size_t, std::vector<double>> asked_;  // of Savings Plans that are bought
  std::vector<std::vector<std::size_t>>
      members_;                                 // by resource: who makes something of others there
  std::vector<Together> company_;               // by resource, where there are members
  mutable std::optional<std::size_t> leaving_;  // what resources cost without this workload
  mutable std::vector<std::pair<std::size_t, double>> without_;
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
