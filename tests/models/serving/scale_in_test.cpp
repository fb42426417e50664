#include "models/serving/scale_in.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

ReplicaPod instance(std::int32_t id, bool serves) {
  ReplicaPod one{.id = {id}};
  if (serves) one.ready_since = Seconds{100};
  return one;
}

TEST_CASE("of an endpoint those go first that do not serve yet, then the newest", "[serving]") {
  const std::vector instances{instance(1, true), instance(2, false), instance(3, true), instance(4, false),
                              instance(5, true)};
  CHECK(instances_to_stop(instances, 4) == std::vector<PodId>{{4}, {2}, {5}, {3}});
  CHECK(instances_to_stop(instances, 1) == std::vector<PodId>{{4}});
  CHECK(instances_to_stop(instances, 0).empty());
  CHECK(instances_to_stop({}, 2).empty());
}

}  // namespace
}  // namespace berth
