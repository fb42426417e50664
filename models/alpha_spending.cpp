#include "models/alpha_spending.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/normal.h"

namespace berth {
namespace {

// The sum's density is kept within this many of its standard deviations, outside of which 1e-12 is left.
constexpr double kTail = 7;
constexpr int kSteps = 256;  // even, for Simpson's rule; twice as many move no bound by 1e-6

double above(double z) { return normal_cdf(-z); }  // exact far out, which 1 - Phi is not

double spent(double t, double alpha) {
  return t >= 1 ? alpha : 2 * above(-normal_quantile(alpha / 2) / std::sqrt(t));
}

// The sum after a look, where that look did not reject.
struct Undecided {
  std::vector<double> sums, weights;  // weights: density times Simpson's
};

Undecided undecided(const Undecided& before, double variance, double added, double bound) {
  Undecided now;
  const double low = -kTail * std::sqrt(variance), step = (bound - low) / kSteps;
  for (int i = 0; i <= kSteps; ++i) {
    const double x = low + i * step;
    double density = 0;
    for (std::size_t j = 0; j < before.sums.size(); ++j)
      density += before.weights[j] * normal_density((x - before.sums[j]) / std::sqrt(added));
    const double simpson = i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2;
    now.sums.push_back(x);
    now.weights.push_back(density / std::sqrt(added) * simpson * step / 3);
  }
  return now;
}

double rejected(const Undecided& before, double added, double bound) {
  double sum = 0;
  for (std::size_t j = 0; j < before.sums.size(); ++j)
    sum += before.weights[j] * above((bound - before.sums[j]) / std::sqrt(added));
  return sum;
}

}  // namespace

std::vector<double> levels_of_looks(std::span<const int> looks, int most, double alpha) {
  constexpr double kLeast = std::numeric_limits<double>::min();
  std::vector<double> levels;
  Undecided state{{0.0}, {1.0}};  // before any look the sum is zero
  double variance = 0, used = 0;
  for (const int n : looks) {
    const double t = std::min(1.0, static_cast<double>(n) / most);
    const double added = t - variance, to_spend = spent(t, alpha) - used;
    if (added <= 0) {  // nothing new, and nothing is left for it
      levels.push_back(kLeast);
      continue;
    }
    double low = 0, high = 40;  // standard deviations; beyond 38 no double is left
    const bool is_first = levels.empty();
    for (int i = 0; !is_first && i < 50; ++i) {
      const double z = (low + high) / 2;
      (rejected(state, added, z * std::sqrt(t)) > to_spend ? low : high) = z;
    }
    const double level = is_first ? to_spend : above(high);
    levels.push_back(std::max(level, kLeast));
    const double bound = std::min(-normal_quantile(levels.back()), kTail);
    state = undecided(state, t, added, bound * std::sqrt(t));
    variance = t;
    used += to_spend;
  }
  return levels;
}

}  // namespace berth
