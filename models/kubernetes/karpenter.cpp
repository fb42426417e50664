#include "models/kubernetes/karpenter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace berth {
namespace {

// What is not asked for need not be there.
bool has_room(const Resources& want, const Resources& free, int free_pods) {
  return free_pods > 0 && (want.cpu_milli <= 0 || want.cpu_milli <= free.cpu_milli) &&
         (want.memory.count <= 0 || want.memory <= free.memory) &&
         (want.gpus <= 0 || want.gpus <= free.gpus);
}

Resources larger(const Resources& a, const Resources& b) {
  return {std::max(a.cpu_milli, b.cpu_milli), std::max(a.memory, b.memory),
          std::max(a.gpus, b.gpus)};
}

// Types by cheapest offering, then position; those without an offering are left out.
std::vector<std::size_t> by_price(std::span<const std::size_t> positions,
                                  std::span<const LaunchType> types,
                                  const AllowedCapacity& allowed) {
  std::vector<std::pair<UsdPerHour, std::size_t>> priced;
  for (const std::size_t type : positions)
    if (const auto price = cheapest_price(types[type], allowed)) priced.emplace_back(*price, type);
  std::ranges::sort(priced);
  std::vector<std::size_t> sorted;
  sorted.reserve(priced.size());
  for (const auto& [price, type] : priced) sorted.push_back(type);
  return sorted;
}

class Packing {
 public:
  Packing(std::vector<OpenNode> open, const Fleet& fleet) : open_(std::move(open)), fleet_(fleet) {
    for (std::size_t p = 0; p < fleet.pools.size(); ++p) {
      const LaunchPool& pool = fleet.pools[p];
      pools_.push_back({p, by_price(pool.types, fleet.types, pool.capacity), pool.limit_left,
                        pool.at_most});
    }
    std::ranges::stable_sort(pools_, std::greater{},
                             [&](const Pool& pool) { return fleet.pools[pool.position].weight; });
  }

  // Pods that ask for the same follow each other. Room only shrinks, so the next one need not look
  // where the last found none.
  void place(const PendingPod& pod) {
    if (pod.request != last_.request) last_ = Last{.request = pod.request};
    if (!last_.refused) {
      if (place_on_open(pod) || place_on_planned(pod) || place_on_new(pod)) return;
      last_.refused = why_refused(pod);
    }
    plan_.refused.push_back({pod.id, *last_.refused});
  }

  // Alike pods, all or none: where one is refused, those before it are taken off again.
  void place_group(std::span<const PendingPod> pods) {
    if (pods.size() == 1) return place(pods.front());
    const PendingPod& first = pods.front();
    if (first.request != last_.request) last_ = Last{.request = first.request};
    if (last_.too_many && pods.size() >= last_.too_many->pods)
      return plan_.refused.push_back({first.id, last_.too_many->why});
    const Last before = last_;
    const std::size_t refused_before = plan_.refused.size();
    steps_.emplace();
    for (const PendingPod& pod : pods) {
      place(pod);
      if (plan_.refused.size() > refused_before) break;
    }
    const bool is_whole = plan_.refused.size() == refused_before;
    if (!is_whole) {
      const Refusal why = plan_.refused.back().reason;
      while (!steps_->empty()) undo_last();
      last_ = before;
      last_.too_many = {pods.size(), why};
    }
    steps_.reset();
  }

  LaunchPlan finish() && { return std::move(plan_); }

 private:
  struct Pool {
    std::size_t position = 0;
    std::vector<std::size_t> types;  // by price
    std::optional<Resources> limit_left;
    std::optional<int> at_most;
  };
  struct Last {
    Resources request = {};
    std::size_t open = 0;  // no node before it has room
    std::optional<Refusal> refused = {};
    struct TooMany {
      std::size_t pods = 0;
      Refusal why{};
    };
    std::optional<TooMany> too_many = {};  // for a group
  };
  // What a pod changed: exactly one of the nodes is there.
  struct Step {
    std::optional<std::size_t> open, planned;
    Resources request, used;         // of the planned node, before
    std::vector<std::size_t> types;
    Pool* pool = nullptr;            // that gave a new node, and what it had left
    std::optional<Resources> limit_left;
  };
  void note(Step step) {
    if (steps_) steps_->push_back(std::move(step));
  }

  void undo_last() {
    Step step = std::move(steps_->back());
    steps_->pop_back();
    if (step.open) {
      OpenNode& node = open_[*step.open];
      node.free = node.free + step.request;
      ++node.free_pods;
      plan_.nominated.pop_back();
      return;
    }
    const std::size_t n = *step.planned;
    PlannedNode& node = plan_.nodes[n];
    by_pods_.erase({node.pods.size(), n});
    if (step.pool != nullptr) {
      if (step.pool->at_most) ++*step.pool->at_most;
      step.pool->limit_left = step.limit_left;
      plan_.nodes.pop_back();
      used_.pop_back();
      return;
    }
    node.pods.pop_back();
    node.types = std::move(step.types);
    used_[n] = step.used;
    by_pods_.emplace(node.pods.size(), n);
  }

  bool holds(std::size_t type, const Resources& used, std::size_t pods) const {
    const LaunchType& candidate = fleet_.types[type];
    return has_room(used, candidate.allocatable, candidate.max_pods - static_cast<int>(pods) + 1);
  }

  std::vector<std::size_t> holding(std::span<const std::size_t> types, const Resources& used,
                                   std::size_t pods) const {
    std::vector<std::size_t> left;
    for (const std::size_t type : types)
      if (holds(type, used, pods)) left.push_back(type);
    return left;
  }

  bool place_on_open(const PendingPod& pod) {
    const auto first = open_.begin() + static_cast<std::ptrdiff_t>(last_.open);
    const auto node = std::find_if(first, open_.end(), [&](const OpenNode& candidate) {
      return has_room(pod.request, candidate.free, candidate.free_pods);
    });
    last_.open = static_cast<std::size_t>(node - open_.begin());
    if (node == open_.end()) return false;
    node->free = node->free - pod.request;
    --node->free_pods;
    plan_.nominated.push_back({pod.id, node->id});
    note({.open = last_.open, .request = pod.request});
    return true;
  }

  bool place_on_planned(const PendingPod& pod) {
    for (auto entry = by_pods_.begin(); entry != by_pods_.end(); ++entry) {
      const std::size_t n = entry->second;
      const Resources used = used_[n] + pod.request;
      auto types = holding(plan_.nodes[n].types, used, plan_.nodes[n].pods.size() + 1);
      if (types.empty()) continue;
      by_pods_.erase(entry);
      if (steps_) note({.planned = n, .used = used_[n], .types = plan_.nodes[n].types});
      put(pod, n, used, std::move(types));
      return true;
    }
    return false;
  }

  bool place_on_new(const PendingPod& pod) {
    for (Pool& pool : pools_) {
      if (pool.at_most == 0) continue;
      auto types = holding(pool.types, pod.request, 1);
      if (pool.limit_left)
        std::erase_if(types, [&](std::size_t type) {
          return !fits(fleet_.types[type].allocatable, *pool.limit_left);
        });
      if (types.empty()) continue;
      note({.planned = plan_.nodes.size(), .pool = &pool, .limit_left = pool.limit_left});
      charge(pool, types);
      if (pool.at_most) --*pool.at_most;
      plan_.nodes.push_back(
          {.pool = pool.position, .capacity = fleet_.pools[pool.position].capacity});
      used_.emplace_back();
      put(pod, plan_.nodes.size() - 1, pod.request, std::move(types));
      return true;
    }
    return false;
  }

  void charge(Pool& pool, std::span<const std::size_t> types) const {
    if (!pool.limit_left) return;
    Resources most;
    for (const std::size_t type : types) most = larger(most, fleet_.types[type].allocatable);
    pool.limit_left = *pool.limit_left - most;
  }

  void put(const PendingPod& pod, std::size_t n, const Resources& used,
           std::vector<std::size_t> types) {
    PlannedNode& node = plan_.nodes[n];
    node.types = std::move(types);
    node.pods.push_back(pod.id);
    used_[n] = used;
    by_pods_.emplace(node.pods.size(), n);
  }

  Refusal why_refused(const PendingPod& pod) const {
    const bool fits_somewhere = std::ranges::any_of(
        pools_, [&](const Pool& pool) { return !holding(pool.types, pod.request, 1).empty(); });
    return fits_somewhere ? Refusal::pool_full : Refusal::too_large;
  }

  std::vector<OpenNode> open_;
  Fleet fleet_;
  std::vector<Pool> pools_;                                // by weight
  std::vector<Resources> used_;                            // of each planned node
  std::set<std::pair<std::size_t, std::size_t>> by_pods_;  // (pods, node): fewest first
  Last last_;
  LaunchPlan plan_;
  std::optional<std::vector<Step>> steps_;  // of the group at hand
};

void sort_as_planned(std::vector<PendingPod>& pods) {
  std::ranges::sort(pods, {}, [](const PendingPod& pod) {
    return std::tuple(-pod.request.cpu_milli, -pod.request.memory.count, pod.created, pod.id);
  });
}

std::optional<UsdPerHour> price_as(const LaunchType& type, Capacity capacity) {
  return cheapest_price(type, {.reserved = capacity == Capacity::reserved,
                               .spot = capacity == Capacity::spot,
                               .on_demand = capacity == Capacity::on_demand});
}

UsdPerHour total_price(std::span<const ConsolidationCandidate> candidates) {
  UsdPerHour sum;
  for (const ConsolidationCandidate& candidate : candidates) sum.rate += candidate.price.rate;
  return sum;
}

void keep_cheaper(PlannedNode& node, std::span<const LaunchType> types, UsdPerHour than) {
  std::erase_if(node.types, [&](std::size_t type) {
    return !may_replace(types[type].offerings, node.capacity, than);
  });
}

LaunchPlan without(std::span<const ConsolidationCandidate> candidates, std::size_t count,
                   std::span<const OpenNode> rest, const Fleet& fleet) {
  std::vector<OpenNode> open(rest.begin(), rest.end());
  for (const auto& staying : candidates.subspan(count)) open.push_back(staying.node);
  std::vector<PendingPod> pods;
  for (const auto& leaving : candidates.first(count))
    for (const EvictablePod& evicted : leaving.pods) pods.push_back(evicted.pod);
  return plan_launches(std::move(pods), std::move(open), fleet);
}

ConsolidationAction try_replacement(std::span<const ConsolidationCandidate> leaving,
                                    PlannedNode& node, const Fleet& fleet,
                                    const ConsolidationRule& rule) {
  const bool all_spot = std::ranges::all_of(
      leaving, [](const auto& candidate) { return candidate.capacity == Capacity::spot; });
  const bool spot_to_spot = all_spot && node.capacity.spot;
  if (spot_to_spot && !rule.spot_to_spot) return ConsolidationAction::none_spot_to_spot;
  if (spot_to_spot) {
    node.capacity = {.reserved = false, .spot = true, .on_demand = false};
    node.types = by_price(node.types, fleet.types, node.capacity);
  }
  keep_cheaper(node, fleet.types, total_price(leaving));
  if (node.types.empty()) return ConsolidationAction::none_not_cheaper;
  if (spot_to_spot && leaving.size() == 1) {
    if (node.types.size() < kSpotToSpotTypes) return ConsolidationAction::none_spot_to_spot;
    node.types.resize(kSpotToSpotTypes);
  }
  // It was judged by its spot price: without spot capacity the launch had better fail.
  if (node.capacity.spot) node.capacity.on_demand = false;
  return ConsolidationAction::replace;
}

// Keeping the cheapest node of a type beats removing it for another of the same type.
void leave_out_removed_types(PlannedNode& node, std::span<const ConsolidationCandidate> leaving,
                             std::span<const LaunchType> types) {
  UsdPerHour most{std::numeric_limits<double>::max()};
  for (const ConsolidationCandidate& candidate : leaving)
    if (std::ranges::find(node.types, candidate.type) != node.types.end())
      most = std::min(most, candidate.price);
  keep_cheaper(node, types, most);
}

}  // namespace

std::optional<UsdPerHour> cheapest_price(const LaunchType& type, const AllowedCapacity& allowed) {
  std::optional<UsdPerHour> cheapest;
  for (const LaunchOffering& offering : type.offerings)
    if (offering.available && allowed.holds(offering.capacity))
      cheapest = cheapest ? std::min(*cheapest, offering.price) : offering.price;
  return cheapest;
}

std::optional<UsdPerHour> worst_launch_price(std::span<const LaunchOffering> offerings,
                                             const AllowedCapacity& allowed) {
  for (const Capacity capacity : {Capacity::reserved, Capacity::spot, Capacity::on_demand}) {
    std::optional<UsdPerHour> worst;
    for (const LaunchOffering& offering : offerings)
      if (offering.available && offering.capacity == capacity && allowed.holds(capacity))
        worst = worst ? std::max(*worst, offering.price) : offering.price;
    if (worst) return worst;
  }
  return std::nullopt;
}

bool may_replace(std::span<const LaunchOffering> offerings, const AllowedCapacity& allowed,
                 UsdPerHour removed) {
  const auto worst = worst_launch_price(offerings, allowed);
  return worst && *worst < removed;
}

LaunchPlan plan_launches(std::vector<PendingPod> pods, std::vector<OpenNode> open,
                         const Fleet& fleet) {
  sort_as_planned(pods);
  Packing packing(std::move(open), fleet);
  for (const PendingPod& pod : pods) packing.place(pod);
  return std::move(packing).finish();
}

// Pods of a group ask for the same at the same time, so they follow each other.
LaunchPlan plan_for_groups(std::vector<PendingPod> pods, std::vector<OpenNode> open,
                           const Fleet& fleet) {
  sort_as_planned(pods);
  Packing packing(std::move(open), fleet);
  for (auto first = pods.begin(); first != pods.end();) {
    const auto end =
        std::find_if(first, pods.end(), [&](const PendingPod& pod) { return pod.id != first->id; });
    packing.place_group({first, end});
    first = end;
  }
  return std::move(packing).finish();
}

LaunchRequest launch_request(const PlannedNode& node, std::span<const LaunchType> types) {
  LaunchRequest request{.types = node.types};
  if (request.types.size() > kMostTypes) request.types.resize(kMostTypes);
  const auto has_gpus = [&](std::size_t type) { return types[type].allocatable.gpus > 0; };
  if (!std::ranges::all_of(request.types, has_gpus)) std::erase_if(request.types, has_gpus);

  const auto offered = [&](Capacity capacity) {
    std::optional<UsdPerHour> least;
    for (const std::size_t type : request.types)
      if (const auto price = price_as(types[type], capacity))
        least = least ? std::min(*least, *price) : *price;
    return node.capacity.holds(capacity) ? least : std::nullopt;
  };
  const auto on_demand = offered(Capacity::on_demand), spot = offered(Capacity::spot);
  if (offered(Capacity::reserved))
    request.capacity = Capacity::reserved;
  else if (spot && !(on_demand && *spot > *on_demand))
    request.capacity = Capacity::spot;
  std::erase_if(request.types, [&](std::size_t type) {
    const auto price = price_as(types[type], request.capacity);
    const bool dear_spot = request.capacity == Capacity::spot && on_demand && price > on_demand;
    return !price || dear_spot;
  });
  if (request.types.size() > kMostFleetTypes) request.types.resize(kMostFleetTypes);
  return request;
}

double eviction_cost(const EvictablePod& pod) {
  constexpr double kDeletionScale = 1 << 27, kPriorityScale = 1 << 25;
  return std::clamp(1 + pod.deletion_cost / kDeletionScale + pod.priority / kPriorityScale, -10.0,
                    10.0);
}

double disruption_cost(std::span<const EvictablePod> pods) {
  double cost = 1;
  for (const EvictablePod& pod : pods) cost += std::max(0.0, eviction_cost(pod));
  return cost;
}

double savings_ratio(UsdPerHour price, double disruption) { return price.rate / disruption; }

bool may_be_consolidated(const ConsolidationCandidate& candidate) { return !candidate.pods.empty(); }

void sort_candidates(std::vector<ConsolidationCandidate>& candidates) {
  std::ranges::sort(candidates, {}, [](const ConsolidationCandidate& candidate) {
    return std::pair(-savings_ratio(candidate.price, disruption_cost(candidate.pods)),
                     candidate.node.id);
  });
}

Consolidation consolidate(std::span<const ConsolidationCandidate> candidates, std::size_t count,
                          std::span<const OpenNode> rest, const Fleet& fleet,
                          const ConsolidationRule& rule) {
  LaunchPlan plan = without(candidates, count, rest, fleet);
  Consolidation result;
  if (!plan.refused.empty()) return result;
  if (plan.nodes.size() > 1) return result.action = ConsolidationAction::none_several_nodes, result;
  const auto leaving = candidates.first(count);
  result.action = ConsolidationAction::remove;
  if (!plan.nodes.empty())
    result.action = try_replacement(leaving, plan.nodes.front(), fleet, rule);
  if (!result.acts()) return result;
  if (static_cast<int>(count - plan.nodes.size()) > rule.may_give)
    return result.action = ConsolidationAction::none_at_minimum, result;
  for (const ConsolidationCandidate& candidate : leaving) result.nodes.push_back(candidate.node.id);
  if (!plan.nodes.empty()) result.replacement = std::move(plan.nodes.front());
  return result;
}

std::optional<Consolidation> consolidate_several(std::span<const ConsolidationCandidate> candidates,
                                                 std::span<const OpenNode> rest, const Fleet& fleet,
                                                 const ConsolidationRule& rule) {
  std::optional<Consolidation> best;
  // One more than the minimum lets go may make way for a new one.
  const auto most = std::min(std::int64_t{rule.allowed}, std::int64_t{rule.may_give} + 1);
  if (most < 2 || candidates.size() < 2) return best;
  std::vector<OpenNode> staying(rest.begin(), rest.end());
  for (; std::ssize(candidates) > most; candidates = candidates.first(candidates.size() - 1))
    staying.push_back(candidates.back().node);
  std::size_t low = 2, high = std::min(candidates.size(), rule.most_candidates + 1);
  while (low <= high) {
    const std::size_t count = (low + high) / 2;
    Consolidation tried = consolidate(candidates, count, staying, fleet, rule);
    if (tried.replacement)
      leave_out_removed_types(*tried.replacement, candidates.first(count), fleet.types);
    if (tried.acts() && !(tried.replacement && tried.replacement->types.empty())) {
      best = std::move(tried);
      low = count + 1;
    } else {
      high = count - 1;
    }
  }
  return best;
}

std::optional<Consolidation> consolidate_one(std::span<const ConsolidationCandidate> candidates,
                                             std::span<const OpenNode> rest, const Fleet& fleet,
                                             const ConsolidationRule& rule) {
  if (rule.allowed < 1) return std::nullopt;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    std::vector<OpenNode> others(rest.begin(), rest.end());
    for (std::size_t j = 0; j < candidates.size(); ++j)
      if (j != i) others.push_back(candidates[j].node);
    Consolidation tried = consolidate(candidates.subspan(i, 1), 1, others, fleet, rule);
    if (tried.acts()) return tried;
  }
  return std::nullopt;
}

bool consolidates_still(std::vector<ConsolidationCandidate> candidates,
                        std::span<const NodeId> leaving, bool replaced,
                        std::span<const OpenNode> rest, const Fleet& fleet,
                        const ConsolidationRule& rule) {
  const auto staying = std::ranges::stable_partition(candidates, [&](const auto& candidate) {
    return std::ranges::find(leaving, candidate.node.id) != leaving.end();
  });
  const auto count = candidates.size() - staying.size();
  if (count != leaving.size()) return false;
  const Consolidation again = consolidate(candidates, count, rest, fleet, rule);
  return again.acts() && again.replacement.has_value() == replaced;
}

BalancedScore balanced_score(double savings, double disruption, const PoolTotals& pool, int k) {
  if (pool.cost <= 0 || savings <= 0) return {};
  if (pool.disruption <= 0 || disruption <= 0)
    return {std::numeric_limits<double>::infinity(), true};
  const double score = (savings / pool.cost) / (disruption / pool.disruption);
  return {score, score >= 1.0 / k};
}

}  // namespace berth
