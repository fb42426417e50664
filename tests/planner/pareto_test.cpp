#include "planner/pareto.h"

#include <catch2/catch.hpp>

using namespace berth;

namespace {

Figure figure(std::initializer_list<double> values) {
  Figure f;
  for (const double v : values) f.values.push_back(v);
  return f;
}

}  // namespace

TEST_CASE("equal points stay on the front together, beaten ones do not") {
  const std::vector<Point> points{
      {1, 4},
      {1, 4},
      {2, 4},
      {3, 1}
  };
  CHECK(nondominated(points) == std::vector<std::size_t>{0, 1, 3});
}

TEST_CASE("the area under a staircase is its rectangles") {
  // Against (4, 4): (1, 3) gives 3 x 1, (2, 1) adds 2 x 2.
  CHECK(hypervolume(
            std::vector<Point>{
                {1, 3},
                {2, 1}
  },
            {4, 4}) == Approx(7));
  // The same staircase of height 2 above a third coordinate of 1: 7 x 2.
  CHECK(hypervolume(
            std::vector<Point>{
                {1, 3, 1},
                {2, 1, 1}
  },
            {4, 4, 3}) == Approx(14));
}

TEST_CASE("the knee lies farthest below the straight line between the ends") {
  // On the line from (0, 10) to (10, 0), (2, 3) is below by half its length, (6, 2) by a fifth.
  const std::vector<Point> points{
      {0,  10},
      {2,  3 },
      {6,  2 },
      {10, 0 }
  };
  CHECK(knee(points) == std::size_t{1});
  CHECK_FALSE(knee(std::vector<Point>{
      {0, 1},
      {1, 0}
  }));
}

TEST_CASE("means that differ by luck throw nobody off the front") {
  const Measured steady{figure({10, 11, 10, 11, 10}), figure({5, 5, 5, 5, 5})};
  const Measured lucky{figure({8, 14, 9, 12, 10}), figure({5, 5, 5, 5, 5})};
  const Measured worse{figure({12, 13, 12, 13, 12}), figure({5, 5, 5, 5, 5})};
  CHECK_FALSE(clearly_dominates(steady, lucky));
  CHECK(clearly_dominates(steady, worse));  // dearer by two in every replication
  const std::vector<Measured> all{steady, lucky, worse};
  CHECK(not_clearly_dominated(all) == std::vector<std::size_t>{0, 1});
}

TEST_CASE("nothing is clear after one replication") {
  CHECK_FALSE(clearly_dominates({figure({1})}, {figure({2})}));
}
