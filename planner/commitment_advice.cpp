#include "planner/commitment_advice.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "models/billing/commitment.h"
#include "models/billing/savings_plan.h"

namespace berth {
namespace {

using Plan = Commitment::Plan;
using Term = Commitment::Term;
using Column = std::optional<PriceTag> InstanceType::*;

bool is_sagemaker(UsageKind kind) { return kind != UsageKind::ec2_on_demand; }

const std::optional<PriceTag>& list_price(const InstanceType& type, UsageKind kind) {
  if (kind == UsageKind::ec2_on_demand) return type.ec2_on_demand;
  return kind == UsageKind::sagemaker_hosting ? type.sagemaker_hosting : type.sagemaker_training;
}

struct PlanKind {
  Plan plan;
  Term term;
  Column rate;
};
constexpr PlanKind kPlans[] = {{Plan::sagemaker, Term::one_year, &InstanceType::sagemaker_sp_1y},
                               {Plan::sagemaker, Term::three_years, &InstanceType::sagemaker_sp_3y},
                               {Plan::compute, Term::one_year, &InstanceType::compute_sp_1y},
                               {Plan::compute, Term::three_years, &InstanceType::compute_sp_3y}};

constexpr double kMicrosPerHour = 3.6e9;

// Usage of one replication, scaled, and what plans that are held cover of it: together, as in the bill.
struct Settled {
  std::vector<HourlyUse> left;  // on demand
  std::vector<double> used;     // by plan, dollars over all hours
  std::size_t hours = 0;
};
Settled settle(const Scenario& scenario, const Commitments& held, std::vector<HourlyUse> use,
               double factor) {
  Settled settled{.left = std::move(use), .used = std::vector<double>(held.plans.size(), 0.0)};
  std::vector<Sku> skus;
  for (HourlyUse& one : settled.left) {
    skus.push_back({one.kind, one.type});
    settled.hours = std::max(settled.hours, one.instances.size());
    for (double& instances : one.instances) instances *= factor;
  }
  if (held.plans.empty()) return settled;
  const std::vector<Offer> offers = offers_in_order(held, skus, scenario.catalogue);
  const auto rate = [&](const Cover& cover) {
    const auto at = std::ranges::find_if(offers, [&](const Offer& offer) {
      return offer.plan == cover.plan && offer.sku == cover.sku;
    });
    return at->rate.rate;
  };
  for (std::size_t h = 0; h < settled.hours; ++h) {
    std::vector<std::int64_t> micros;
    micros.reserve(settled.left.size());
    for (const HourlyUse& one : settled.left)
      micros.push_back(h < one.instances.size()
                           ? static_cast<std::int64_t>(one.instances[h] * kMicrosPerHour)
                           : 0);
    for (const Cover& cover : cover_hour(offers, held, micros)) {
      const double instances = static_cast<double>(cover.micros) / kMicrosPerHour;
      settled.used[cover.plan] += instances * rate(cover);
      double& left = settled.left[cover.sku].instances[h];
      left = std::max(0.0, left - instances);
    }
  }
  return settled;
}

// Eligible dollars of each hour, by SKU, and the discount of each SKU.
struct Eligible {
  std::vector<UsageBlock> hours;
  std::vector<double> discounts;
};

Eligible eligible_for(const Scenario& scenario, const Commitments& held,
                      const Observations& measures, const PlanKind& kind, double factor) {
  Eligible eligible;
  std::map<std::pair<UsageKind, TypeId>, std::size_t> skus;
  std::vector<double> prices;
  for (const auto& one : measures) {
    if (!one) continue;
    for (const HourlyUse& use : one->hourly) {
      const InstanceType& type = scenario.catalogue.types[use.type.index()];
      const auto& list = list_price(type, use.kind);
      const auto& rate = type.*kind.rate;
      if (is_sagemaker(use.kind) != (kind.plan == Plan::sagemaker)) continue;
      if (!list || !rate || rate->usd >= list->usd) continue;
      if (skus.try_emplace({use.kind, use.type}, skus.size()).second) {
        eligible.discounts.push_back(1 - rate->usd / list->usd);
        prices.push_back(list->usd);
      }
    }
  }
  for (const auto& one : measures) {
    if (!one) continue;
    const Settled settled = settle(scenario, held, one->hourly, factor);
    const std::size_t first = eligible.hours.size();
    eligible.hours.resize(first + settled.hours, {1, std::vector<double>(skus.size(), 0.0)});
    for (const HourlyUse& use : settled.left) {
      const auto at = skus.find({use.kind, use.type});
      if (at == skus.end()) continue;
      for (std::size_t h = 0; h < use.instances.size(); ++h)
        eligible.hours[first + h].usage[at->second] += use.instances[h] * prices[at->second];
    }
  }
  // A month, whatever was simulated.
  const double each = 730 / std::max(1.0, double(eligible.hours.size()));
  for (UsageBlock& block : eligible.hours) block.hours = each;
  return eligible;
}

double unused(const CommitmentChoice& choice) {
  return choice.commitment * 730 * (1 - choice.utilization);
}

}  // namespace

std::vector<CommitmentAdvice> advise_commitments(const Scenario& scenario, const Commitments& held,
                                                 const Observations& measures) {
  std::vector<CommitmentAdvice> list;
  for (const PlanKind& kind : kPlans) {
    const Eligible eligible = eligible_for(scenario, held, measures, kind, 1);
    if (eligible.discounts.empty()) continue;
    const CommitmentChoice best = best_commitment(eligible.hours, eligible.discounts);
    if (best.commitment <= 0 || best.cost >= best.on_demand_cost) continue;
    const auto at = [&](double factor) {
      const Eligible there = eligible_for(scenario, held, measures, kind, factor);
      return commitment_cost(there.hours, there.discounts, best.commitment);
    };
    const CommitmentChoice less = at(0.8), more = at(1.2);
    list.push_back({.plan = std::string(name_of(kind.plan)),
                    .term = std::string(name_of(kind.term)),
                    .hourly_usd = best.commitment,
                    .saved_usd = best.on_demand_cost - best.cost,
                    .unused_usd = unused(best),
                    .unused_usd_at_less = unused(less),
                    .unused_usd_at_more = unused(more),
                    .saved_usd_at_less = less.on_demand_cost - less.cost,
                    .saved_usd_at_more = more.on_demand_cost - more.cost,
                    .eligible_usd = best.on_demand_cost});
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
    const Settled settled = settle(scenario, held, one->hourly, 1);
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
