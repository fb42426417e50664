#include "planner/people.h"

#include <catch2/catch.hpp>

#include "tests/planner/canned.h"

using namespace berth;

TEST_CASE("people look after what a placement uses, each once") {
  Scenario scenario = canned::scenario();
  auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  cluster.pools.push_back({.name = "train"});
  cluster.pools.push_back({.name = "nobody's"});
  Placement placement = scenario.placements[0];
  placement.training.push_back({.platform = PlatformId{1}, .pool = PoolId{1}});
  placement.training.push_back({.platform = PlatformId{1}, .pool = PoolId{1}});

  const ToilCounts counts = looked_after(scenario, placement);
  CHECK(counts.clusters == 1);
  CHECK(counts.node_pools == 2);  // serving and train
  CHECK(counts.sagemaker_accounts == 1);
  CHECK(counts.training_classes == 3);
  CHECK(counts.services == 1);
  // 3 fixed, 2 for each of two pools, 5 for the account.
  using Per = ToilActivity::Per;
  const People people{.activities = {{.name = "all", .hours_per_month = 3, .per = Per::fixed},
                                     {.name = "pools", .hours_per_month = 2, .per = Per::node_pool},
                                     {.name = "account", .hours_per_month = 5, .per = Per::sagemaker_account}}};
  CHECK(hours_of_people(people, counts) == 12);
}
