// How many nodes a set of pods needs: items with several dimensions (CPU, memory, GPU) into bins of
// one or several kinds, at the least cost. Lower bounds that are proven, packings that can be had.
//
//   continuous  max over dimensions of ceil(sum of items / capacity)
//   L2          Martello & Toth (1990) per dimension: items above half a bin each need their own,
//   and
//               for each threshold a: n(> C - a) + n(C/2 < . <= C - a) + what is left of items >= a
//   covering    max over dimensions of sum x min over kinds of cost / capacity      (several kinds)
//   patterns    min sum cost y, y >= 0, such that the patterns together hold every count: the
//   linear
//               relaxation over all maximal fillings of a bin (Gilmore & Gomory). Counts need not
//               be whole: with mean counts it bounds the mean number of bins of any packing from
//               below, because it is convex in the counts.
//   FFD         first-fit decreasing, by the sum of normalised sizes, ties by position
//   BFD         best fit by the dot product with what is free, then emptying the lightest bins
//   exact       branch and bound over items, for a few dozen
//
// Left out: items that exclude each other, topology spread.
// Tested by tests/oracles/bin_packing_test.cpp and the family vector_bin_packing.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace berth {

using Sizes = std::vector<double>;

struct BinKind {
  double cost = 1;
  Sizes capacity;
};

struct Packing {
  double cost = 0;
  std::vector<std::size_t> kinds;               // of each bin
  std::vector<std::vector<std::size_t>> items;  // in each bin
  std::size_t bins() const { return kinds.size(); }
};

int continuous_bound(std::span<const Sizes> items, const Sizes& capacity);
int l2_bound(std::span<const Sizes> items, const Sizes& capacity);
double covering_bound(std::span<const Sizes> items, std::span<const BinKind> kinds);

// How often each shape occurs, and the least cost of bins that hold them, fractions allowed.
// nullopt: a shape fits no bin, or there are more than `most_patterns` maximal patterns.
std::optional<double> pattern_bound(std::span<const Sizes> shapes, std::span<const double> counts,
                                    std::span<const BinKind> kinds,
                                    std::size_t most_patterns = 2'000);

// One kind of bin. Throws when an item fits no bin.
std::size_t first_fit_decreasing(std::span<const Sizes> items, const Sizes& capacity);
// Throws when an item fits no bin.
Packing best_fit_decreasing(std::span<const Sizes> items, std::span<const BinKind> kinds);

struct ExactPacking {
  Packing packing;
  bool proven = false;  // within the limit of nodes
};
ExactPacking pack_exactly(std::span<const Sizes> items, std::span<const BinKind> kinds,
                          std::size_t most_nodes = 2'000'000);

}  // namespace berth
