// When each slot of a service becomes free, and which one is first: a tournament tree with the
// dates in its nodes. Replacing the first costs one walk from leaf to root without a branch to
// guess wrong; dates are at least 0, so their bits order as they do and compare in one cycle. A slot
// that is not there is free at infinity, so pods come and go by writing one leaf. Among equal dates
// the tree decides, always in the same way.
// Tested by tests/sim/serving/slot_tree_test.cpp.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace berth::serving {

inline constexpr double kNever = std::numeric_limits<double>::infinity();

class SlotTree {
 public:
  SlotTree() { grow(1); }

  double earliest() const { return std::bit_cast<double>(nodes_[1].free); }
  std::size_t earliest_slot() const { return nodes_[1].slot; }
  double free_at(std::size_t slot) const {
    return std::bit_cast<double>(nodes_[leaves_ + slot].free);
  }

  void set(std::size_t slot, double free) {
    std::size_t i = leaves_ + slot;
    // -0.0 would come last.
    Node winner{std::bit_cast<std::uint64_t>(free + 0.0), slot};
    nodes_[i] = winner;
    while (i > 1) {
      const Node other = nodes_[i ^ 1];
      const bool first = other.free < winner.free;
      winner.free = first ? other.free : winner.free;
      winner.slot = first ? other.slot : winner.slot;
      i >>= 1;
      nodes_[i] = winner;
    }
  }

  // At least so many slots; new ones are not there yet.
  void grow(std::size_t slots) {
    const std::size_t old = leaves_;
    if (slots <= old) return;
    std::vector<double> dates(old);
    for (std::size_t i = 0; i < old; ++i) dates[i] = free_at(i);
    leaves_ = std::bit_ceil(slots);
    nodes_.assign(2 * leaves_, Node{});
    for (std::size_t i = 0; i < leaves_; ++i) nodes_[leaves_ + i].slot = i;
    for (std::size_t i = leaves_ - 1; i > 0; --i) nodes_[i].slot = nodes_[2 * i].slot;
    for (std::size_t i = 0; i < old; ++i) set(i, dates[i]);
  }

 private:
  struct Node {
    std::uint64_t free = std::bit_cast<std::uint64_t>(kNever);
    std::size_t slot = 0;
  };
  std::size_t leaves_ = 0;
  std::vector<Node> nodes_;  // node i has children 2i and 2i+1; node 1 is the root
};

}  // namespace berth::serving
