#include "planner/correction.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace berth {
namespace {

constexpr double kMost = 4;

// Logarithms of what single pilots say, by how much they speak of.
struct Factor {
  double sum = 0, weight = 0;
  void add(double f, double of) {
    if (!(f > 0) || !std::isfinite(f) || !(of > 0)) return;
    sum += of * std::log(std::clamp(f, 1 / kMost, kMost));
    weight += of;
  }
  bool is_known() const { return weight > 0; }
  double value() const { return is_known() ? std::exp(sum / weight) : 1; }
};

double mean_nodes(const std::vector<double>& load, double floor, double f) {
  double sum = 0;
  for (const double one : load) sum += std::max(floor, f * one);
  return sum / static_cast<double>(load.size());
}

std::optional<double> factor_for(const std::vector<double>& load, double floor, double nodes) {
  if (nodes <= floor * 1.02 + 1e-9) return std::nullopt;
  double low = 1 / kMost, high = kMost;
  if (mean_nodes(load, floor, high) < nodes) return high;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (mean_nodes(load, floor, middle) < nodes ? low : high) = middle;
  }
  return high;
}

template <class Read>
std::optional<double> mean_of_measures(const Observations& measures, Read read) {
  double sum = 0;
  int n = 0;
  for (const auto& one : measures) {
    if (!one) continue;
    const std::optional<double> value = read(*one);
    if (value) sum += *value, ++n;
  }
  return n > 0 ? std::optional(sum / n) : std::nullopt;
}

// Hours of instances and seconds of containers are off by different things.
std::string paid_for(const Options& options, std::size_t w, std::size_t k) {
  const std::size_t classes = options.training.size();
  if (w < classes) return "instances";
  const auto& endpoint = options.services[w - classes][k].endpoint;
  const bool instances = !endpoint || std::holds_alternative<RealtimeEndpoint>(*endpoint);
  return instances ? "instances" : std::string(name_of(*endpoint));
}

// With what its plan costs.
double whole_slope(const PlacementProblem& problem, std::size_t r) {
  const SharedResource& resource = problem.resources[r];
  if (!resource.plan) return resource.slope;
  return resource.slope + resource.plan_units * problem.resources[*resource.plan].slope;
}

double bill_factor(const Scenario& scenario, const Correction& correction, PlatformId platform,
                   const std::pair<std::size_t, std::string>& what) {
  const auto bill = correction.bills.find(what);
  const bool known = bill != correction.bills.end() &&
                     std::holds_alternative<SageMaker>(scenario.platforms[platform.index()]);
  return known ? bill->second : 1;
}

}  // namespace

Correction fitted(const Scenario& scenario, const Analysis& analysis, const PlacementProblem& plain,
                  std::span<const PilotRun> pilots) {
  const std::size_t classes = scenario.training.size();
  // Resources are named by platform and pool as the analysis names them.
  std::map<std::string, std::size_t> by_name;
  for (std::size_t r = 0; r < plain.resources.size(); ++r) by_name[plain.resources[r].name] = r;
  std::vector<Factor> pools(plain.resources.size());
  std::map<std::pair<std::size_t, std::string>, Factor> bills;
  std::map<std::pair<std::size_t, PlatformId>, Factor> starts;
  Factor any;

  for (const PilotRun& pilot : pilots) {
    const Company company = company_of(plain, pilot.choice);
    const auto& loads = company.loads;
    for (std::size_t p = 0; p < scenario.platforms.size(); ++p) {
      const auto* cluster = std::get_if<Cluster>(&scenario.platforms[p]);
      for (std::size_t q = 0; cluster != nullptr && q < cluster->pools.size(); ++q) {
        const auto found = by_name.find(cluster->name + "/" + cluster->pools[q].name);
        if (found == by_name.end()) continue;
        const std::size_t r = found->second;
        const double paused = pause_nodes(scenario, *cluster, cluster->pools[q]);
        const auto nodes = mean_of_measures(*pilot.measures, [&](const Observation& m) {
          for (const Observation::Pool& pool : m.pools)
            if (pool.platform.index() == p && pool.pool.index() == q)
              return std::optional(std::max(0.0, pool.nodes - paused));
          return std::optional<double>();
        });
        const double loaded = std::accumulate(loads[r].begin(), loads[r].end(), 0.0);
        if (!nodes || loaded <= 0) continue;
        if (const auto f = factor_for(loads[r], plain.resources[r].floor, *nodes))
          pools[r].add(*f, loaded), any.add(*f, loaded * whole_slope(plain, r));
      }
    }
    for (std::size_t w = 0; w < pilot.choice.size(); ++w) {
      const std::size_t k = pilot.choice[w];
      const bool training = w < classes;
      const std::size_t s = w - classes;
      const PlatformId platform = training ? analysis.options.training[w][k].platform
                                           : analysis.options.services[s][k].platform;
      if (std::holds_alternative<SageMaker>(scenario.platforms[platform.index()])) {
        const auto usd = mean_of_measures(*pilot.measures, [&](const Observation& m) {
          return std::optional(training ? m.training[w].usd : m.services[s].usd);
        });
        // What may be bought covers a part of it, and says nothing of the hours either.
        const double formula = !by_name.contains(std::string(kSageMakerPlansToBuy))
                                   ? plain.workloads[w][k].usd
                               : training ? analysis.training[w][k].usd_per_month
                                          : analysis.services[s][k].usd_per_month;
        // With plans held a bill is partly at their rates, and says nothing of the hours.
        if (usd && formula > 0 && !by_name.contains(std::string(kSageMakerPlans)))
          bills[{w, paid_for(analysis.options, w, k)}].add(*usd / formula, formula);
      }
      if (!training) continue;
      const auto p95 = mean_of_measures(
          *pilot.measures, [&](const Observation& m) { return m.training[w].start_p95_s; });
      // A class's share of all jobs goes with its quality.
      const std::vector<double>& least = plain.workloads[w][k].qualities;
      const double formula =
          !least.empty() && least.front() > 0
              ? analysis.training[w][k].start_p95_s * company.quality[w] / least.front()
              : 0;
      if (p95 && formula > 0) starts[{w, platform}].add(*p95 / formula, 1);
    }
  }

  Correction correction{.other_pools = any.value()};
  for (std::size_t r = 0; r < pools.size(); ++r)
    if (pools[r].is_known()) correction.pools[plain.resources[r].name] = pools[r].value();
  for (const auto& [what, bill] : bills) correction.bills[what] = bill.value();
  for (const auto& [where, factor] : starts) correction.starts[where] = factor.value();
  return correction;
}

PlacementProblem corrected(const Scenario& scenario, const Options& options,
                           const PlacementProblem& plain, const Correction& correction) {
  const std::size_t classes = scenario.training.size();
  PlacementProblem out = plain;
  for (std::size_t w = 0; w < out.workloads.size(); ++w)
    for (std::size_t k = 0; k < out.workloads[w].size(); ++k) {
      PlacementOption& option = out.workloads[w][k];
      const PlatformId platform =
          w < classes ? options.training[w][k].platform : options.services[w - classes][k].platform;
      const double billed = bill_factor(scenario, correction, platform, {w, paid_for(options, w, k)});
      option.usd *= billed;
      double f = 1;  // of its pool, which is named before the plans that cover its nodes
      for (ResourceLoad& load : option.loads) {
        const SharedResource& resource = plain.resources[load.resource];
        if (resource.discount)
          for (double& one : load.by_period) one *= billed;
        if (whole_slope(plain, load.resource) <= 0 || resource.discount ||
            resource.name == kSageMakerPlans)
          continue;
        if (resource.name.starts_with(kNodePlans)) {
          for (const double one : load.by_period)
            option.usd -= (f - 1) * one * resource.slope / double(load.by_period.size());
        } else {
          const auto known = correction.pools.find(resource.name);
          f = known != correction.pools.end() ? known->second : correction.other_pools;
        }
        for (double& one : load.by_period) one *= f;
        for (double& one : load.beyond) one *= f;
      }
      if (w < classes && !option.qualities.empty())
        if (const auto found = correction.starts.find({w, platform});
            found != correction.starts.end()) {
          option.qualities[0] *= found->second;
          for (ResourceLoad& load : option.loads)
            for (double& one : load.waits) one *= found->second;
        }
    }
  return out;
}

}  // namespace berth
