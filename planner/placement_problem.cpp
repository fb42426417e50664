#include "planner/placement_problem.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <queue>
#include <set>
#include <stdexcept>
#include <tuple>

#include "planner/min_cost_flow.h"

namespace berth {
namespace {

constexpr std::size_t kMostResources = 256;
constexpr double kTiny = 1e-9;
// A dollar of overflow for a dollar of everything else would be a bargain; this many never are.
constexpr double kSteep = 100;

using Uses = std::bitset<kMostResources>;
using Loads = std::vector<std::vector<double>>;  // [resource][period]

// What every search asks again and again, worked out once.
class Shape {
 public:
  explicit Shape(const PlacementProblem& stated) : problem(stated) {
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
class State {
 public:
  State(const Shape& shape, Choice choice)
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

  const Shape* shape_;
  Choice choice_;
  Loads loads_;
  std::vector<int> users_;
  std::vector<double> costs_;  // by resource, with the penalty
};

// The best distinct choices seen.
class BestList {
 public:
  explicit BestList(std::size_t keep) : keep_(std::max<std::size_t>(keep, 1)) {}
  bool would_take(double objective) const {
    return list_.size() < keep_ || objective < list_.rbegin()->first;
  }
  void offer(double objective, const Choice& choice) {
    if (!would_take(objective) || !known_.insert(choice).second) return;
    list_.insert({objective, choice});
    if (list_.size() > keep_) {
      known_.erase(std::prev(list_.end())->second);
      list_.erase(std::prev(list_.end()));
    }
  }
  double best() const {
    return list_.empty() ? std::numeric_limits<double>::infinity() : list_.begin()->first;
  }
  std::vector<Choice> choices() const {
    std::vector<Choice> out;
    for (const auto& [objective, choice] : list_) out.push_back(choice);
    return out;
  }

 private:
  std::size_t keep_;
  std::set<std::pair<double, Choice>> list_;
  std::set<Choice> known_;
};

enum class Decided : char { open, used, unused };

struct Node {
  double bound = -std::numeric_limits<double>::infinity();
  std::size_t sequence = 0;
  std::vector<Decided> resources;
  std::vector<int> forced;  // option by workload, or -1
  Loads prices;
};

std::optional<Choice> switched_in(const Shape& shape, const State& state, std::size_t from,
                                  std::size_t to) {
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

class Search {
 public:
  Search(const PlacementProblem& problem, const SearchRules& rules)
      : shape_(problem), rules_(rules), best_(rules.keep) {}

  Solved run() {
    const PlacementProblem& problem = shape_.problem;
    Solved solved;
    if (problem.workloads.empty()) return {.lower_bound = problem.constant, .optimal = true};
    for (const auto& options : problem.workloads)
      if (options.empty()) throw std::invalid_argument("a workload without options has no plan");
    push(root());
    double floor = std::numeric_limits<double>::infinity();
    while (!queue_.empty()) {
      const std::shared_ptr<Node> node = queue_.top();
      if (node->bound >= close_enough() || solved.nodes >= rules_.most_nodes ||
          (rules_.stop && rules_.stop())) {
        floor = node->bound;
        break;
      }
      queue_.pop();
      ++solved.nodes;
      branch(*node);
    }
    improve_around_best();
    // Where nothing goes with one of each group, the nearest is handed back, and says so itself.
    if (best_.choices().empty() && clashing_) best_.offer(clashing_->first, clashing_->second);
    solved.lower_bound = std::min(floor, best_.best());
    solved.best = best_.choices();
    solved.optimal =
        solved.lower_bound >= best_.best() - rules_.gap * std::abs(best_.best()) - kTiny;
    return solved;
  }

 private:
  struct Later {
    bool operator()(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) const {
      return std::tie(a->bound, a->sequence) > std::tie(b->bound, b->sequence);
    }
  };
  double close_enough() const { return best_.best() - rules_.gap * std::abs(best_.best()); }

  std::shared_ptr<Node> root() {
    auto node = std::make_shared<Node>();
    const std::size_t resources = shape_.problem.resources.size();
    node->resources.assign(resources, Decided::open);
    node->forced.assign(shape_.problem.workloads.size(), -1);
    for (std::size_t r = 0; r < resources; ++r)
      node->prices.emplace_back(shape_.problem.periods, shape_.per_period(r));
    return node;
  }

  bool allowed(const Node& node, std::size_t w, std::size_t k) const {
    if (node.forced[w] >= 0 && node.forced[w] != static_cast<int>(k)) return false;
    const Uses& uses = shape_.uses(w, k);
    for (std::size_t r = 0; r < node.resources.size(); ++r)
      if (uses[r] && node.resources[r] == Decided::unused) return false;
    return true;
  }

  double floor_of(const Node& node, std::size_t r) const {
    return node.resources[r] == Decided::used ? shape_.problem.resources[r].floor : 0;
  }
  // f*(b) of one period.
  double conjugate(const Node& node, std::size_t r, double b) const {
    const double w = shape_.per_period(r);
    return b <= w ? -(w - b) * floor_of(node, r) : (b - w) * shape_.problem.resources[r].room;
  }

  // The cheapest options at these prices and what they come to; false: some workload has none left.
  bool relax(const Node& node, const Loads& prices, Choice& choice, double& value) const {
    const PlacementProblem& problem = shape_.problem;
    value = problem.constant;
    choice.assign(problem.workloads.size(), 0);
    for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
        if (!allowed(node, w, k)) continue;
        const PlacementOption& option = problem.workloads[w][k];
        double price = shape_.own(option);
        for (const ResourceLoad& load : option.loads)
          for (std::size_t t = 0; t < load.by_period.size(); ++t)
            price += prices[load.resource][t] * load.by_period[t];
        if (price < least) least = price, choice[w] = k;
      }
      if (!std::isfinite(least)) return false;
      value += least;
    }
    for (std::size_t r = 0; r < problem.resources.size(); ++r) {
      if (node.resources[r] == Decided::unused) continue;
      if (node.resources[r] == Decided::used) value += problem.resources[r].fixed;
      for (const double b : prices[r]) value -= conjugate(node, r, b);
    }
    return true;
  }

  // Raises the node's bound; false: nothing is left in it.
  bool raise_bound(Node& node) {
    Loads prices = node.prices;
    double value = 0, theta = 1;
    std::size_t idle = 0;
    Choice here;
    for (std::size_t step = 0; step < rules_.steps; ++step) {
      if (!relax(node, prices, here, value)) return false;
      if (value > node.bound + kTiny || step == 0) {
        if (value > node.bound) node.bound = value, node.prices = prices;
        idle = 0;
      } else if (++idle >= 5) {
        theta /= 2, idle = 0;
      }
      consider(here);
      if (node.bound >= close_enough()) return true;
      if (!step_along(node, here, value, theta, prices)) return true;
    }
    return true;
  }

  bool step_along(const Node& node, const Choice& here, double value, double theta,
                  Loads& prices) const {
    const State state(shape_, here);
    Loads gradient = state.loads();
    double norm = 0;
    for (std::size_t r = 0; r < gradient.size(); ++r) {
      const double w = shape_.per_period(r);
      const SharedResource& resource = shape_.problem.resources[r];
      for (std::size_t t = 0; t < gradient[r].size(); ++t) {
        const double b = prices[r][t], load = gradient[r][t], floor = floor_of(node, r);
        double at = b < w - kTiny * w ? floor : b > w + kTiny * w ? resource.room : load;
        // At the kink any load between floor and room is best.
        if (at == load) at = std::clamp(load, floor, std::max(floor, resource.room));
        gradient[r][t] = node.resources[r] == Decided::unused ? 0 : load - at;
        if ((b <= 0 && gradient[r][t] < 0) || (b >= w + shape_.steep(r) && gradient[r][t] > 0))
          gradient[r][t] = 0;
        norm += gradient[r][t] * gradient[r][t];
      }
    }
    if (norm <= 0 || !std::isfinite(norm)) return false;
    const double aim = std::isfinite(best_.best()) ? best_.best() : value * 1.1 + 1;
    const double length = theta * std::max(aim - value, 1e-6 * std::abs(aim)) / norm;
    for (std::size_t r = 0; r < gradient.size(); ++r)
      for (std::size_t t = 0; t < gradient[r].size(); ++t)
        prices[r][t] = std::clamp(prices[r][t] + length * gradient[r][t], 0.0,
                                  shape_.per_period(r) + shape_.steep(r));
    return true;
  }

  void push(std::shared_ptr<Node> node) {
    if (!raise_bound(*node)) return;
    node->sequence = next_++;
    // What is left out costs at least the best that is known.
    if (node->bound < best_.best() - kTiny) queue_.push(std::move(node));
  }

  void branch(const Node& node) {
    Choice choice;
    double value = 0;
    if (!relax(node, node.prices, choice, value)) return;
    const State state(shape_, choice);
    auto resource = clashing(state);
    if (!resource) resource = undecided(node, state);
    if (resource) {
      for (const Decided how : {Decided::used, Decided::unused}) {
        auto child = std::make_shared<Node>(node);
        child->resources[*resource] = how;
        if (how == Decided::used) decide_used(*child, *resource);
        push(std::move(child));
      }
      return;
    }
    const auto workload = doubtful(node);
    if (!workload) return;  // all is decided: what is left is this very choice, which is known
    for (std::size_t k = 0; k < shape_.problem.workloads[*workload].size(); ++k) {
      if (!allowed(node, *workload, k)) continue;
      auto child = std::make_shared<Node>(node);
      child->forced[*workload] = static_cast<int>(k);
      const Uses& uses = shape_.uses(*workload, k);
      for (std::size_t r = 0; r < child->resources.size(); ++r)
        if (uses[r]) decide_used(*child, r);
      push(std::move(child));
    }
  }

  // With what it needs, and without those it rules out.
  void decide_used(Node& node, std::size_t r) const {
    node.resources[r] = Decided::used;
    for (const Uses& group : shape_.groups())
      for (std::size_t other = 0; group[r] && other < node.resources.size(); ++other)
        if (group[other] && other != r) node.resources[other] = Decided::unused;
    for (const std::size_t next : shape_.problem.resources[r].needs) decide_used(node, next);
  }

  // One of two that rule each other out and are both used: open, as a decided one leaves no other.
  std::optional<std::size_t> clashing(const State& state) const {
    for (const std::vector<std::size_t>& group : shape_.problem.either) {
      std::optional<std::size_t> first;
      for (const std::size_t r : group) {
        if (!state.in_use(r)) continue;
        if (first) return first;
        first = r;
      }
    }
    return std::nullopt;
  }

  // The resource in use whose fixed part and floor the bound leaves out most of.
  std::optional<std::size_t> undecided(const Node& node, const State& state) const {
    std::optional<std::size_t> worst;
    double most = 0;
    for (std::size_t r = 0; r < node.resources.size(); ++r) {
      if (node.resources[r] != Decided::open || !shape_.decides(r) || !state.in_use(r)) continue;
      double missing = shape_.problem.resources[r].fixed;
      for (const double s : state.loads()[r])
        missing += shape_.dollars(r, s) - shape_.per_period(r) * s;
      if (missing > most + kTiny) worst = r, most = missing;
    }
    return worst;
  }

  // The free workload whose two best options are nearest at the node's prices.
  std::optional<std::size_t> doubtful(const Node& node) const {
    std::optional<std::size_t> nearest;
    double least = std::numeric_limits<double>::infinity();
    const PlacementProblem& problem = shape_.problem;
    for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
      if (node.forced[w] >= 0) continue;
      std::vector<double> prices;
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
        if (!allowed(node, w, k)) continue;
        double price = shape_.own(problem.workloads[w][k]);
        for (const ResourceLoad& load : problem.workloads[w][k].loads)
          for (std::size_t t = 0; t < load.by_period.size(); ++t)
            price += node.prices[load.resource][t] * load.by_period[t];
        prices.push_back(price);
      }
      if (prices.size() < 2) continue;
      std::ranges::partial_sort(prices, prices.begin() + 2);
      if (prices[1] - prices[0] < least) nearest = w, least = prices[1] - prices[0];
    }
    return nearest;
  }

  // A relaxed answer is a real one; nearby there may be better.
  void consider(const Choice& choice) {
    if (!seen_.insert(choice).second) return;
    State state(shape_, choice);
    const double objective = state.objective();
    const double before = best_.best();
    offer(state, objective);
    if (objective < before + 0.05 * std::abs(before)) descend(state, objective);
  }

  void offer(const State& state, double objective) {
    if (state.clashes() == 0)
      best_.offer(objective, state.choice());
    else if (!clashing_ || objective < clashing_->first)
      clashing_ = {objective, state.choice()};
  }

  void descend(State& state, double objective) {
    for (int pass = 0; pass < 20; ++pass) {
      const double before = objective;
      objective = switch_members(state, objective);
      objective = single_moves(state, objective);
      objective = clear_resources(state, objective);
      if (objective >= before - kTiny) return;
    }
  }

  double single_moves(State& state, double objective) {
    const PlacementProblem& problem = shape_.problem;
    for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
      std::optional<std::size_t> to;
      double most = -kTiny;
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
        if (k == state.choice()[w]) continue;
        const double change = state.change(w, k);
        offer_moved(state, w, k, objective + change);
        if (change < most) to = k, most = change;
      }
      if (!to) continue;
      state.move(w, *to);
      objective = state.objective();
      offer(state, objective);
    }
    return objective;
  }

  // Everybody at once from one of a group to another: moves one by one would need both.
  double switch_members(State& state, double objective) {
    for (const std::vector<std::size_t>& group : shape_.problem.either)
      for (const std::size_t from : group)
        for (const std::size_t to : group) {
          if (from == to || !state.in_use(from)) continue;
          const auto choice = switched_in(shape_, state, from, to);
          if (!choice) continue;
          State trial(shape_, *choice);
          const double after = trial.objective();
          offer(trial, after);
          if (after < objective - kTiny) state = std::move(trial), objective = after;
        }
    return objective;
  }

  void offer_moved(const State& state, std::size_t w, std::size_t k, double objective) {
    if (!best_.would_take(objective) || state.clashes_with(w, k) > 0) return;
    Choice moved = state.choice();
    moved[w] = k;
    best_.offer(objective, moved);
  }

  // Everybody leaves a resource at once: no single move saves its fixed part.
  double clear_resources(State& state, double objective) {
    const PlacementProblem& problem = shape_.problem;
    for (std::size_t r = 0; r < problem.resources.size(); ++r) {
      if (!state.in_use(r) || !shape_.decides(r)) continue;
      State trial = state;
      bool possible = true;
      for (std::size_t w = 0; w < problem.workloads.size() && possible; ++w) {
        if (!shape_.uses(w, trial.choice()[w])[r]) continue;
        std::optional<std::size_t> to;
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
          if (shape_.uses(w, k)[r]) continue;
          const double change = trial.change(w, k);
          if (change < least) to = k, least = change;
        }
        possible = to.has_value();
        if (to) trial.move(w, *to);
      }
      if (!possible) continue;
      const double after = trial.objective();
      offer(trial, after);
      if (after < objective - kTiny) state = trial, objective = after;
    }
    return objective;
  }

  void improve_around_best() {
    const auto choices = best_.choices();
    if (choices.empty()) return;
    State state(shape_, choices.front());
    descend(state, state.objective());
  }

  Shape shape_;
  SearchRules rules_;
  BestList best_;
  std::optional<std::pair<double, Choice>> clashing_;  // the best that uses two of a group
  std::set<Choice> seen_;
  std::size_t next_ = 0;
  std::priority_queue<std::shared_ptr<Node>, std::vector<std::shared_ptr<Node>>, Later> queue_;
};

bool no_worse(const PlacementOption& a, const PlacementOption& b, const Uses& used_a,
              const Uses& used_b) {
  if (a.usd > b.usd || (used_a & ~used_b).any()) return false;
  for (std::size_t q = 0; q < a.qualities.size(); ++q)
    if (a.qualities[q] > b.qualities[q]) return false;
  for (const ResourceLoad& load : a.loads) {
    const auto other = std::ranges::find(b.loads, load.resource, &ResourceLoad::resource);
    for (std::size_t t = 0; t < load.by_period.size(); ++t) {
      const double theirs =
          other == b.loads.end() || other->by_period.empty() ? 0 : other->by_period[t];
      if (load.by_period[t] > theirs) return false;
    }
  }
  return true;
}

}  // namespace

Appraisal appraise(const PlacementProblem& problem, const Choice& choice) {
  const Shape shape(problem);
  const State state(shape, choice);
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
    const double room = problem.resources[r].room;
    for (const double s : state.loads()[r])
      if (std::isfinite(room) && s > room)
        result.overflow = std::max(result.overflow, room > 0 ? s / room - 1 : s);
  }
  if (state.clashes() > 0) result.overflow = std::numeric_limits<double>::infinity();
  return result;
}

double placements(const PlacementProblem& problem) {
  const Shape shape(problem);
  // By inclusion and exclusion: of each group one member is allowed, which counts what uses none of
  // it once a member; all but one of those are taken off again.
  const auto counted = [&](const auto& self, std::size_t group, const Uses& barred) -> double {
    if (group < problem.either.size()) {
      const Uses& members = shape.groups()[group];
      double sum = (1 - double(problem.either[group].size())) * self(self, group + 1, barred | members);
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
  const Shape shape(problem);
  return switched_in(shape, State(shape, choice), from, to);
}

std::vector<DominatedOption> dominated_options(const PlacementProblem& problem) {
  const Shape shape(problem);
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

Solved solve(const PlacementProblem& problem, const SearchRules& rules) {
  return Search(problem, rules).run();
}

double transport_bound(const PlacementProblem& problem) {
  const Shape shape(problem);
  constexpr double kUnits = 1000, kCents = 1e4;  // thousandths of an instance, hundredths of a cent
  const auto is_quota = [&](std::size_t r) {
    return std::isfinite(problem.resources[r].room) && problem.resources[r].slope == 0;
  };
  // The period in which quotas are asked for most.
  std::vector<double> asked(problem.periods, 0.0);
  for (const auto& options : problem.workloads)
    for (const PlacementOption& option : options)
      for (const ResourceLoad& load : option.loads)
        for (std::size_t t = 0; is_quota(load.resource) && t < load.by_period.size(); ++t)
          asked[t] += load.by_period[t] / static_cast<double>(options.size());
  const auto busiest = static_cast<std::size_t>(std::ranges::max_element(asked) - asked.begin());

  const int workloads = static_cast<int>(problem.workloads.size());
  const int resources = static_cast<int>(problem.resources.size());
  const int sink = workloads + resources;
  std::vector<FlowArc> arcs;
  std::vector<std::int64_t> supply(static_cast<std::size_t>(sink) + 1, 0);
  double bound = problem.constant;
  for (int w = 0; w < workloads; ++w) {
    struct Way {
      std::optional<std::size_t> quota;
      double cost = 0, load = 0;
    };
    std::vector<Way> ways;
    double least_load = std::numeric_limits<double>::infinity(),
           least_cost = std::numeric_limits<double>::infinity();
    for (const PlacementOption& option : problem.workloads[static_cast<std::size_t>(w)]) {
      Way way{.cost = shape.own(option)};
      for (const ResourceLoad& load : option.loads) {
        const double slope = shape.per_period(load.resource);
        for (const double s : load.by_period) way.cost += slope * s;
        if (!way.quota && is_quota(load.resource) && !load.by_period.empty())
          way.quota = load.resource, way.load = load.by_period[busiest];
      }
      if (way.quota) least_load = std::min(least_load, way.load);
      least_cost = std::min(least_cost, way.cost);
      ways.push_back(way);
    }
    const auto amount =
        std::isfinite(least_load) ? static_cast<std::int64_t>(std::floor(least_load * kUnits)) : 0;
    if (amount == 0) {
      bound += least_cost;
      continue;
    }
    supply[static_cast<std::size_t>(w)] = amount;
    supply[static_cast<std::size_t>(sink)] -= amount;
    for (const Way& way : ways) {
      const auto cost = static_cast<std::int64_t>(
          std::floor(std::max(way.cost, 0.0) * kCents / static_cast<double>(amount)));
      arcs.push_back(
          {w, way.quota ? workloads + static_cast<int>(*way.quota) : sink, amount, cost});
    }
  }
  for (int r = 0; r < resources; ++r)
    if (is_quota(static_cast<std::size_t>(r)))
      arcs.push_back({workloads + r, sink,
                      static_cast<std::int64_t>(
                          std::ceil(problem.resources[static_cast<std::size_t>(r)].room * kUnits)),
                      0});
  const auto flow = min_cost_flow(sink + 1, arcs, supply);
  if (!flow) return std::numeric_limits<double>::infinity();
  return bound + static_cast<double>(flow->cost) / kCents;
}

}  // namespace berth
