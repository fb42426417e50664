// Which of several points nobody beats in everything, all coordinates being better when smaller.
//
//   a dominates b: a <= b in every coordinate and a < b in one
//   clearly dominates: every paired difference b - a leaves no doubt that it is not negative, and
//   one
//     is clearly positive (95 % for each coordinate, Bonferroni over coordinates). Means that
//     differ by luck throw nobody off a front.
//   knee: the point farthest below the straight line between the two ends of a front of two
//     coordinates, each scaled to its range; nothing for fewer than three points.
//   hypervolume: of the region between the front and a reference point that is worse in everything
//     (Zitzler & Thiele 1999), for two or three coordinates.
// Tested by tests/planner/pareto_test.cpp and the family pareto.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "planner/figure.h"

namespace berth {

using Point = std::vector<double>;

bool dominates(const Point& a, const Point& b);
std::vector<std::size_t> nondominated(
    std::span<const Point> points);  // ascending; equal points stay
double hypervolume(std::span<const Point> points, const Point& reference);
std::optional<std::size_t> knee(std::span<const Point> points);  // of the front among them

// The coordinates of one candidate, replication by replication.
using Measured = std::vector<Figure>;
bool clearly_dominates(const Measured& a, const Measured& b, double confidence = 0.95);
std::vector<std::size_t> not_clearly_dominated(std::span<const Measured> candidates,
                                               double confidence = 0.95);

}  // namespace berth
