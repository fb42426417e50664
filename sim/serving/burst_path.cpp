#include "sim/serving/burst_path.h"

#include <cmath>

namespace berth::serving {

std::optional<RateCurve> burst_path(const RateCurve& demand, const Bursts& bursts, Seconds until,
                                    RandomStream stream) {
  constexpr double kMostPhases = 100'000;
  const auto& stay = bursts.mean_stay;
  const double both = stay[0] + stay[1];
  if (2 * until.count() / both > kMostPhases) return std::nullopt;
  std::vector<Seconds> edges{Seconds{0}};
  std::vector<double> factors;
  for (int phase = stream.uniform() * both < stay[0] ? 0 : 1; edges.back() < until; phase = 1 - phase) {
    const Seconds end = edges.back() - Seconds{stay[phase] * std::log(stream.uniform())};
    if (end <= edges.back()) continue;  // too short a stay for the clock
    factors.push_back(bursts.factor[phase]);
    edges.push_back(std::min(end, until));
  }
  return demand.times(edges, factors);
}

}  // namespace berth::serving
