#include "planner/objective.h"

namespace berth {
namespace {

// Of those that have a value.
template <class Read>
std::optional<double> weighted(std::span<const double> weights, Read read) {
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (const std::optional<double> value = read(i)) sum += weights[i] * *value, total += weights[i];
  return total > 0 ? std::optional(sum / total) : std::nullopt;
}

}  // namespace

std::string_view unit_of(Objective objective) { return is_latency(objective) ? "s" : "USD/month"; }

std::optional<Objective> objective_named(std::string_view name) {
  for (const Objective one : {Objective::cost, Objective::marginal_cost, Objective::start_latency,
                              Objective::serving_p99})
    if (name_of(one) == name) return one;
  return std::nullopt;
}

ObjectiveWords words_of(Objective objective) {
  switch (objective) {
    case Objective::cost:
      return {"as dear", "cheaper", "dearer", "cost"};
    case Objective::marginal_cost:
      return {"as dear", "cheaper", "dearer", "marginal cost"};
    case Objective::start_latency:
      return {"as slow", "faster", "slower", "start latency"};
    case Objective::serving_p99:
      return {"as slow", "faster", "slower", "p99 of serving"};
  }
  return {};
}

Volumes volumes_of(const Scenario& scenario) {
  const TimeGrid grid(scenario);
  std::vector<std::vector<double>> arrivals;
  arrivals.reserve(scenario.training.size());
  for (std::size_t i = 0; i < scenario.training.size(); ++i)
    arrivals.push_back(arrivals_of(scenario, {static_cast<std::int32_t>(i)}, grid));
  return volumes_of(scenario, arrivals, grid);
}

Volumes volumes_of(const Scenario& scenario, const std::vector<std::vector<double>>& arrivals,
                   const TimeGrid& grid) {
  Volumes volumes;
  const double months = scenario.horizon.count() / kMonth.count();
  for (const auto& one : arrivals) volumes.jobs_per_month.push_back(after_warm_up(one, grid) / months);
  for (const Service& service : scenario.services)
    volumes.requests_per_s.push_back(
        service.demand.expected_between(scenario.warm_up, scenario.warm_up + scenario.horizon) /
        scenario.horizon.count());
  return volumes;
}

std::optional<double> weighted_start_s(const Observation& measured, std::span<const double> jobs) {
  return weighted(jobs, [&](std::size_t i) { return measured.training[i].start_p95_s; });
}

std::optional<double> weighted_p99_s(const Observation& measured, std::span<const double> requests) {
  return weighted(requests, [&](std::size_t i) { return measured.services[i].p99_s; });
}

std::optional<double> value_of(const Observation& measured, Objective objective, const Volumes& volumes) {
  switch (objective) {
    case Objective::cost:
      return measured.usd;
    case Objective::marginal_cost:
      return measured.marginal_usd;
    case Objective::start_latency:
      return weighted_start_s(measured, volumes.jobs_per_month);
    case Objective::serving_p99:
      return weighted_p99_s(measured, volumes.requests_per_s);
  }
  return std::nullopt;
}

PlacementProblem in_objective(const PlacementProblem& problem, Objective objective, double held_usd) {
  PlacementProblem out = problem;
  if (!is_latency(objective)) {
    out.weights.clear();
    if (objective == Objective::cost) return out;
    // People and what serves everybody are there anyway; what plans held save is not.
    out.constant = held_usd;
    for (SharedResource& resource : out.resources) resource.fixed = 0;
    return out;
  }
  // 10 k$ a month weigh as a tenth of a millisecond: dollars decide where latency does not.
  constexpr double kTieBreak = 1e-8;
  out.constant *= kTieBreak;
  for (auto& options : out.workloads)
    for (PlacementOption& option : options) option.usd *= kTieBreak;
  for (SharedResource& resource : out.resources)
    resource.fixed *= kTieBreak, resource.slope *= kTieBreak;
  out.weights = objective == Objective::start_latency ? std::vector{1.0, 0.0} : std::vector{0.0, 1.0};
  return out;
}

}  // namespace berth
