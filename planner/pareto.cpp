#include "planner/pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace berth {
namespace {

double area_2d(std::vector<Point> points, const Point& reference) {
  std::ranges::sort(points);
  double area = 0, top = reference[1];
  for (const Point& p : points) {
    if (p[0] >= reference[0] || p[1] >= top) continue;
    area += (reference[0] - p[0]) * (top - p[1]);
    top = p[1];
  }
  return area;
}

// Slabs between successive third coordinates, each with the area of the points below it.
double volume_3d(std::vector<Point> points, const Point& reference) {
  std::ranges::sort(points, {}, [](const Point& p) { return p[2]; });
  double volume = 0;
  std::vector<Point> flat;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i][2] >= reference[2]) break;
    flat.push_back({points[i][0], points[i][1]});
    const double end =
        i + 1 < points.size() ? std::min(points[i + 1][2], reference[2]) : reference[2];
    volume += area_2d(flat, {reference[0], reference[1]}) * (end - points[i][2]);
  }
  return volume;
}

std::vector<double> paired(const Figure& a, const Figure& b) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i)
    if (a.values[i] && b.values[i]) differences.push_back(*b.values[i] - *a.values[i]);
  return differences;
}

}  // namespace

bool dominates(const Point& a, const Point& b) {
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better = better || a[i] < b[i];
  }
  return better;
}

std::vector<std::size_t> nondominated(std::span<const Point> points) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (std::ranges::none_of(points, [&](const Point& p) { return dominates(p, points[i]); }))
      front.push_back(i);
  return front;
}

double hypervolume(std::span<const Point> points, const Point& reference) {
  std::vector<Point> list(points.begin(), points.end());
  if (reference.size() == 2) return area_2d(std::move(list), reference);
  if (reference.size() == 3) return volume_3d(std::move(list), reference);
  throw std::invalid_argument("a hypervolume has two or three coordinates");
}

std::optional<std::size_t> knee(std::span<const Point> points) {
  std::vector<std::size_t> front = nondominated(points);
  if (front.size() < 3 || points.front().size() != 2) return std::nullopt;
  std::ranges::stable_sort(front, {}, [&](std::size_t i) { return points[i]; });
  const Point &first = points[front.front()], &last = points[front.back()];
  const double width = last[0] - first[0], height = first[1] - last[1];
  if (width <= 0 || height <= 0) return std::nullopt;
  std::optional<std::size_t> best;
  double farthest = 0;
  for (const std::size_t i : front) {
    // On the line the two shares add up to one; below it to less.
    const double below = 1 - (points[i][0] - first[0]) / width - (points[i][1] - last[1]) / height;
    if (below > farthest + 1e-12) best = i, farthest = below;
  }
  return best;
}

bool clearly_dominates(const Measured& a, const Measured& b, double confidence) {
  const double each = 1 - (1 - confidence) / static_cast<double>(a.size());
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::vector<double> differences = paired(a[i], b[i]);
    if (differences.empty()) return false;
    const Estimate gap = t_interval(differences, each);
    const bool all_equal = std::ranges::all_of(differences, [](double d) { return d == 0; });
    if (all_equal) continue;
    // One replication has no interval; then nothing is clear.
    if (!gap.interval || gap.interval->low < 0) return false;
    better = true;
  }
  return better;
}

std::vector<std::size_t> not_clearly_dominated(std::span<const Measured> candidates,
                                               double confidence) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (std::ranges::none_of(candidates, [&](const Measured& other) {
          return &other != &candidates[i] && clearly_dominates(other, candidates[i], confidence);
        }))
      front.push_back(i);
  return front;
}

}  // namespace berth
