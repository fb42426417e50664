#include <memory>
#include <queue>
#include <set>
#include <tuple>

#include "planner/placement_state.h"

namespace berth {
namespace {

constexpr int kFollowed = 200;  // choices that miss something and from which better ones are sought

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
    out.reserve(list_.size());
    for (const auto& [objective, choice] : list_) out.push_back(choice);
    return out;
  }

 private:
  std::size_t keep_;
  std::set<std::pair<double, Choice>> list_;
  std::set<Choice> known_;
};

// Sum of prices x load, four sums at a time: one would wait for each addition before the next.
double product(const std::vector<double>& prices, const std::vector<double>& load) {
  double sums[4] = {};
  std::size_t t = 0;
  for (; t + 4 <= load.size(); t += 4)
    for (std::size_t i = 0; i < 4; ++i) sums[i] += prices[t + i] * load[t + i];
  for (; t < load.size(); ++t) sums[0] += prices[t] * load[t];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

enum class Decided : char { open, used, unused };

struct Node {
  double bound = -std::numeric_limits<double>::infinity();
  std::size_t sequence = 0;
  std::vector<Decided> resources;
  Uses unused;               // those decided to be that
  std::vector<int> forced;  // option by workload, or -1
  Loads prices;
};

class Search {
 public:
  Search(const PlacementProblem& problem, const SearchRules& rules)
      : shape_(problem), rules_(rules), best_(rules.keep) {}

  Solved run() {
    const PlacementProblem& problem = shape_.problem;
    Solved solved;
    if (problem.workloads.empty())
      return {.lower_bound = problem.constant, .root_bound = problem.constant, .optimal = true};
    for (const auto& options : problem.workloads)
      if (options.empty()) throw std::invalid_argument("a workload without options has no plan");
    const std::shared_ptr<Node> first = root();
    push(first);
    solved.root_bound = first->bound;
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
    // Where nothing goes with one of each group, or all miss something, the nearest is handed back.
    if (best_.choices().empty() && nearest_) best_.offer(nearest_->worth.objective, nearest_->choice);
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
  // Smaller is better: first what is missed, then what it comes to.
  struct Worth {
    double misses = 0, objective = 0;
    bool better_than(const Worth& other) const {
      return misses < other.misses - kTiny ||
             (misses <= other.misses + kTiny && objective < other.objective - kTiny);
    }
  };
  struct Nearest {
    int clashes = 0;
    Worth worth;
    Choice choice;
  };
  double misses(const Choice& choice) const { return rules_.misses ? rules_.misses(choice) : 0; }
  double misses_with(const SearchState& state, std::size_t w, std::size_t k) const {
    if (!rules_.misses) return 0;
    Choice moved = state.choice();
    moved[w] = k;
    return rules_.misses(moved);
  }
  Worth worth_of(const SearchState& state) const {
    return {misses(state.choice()), state.objective()};
  }
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
    return (shape_.uses(w, k) & node.unused).none();
  }

  double floor_of(const Node& node, std::size_t r) const {
    return node.resources[r] == Decided::used ? shape_.problem.resources[r].floor : 0;
  }
  // f*(b) of one period.
  double conjugate(const Node& node, std::size_t r, double b) const {
    const double w = shape_.per_period(r);
    return b <= w ? -(w - b) * floor_of(node, r) : (b - w) * shape_.problem.resources[r].room;
  }
  // Adds what a load costs, with what it asks of the resource's Savings Plan.
  void add_price(double& price, const Loads& prices, const ResourceLoad& load) const {
    price += product(prices[load.resource], load.by_period);
    const SharedResource& resource = shape_.problem.resources[load.resource];
    if (resource.plan) price += resource.plan_units * product(prices[*resource.plan], load.by_period);
  }
  // Below it the price would be negative with what its Savings Plan asks.
  double least_price(const Loads& prices, std::size_t r, std::size_t t) const {
    const SharedResource& resource = shape_.problem.resources[r];
    return resource.plan ? -resource.plan_units * prices[*resource.plan][t] : 0;
  }

  // The cheapest options at these prices and what they come to; false: some workload has none left.
  bool relax(const Node& node, const Loads& prices, Choice& choice, double& value) const {
    const PlacementProblem& problem = shape_.problem;
    value = problem.constant;
    choice.assign(problem.workloads.size(), 0);
    // Quotas cost nothing while there is room: their loads need not be looked at.
    std::vector<bool> costs_nothing(prices.size());
    for (std::size_t r = 0; r < prices.size(); ++r)
      costs_nothing[r] = !problem.resources[r].plan &&
                         std::ranges::all_of(prices[r], [](double b) { return b == 0; });
    for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
        if (!allowed(node, w, k)) continue;
        const PlacementOption& option = problem.workloads[w][k];
        double price = shape_.own(w, k);
        for (const ResourceLoad& load : option.loads)
          if (!costs_nothing[load.resource]) add_price(price, prices, load);
        if (price < least) least = price, choice[w] = k;
      }
      if (!std::isfinite(least)) return false;
      value += least;
    }
    for (std::size_t r = 0; r < problem.resources.size(); ++r) {
      if (node.resources[r] == Decided::unused) continue;
      if (node.resources[r] == Decided::used) value += problem.resources[r].fixed;
      if (shape_.is_bought(r)) continue;  // its prices are taken from what they bound already
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
    // The bound is of what members load in any company.
    Loads gradient(shape_.problem.resources.size(),
                   std::vector<double>(shape_.problem.periods, 0.0));
    for (std::size_t w = 0; w < here.size(); ++w)
      for (const ResourceLoad& load : shape_.problem.workloads[w][here[w]].loads)
        for (std::size_t t = 0; t < load.by_period.size(); ++t)
          gradient[load.resource][t] += load.by_period[t];
    double norm = 0;
    for (const std::size_t plan : shape_.bought()) norm += lean_on(plan, gradient);
    for (std::size_t r = 0; r < gradient.size(); ++r) {
      if (shape_.is_bought(r)) continue;
      const double w = shape_.per_period(r);
      const SharedResource& resource = shape_.problem.resources[r];
      for (std::size_t t = 0; t < gradient[r].size(); ++t) {
        const double b = prices[r][t], load = gradient[r][t], floor = floor_of(node, r);
        double at = b < w - kTiny * w ? floor : b > w + kTiny * w ? resource.room : load;
        // At the kink any load between floor and room is best.
        if (at == load) at = std::clamp(load, floor, std::max(floor, resource.room));
        gradient[r][t] = node.resources[r] == Decided::unused ? 0 : load - at;
        if ((b <= least_price(prices, r, t) && gradient[r][t] < 0) || (b >= w + shape_.steep(r) && gradient[r][t] > 0))
          gradient[r][t] = 0;
        norm += gradient[r][t] * gradient[r][t];
      }
    }
    if (norm <= 0 || !std::isfinite(norm)) return false;
    const double aim = std::isfinite(best_.best()) ? best_.best() : value * 1.1 + 1;
    const double length = theta * std::max(aim - value, 1e-6 * std::abs(aim)) / norm;
    for (const std::size_t plan : shape_.bought()) {
      for (std::size_t t = 0; t < gradient[plan].size(); ++t)
        prices[plan][t] += length * gradient[plan][t];
      make_prices_of_plan(plan, prices[plan]);
    }
    for (std::size_t r = 0; r < gradient.size(); ++r)
      for (std::size_t t = 0; !shape_.is_bought(r) && t < gradient[r].size(); ++t)
        prices[r][t] = std::clamp(prices[r][t] + length * gradient[r][t], least_price(prices, r, t),
                                  shape_.per_period(r) + shape_.steep(r));
    return true;
  }

  // Turns the loads on a plan to buy into a direction for its prices that keeps their sum; its square.
  double lean_on(std::size_t plan, Loads& gradient) const {
    for (const std::size_t r : shape_.covered_by(plan))
      for (std::size_t t = 0; t < gradient[r].size(); ++t)
        gradient[plan][t] += shape_.problem.resources[r].plan_units * gradient[r][t];
    std::vector<double>& loads = gradient[plan];
    const double mean =
        std::accumulate(loads.begin(), loads.end(), 0.0) / static_cast<double>(loads.size());
    double norm = 0;
    for (double& one : loads) one -= mean, norm += one * one;
    return norm;
  }

  // The nearest that are prices of the plan: none below 0 or above list prices, the slope together.
  void make_prices_of_plan(std::size_t plan, std::vector<double>& prices) const {
    const double most = shape_.most_per_period(plan), aim = shape_.problem.resources[plan].slope;
    const auto [least_at, most_at] = std::ranges::minmax_element(prices);
    double low = *least_at - most, high = *most_at;  // what is taken off each
    for (int i = 0; i < 60; ++i) {
      const double off = (low + high) / 2;
      double sum = 0;
      for (const double one : prices) sum += std::clamp(one - off, 0.0, most);
      (sum > aim ? low : high) = off;
    }
    for (double& one : prices) one = std::clamp(one - high, 0.0, most);
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
    const SearchState state(shape_, choice);
    auto resource = clashing(state);
    if (!resource) resource = undecided(node, state);
    if (resource) {
      for (const Decided how : {Decided::used, Decided::unused}) {
        auto child = std::make_shared<Node>(node);
        child->resources[*resource] = how;
        child->unused.set(*resource, how == Decided::unused);
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
    node.unused.reset(r);
    for (const Uses& group : shape_.groups())
      for (std::size_t other = 0; group[r] && other < node.resources.size(); ++other)
        if (group[other] && other != r) node.resources[other] = Decided::unused, node.unused.set(other);
    for (const std::size_t next : shape_.problem.resources[r].needs) decide_used(node, next);
  }

  // One of two that rule each other out and are both used: open, as a decided one leaves no other.
  std::optional<std::size_t> clashing(const SearchState& state) const {
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
  std::optional<std::size_t> undecided(const Node& node, const SearchState& state) const {
    std::optional<std::size_t> worst;
    double most = 0;
    for (std::size_t r = 0; r < node.resources.size(); ++r) {
      if (node.resources[r] != Decided::open || !shape_.decides(r) || !state.in_use(r)) continue;
      double missing = shape_.problem.resources[r].fixed;
      for (const double s : state.least(r))
        missing += shape_.dollars(r, s) - shape_.per_period(r) * s;
      if (const auto plan = shape_.problem.resources[r].plan)
        for (const double s : state.least(r))
          missing += shape_.per_period(*plan) *
                     (shape_.plan_load(r, s) - shape_.problem.resources[r].plan_units * s);
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
          add_price(price, node.prices, load);
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
    SearchState state(shape_, choice);
    const Worth worth = worth_of(state);
    const double before = best_.best();
    offer(state, worth);
    // Where nothing is found that misses nothing, only the first ones are followed.
    if (worth.misses > 0 && !std::isfinite(before) && ++followed_ > kFollowed) return;
    if (worth.objective < before + 0.05 * std::abs(before)) descend(state, worth);
  }

  void offer(const SearchState& state, const Worth& worth) {
    const int clashes = state.clashes();
    if (clashes == 0 && worth.misses <= 0) {
      best_.offer(worth.objective, state.choice());
      return;
    }
    if (!nearest_ || (clashes > 0 && nearest_->clashes > 0
                          ? worth.objective < nearest_->worth.objective
                          : clashes == 0 && (nearest_->clashes > 0 || worth.better_than(nearest_->worth))))
      nearest_ = Nearest{clashes, worth, state.choice()};
  }

  void descend(SearchState& state, Worth worth) {
    for (int pass = 0; pass < 20; ++pass) {
      const Worth before = worth;
      worth = switch_members(state, worth);
      worth = single_moves(state, worth);
      worth = clear_resources(state, worth);
      if (!worth.better_than(before)) return;
    }
  }

  Worth single_moves(SearchState& state, Worth worth) {
    const PlacementProblem& problem = shape_.problem;
    for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
      std::optional<std::size_t> to;
      double least = worth.misses, most = -kTiny;
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
        if (k == state.choice()[w]) continue;
        const double change = state.change(w, k);
        offer_moved(state, w, k, worth.objective + change);
        if (least <= 0 && change >= most) continue;
        const double there = misses_with(state, w, k);
        if (there > least + kTiny || (there >= least - kTiny && change >= most)) continue;
        to = k, most = change, least = there;
      }
      if (!to) continue;
      state.move(w, *to);
      worth = {least, state.objective()};
      offer(state, worth);
    }
    return worth;
  }

  // Everybody at once from one of a group to another: moves one by one would need both.
  Worth switch_members(SearchState& state, Worth worth) {
    for (const std::vector<std::size_t>& group : shape_.problem.either)
      for (const std::size_t from : group)
        for (const std::size_t to : group) {
          if (from == to || !state.in_use(from)) continue;
          const auto choice = switched_in(shape_, state, from, to);
          if (!choice) continue;
          SearchState trial(shape_, *choice);
          const Worth after = worth_of(trial);
          offer(trial, after);
          if (after.better_than(worth)) state = std::move(trial), worth = after;
        }
    return worth;
  }

  void offer_moved(const SearchState& state, std::size_t w, std::size_t k, double objective) {
    if (!best_.would_take(objective) || state.clashes_with(w, k) > 0) return;
    if (misses_with(state, w, k) > 0) return;
    Choice moved = state.choice();
    moved[w] = k;
    best_.offer(objective, moved);
  }

  // Everybody leaves a resource at once: no single move saves its fixed part.
  Worth clear_resources(SearchState& state, Worth worth) {
    const PlacementProblem& problem = shape_.problem;
    for (std::size_t r = 0; r < problem.resources.size(); ++r) {
      if (!state.in_use(r) || (!shape_.decides(r) && worth.misses <= 0)) continue;
      SearchState trial = state;
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
      const Worth after = worth_of(trial);
      offer(trial, after);
      if (after.better_than(worth)) state = trial, worth = after;
    }
    return worth;
  }

  void improve_around_best() {
    const auto choices = best_.choices();
    if (choices.empty()) return;
    SearchState state(shape_, choices.front());
    descend(state, worth_of(state));
  }

  SearchShape shape_;
  SearchRules rules_;
  BestList best_;
  // Of those that use two of a group or miss something: without two of a group if there is such a one.
  std::optional<Nearest> nearest_;
  int followed_ = 0;  // while nothing was found that is neither
  std::set<Choice> seen_;
  std::size_t next_ = 0;
  std::priority_queue<std::shared_ptr<Node>, std::vector<std::shared_ptr<Node>>, Later> queue_;
};

}  // namespace

Solved solve(const PlacementProblem& problem, const SearchRules& rules) {
  return Search(problem, rules).run();
}

}  // namespace berth
