#include "planner/measure.h"

#include <algorithm>
#include <stdexcept>

#include "planner/summarise.h"
#include "planner/summarise_cost.h"

namespace berth {
namespace {

std::optional<double> only(const Figure& figure) {
  return figure.values.empty() ? std::nullopt : figure.values.front();
}

}  // namespace

Observation measure(const Scenario& scenario, const Placement& placement, const Outcome& outcome) {
  const std::vector<std::optional<Outcome>> one{outcome};
  const Summary summary = summarise(scenario, placement, one);
  // Options whose price nobody knows were refused (planner/levers.h): a bill that lacks one is our mistake.
  if (!summary.cost.missing.empty())
    throw std::logic_error("the bill of " + placement.name + " lacks the price of " +
                           summary.cost.missing.front());
  Observation m;
  for (std::size_t i = 0; i < summary.training.size(); ++i) {
    const TrainingSummary& t = summary.training[i];
    ClassMeasure c{.start_p50_s = only(t.start_latency_s.p50),
                   .start_p95_s = only(t.start_latency_s.p95),
                   .start_within = only(t.start_slo_share),
                   .deadline_missed = only(t.deadline_missed_share)};
    const TrainingOutcome& o = outcome.training[i];
    const double jobs = c.jobs = static_cast<double>(o.submitted);
    if (jobs > 0) {
      c.interruptions_per_job = static_cast<double>(o.interruptions) / jobs;
      const auto more = static_cast<double>(o.backlog_at_end - o.backlog_at_begin);
      c.backlog_growth = std::max(0.0, more - scenario.training[i].models) / jobs;
    }
    // A job that was never submitted because one before it failed is as undone as that one.
    if (const auto due = static_cast<double>(o.submitted + o.skipped); due > 0)
      c.failed_share = static_cast<double>(o.failed + o.skipped) / due;
    for (std::size_t p = 0; p < kPhaseCount; ++p)
      c.phase_means_s[p] = only(t.phases_s[p].mean).value_or(0);
    m.training.push_back(c);
  }
  for (std::size_t i = 0; i < summary.services.size(); ++i) {
    const ServiceSummary& s = summary.services[i];
    m.services.push_back(
        {.replicas = only(s.replicas_mean).value_or(0),
         .p99_s = only(s.latency_p99_s),
         .slo_share = only(s.slo_share),
         .utilisation = only(s.utilisation)});
  }
  for (const PoolOutcome& pool : outcome.pools)
    m.pools.push_back({pool.platform, pool.pool, pool.node_time / scenario.horizon});
  m.hourly = outcome.hourly;
  price(m, scenario, placement, outcome.bill);
  return m;
}

void price(Observation& measured, const Scenario& scenario, const Placement& placement, const Bill& window) {
  const MonthlyCost cost = monthly_cost(scenario, placement, window);
  measured.usd = cost.usd;
  measured.marginal_usd = cost.usd - cost.people_usd - cost.shared_usd;
  for (std::size_t i = 0; i < measured.training.size(); ++i)
    measured.training[i].usd = cost.workload_usd[i];
  for (std::size_t i = 0; i < measured.services.size(); ++i)
    measured.services[i].usd = cost.workload_usd[measured.training.size() + i];
}

}  // namespace berth
