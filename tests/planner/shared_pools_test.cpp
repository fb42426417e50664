#include "planner/shared_pools.h"

#include <catch2/catch.hpp>

#include "tests/support/builders.h"

using namespace berth;

namespace {

// Two classes with a job an hour each, at the same instant, of 240 s.
Scenario two_classes() {
  Scenario scenario = small_scenario(test_class(Every{3600s}, 240s));
  scenario.warm_up = 2h;
  scenario.horizon = 24h;
  scenario.training.push_back(scenario.training[0]);
  scenario.training[1].name = "second";
  return scenario;
}

// Nodes for two pods of one place each; a boot of 60 s, and 30 s empty.
constexpr WalkedPool kPool{.room = {.cpu_milli = 2}, .boot_s = 60, .stay_s = 30};

}  // namespace

TEST_CASE("two that come together share what each would have to itself") {
  SharedPools pools(two_classes());
  for (const std::size_t w : {0, 1}) pools.add(7, kPool, w, {}, 0, 1);
  const ShareOfPool share = pools.share(7, 0).value();
  // 330 s of a node for 120 s of one filled; together half of that.
  CHECK(share.alone.spread == Approx(330.0 / 120));
  CHECK(share.least.spread == Approx(165.0 / 120));
  CHECK(share.saves);
  CHECK(share.least.waiting == 1);
  CHECK(pools.together(7, {0}).front().beyond == Approx(1));
  CHECK(pools.together(7, {0, 1})[1].beyond == Approx(0).margin(1e-9));
  CHECK(pools.together(7, {0, 1})[1].waiting == 1);
}

TEST_CASE("who has a pool to itself shares nothing, and a walk is remembered") {
  SharedPools pools(two_classes());
  pools.add(7, kPool, 0, {}, 0, 1);
  CHECK_FALSE(pools.share(7, 0));
  CHECK_FALSE(pools.share(8, 0));
  pools.add(7, kPool, 1, {}, 0, 1);
  pools.together(7, {0, 1});
  const std::size_t walked = pools.walked();
  pools.together(7, {0, 1});
  CHECK(pools.walked() == walked);
}

TEST_CASE("where others fill the kept node there are more nodes than alone") {
  SharedPools pools(two_classes());
  WalkedPool kept = kPool;
  kept.kept = 1;
  kept.room = {.cpu_milli = 1};
  for (const std::size_t w : {0, 1}) pools.add(7, kept, w, {}, 0, 1);
  const ShareOfPool share = pools.share(7, 1).value();
  CHECK(share.alone.spread == Approx(1));
  CHECK(share.least.spread == Approx(1));
  CHECK(share.least.waiting == 0);
  CHECK_FALSE(share.saves);
  // The first takes it; the second waits, on a node of its own for 330 s of which it fills 240: 90 / 240 more.
  CHECK(pools.together(7, {0, 1})[0].beyond == Approx(0).margin(1e-9));
  CHECK(pools.together(7, {0, 1})[1].beyond == Approx(90.0 / 240));
  CHECK(pools.together(7, {0, 1})[1].waiting == 1);
}
