#include "planner/commitment_advice.h"

#include <algorithm>
#include <cmath>

#include "planner/eligible_use.h"

namespace berth {
namespace {

// Hours of a month, whatever was simulated.
EligibleUse monthly_use(const Scenario& scenario, const Commitments& held,
                        const Observations& measures, const PlanKind& kind, double factor) {
  EligibleUse use = eligible_use(scenario, held, measures, kind, factor);
  const double each = 730 / std::max(1.0, double(use.hours.size()));
  for (UsageBlock& block : use.hours) block.hours = each;
  return use;
}

double unused(const CommitmentChoice& choice) {
  return choice.commitment * 730 * (1 - choice.utilization);
}

CommitmentAdvice advice_for(const Scenario& scenario, const Commitments& held,
                            const Observations& measures, const PlanKind& kind,
                            const CommitmentChoice& best) {
  const auto at = [&](double factor) {
    const EligibleUse there = monthly_use(scenario, held, measures, kind, factor);
    return commitment_cost(there.hours, there.discounts, best.commitment);
  };
  const CommitmentChoice less = at(0.8), more = at(1.2);
  return {.plan = std::string(name_of(kind.plan)),
          .term = std::string(name_of(kind.term)),
          .hourly_usd = best.commitment,
          .saved_usd = best.on_demand_cost - best.cost,
          .unused_usd = unused(best),
          .unused_usd_at_less = unused(less),
          .unused_usd_at_more = unused(more),
          .saved_usd_at_less = less.on_demand_cost - less.cost,
          .saved_usd_at_more = more.on_demand_cost - more.cost,
          .eligible_usd = best.on_demand_cost};
}

}  // namespace

std::vector<CommitmentAdvice> advise_commitments(const Scenario& scenario, const Commitments& held,
                                                 const Observations& measures) {
  std::vector<CommitmentAdvice> list;
  for (const PlanKind& kind : kPlanKinds) {
    const EligibleUse use = monthly_use(scenario, held, measures, kind, 1);
    if (use.discounts.empty()) continue;
    const CommitmentChoice best = best_commitment(use.hours, use.discounts);
    if (best.commitment <= 0 || best.cost >= best.on_demand_cost) continue;
    list.push_back(advice_for(scenario, held, measures, kind, best));
  }
  return list;
}

std::vector<CommitmentAdvice> bought_in_words(const Scenario& scenario, const Commitments& held,
                                              const Observations& measures,
                                              std::span<const BoughtPlan> plans) {
  std::vector<CommitmentAdvice> list;
  for (const BoughtPlan& bought : plans)
    for (const PlanKind& kind : kPlanKinds) {
      if (kind.plan != bought.plan || kind.term != bought.term) continue;
      const EligibleUse use = monthly_use(scenario, held, measures, kind, 1);
      list.push_back(advice_for(scenario, held, measures, kind,
                                commitment_cost(use.hours, use.discounts, bought.hourly_usd)));
      list.back().to_buy = true;
    }
  return list;
}

std::vector<StrandedCommitment> stranded_commitments(const Scenario& scenario,
                                                     const Commitments& held,
                                                     const Observations& measures) {
  std::vector<double> used(held.plans.size(), 0.0);
  std::size_t hours = 0;
  for (const auto& one : measures) {
    if (!one) continue;
    const SettledUse settled = settle(scenario, held, one->hourly, 1);
    // Hours without any use are hours, too.
    hours += std::max(
        settled.hours,
        static_cast<std::size_t>(std::llround(std::ceil(scenario.horizon / Seconds{3600.0}))));
    for (std::size_t p = 0; p < used.size(); ++p) used[p] += settled.used[p];
  }
  std::vector<StrandedCommitment> list;
  for (std::size_t p = 0; p < held.plans.size(); ++p) {
    const Commitment& plan = held.plans[p];
    StrandedCommitment& one = list.emplace_back();
    one.plan = name_of(plan.plan);
    if (!plan.family.empty()) one.plan += " " + plan.family;
    one.term = name_of(plan.term);
    one.committed_usd = plan.commit.rate * 730;
    if (hours > 0)
      one.unused_usd =
          std::max(0.0, one.committed_usd - used[p] / static_cast<double>(hours) * 730);
  }
  return list;
}

}  // namespace berth
