#include "models/job_graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/topological_sort.hpp>
#include <iterator>
#include <set>
#include <variant>

namespace berth {
namespace {

// An edge leads from a class to one it waits for.
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
using Vertex = Graph::vertex_descriptor;

std::vector<TrainingId> named_by(const TrainingClass& work) {
  const auto* after = std::get_if<After>(&work.schedule);
  return after != nullptr ? after->classes : std::vector<TrainingId>{};
}

Graph graph_of(std::span<const TrainingClass> classes) {
  Graph graph(classes.size());
  for (std::size_t i = 0; i < classes.size(); ++i)
    for (const TrainingId before : named_by(classes[i])) boost::add_edge(i, before.index(), graph);
  return graph;
}

// Which vertices a walk has seen; kept by the caller.
auto by_vertex(std::vector<boost::default_color_type>& colours, const Graph& graph) {
  return boost::make_iterator_property_map(colours.begin(), boost::get(boost::vertex_index, graph));
}

TrainingId id_of(Vertex vertex) { return {static_cast<std::int32_t>(vertex)}; }

// Notes whom the walk came from, and the first circle it closes.
struct CircleFinder : boost::default_dfs_visitor {
  std::vector<Vertex>* came_from;
  std::vector<TrainingId>* circle;

  CircleFinder(std::vector<Vertex>& from, std::vector<TrainingId>& found)
      : came_from(&from), circle(&found) {}

  void tree_edge(const Graph::edge_descriptor& edge, const Graph& graph) {
    (*came_from)[boost::target(edge, graph)] = boost::source(edge, graph);
  }
  void back_edge(const Graph::edge_descriptor& edge, const Graph& graph) {
    if (!circle->empty()) return;
    const Vertex first = boost::target(edge, graph);
    for (Vertex at = boost::source(edge, graph); at != first; at = (*came_from)[at])
      circle->push_back(id_of(at));
    circle->push_back(id_of(first));
    std::ranges::reverse(*circle);
  }
};

}  // namespace

std::vector<TrainingId> circle_of(std::span<const TrainingClass> classes) {
  const Graph graph = graph_of(classes);
  std::vector<Vertex> came_from(classes.size());
  std::vector<TrainingId> circle;
  std::vector<boost::default_color_type> colours(classes.size());
  boost::depth_first_search(
      graph, boost::visitor(CircleFinder(came_from, circle)).color_map(by_vertex(colours, graph)));
  return circle;
}

JobGraph::JobGraph(std::span<const TrainingClass> classes) : followers_(classes.size()) {
  for (const TrainingClass& one : classes) {
    before_.push_back(named_by(one));
    models_.push_back(static_cast<std::uint64_t>(one.models));
    for (const TrainingId before : before_.back())
      followers_[before.index()].push_back(id_of(before_.size() - 1));
  }
  const Graph graph = graph_of(classes);
  std::vector<boost::default_color_type> colours(classes.size());
  std::vector<Vertex> order;
  boost::topological_sort(graph, std::back_inserter(order),
                          boost::color_map(by_vertex(colours, graph)));
  std::ranges::transform(order, std::back_inserter(order_), id_of);
}

std::vector<TrainingId> JobGraph::reached(TrainingId id, bool before, bool followers) const {
  std::set<TrainingId> seen{id};
  std::vector<TrainingId> open{id};
  while (!open.empty()) {
    const TrainingId at = open.back();
    open.pop_back();
    const auto look = [&](const std::vector<TrainingId>& neighbours) {
      for (const TrainingId one : neighbours)
        if (seen.insert(one).second) open.push_back(one);
    };
    if (before) look(before_[at.index()]);
    if (followers) look(followers_[at.index()]);
  }
  return {seen.begin(), seen.end()};
}

std::vector<TrainingId> JobGraph::before(TrainingId id) const {
  const std::vector<TrainingId> those = reached(id, true, false);
  std::vector<TrainingId> list;
  std::ranges::copy_if(order_, std::back_inserter(list),
                       [&](TrainingId one) { return std::ranges::binary_search(those, one); });
  return list;
}

std::vector<TrainingId> JobGraph::clocks_of(TrainingId id) const {
  std::vector<TrainingId> clocks = reached(id, true, false);
  std::erase_if(clocks, [this](TrainingId one) { return follows(one); });
  return clocks;
}

std::vector<TrainingId> JobGraph::connected(TrainingId id) const { return reached(id, true, true); }

std::vector<JobRange> JobGraph::needs(TrainingId id, std::uint64_t number) const {
  std::vector<JobRange> ranges;
  for (const TrainingId before : before_[id.index()]) {
    if (models(before) == models(id))
      ranges.push_back({before, number, 1});
    else
      ranges.push_back({before, number / models(id) * models(before), models(before)});
  }
  return ranges;
}

JobRange JobGraph::waiting(TrainingId follower, TrainingId before, std::uint64_t number) const {
  if (models(before) == models(follower)) return {follower, number, 1};
  return {follower, number / models(before) * models(follower), models(follower)};
}

const Schedule& clock_of(std::span<const TrainingClass> classes, TrainingId id) {
  return classes[JobGraph(classes).clocks_of(id).front().index()].schedule;
}

// A job whose last predecessor is over becomes the next one's; one that is skipped is over at once.
std::vector<JobChains::Next> JobChains::over(TrainingId workload, std::uint64_t number,
                                             bool completed, Seconds began) {
  std::vector<Next> out;
  std::vector<Next> open{{workload, number, completed, began}};
  while (!open.empty()) {
    const Next done = open.back();
    open.pop_back();
    std::vector<Next> next;
    pass_on(done, next);
    for (const Next& one : next) {
      out.push_back(one);
      if (!one.runs) open.push_back(one);
    }
  }
  std::ranges::sort(out, {}, [](const Next& n) { return std::pair(n.workload, n.number); });
  return out;
}

void JobChains::pass_on(const Next& done, std::vector<Next>& out) {
  for (const TrainingId follower : graph_.followers(done.workload)) {
    const JobRange range = graph_.waiting(follower, done.workload, done.number);
    for (std::uint64_t n = range.first; n < range.first + range.count; ++n) {
      const auto [at, is_new] = waiting_.try_emplace({follower, n});
      Waiting& waiting = at->second;
      if (is_new) {
        waiting.began = done.began;
        for (const JobRange& needed : graph_.needs(follower, n)) waiting.left += needed.count;
      }
      waiting.runs = waiting.runs && done.runs;
      waiting.began = std::min(waiting.began, done.began);
      if (--waiting.left > 0) continue;
      out.push_back({follower, n, waiting.runs, waiting.began});
      waiting_.erase(at);
    }
  }
}

}  // namespace berth
