// How much to commit to a Savings Plan, given hours of usage.
//
// Usage u is in dollars an hour at on-demand prices, d is the plan's discount. Committing K covers
// usage worth K/(1-d) on demand and is paid every hour:
//   cost(K) = sum over hours of K + max(0, u - K/(1-d))
// This is the newsvendor's problem: best is to cover the d-quantile of hourly usage, so a 27 %
// discount covers the level that 27 % of hours stay below. With several SKUs an hour's commitment
// goes to the highest discount first; cost is convex and piecewise linear in K, with slope
//   sum of hours - sum of hours x 1/(1-d of the SKU at the margin)       (0 when all is covered)
// so one sweep over the sorted breakpoints finds the smallest best K: O(H S log(H S)).
//
// Left out: growth during the term, two layers of terms (solve the cheaper rate first, nested).
// Tested by tests/models/billing/commitment_test.cpp and the validation families savings_plan,
// savings_plan_multi, commitment_lognormal.
#pragma once

#include <span>
#include <vector>

namespace berth {

// USD or USD per hour as the names say; usage at on-demand prices.
struct CommitmentChoice {
  double commitment = 0;  // USD per hour at plan rates
  double cost = 0;        // USD over all hours
  double on_demand_cost = 0;
  double utilization = 1;  // of the commitment
  double coverage = 0;     // of usage, in on-demand dollars
  double savings_fraction() const { return on_demand_cost > 0 ? 1 - cost / on_demand_cost : 0; }
};

// Hours alike: so many hours with this usage per SKU.
struct UsageBlock {
  double hours = 1;
  std::vector<double> usage;  // USD per hour on demand, per SKU
};

// What a commitment would have cost. discounts: per SKU, each below 1.
CommitmentChoice commitment_cost(std::span<const UsageBlock> blocks,
                                 std::span<const double> discounts, double commitment);

// The smallest commitment of least cost.
CommitmentChoice best_commitment(std::span<const UsageBlock> blocks,
                                 std::span<const double> discounts);

// Usage lognormal with this mean and coefficient of variation; everything per hour.
struct LognormalCommitment {
  double coverage = 0;    // usage covered, on-demand dollars
  double commitment = 0;  // (1 - d) x coverage
  double shortfall = 0;   // E[(usage - coverage)+]
  double cost = 0;
};
LognormalCommitment best_commitment_lognormal(double mean, double cv, double discount);

}  // namespace berth
