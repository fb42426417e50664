// What must hold, per workload and for the whole: stated in the scenario or derived from the
// workloads' own goals.
//
//   start_within_share      of start goals that fall due, met           otherwise 95 %
//   deadline_missed_share   of deadlines that fall due                  otherwise 5 %
//   slo_share               of requests, good                           otherwise the service's
//   unserved_share          growth of a class's backlog, of its jobs    otherwise 1 %
//   failed_share            of a class's jobs, given up                 otherwise 1 %
//   interruptions_per_job, cost_usd_per_month, portable_share, people_hours_per_month: if stated
//
// Interruptions are counted: on spot what was counted may have been luck, so the bound of a Poisson law's
// mean must be within the limit as well, and none in 100 jobs is up to 0.03 a job. Equal replications of
// any other kind count as certain.
// By simulation a limit is met when the one-sided bound of the mean at the plan's confidence is on
// its right side; where a candidate gets replications until it meets its limits, at the level that its look
// has of that (models/alpha_spending.h). Unserved and failed jobs break theirs when that is shown: the mean is above and
// surely above nothing, because a window that ends at a busy moment is no trend. By formulas an option
// goes only when it misses by much (twice the allowed miss and two points more; of interruptions, which
// formulas know, twice): formulas are not to decide close calls. Tested by tests/planner/limits_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/analytic.h"
#include "planner/measure.h"
#include "planner/plan.h"

namespace berth {

struct Limits {
  std::vector<std::optional<double>> start_within, deadline_missed, interruptions;  // by class
  std::vector<double> slo_share;                                                    // by service
  double unserved = 0.01, failed = 0.01;                                            // of each class
  std::optional<double> cost_usd, portable_share, people_hours;
  std::vector<std::string> words;  // each limit and where it is from
};
Limits limits_of(const Scenario& scenario, const PlanRequest& request);
std::vector<StatedLimit> stated_limits(const Scenario& scenario, const PlanRequest& request);
// Moved to this value, or given up.
void move_limit(Limits& limits, const Scenario& scenario, const StatedLimit& limit,
                std::optional<double> to);
// Whether this is a check of it.
bool belongs_to(const LimitCheck& check, const StatedLimit& limit);

// Why a forecast is hopeless; absent: it is not.
std::optional<Rejection> hopeless(const Limits& limits, std::size_t training,
                                  const TrainingForecast& forecast);
std::optional<Rejection> hopeless_service(const Limits& limits, std::size_t service,
                                          const ServiceForecast& forecast);

// The limits of one workload that a forecast breaks, however little.
std::vector<LimitCheck> broken_by(const Limits& limits, std::size_t training,
                                  const std::string& name, const TrainingForecast& forecast);
std::vector<LimitCheck> broken_by(const Limits& limits, std::size_t service,
                                  const std::string& name, const ServiceForecast& forecast);

// How often, one-sided, a limit that is just missed may be called met, and a backlog or failures shown
// that are not there.
struct LimitErrors {
  double met = 0.05, shown = 0.05;
};
std::vector<LimitCheck> check_limits(const Scenario& scenario, const Limits& limits,
                                     const PlanCandidate& candidate,
                                     const std::vector<std::optional<Observation>>& measures,
                                     const LimitErrors& errors);
// Broken beyond doubt: the whole 95 % interval is on the wrong side.
bool clearly_broken(const LimitCheck& check);
// Missed by more than two standard errors: enough to search elsewhere, not to reject.
bool probably_broken(const LimitCheck& check);
// "start_within_share of retrain"
std::string limit_words(const LimitCheck& check);

}  // namespace berth
