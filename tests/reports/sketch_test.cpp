#include "reports/sketch.h"

#include <catch2/catch.hpp>

using namespace berth;

TEST_CASE("a series in one line goes from nothing to its largest") {
  CHECK(sparkline(std::vector<double>{0, 7, 3.5, 7}, 10) ==
        "▁█▅█");  // 3.5 of 7 is step 3.5 of 7: rounds up
  CHECK(sparkline(std::vector<double>{5, 5, 5}, 3) == "███");  // a level is not nothing
  CHECK(sparkline(std::vector<double>{0, 0}, 2) == "▁▁");
  CHECK(sparkline({}, 4).empty());
}

TEST_CASE("a long series is averaged into its width") {
  CHECK(sparkline(std::vector<double>{0, 0, 4, 4, 8, 8, 0, 0}, 4) == "▁▅█▁");
}

TEST_CASE("points stand where their values are, the cheapest left, the quickest below") {
  const std::vector<SketchPoint> points{{0, 0}, {10, 10}, {5, 5}};
  const std::string text = scatter(points, {"0", "10", "0", "10", "x", "y"}, 11, 3);
  CHECK(text ==
        "y\n"
        "10 │          b\n"
        "   │     c\n"
        " 0 │a\n"
        "   └───────────\n"
        "    0   x    10\n");
}

TEST_CASE("points on one place are told") {
  const std::vector<SketchPoint> points{{1, 1}, {1, 1}, {2, 2}};
  CHECK(scatter(points, {"1", "2", "1", "2", "x", "y"}, 5, 2).find('*') != std::string::npos);
}
