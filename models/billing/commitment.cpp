#include "models/billing/commitment.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "models/normal.h"

namespace berth {
namespace {

// SKUs in the order plans apply: highest discount first, ties as given.
std::vector<std::size_t> by_discount(std::span<const double> discounts) {
  std::vector<std::size_t> order(discounts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t sku) { return -discounts[sku]; });
  return order;
}

double total(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// On-demand dollars covered in one hour.
double covered(const UsageBlock& block, std::span<const double> discounts,
               std::span<const std::size_t> order, double commitment) {
  double worth = 0;
  for (const std::size_t sku : order) {
    const double rate = 1 - discounts[sku];
    const double spent = std::min(commitment, block.usage[sku] * rate);
    worth += spent / rate;
    commitment -= spent;
  }
  return worth;
}

struct Breakpoint {
  double commitment = 0;
  double slope_change = 0;
};

// Where the SKU at the margin changes, with the slope at 0 first.
std::vector<Breakpoint> breakpoints(std::span<const UsageBlock> blocks,
                                    std::span<const double> discounts) {
  const std::vector<std::size_t> order = by_discount(discounts);
  std::vector<Breakpoint> points;
  for (const UsageBlock& block : blocks) {
    double at = 0, gain = 0;
    points.push_back({0, block.hours});
    for (const std::size_t sku : order) {
      if (block.usage[sku] <= 0) continue;
      const double here = block.hours / (1 - discounts[sku]);
      points.push_back({at, std::exchange(gain, here) - here});
      at += block.usage[sku] * (1 - discounts[sku]);
    }
    points.push_back({at, gain});
  }
  std::ranges::stable_sort(points, {}, &Breakpoint::commitment);
  return points;
}

}  // namespace

CommitmentChoice commitment_cost(std::span<const UsageBlock> blocks,
                                 std::span<const double> discounts, double commitment) {
  const std::vector<std::size_t> order = by_discount(discounts);
  CommitmentChoice choice{.commitment = commitment};
  double hours = 0, worth = 0, spent = 0;
  for (const UsageBlock& block : blocks) {
    double rates = 0;
    for (const std::size_t sku : order) rates += block.usage[sku] * (1 - discounts[sku]);
    hours += block.hours;
    worth += block.hours * covered(block, discounts, order, commitment);
    spent += block.hours * std::min(commitment, rates);
    choice.on_demand_cost += block.hours * total(block.usage);
  }
  choice.cost = commitment * hours + choice.on_demand_cost - worth;
  if (commitment * hours > 0) choice.utilization = spent / (commitment * hours);
  if (choice.on_demand_cost > 0) choice.coverage = worth / choice.on_demand_cost;
  return choice;
}

CommitmentChoice best_commitment(std::span<const UsageBlock> blocks,
                                 std::span<const double> discounts) {
  const std::vector<Breakpoint> points = breakpoints(blocks, discounts);
  double hours = 0, slope = 0, best = 0;
  for (const UsageBlock& block : blocks) hours += block.hours;
  for (std::size_t i = 0; i < points.size(); ++i) {
    slope += points[i].slope_change;
    best = points[i].commitment;
    const bool more_here = i + 1 < points.size() && points[i + 1].commitment <= best;
    if (!more_here && slope >= -1e-12 * hours) break;  // 0 but for rounding: not worth more
  }
  return commitment_cost(blocks, discounts, best);
}

LognormalCommitment best_commitment_lognormal(double mean, double cv, double discount) {
  const double sigma = std::sqrt(std::log1p(cv * cv));
  const double z = normal_quantile(discount);
  LognormalCommitment best;
  best.coverage = mean * std::exp(sigma * z - sigma * sigma / 2);
  best.commitment = (1 - discount) * best.coverage;
  // E[u; u > v] = mean x Phi(sigma - z) for v the quantile at z.
  best.shortfall = mean * normal_cdf(sigma - z) - best.commitment;
  best.cost = best.commitment + best.shortfall;
  return best;
}

}  // namespace berth
