// What of simulated hours a Savings Plan could cover: list dollars an hour by SKU, less what plans that
// are held cover. Tested by tests/planner/commitment_advice_test.cpp and bought_plans_test.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "models/billing/commitment.h"
#include "models/scenario.h"
#include "planner/measure.h"

namespace berth {

// Kinds that are advised and may be bought. EC2 Instance plans are none: they tie to a family.
struct PlanKind {
  Commitment::Plan plan;
  Commitment::Term term;
  std::optional<PriceTag> InstanceType::*rate;
};
inline constexpr PlanKind kPlanKinds[] = {
    {Commitment::Plan::sagemaker, Commitment::Term::one_year, &InstanceType::sagemaker_sp_1y},
    {Commitment::Plan::sagemaker, Commitment::Term::three_years, &InstanceType::sagemaker_sp_3y},
    {Commitment::Plan::compute, Commitment::Term::one_year, &InstanceType::compute_sp_1y},
    {Commitment::Plan::compute, Commitment::Term::three_years, &InstanceType::compute_sp_3y}};

// Usage of one replication, scaled, and what plans that are held cover of it: together, as in a bill.
struct SettledUse {
  std::vector<HourlyUse> left;  // on demand
  std::vector<double> used;     // by plan, dollars over all hours
  std::size_t hours = 0;
};
SettledUse settle(const Scenario& scenario, const Commitments& held, std::vector<HourlyUse> use,
                  double factor);

struct EligibleUse {
  std::vector<Sku> skus;
  std::vector<double> discounts, rates;  // by SKU
  std::vector<UsageBlock> hours;         // an hour each, one replication after the other
  std::vector<std::size_t> begins;       // by replication: its first hour; and the end of the last
};
// Each replication has so many hours at least, also where nothing runs in them.
EligibleUse eligible_use(const Scenario& scenario, const Commitments& held,
                         const Observations& measures, const PlanKind& kind, double factor,
                         std::size_t least_hours = 0);

}  // namespace berth
