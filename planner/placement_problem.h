// The analytic problem of a plan: one option for each workload, where options share resources.
//
//   cost(x) = constant + sum_w usd[w][x_w] + sum over resources in use of
//             fixed_r + sum_t f_r(t, load_r(t)),   load_r(t) = sum of the chosen options' loads
//   f(s) = max(floor, slope s) + steep max(0, s - room)
//
// A resource is a node pool (its kept nodes are the floor, its largest size the room), a quota
// (slope 0: only room), a platform (fixed: cluster hours, people) or a Savings Plan that is held.
// It is in use when an option that names it is chosen, and so are the resources it needs in turn.
// A Savings Plan that may be bought is one, too (`discount`). Its load v(t) is in dollars an hour at plan
// rates: what options name, and `plan_units` for every unit that a resource with this `plan` pays for. With
// the best level K it costs
//   slope x mean over t of (K + max(0, v(t) - K) / (1 - discount))
// and that is the dearest of all prices b(t) between 0 and slope / (1 - discount) / periods that add up to
// slope: linear programming's other side, the busiest (1 - discount) of the periods at list prices. So any
// such prices make a bound.
// Members of a resource may make something of each other (classes of jobs that share nodes that come and
// go): `by_period` and `qualities` are then the least that an option comes to in any company, and
// `together` says how much of `beyond` it takes in this one, and what share of its jobs waits:
//   load_r(t) = sum over members of by_period(t) + beyond_w(members) x beyond(t),   beyond_w >= 0
// so that the bound, which knows of the least only, stays one. `appraise` and the search's own choices
// are in the company they are in.
// `either` lists resources of which a choice may use one at most: what a cluster could be, and is only
// once. The bound holds without it, too; branching closes what that leaves open.
//
// Above its room a resource costs so much that no search goes there when there is another way;
// `overflow` says how far a choice goes. That penalty is a guide and no money: jobs beyond a quota wait.
//
// The bound: with a price b for each resource and period, f(s) >= b s - f*(b) (f* is the convex
// conjugate), so every choice costs at least
//   constant + sum_w min_k (usd + sum b load) - sum f*(b) + fixed of the resources decided to be
//   used
// for any b (of a plan to buy any as above: f* is 0); a subgradient search raises it, and branch and bound over "is this resource used" and
// then over single workloads closes what is left. Bounds hold for the problem as stated, to
// rounding. Deterministic: budgets are counted in nodes, never in time.
//
// Theory: Geoffrion (1974). Tested by tests/planner/placement_problem_test.cpp by enumeration.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace berth {

struct ResourceLoad {
  std::size_t resource = 0;
  std::vector<double> by_period;  // empty: it only has to be there
  // Of one that makes something of others there, and is a member; else empty.
  std::vector<double> beyond;  // by period
  std::vector<double> waits;   // the first quality beyond its least, when the share i^2 / 100 waits
};
inline constexpr std::size_t kWaitSteps = 11;  // of `waits`: narrow where little waits
constexpr double waiting_at(std::size_t step) {
  return static_cast<double>(step * step) / ((kWaitSteps - 1) * (kWaitSteps - 1));
}
// What the others of a resource make of a member.
struct Sharing {
  double beyond = 0;   // times its `beyond`
  double waiting = 0;  // share of its jobs
};

struct PlacementOption {
  double usd = 0;                   // a month, by itself
  std::vector<double> qualities;    // what else counts, smaller is better, as totals to add up
  std::vector<ResourceLoad> loads;  // each resource at most once
};

struct SharedResource {
  std::string name;
  double fixed = 0;                // a month, when in use
  double slope = 0;                // dollars a month per unit of load, over all periods
  double floor = 0;                // units paid for while in use, loaded or not
  double room = 0;                 // units; infinite: no limit
  std::vector<std::size_t> needs;  // resources that are then in use, too
  // Of a Savings Plan that may be bought: how far plan rates are below list prices, as a share. Without
  // floor and room.
  std::optional<double> discount;
  std::optional<double> level;  // of these: bought already, dollars an hour
  // The Savings Plan that covers its use, and what of its load a unit is; it is among `needs`.
  std::optional<std::size_t> plan;
  double plan_units = 0;
};

struct PlacementProblem {
  double constant = 0;
  std::size_t periods = 1;  // of equal length
  std::vector<std::vector<PlacementOption>> workloads;
  std::vector<SharedResource> resources;
  std::vector<double> weights;  // dollars per unit of each quality: 0 leaves it out
  std::vector<std::vector<std::size_t>> either;  // resources of which one at most is used
  // Of the members of a resource, workloads in ascending order: in that order. The same answer each time.
  std::function<const std::vector<Sharing>&(std::size_t resource,
                                            const std::vector<std::size_t>& members)>
      together;
};

using Choice = std::vector<std::size_t>;  // option by workload

struct Appraisal {
  double usd = 0;        // without the penalty
  double value = 0;      // usd and weighted qualities: what a choice comes to
  double objective = 0;  // value and penalty: what a search goes by, and nothing is told by
  std::vector<double> qualities;
  // Largest share by which a resource's room is exceeded; infinite where two of an `either` are used.
  double overflow = 0;
  std::vector<std::size_t> used;  // resources
  std::map<std::size_t, double> levels;  // of Savings Plans to buy, by resource: dollars an hour
};
Appraisal appraise(const PlacementProblem& problem, const Choice& choice);

// The same where nothing has a room. Who asks for more than there is waits, and pays no penalty: what lies below every
// choice of this is below all that a simulation may find to do.
PlacementProblem without_rooms(const PlacementProblem& problem);

// Of one choice, all members in their company: load by resource and period, and the first quality by workload.
struct Company {
  std::vector<std::vector<double>> loads;
  std::vector<double> quality;
};
Company company_of(const PlacementProblem& problem, const Choice& choice);

// How many choices there are that use one of each `either` at most; may exceed 2^64.
double placements(const PlacementProblem& problem);

// The choice with everything that uses resource `from` moved to its cheapest option with `to`, or to
// one with neither where it has none there; nullopt where that is impossible.
std::optional<Choice> switched(const PlacementProblem& problem, const Choice& choice,
                               std::size_t from, std::size_t to);

// Options that another of the same workload beats in everything: cost, every quality, every load
// and every resource used, in the same company. Removing them keeps an optimum.
struct DominatedOption {
  std::size_t workload = 0, option = 0, by = 0;
};
std::vector<DominatedOption> dominated_options(const PlacementProblem& problem);

struct SearchRules {
  std::size_t most_nodes = 200;     // of branch and bound
  std::size_t steps = 40;           // of the subgradient search in a node
  double gap = 0.001;               // close enough
  std::size_t keep = 32;            // best different choices that are handed back
  // By how much a choice misses what it has to be as a whole; 0: it is that. Where one is found that
  // misses nothing only such are handed back, else the nearest.
  std::function<double(const Choice&)> misses = {};
  std::function<bool()> stop = {};  // asked once a node; what is found by then is handed back
};

struct Solved {
  double lower_bound = 0;    // of the objective, proven
  double root_bound = 0;     // the same before any branching, which may be above the best that is known
  std::vector<Choice> best;  // distinct, best first; empty only without workloads
  std::size_t nodes = 0;
  bool optimal = false;  // the gap is closed
};
Solved solve(const PlacementProblem& problem, const SearchRules& rules = {});

}  // namespace berth
