#include "planner/multiple_choice.h"

#include <algorithm>
#include <numeric>

namespace berth {
namespace {

// The lower convex hull from the cheapest choice towards less use; positions in the class.
std::vector<std::size_t> hull_of(const std::vector<BudgetedChoice>& choices) {
  std::vector<std::size_t> order(choices.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return std::pair(choices[a].cost, choices[a].use) < std::pair(choices[b].cost, choices[b].use);
  });
  std::vector<std::size_t> hull;
  for (const std::size_t i : order) {
    if (!hull.empty() && choices[i].use >= choices[hull.back()].use) continue;  // dominated
    const auto slope = [&](std::size_t from, std::size_t to) {
      return (choices[to].cost - choices[from].cost) / (choices[from].use - choices[to].use);
    };
    while (hull.size() >= 2 &&
           slope(hull[hull.size() - 2], hull.back()) >= slope(hull[hull.size() - 2], i))
      hull.pop_back();
    hull.push_back(i);
  }
  return hull;
}

struct Step {
  double slope = 0, saved = 0, dearer = 0;
  std::size_t of = 0, to = 0;
};

}  // namespace

std::optional<MultipleChoice> choose_within(std::span<const std::vector<BudgetedChoice>> classes,
                                            double budget) {
  MultipleChoice result;
  std::vector<Step> steps;
  double use = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const std::vector<std::size_t> hull = hull_of(classes[c]);
    result.choices.push_back(hull.front());
    result.cost += classes[c][hull.front()].cost;
    use += classes[c][hull.front()].use;
    for (std::size_t i = 1; i < hull.size(); ++i) {
      const BudgetedChoice &from = classes[c][hull[i - 1]], &to = classes[c][hull[i]];
      const double saved = from.use - to.use, dearer = to.cost - from.cost;
      steps.push_back({dearer / saved, saved, dearer, c, hull[i]});
    }
  }
  // Slopes grow along a hull, so a stable sort keeps each class's steps in order.
  std::ranges::stable_sort(steps, {}, &Step::slope);
  result.bound = result.cost;
  for (const Step& step : steps) {
    if (use <= budget) break;
    const double needed = std::min(1.0, (use - budget) / step.saved);
    result.bound = result.cost + needed * step.dearer;
    result.cost += step.dearer;
    result.choices[step.of] = step.to;
    use -= step.saved;
  }
  if (use > budget * (1 + 1e-12) + 1e-12) return std::nullopt;
  return result;
}

}  // namespace berth
