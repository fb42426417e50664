#include "planner/eligible_use.h"

#include <algorithm>
#include <map>
#include <utility>

namespace berth {
namespace {

bool is_sagemaker(UsageKind kind) { return kind != UsageKind::ec2_on_demand; }

const std::optional<PriceTag>& list_price(const InstanceType& type, UsageKind kind) {
  if (kind == UsageKind::ec2_on_demand) return type.ec2_on_demand;
  return kind == UsageKind::sagemaker_hosting ? type.sagemaker_hosting : type.sagemaker_training;
}

constexpr double kMicrosPerHour = 3.6e9;

}  // namespace

SettledUse settle(const Scenario& scenario, const Commitments& held, std::vector<HourlyUse> use,
                  double factor) {
  SettledUse settled{.left = std::move(use), .used = std::vector<double>(held.plans.size(), 0.0)};
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

EligibleUse eligible_use(const Scenario& scenario, const Commitments& held,
                         const Observations& measures, const PlanKind& kind, double factor,
                         std::size_t least_hours) {
  EligibleUse eligible;
  std::map<std::pair<UsageKind, TypeId>, std::size_t> skus;
  std::vector<double> prices;
  for (const auto& one : measures) {
    if (!one) continue;
    for (const HourlyUse& use : one->hourly) {
      const InstanceType& type = scenario.catalogue.types[use.type.index()];
      const auto& list = list_price(type, use.kind);
      const auto& rate = type.*kind.rate;
      if (is_sagemaker(use.kind) != (kind.plan == Commitment::Plan::sagemaker)) continue;
      if (!list || !rate || rate->usd >= list->usd) continue;
      if (skus.try_emplace({use.kind, use.type}, skus.size()).second) {
        eligible.skus.push_back({use.kind, use.type});
        eligible.discounts.push_back(1 - rate->usd / list->usd);
        eligible.rates.push_back(rate->usd);
        prices.push_back(list->usd);
      }
    }
  }
  for (const auto& one : measures) {
    const std::size_t first = eligible.hours.size();
    eligible.begins.push_back(first);
    if (!one) continue;
    const SettledUse settled = settle(scenario, held, one->hourly, factor);
    eligible.hours.resize(first + std::max(settled.hours, least_hours),
                          {1, std::vector<double>(skus.size(), 0.0)});
    for (const HourlyUse& use : settled.left) {
      const auto at = skus.find({use.kind, use.type});
      if (at == skus.end()) continue;
      for (std::size_t h = 0; h < use.instances.size(); ++h)
        eligible.hours[first + h].usage[at->second] += use.instances[h] * prices[at->second];
    }
  }
  eligible.begins.push_back(eligible.hours.size());
  return eligible;
}

}  // namespace berth
