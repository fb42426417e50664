#include "tests/oracles/lru_cache.h"

#include <bit>
#include <cmath>
#include <stdexcept>

namespace berth {
namespace {

CacheUse with_hits(std::span<const double> probabilities, std::vector<double> occupancy) {
  CacheUse use{.occupancy = std::move(occupancy)};
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    use.hit_ratio += probabilities[i] * use.occupancy[i];
  return use;
}

double mass(std::span<const double> probabilities, unsigned set) {
  double sum = 0;
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    if ((set >> i & 1U) != 0) sum += probabilities[i];
  return sum;
}

double expected_items(std::span<const double> probabilities, double time) {
  double items = 0;
  for (const double p : probabilities) items -= std::expm1(-p * time);
  return items;
}

// The items expected grow from 0 to n with time: bisection, then it cannot get better.
double characteristic_time(std::span<const double> probabilities, int capacity) {
  double low = 0, high = 1;
  while (expected_items(probabilities, high) < capacity) high *= 2;
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = (low + high) / 2;
    if (middle == low || middle == high) break;
    (expected_items(probabilities, middle) < capacity ? low : high) = middle;
  }
  return high;
}

}  // namespace

CacheUse exact_lru(std::span<const double> probabilities, int capacity) {
  const std::size_t items = probabilities.size();
  if (items > static_cast<std::size_t>(kMostItemsExact))
    throw std::invalid_argument("exact_lru: at most 20 items");
  if (capacity >= static_cast<int>(items))
    return with_hits(probabilities, std::vector<double>(items, 1.0));
  std::vector<double> reach(std::size_t{1} << items, 0.0);  // P(the last |S| distinct items are S)
  std::vector<double> occupancy(items, 0.0);
  reach[0] = 1;
  for (unsigned set = 0; set < reach.size(); ++set) {
    const int size = std::popcount(set);
    if (reach[set] == 0 || size > capacity) continue;
    const double left = 1 - mass(probabilities, set);
    for (std::size_t i = 0; i < items; ++i) {
      const bool in = (set >> i & 1U) != 0;
      if (size == capacity && in) occupancy[i] += reach[set];
      if (size < capacity && !in) reach[set | 1U << i] += reach[set] * probabilities[i] / left;
    }
  }
  return with_hits(probabilities, std::move(occupancy));
}

CacheUse che_lru(std::span<const double> probabilities, int capacity) {
  if (capacity >= static_cast<int>(probabilities.size()))
    return with_hits(probabilities, std::vector<double>(probabilities.size(), 1.0));
  const double time = characteristic_time(probabilities, capacity);
  std::vector<double> occupancy;
  for (const double p : probabilities) occupancy.push_back(-std::expm1(-p * time));
  return with_hits(probabilities, std::move(occupancy));
}

}  // namespace berth
