// A world for tests of plans: what things cost and how long they take there is given, not simulated.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/normal.h"
#include "models/random_stream.h"
#include "planner/make_plan.h"
#include "tests/support/builders.h"

namespace berth {

// Three classes on SageMaker or one pool of a cluster; hours are cheap to reckon.
inline Scenario three_classes() {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  scenario.horizon = 24h;
  scenario.training[0].name = "a";
  scenario.training.push_back(scenario.training[0]);
  scenario.training.push_back(scenario.training[0]);
  scenario.training[1].name = "b";
  scenario.training[2].name = "c";
  for (Placement& placement : scenario.placements) {
    placement.training.resize(3, placement.training[0]);
  }
  return scenario;
}

// A service that keeps 2 slots busy.
inline Service two_slots_busy() {
  return {.name = "score",
          .image = {0},
          .demand = RateCurve::constant(40),
          .service_time = constant(0.05),
          .needs = {.cpu_milli = 3000, .memory = {2 * kGiB}},
          .slo_latency = 1s,
          .slo_target = 0.99};
}

// A made-up world in which every class costs so much where it runs, a start takes so long, and chance
// adds the same to all placements of a replication and a little to each.
struct FormulaWorld {
  std::vector<double> on_sagemaker{100, 200, 300}, on_cluster{150, 120, 260};
  double start_on_sagemaker = 100, start_on_cluster = 40;
  double common = 5, own = 1;
  std::int64_t unserved_on_sagemaker = 0, failed_on_sagemaker = 0;  // of 96 jobs of each class
  bool cluster_fails = false;  // every replication with a pod in it

  double cost(const Placement& placement) const {
    double sum = 0;
    for (std::size_t i = 0; i < placement.training.size(); ++i)
      sum += placement.training[i].pool ? on_cluster[i] : on_sagemaker[i];
    return sum;
  }
  SimulateRange simulate() const {
    return [world = *this](const Scenario& scenario, std::span<const Placement> placements,
                           int from, int to) {
      Simulated simulated;
      for (const Placement& placement : placements) {
        auto& row = simulated.outcomes.emplace_back();
        std::uint64_t entity = 1;
        for (const TrainingHome& home : placement.training)
          entity = entity * 31 + (home.pool ? 7 : 3) + static_cast<std::uint64_t>(home.pull) * 5;
        for (int r = from; r < to; ++r) {
          const auto n = static_cast<std::uint32_t>(r);
          RandomStream shared_luck(scenario.seed, n, Purpose::arrival, 0);
          RandomStream own_luck(scenario.seed, n, Purpose::service, entity);
          const double noise = world.common * normal_quantile(shared_luck.uniform()) +
                               world.own * normal_quantile(own_luck.uniform());
          const bool pods = std::ranges::any_of(
              placement.training, [](const TrainingHome& home) { return home.pool.has_value(); });
          if (world.cluster_fails && pods) {
            row.push_back(std::nullopt);
            simulated.failures.push_back({.placement = placement.name,
                                          .replication = {scenario.seed, n},
                                          .reason = "killed"});
            continue;
          }
          row.push_back(world.outcome(scenario, placement, noise));
        }
      }
      return simulated;
    };
  }
  Outcome outcome(const Scenario& scenario, const Placement& placement, double noise) const {
    Outcome o;
    const double months = scenario.horizon / kMonth;
    for (std::size_t i = 0; i < placement.training.size(); ++i) {
      const bool cluster = placement.training[i].pool.has_value();
      TrainingOutcome& t = o.training.emplace_back();
      t.submitted = t.completed = t.started = 96;
      t.backlog_at_end = cluster ? 0 : unserved_on_sagemaker;
      t.failed = cluster ? 0 : failed_on_sagemaker;
      const double start = cluster ? start_on_cluster : start_on_sagemaker;
      t.start_latency.record(start, 96);
      for (Histogram& phase : t.phases) phase.record(0, 96);
      t.phases[0] = {};
      t.phases[0].record(start, 96);
      t.turnaround.record(start + 240, 96);
      if (scenario.training[i].start_slo) {
        t.slo_due = 96;
        t.slo_met = start <= scenario.training[i].start_slo->count() ? 96 : 0;
      }
      const double usd_month = (cluster ? on_cluster[i] : on_sagemaker[i]) + noise / 3;
      BillLine line{.service = "made up",
                    .item = "hours",
                    .holder = Holder::of(TrainingId{static_cast<std::int32_t>(i)}),
                    .quantity = 1,
                    .unit = "h",
                    .unit_price = 1,
                    .amount = usd(usd_month * months)};
      o.bill.total += line.amount;
      o.bill.lines.push_back(line);
    }
    return o;
  }
};

// One service beside the classes, with 1,000 requests that take so long each.
template <class Latency>
Simulated serving(Simulated simulated, std::span<const Placement> placements, Latency latency_s) {
  for (std::size_t p = 0; p < placements.size(); ++p)
    for (auto& outcome : simulated.outcomes[p]) {
      ServiceOutcome& service = outcome->services.emplace_back();
      service.requests = service.good = 1000;
      service.latency.record(latency_s(placements[p]), 1000);
    }
  return simulated;
}

}  // namespace berth
