#include "sim/serving/slot_tree.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "sim/serving/fast_draws.h"

namespace berth::serving {
namespace {

TEST_CASE("the tree's winner is the smallest date, whatever is written", "[slots]") {
  FastRandom random(RandomStream(1, 0, Purpose::service, 0));
  for (std::size_t slots : {1, 2, 3, 7, 64, 100}) {
    SlotTree tree;
    tree.grow(slots);
    std::vector<double> dates(slots, kNever);
    for (int i = 0; i < 2000; ++i) {
      const std::size_t slot = random.below(static_cast<std::uint32_t>(slots));
      dates[slot] = random.below(10) == 0 ? kNever : random.uniform();
      tree.set(slot, dates[slot]);
      REQUIRE(tree.earliest() == std::ranges::min(dates));
      if (tree.earliest() < kNever) REQUIRE(dates[tree.earliest_slot()] == tree.earliest());
    }
  }
}

TEST_CASE("growing keeps every date", "[slots]") {
  SlotTree tree;
  tree.set(0, 5);
  tree.grow(3);
  CHECK(tree.earliest() == 5);
  tree.set(2, 4);
  tree.grow(9);
  CHECK(tree.earliest_slot() == 2);
  CHECK(tree.free_at(0) == 5);
  CHECK(tree.free_at(8) == kNever);
}

}  // namespace
}  // namespace berth::serving
