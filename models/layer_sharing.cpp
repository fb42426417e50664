#include "models/layer_sharing.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/connected_components.hpp>
#include <map>
#include <set>

namespace berth {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;

// Images first, then layers in the order in which they are first named.
struct SharingGraph {
  Graph edges;
  std::map<LayerId, Graph::vertex_descriptor> layers;

  explicit SharingGraph(std::size_t images) : edges(images) {}

  // True when the layer was not in the graph yet.
  bool connect(std::size_t image, LayerId layer) {
    const auto known = layers.find(layer);
    const auto vertex = known != layers.end() ? known->second : boost::add_vertex(edges);
    if (known == layers.end()) layers.emplace(layer, vertex);
    boost::add_edge(image, vertex, edges);
    return known == layers.end();
  }

  std::vector<int> components() const {
    std::vector<int> component(boost::num_vertices(edges));
    boost::connected_components(edges, component.data());
    return component;
  }
};

}  // namespace

LayerSharing layer_sharing(std::span<const Image> images, std::span<const ImageId> used) {
  const std::set<ImageId> distinct(used.begin(), used.end());
  const std::vector<ImageId> order(distinct.begin(), distinct.end());
  LayerSharing sharing;
  SharingGraph graph(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::set<LayerId> own;  // a digest listed twice is one layer
    for (const Layer& layer : images[order[i].index()].layers) {
      if (!own.insert(layer.id).second) continue;
      sharing.separate += layer.compressed;
      if (graph.connect(i, layer.id)) sharing.stored += layer.compressed;
    }
  }
  std::map<int, std::size_t> family_of;  // by component
  const std::vector<int> component = graph.components();
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto [family, is_new] = family_of.emplace(component[i], sharing.families.size());
    if (is_new) sharing.families.emplace_back();
    sharing.families[family->second].push_back(order[i]);
  }
  return sharing;
}

Bytes shared_bytes(const Image& a, const Image& b) {
  LayerSet held;
  held.add(a);
  Bytes all = total_compressed(missing(b, {}));
  return all - total_compressed(missing(b, held));
}

}  // namespace berth
