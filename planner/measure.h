// What one replication says about a placement, in the numbers a plan compares: small enough to keep
// for thousands of replications.
// Tested by tests/planner/make_plan_test.cpp.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "models/outcome.h"
#include "models/scenario.h"
#include "planner/figure.h"
#include "planner/summary.h"

namespace berth {

struct ClassMeasure {
  double usd = 0, jobs = 0, interruptions_per_job = 0;  // jobs: submitted
  // Of the jobs submitted: by how many more wait at the end than at the begin, beyond one
  // submission that is on its way; how many used up their attempts. Absent: nobody submitted any.
  std::optional<double> backlog_growth, failed_share;
  std::optional<double> start_p50_s, start_p95_s, start_within, deadline_missed;
  std::array<double, kPhaseCount> phase_means_s{};
};
struct ServiceMeasure {
  double usd = 0, replicas = 0;
  std::optional<double> p99_s, slo_share, utilisation;
};
struct Observation {
  double usd = 0, marginal_usd = 0;  // marginal: without people and what serves everybody
  std::vector<ClassMeasure> training;
  std::vector<ServiceMeasure> services;
  struct Pool {
    PlatformId platform;
    PoolId pool;
    double nodes = 0;  // mean
  };
  std::vector<Pool> pools;
  std::vector<HourlyUse> hourly;
  std::optional<Bill> bill;  // of the window, where Savings Plans may be bought
};
using Observations = std::vector<std::optional<Observation>>;  // by replication

// Throws when the bill lacks a price: it would look cheap.
Observation measure(const Scenario& scenario, const Placement& placement, const Outcome& outcome);
// The same at what another bill of its window and the scenario's people cost.
void price(Observation& measured, const Scenario& scenario, const Placement& placement, const Bill& window);

template <class Read>
Figure figure_of(const Observations& measures, Read read) {
  Figure figure;
  for (const std::optional<Observation>& one : measures)
    figure.values.push_back(one ? std::optional<double>(read(*one)) : std::nullopt);
  return figure;
}

}  // namespace berth
