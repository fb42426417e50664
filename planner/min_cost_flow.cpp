#include "planner/min_cost_flow.h"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/successive_shortest_path_nonnegative_weights.hpp>
#include <stdexcept>

namespace berth {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
// Costs as doubles: distances are exact sums of integers, and that of a node which cannot be reached any
// more is infinite, where the sum of two largest integers overflows.
struct ArcData {
  std::int64_t capacity = 0, residual = 0;
  double cost = 0;
  Traits::edge_descriptor reverse;
};
using Graph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, ArcData>;

// Every arc needs its reverse, empty and of negative cost, for flow to be taken back.
Traits::edge_descriptor add_arc(Graph& graph, const FlowArc& arc) {
  const auto ahead = add_edge(arc.from, arc.to, graph).first;
  const auto back = add_edge(arc.to, arc.from, graph).first;
  const auto cost = static_cast<double>(arc.cost);
  graph[ahead] = {arc.capacity, arc.capacity, cost, back};
  graph[back] = {0, 0, -cost, ahead};
  return ahead;
}

}  // namespace

std::optional<MinCostFlow> min_cost_flow(int nodes, std::span<const FlowArc> arcs,
                                         std::span<const std::int64_t> supply) {
  const int source = nodes, sink = nodes + 1;
  Graph graph(static_cast<std::size_t>(nodes) + 2);
  std::vector<Traits::edge_descriptor> edges;
  for (const FlowArc& arc : arcs) {
    if (arc.cost < 0 || arc.capacity < 0)
      throw std::invalid_argument("costs and capacities of a flow must not be negative");
    edges.push_back(add_arc(graph, arc));
  }
  std::int64_t offered = 0;
  for (int node = 0; node < nodes; ++node) {
    const std::int64_t amount = supply[static_cast<std::size_t>(node)];
    if (amount > 0) {
      offered += amount;
      add_arc(graph, {source, node, amount, 0});
    } else if (amount < 0) {
      add_arc(graph, {node, sink, -amount, 0});
    }
  }
  boost::successive_shortest_path_nonnegative_weights(
      graph, static_cast<std::size_t>(source), static_cast<std::size_t>(sink),
      boost::capacity_map(boost::get(&ArcData::capacity, graph))
          .residual_capacity_map(boost::get(&ArcData::residual, graph))
          .weight_map(boost::get(&ArcData::cost, graph))
          .reverse_edge_map(boost::get(&ArcData::reverse, graph)));
  MinCostFlow flow;
  for (auto [at, end] = out_edges(static_cast<std::size_t>(source), graph); at != end; ++at)
    flow.amount += graph[*at].capacity - graph[*at].residual;
  if (flow.amount < offered) return std::nullopt;
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    flow.by_arc.push_back(graph[edges[i]].capacity - graph[edges[i]].residual);
    flow.cost += flow.by_arc.back() * arcs[i].cost;
  }
  return flow;
}

}  // namespace berth
