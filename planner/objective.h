// What a plan calls best (`plan: objective:`): of a replication, and of a choice by formulas.
//
//   cost           dollars a month, fully loaded
//   marginal_cost  those without people and what serves everybody
//   start_latency  seconds: the classes' 95th percentiles of the start, weighted by their jobs
//   serving_p99    seconds: the services' 99th percentiles, weighted by their requests
// Tested by tests/planner/objective_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "models/plan_request.h"
#include "models/scenario.h"
#include "planner/demand.h"
#include "planner/measure.h"
#include "planner/placement_problem.h"

namespace berth {

constexpr bool is_latency(Objective objective) {
  return objective == Objective::start_latency || objective == Objective::serving_p99;
}
std::string_view unit_of(Objective objective);  // "USD/month" or "s"
std::optional<Objective> objective_named(std::string_view name);

// How sentences speak of it.
struct ObjectiveWords {
  std::string_view as_good, better, worse, of;  // "as dear", "cheaper", "dearer", "cost"
};
ObjectiveWords words_of(Objective objective);

// What latencies are weighted by.
struct Volumes {
  std::vector<double> jobs_per_month, requests_per_s;  // by class, by service
};
Volumes volumes_of(const Scenario& scenario);
Volumes volumes_of(const Scenario& scenario, const std::vector<std::vector<double>>& arrivals, const TimeGrid& grid);

// Absent where nothing started, or was served. `jobs` by class, `requests` by service.
std::optional<double> weighted_start_s(const Observation& measured, std::span<const double> jobs);
std::optional<double> weighted_p99_s(const Observation& measured, std::span<const double> requests);
std::optional<double> value_of(const Observation& measured, Objective objective, const Volumes& volumes);

// The problem in the unit of the objective: a latency is sought with dollars as a tie-break only. `held_usd` of
// its analysis.
PlacementProblem in_objective(const PlacementProblem& problem, Objective objective, double held_usd);

}  // namespace berth
