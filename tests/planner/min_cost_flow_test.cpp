#include "planner/min_cost_flow.h"

#include <catch2/catch.hpp>

using namespace berth;

TEST_CASE("flow takes the cheap way until it is full") {
  const std::vector<FlowArc> arcs{
      {0, 1, 3, 1},
      {0, 1, 9, 4}
  };
  const std::vector<std::int64_t> supply{5, -5};
  const auto flow = min_cost_flow(2, arcs, supply);
  REQUIRE(flow);
  CHECK(flow->by_arc == std::vector<std::int64_t>{3, 2});
  CHECK(flow->cost == 3 * 1 + 2 * 4);
}

TEST_CASE("an earlier path is taken back when that is cheaper in all") {
  // Shortest first path 0-1-2-3 costs 3; sending both costs least as 0-1-3 and 0-2-3.
  const std::vector<FlowArc> arcs{
      {0, 1, 1, 1},
      {0, 2, 1, 4},
      {1, 2, 1, 1},
      {1, 3, 1, 4},
      {2, 3, 1, 1}
  };
  const std::vector<std::int64_t> supply{2, 0, 0, -2};
  const auto flow = min_cost_flow(4, arcs, supply);
  REQUIRE(flow);
  CHECK(flow->cost == 10);
  CHECK(flow->by_arc[2] == 0);
}

TEST_CASE("supply that finds no way is an answer, a negative cost a mistake") {
  const std::vector<std::int64_t> supply{2, -2};
  CHECK_FALSE(min_cost_flow(2,
                            std::vector<FlowArc>{
                                {0, 1, 1, 1}
  },
                            supply));
  CHECK_THROWS_AS(min_cost_flow(2,
                                std::vector<FlowArc>{
                                    {0, 1, 2, -1}
  },
                                supply),
                  std::invalid_argument);
}
