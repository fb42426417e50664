// Outcomes of one Placement, one a replication, to its Summary. A pure function: the same outcomes
// give the same bytes, whoever simulated them and in whatever order they came in.
//
// A backlog grows when more jobs wait at the end of the window than at its begin, clearly so (the
// whole interval of the difference is above zero) and by at least kGrowth of the jobs submitted: a
// window that ends at a busy moment is no trend. Then demand is never met, the wait of those who
// still wait is unknown, and the latencies of those who started are lower bounds.
// Tested by tests/planner/summarise_test.cpp.
#pragma once

#include <optional>
#include <span>

#include "models/outcome.h"
#include "models/scenario.h"
#include "planner/summary.h"

namespace berth {

inline constexpr double kGrowth = 0.01;

// `outcomes` by replication number; a replication that failed is absent.
Summary summarise(const Scenario& scenario, const Placement& placement,
                  std::span<const std::optional<Outcome>> outcomes);

// Where a workload is at home, as results and plans say it.
HomeSummary home_summary(const Scenario& scenario, const TrainingClass& work,
                         const TrainingHome& at);
HomeSummary home_summary(const Scenario& scenario, const ServiceHome& at);

}  // namespace berth
