#include "planner/sensitivity.h"

#include <boost/math/special_functions/legendre.hpp>
#include <cmath>
#include <numeric>
#include <optional>

#include "models/estimate.h"
#include "models/random_stream.h"

namespace berth {
namespace {

struct Node {
  double at = 0, weight = 0;  // on [0, 1]
};

std::vector<Node> gauss_nodes(int panels, int points) {
  std::vector<Node> reference;
  for (const double zero : boost::math::legendre_p_zeros<double>(points)) {
    const double slope = boost::math::legendre_p_prime(points, zero);
    const double weight = 2 / ((1 - zero * zero) * slope * slope);
    reference.push_back({zero, weight});
    if (zero != 0) reference.push_back({-zero, weight});
  }
  std::vector<Node> nodes;
  for (int p = 0; p < panels; ++p)
    for (const Node& node : reference)
      nodes.push_back({(p + (node.at + 1) / 2) / panels, node.weight / 2 / panels});
  return nodes;
}

double between(const InputRange& range, double share) {
  return range.low + share * (range.high - range.low);
}

// A grid of quadrature nodes: position of input i is digit i of the index, to base nodes.
struct Grid {
  std::size_t base = 1, inputs = 1;
  std::size_t digit(std::size_t index, std::size_t input) const {
    for (std::size_t i = 0; i < input; ++i) index /= base;
    return index % base;
  }
};

}  // namespace

std::vector<OneAtATime> one_at_a_time(const Response& response,
                                      std::span<const InputRange> inputs) {
  std::vector<double> at;
  for (const InputRange& input : inputs) at.push_back(input.likely);
  std::vector<OneAtATime> list;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    OneAtATime& one = list.emplace_back();
    at[i] = inputs[i].low;
    one.at_low = response(at);
    at[i] = inputs[i].high;
    one.at_high = response(at);
    at[i] = inputs[i].likely;
  }
  return list;
}

std::vector<MorrisEffect> morris(const Response& response, std::span<const InputRange> inputs,
                                 int trajectories, std::uint64_t seed, int levels) {
  const std::size_t k = inputs.size();
  // The step that visits every level equally often: levels / (2 (levels - 1)).
  const double step = levels / (2.0 * (levels - 1));
  std::vector<std::vector<double>> effects(k);
  for (int t = 0; t < trajectories; ++t) {
    RandomStream stream(seed, static_cast<std::uint32_t>(t), Purpose::resampling, k);
    std::vector<double> share(k), at(k);
    for (std::size_t i = 0; i < k; ++i) {
      // Low half of the grid, so that a step up stays inside; half of them are walked down instead.
      const double low = std::floor(stream.uniform() * levels / 2) / (levels - 1);
      share[i] = stream.uniform() < 0.5 ? low : low + step;
    }
    std::vector<std::size_t> order(k);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = k; i > 1; --i)
      std::swap(order[i - 1], order[static_cast<std::size_t>(stream.uniform() * double(i))]);
    for (std::size_t i = 0; i < k; ++i) at[i] = between(inputs[i], share[i]);
    double before = response(at);
    for (const std::size_t i : order) {
      const double move = share[i] + step <= 1 + 1e-9 ? step : -step;
      share[i] += move;
      at[i] = between(inputs[i], share[i]);
      const double after = response(at);
      effects[i].push_back((after - before) / move);
      before = after;
    }
  }
  std::vector<MorrisEffect> list;
  for (const std::vector<double>& one : effects) {
    MorrisEffect& effect = list.emplace_back();
    effect.mu = mean_of(one);
    for (const double e : one) effect.mu_star += std::abs(e) / static_cast<double>(one.size());
    effect.sigma = std::sqrt(variance_of(one));
  }
  return list;
}

SobolIndices sobol(const Response& response, std::span<const InputRange> inputs, int panels,
                   int points) {
  const std::vector<Node> nodes = gauss_nodes(panels, points);
  const std::size_t k = inputs.size();
  const Grid grid{nodes.size(), k};
  std::size_t count = 1;
  for (std::size_t i = 0; i < k; ++i) count *= nodes.size();

  // f and the weight of every point of the grid, then means over all, over one axis, over the rest.
  std::vector<double> value(count), weight(count, 1.0), at(k);
  SobolIndices result;
  for (std::size_t index = 0; index < count; ++index) {
    for (std::size_t i = 0; i < k; ++i) {
      const Node& node = nodes[grid.digit(index, i)];
      at[i] = between(inputs[i], node.at);
      weight[index] *= node.weight;
    }
    value[index] = response(at);
    result.mean += weight[index] * value[index];
  }
  for (std::size_t index = 0; index < count; ++index)
    result.variance += weight[index] * std::pow(value[index] - result.mean, 2);
  std::size_t stride = 1;
  for (std::size_t i = 0; i < k; ++i, stride *= nodes.size()) {
    std::vector<double> given(nodes.size(), 0.0);
    double inside = 0;  // mean over the others of the variance along this axis
    for (std::size_t index = 0; index < count; ++index) {
      const std::size_t digit = grid.digit(index, i);
      given[digit] += weight[index] / nodes[digit].weight * value[index];
      if (digit > 0) continue;
      double mean = 0, square = 0;
      for (std::size_t d = 0; d < nodes.size(); ++d) {
        mean += nodes[d].weight * value[index + d * stride];
      }
      for (std::size_t d = 0; d < nodes.size(); ++d)
        square += nodes[d].weight * std::pow(value[index + d * stride] - mean, 2);
      inside += weight[index] / nodes[0].weight * square;
    }
    double explained = 0;
    for (std::size_t d = 0; d < nodes.size(); ++d)
      explained += nodes[d].weight * std::pow(given[d] - result.mean, 2);
    result.first.push_back(result.variance > 0 ? explained / result.variance : 0);
    result.total.push_back(result.variance > 0 ? inside / result.variance : 0);
  }
  return result;
}

}  // namespace berth
