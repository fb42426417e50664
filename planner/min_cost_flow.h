// Sending supply to demand over arcs with capacities at the least cost.
//
//   minimise sum of cost x flow over arcs, 0 <= flow <= capacity, at every node out - in = supply
//
// Integer costs and capacities, so the answer is exact. Successive shortest paths (Boost.Graph)
// from a source joined to all supplies to a sink joined to all demands. Costs must not be negative:
// shift them by a constant per layer. A convex cost is several arcs between the same two nodes,
// cheapest first. Exact as long as a path costs less than 2^53. The planner's transport bound
// (placement_problem.cpp) is made of it. Ahuja, Magnanti & Orlin, Network Flows. Tested by tests/planner/min_cost_flow_test.cpp and the family
// min_cost_flow.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace berth {

struct FlowArc {
  int from = 0, to = 0;
  std::int64_t capacity = 0, cost = 0;
};

struct MinCostFlow {
  std::int64_t cost = 0;
  std::int64_t amount = 0;  // that reached the demands
  std::vector<std::int64_t> by_arc;
};

// Positive supply is sent, negative is asked for. nullopt: not all supply finds a way to a demand.
std::optional<MinCostFlow> min_cost_flow(int nodes, std::span<const FlowArc> arcs,
                                         std::span<const std::int64_t> supply);

}  // namespace berth
