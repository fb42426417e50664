// A world for tests of Savings Plans: how many instances each class holds in each hour is given, not simulated,
// and the bill is what the catalogue says of it.
#pragma once

#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/planner/formula_world.h"

namespace berth {

// Three classes, a day. On SageMaker each holds one instance all day; on the cluster 2.8 nodes for six hours, one class
// after the other.
struct UsedWorld {
  std::vector<double> on_sagemaker = std::vector<double>(24, 1.0);
  double nodes = 2.8;
  double busier = 0.01;  // by which a replication is busier or less busy, one standard deviation

  SimulateRange simulate() const {
    return [world = *this](const Scenario& scenario, std::span<const Placement> placements, int from,
                           int to) {
      Simulated simulated;
      for (const Placement& placement : placements) {
        auto& row = simulated.outcomes.emplace_back();
        for (int r = from; r < to; ++r) {
          RandomStream luck(scenario.seed, static_cast<std::uint32_t>(r), Purpose::arrival, 0);
          row.push_back(
              world.outcome(scenario, placement, 1 + world.busier * normal_quantile(luck.uniform())));
        }
      }
      return simulated;
    };
  }
  Outcome outcome(const Scenario& scenario, const Placement& placement, double times) const {
    Outcome o = FormulaWorld{.on_sagemaker = {0, 0, 0}, .on_cluster = {0, 0, 0}}.outcome(scenario, placement, 0);
    std::map<UsageKind, std::vector<double>> hourly;
    Meter meter(Seconds{0}, scenario.horizon);
    for (std::size_t i = 0; i < placement.training.size(); ++i) {
      const bool cluster = placement.training[i].pool.has_value();
      const UsageKind kind = cluster ? UsageKind::ec2_on_demand : UsageKind::sagemaker_training;
      std::vector<double>& hours = hourly.try_emplace(kind, 24, 0.0).first->second;
      for (std::size_t h = 0; h < 24; ++h) {
        const bool busy = h / 6 == i;
        const double instances = times * (cluster ? (busy ? nodes : 0) : on_sagemaker[h]);
        hours[h] += instances;
        meter.add(UsageRecord{.kind = kind,
                              .type = TypeId{0},
                              .holder = Holder::of(TrainingId{static_cast<std::int32_t>(i)}),
                              .from = Hours{double(h)},
                              .to = Hours{double(h + 1)},
                              .count = instances});
      }
    }
    o.bill = price_usage(meter, scenario.catalogue, placement.commitments);
    for (auto& [kind, hours] : hourly) o.hourly.push_back({kind, TypeId{0}, std::move(hours)});
    return o;
  }
};

// 0.23 $/h on SageMaker, 0.192 $/h on EC2, and less by plans: 30 and 65 %, 25 and 50 %.
inline Scenario with_plan_rates() {
  Scenario scenario = three_classes();
  InstanceType& type = scenario.catalogue.types[0];
  const auto rate = [](double usd) { return PriceTag{.usd = usd, .as_of = "2026-07-20", .source = "test"}; };
  type.sagemaker_sp_1y = rate(0.161);
  type.sagemaker_sp_3y = rate(0.0805);
  type.compute_sp_1y = rate(0.144);
  type.compute_sp_3y = rate(0.096);
  return scenario;
}

}  // namespace berth
