// How often a node already holds what is asked for, when it keeps the last C items used: layers or
// images of one size, asked for independently with fixed probabilities.
//
//   exact (King 1971): the cache holds the last C distinct items. Reading back in time, the next
//   new
//     item after the set S is j with probability p_j / (1 - p(S)); summed over all orders of a set.
//     O(n 2^n): up to kMostItemsExact items.
//   Che's approximation: item i is in the cache with 1 - e^(-p_i t), t so that C items are
//   expected.
//
// Left out: items of different sizes, popularity that changes, kubelet's thresholds (85 % and 80
// %). Tested by tests/oracles/lru_cache_test.cpp and the conformance family lru_cache.
#pragma once

#include <span>
#include <vector>

namespace berth {

struct CacheUse {
  double hit_ratio = 0;
  std::vector<double> occupancy;  // P(item is held), by item
};

inline constexpr int kMostItemsExact = 20;
CacheUse exact_lru(std::span<const double> probabilities, int capacity);
CacheUse che_lru(std::span<const double> probabilities, int capacity);

}  // namespace berth
