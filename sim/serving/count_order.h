// Pods by how many requests each holds, kept in order at two swaps a change: who has the fewest is known
// at once. Tested by tests/sim/serving/pod_queues_test.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/serving/fast_draws.h"

namespace berth::serving {

class CountOrder {
 public:
  void insert(std::uint32_t pod);  // holding nothing
  void remove(std::uint32_t pod);
  void increment(std::uint32_t pod);
  void decrement(std::uint32_t pod);
  std::uint32_t any_of_fewest(FastRandom& random) const;
  bool empty() const { return order_.empty(); }

 private:
  void move(std::uint32_t pod, std::size_t place);
  std::size_t end_of(std::uint32_t count) const;

  std::vector<std::uint32_t> order_;   // pods, fewest first
  std::vector<std::size_t> place_;     // by pod
  std::vector<std::uint32_t> count_;   // by pod
  std::vector<std::size_t> begin_of_;  // by count: the first place with at least so many
};

}  // namespace berth::serving
