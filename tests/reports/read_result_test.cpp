#include "reports/read_result.h"

#include <catch2/catch.hpp>

#include "planner/figures.h"
#include "reports/json.h"
#include "tests/reports/canned_result.h"

using namespace berth;

TEST_CASE("a result read back compares like the one that was written") {
  const Result written = canned::result();
  const auto read = read_results(json_report(std::vector{written}), "base.json");
  REQUIRE(read.size() == 1);
  REQUIRE(read[0].placements.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const GateSide direct = side_of(written.placements[i]);
    const GateSide& stored = read[0].placements[i];
    CHECK(stored.placement == direct.placement);
    CHECK(stored.figures == direct.figures);  // every value of every replication, the same bits
    CHECK(stored.growing == direct.growing);
    CHECK(stored.prices == direct.prices);
    REQUIRE(stored.goals.size() == direct.goals.size());
    CHECK(stored.goals[0].target == direct.goals[0].target);
  }
  CHECK(read[0].from.seed == written.from.seed);
  CHECK(read[0].from.model_version == written.from.model_version);
  CHECK(read[0].from.inputs[0].sha256 == written.from.inputs[0].sha256);
  CHECK(read[0].failures == 1);
}
