#include "planner/selection.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "models/estimate.h"

namespace berth {
namespace {

std::vector<double> paired(const Values& a, const Values& b) {
  std::vector<double> differences;
  for (std::size_t r = 0; r < std::min(a.size(), b.size()); ++r)
    if (a[r] && b[r]) differences.push_back(*a[r] - *b[r]);
  return differences;
}

// Of those that came back; nobody did: it is no candidate for the smallest.
double mean_known(const Values& values) {
  std::vector<double> known;
  for (const auto& value : values)
    if (value) known.push_back(*value);
  return known.empty() ? std::numeric_limits<double>::infinity() : mean_of(known);
}

class Race {
 public:
  Race(std::size_t count, const Sample& sample, const SelectionRules& rules)
      : sample_(sample), rules_(rules) {
    result_.values.resize(count);
    result_.alive.resize(count);
    std::iota(result_.alive.begin(), result_.alive.end(), std::size_t{0});
  }

  Selection run() {
    int n = 0, target = rules_.first;
    while (result_.alive.size() > rules_.finalists) {
      if (!grow(n, target)) return finish();
      n = target;
      target = std::min(2 * n, rules_.most);
      halve();
      if (n >= rules_.most) break;
    }
    target = std::max(n, std::min(std::max(rules_.first, 3), rules_.most));
    if (!grow(n, target)) return finish();
    n = target;
    throw_out(n);
    while (result_.alive.size() > 1 && n < rules_.most) {
      target = std::min(n + rules_.step, rules_.most);
      if (!grow(n, target)) return finish();
      n = target;
      throw_out(n);
    }
    result_.certain = result_.alive.size() == 1;
    return finish();
  }

 private:
  bool grow(int from, int to) {
    if (to <= from) return true;
    auto fresh = sample_(result_.alive, to);
    bool whole = fresh.size() == result_.alive.size();
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      whole = whole && fresh[i].size() == static_cast<std::size_t>(to);
      result_.values[result_.alive[i]] = std::move(fresh[i]);
    }
    result_.stopped = !whole;
    return whole;
  }
  double mean(std::size_t i) const { return mean_known(result_.values[i]); }
  void halve() {
    std::vector<std::size_t> order = result_.alive;
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return mean(i); });
    order.resize(std::max((order.size() + 1) / 2, rules_.finalists));
    std::ranges::sort(order);
    result_.alive = std::move(order);
  }
  void throw_out(int n) {
    const auto k = static_cast<double>(result_.alive.size());
    if (k < 2 || n < 2) return;
    // The number that entered KN++ shares the risk, however many are left.
    entered_ = std::max(entered_, k);
    const double alpha = 1 - rules_.confidence;
    const double delta = rules_.indifference;
    std::vector<std::size_t> stay;
    for (const std::size_t i : result_.alive) {
      const bool beaten = std::ranges::any_of(result_.alive, [&](std::size_t j) {
        if (i == j) return false;
        const std::vector<double> gaps = paired(result_.values[i], result_.values[j]);
        if (gaps.size() < 2) return false;
        const auto pairs = static_cast<double>(gaps.size());
        const double eta = (std::pow(2 * alpha / (entered_ - 1), -2.0 / (pairs - 1)) - 1) / 2;
        const double h2 = 2 * eta * (pairs - 1);
        const double slack = std::max(
            0.0, delta / (2 * pairs) * (h2 * variance_of(gaps) / (delta * delta) - pairs));
        const double gap = mean_of(gaps);
        // Exactly equal ones never part: the later one goes.
        return gap > slack || (gap == 0 && slack == 0 && j < i);
      });
      if (!beaten) stay.push_back(i);
    }
    if (!stay.empty()) result_.alive = std::move(stay);
  }
  Selection finish() {
    std::optional<std::size_t> best;
    for (const std::size_t i : result_.alive)
      if (!result_.values[i].empty() && (!best || mean(i) < mean(*best))) best = i;
    result_.best = best.value_or(result_.alive.empty() ? 0 : result_.alive.front());
    std::vector<Values> rivals;
    std::size_t at = 0;
    for (const std::size_t i : result_.alive) {
      if (i == result_.best) at = rivals.size();
      rivals.push_back(result_.values[i]);
    }
    result_.probability = result_.certain
                              ? rules_.confidence
                              : probability_of_correct_selection(rivals, at, rules_.indifference);
    if (result_.values.size() == 1 && !result_.stopped) result_.probability = 1;
    return std::move(result_);
  }

  const Sample& sample_;
  const SelectionRules& rules_;
  Selection result_;
  double entered_ = 2;
};

}  // namespace

OcbaAllocation ocba(std::span<const double> means, std::span<const double> deviations,
                    double total) {
  OcbaAllocation result;
  result.best = static_cast<std::size_t>(std::ranges::min_element(means) - means.begin());
  result.replications.assign(means.size(), 0.0);
  double squares = 0;
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (i == result.best) continue;
    const double ratio = deviations[i] / (means[i] - means[result.best]);
    result.replications[i] = ratio * ratio;
    squares += std::pow(result.replications[i] / deviations[i], 2);
  }
  result.replications[result.best] = deviations[result.best] * std::sqrt(squares);
  const double sum = std::accumulate(result.replications.begin(), result.replications.end(), 0.0);
  for (double& n : result.replications) n *= total / sum;
  return result;
}

namespace {

// As far as both were looked at; what was seen twice at least is no chance.
bool same_in_all(const Values& a, const Values& b) {
  const auto n = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return n >= 2 && std::equal(a.begin(), a.begin() + n, b.begin());
}

}  // namespace

double probability_of_correct_selection(std::span<const Values> values, std::size_t best,
                                        double indifference) {
  double doubt = 0;
  std::vector<std::size_t> order;  // who was looked at most often first
  for (std::size_t j = 0; j < values.size(); ++j)
    if (j != best) order.push_back(j);
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t j) { return values[j].size(); });
  std::vector<std::size_t> counted;
  for (const std::size_t j : order) {
    if (std::ranges::any_of(counted,
                            [&](std::size_t i) { return same_in_all(values[i], values[j]); }))
      continue;
    counted.push_back(j);
    const std::vector<double> gaps = paired(values[j], values[best]);  // positive: best is better
    if (gaps.size() < 2) {
      doubt += 0.5;  // nothing is known about the spread
      continue;
    }
    const double error = std::sqrt(variance_of(gaps) / static_cast<double>(gaps.size()));
    const double distance = mean_of(gaps) + indifference;
    if (error == 0) {
      doubt += distance >= 0 ? 0 : 1;
      continue;
    }
    const boost::math::students_t law(static_cast<double>(gaps.size() - 1));
    doubt += boost::math::cdf(law, -distance / error);
  }
  return std::clamp(1 - doubt, 0.0, 1.0);
}

Selection select_smallest(std::size_t count, const Sample& sample, const SelectionRules& rules) {
  return Race(count, sample, rules).run();
}

}  // namespace berth
