#include "models/serving/batch_latency.h"

#include <algorithm>

namespace berth {

std::vector<CdfPoint> batch_latency_law(const Batching& batching, double rate) {
  constexpr int kPoints = 32;
  const double fixed = batching.fixed.count(), per_item = batching.per_item.count();
  const double most = batching.max_batch;
  const double while_served = rate * per_item < 1 ? rate * fixed / (1 - rate * per_item) : most;
  const double size = std::clamp(std::max(1 + rate * batching.max_delay.count(), while_served), 1.0, most);
  const double takes = fixed + per_item * size;
  const double busy = std::min(1.0, rate * takes / size);
  const double fills = rate > 0 ? std::min(batching.max_delay.count(), (size - 1) / rate) : 0;
  const double longest = takes + fills + busy * takes;
  std::vector<CdfPoint> law;
  for (int i = 0; i <= kPoints; ++i) {
    const double p = double(i) / kPoints;
    law.push_back({takes + (longest - takes) * p, p});
  }
  return law;
}

}  // namespace berth
