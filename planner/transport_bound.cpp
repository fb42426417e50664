#include "planner/transport_bound.h"

#include "planner/min_cost_flow.h"
#include "planner/placement_state.h"

namespace berth {

double transport_bound(const PlacementProblem& problem) {
  const SearchShape shape(problem);
  constexpr double kUnits = 1000, kCents = 1e4;  // thousandths of an instance, hundredths of a cent
  const auto is_quota = [&](std::size_t r) {
    return std::isfinite(problem.resources[r].room) && problem.resources[r].slope == 0;
  };
  // The period in which quotas are asked for most.
  std::vector<double> asked(problem.periods, 0.0);
  for (const auto& options : problem.workloads)
    for (const PlacementOption& option : options)
      for (const ResourceLoad& load : option.loads)
        for (std::size_t t = 0; is_quota(load.resource) && t < load.by_period.size(); ++t)
          asked[t] += load.by_period[t] / static_cast<double>(options.size());
  const auto busiest = static_cast<std::size_t>(std::ranges::max_element(asked) - asked.begin());

  const int workloads = static_cast<int>(problem.workloads.size());
  const int resources = static_cast<int>(problem.resources.size());
  const int sink = workloads + resources;
  std::vector<FlowArc> arcs;
  std::vector<std::int64_t> supply(static_cast<std::size_t>(sink) + 1, 0);
  double bound = problem.constant;
  for (int w = 0; w < workloads; ++w) {
    struct Way {
      std::optional<std::size_t> quota;
      double cost = 0, load = 0;
    };
    std::vector<Way> ways;
    double least_load = std::numeric_limits<double>::infinity(),
           least_cost = std::numeric_limits<double>::infinity();
    for (const PlacementOption& option : problem.workloads[static_cast<std::size_t>(w)]) {
      Way way{.cost = shape.own(option)};
      for (const ResourceLoad& load : option.loads) {
        const SharedResource& resource = problem.resources[load.resource];
        const double slope =
            shape.per_period(load.resource) + shape.plan_slope(resource) / shape.periods();
        for (const double s : load.by_period) way.cost += slope * s;
        if (!way.quota && is_quota(load.resource) && !load.by_period.empty())
          way.quota = load.resource, way.load = load.by_period[busiest];
      }
      if (way.quota) least_load = std::min(least_load, way.load);
      least_cost = std::min(least_cost, way.cost);
      ways.push_back(way);
    }
    const auto amount =
        std::isfinite(least_load) ? static_cast<std::int64_t>(std::floor(least_load * kUnits)) : 0;
    if (amount == 0) {
      bound += least_cost;
      continue;
    }
    supply[static_cast<std::size_t>(w)] = amount;
    supply[static_cast<std::size_t>(sink)] -= amount;
    for (const Way& way : ways) {
      const auto cost = static_cast<std::int64_t>(
          std::floor(std::max(way.cost, 0.0) * kCents / static_cast<double>(amount)));
      arcs.push_back(
          {w, way.quota ? workloads + static_cast<int>(*way.quota) : sink, amount, cost});
    }
  }
  for (int r = 0; r < resources; ++r)
    if (is_quota(static_cast<std::size_t>(r)))
      arcs.push_back({workloads + r, sink,
                      static_cast<std::int64_t>(
                          std::ceil(problem.resources[static_cast<std::size_t>(r)].room * kUnits)),
                      0});
  const auto flow = min_cost_flow(sink + 1, arcs, supply);
  if (!flow) return std::numeric_limits<double>::infinity();
  return bound + static_cast<double>(flow->cost) / kCents;
}

}  // namespace berth
