#include "models/billing/savings_plan.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

namespace berth {
namespace {

constexpr double kMicrosPerHour = 3.6e9;

bool is_ec2(UsageKind kind) { return kind == UsageKind::ec2_on_demand; }

bool applies(const Commitment& plan, const Sku& sku, const InstanceType& type) {
  switch (plan.plan) {
    case Commitment::Plan::ec2_instance:
      return is_ec2(sku.kind) && plan.family == type.family;
    case Commitment::Plan::compute:
      return is_ec2(sku.kind);
    case Commitment::Plan::sagemaker:
      return !is_ec2(sku.kind);
  }
  return false;
}

const std::optional<PriceTag>& plan_rate(const Commitment& plan, const InstanceType& type) {
  const bool one = plan.term == Commitment::Term::one_year;
  switch (plan.plan) {
    case Commitment::Plan::ec2_instance:
      return one ? type.ec2_sp_1y : type.ec2_sp_3y;
    case Commitment::Plan::compute:
      return one ? type.compute_sp_1y : type.compute_sp_3y;
    case Commitment::Plan::sagemaker:
      return one ? type.sagemaker_sp_1y : type.sagemaker_sp_3y;
  }
  return type.compute_sp_1y;
}

const std::optional<PriceTag>& on_demand(UsageKind kind, const InstanceType& type) {
  if (is_ec2(kind)) return type.ec2_on_demand;
  return kind == UsageKind::sagemaker_hosting ? type.sagemaker_hosting : type.sagemaker_training;
}

}  // namespace

std::string_view name_of(Commitment::Plan plan) {
  constexpr std::string_view names[] = {"EC2 Instance Savings Plan", "Compute Savings Plan",
                                        "SageMaker Savings Plan"};
  return names[static_cast<int>(plan)];
}

std::string_view name_of(Commitment::Term term) {
  return term == Commitment::Term::one_year ? "1 year" : "3 years";
}

std::vector<Offer> offers_in_order(const Commitments& commitments, std::span<const Sku> skus,
                                   const Catalogue& catalogue) {
  std::vector<Offer> offers;
  for (std::size_t p = 0; p < commitments.plans.size(); ++p)
    for (std::size_t s = 0; s < skus.size(); ++s) {
      const InstanceType& type = catalogue.types[skus[s].type.index()];
      const auto& list = on_demand(skus[s].kind, type);
      const auto& rate = plan_rate(commitments.plans[p], type);
      if (list && rate && rate->usd < list->usd && applies(commitments.plans[p], skus[s], type))
        offers.push_back({p, s, rate->per_hour(), 1 - rate->usd / list->usd});
    }
  std::ranges::sort(offers, {}, [&](const Offer& o) {
    const auto kind = commitments.plans[o.plan].plan;
    return std::tuple(kind, -o.saving, o.rate, catalogue.types[skus[o.sku].type.index()].name,
                      o.sku, o.plan);
  });
  return offers;
}

std::vector<Cover> cover_hour(std::span<const Offer> offers, const Commitments& commitments,
                              std::span<const std::int64_t> usage_micros, double part) {
  std::vector<double> left;  // dollars of this hour
  left.reserve(commitments.plans.size());
  for (const Commitment& plan : commitments.plans) left.push_back(plan.commit.rate * part);
  std::vector<std::int64_t> open(usage_micros.begin(), usage_micros.end());
  std::vector<Cover> covers;
  for (const Offer& offer : offers) {
    const auto affordable =
        static_cast<std::int64_t>(std::floor(left[offer.plan] / offer.rate.rate * kMicrosPerHour));
    const std::int64_t micros = std::min(open[offer.sku], affordable);
    if (micros <= 0) continue;
    covers.push_back({offer.plan, offer.sku, micros});
    open[offer.sku] -= micros;
    left[offer.plan] -= offer.rate.rate * static_cast<double>(micros) / kMicrosPerHour;
  }
  return covers;
}

}  // namespace berth
