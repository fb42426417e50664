// Families of planning: min_cost_flow, server_allocation, vector_bin_packing, pareto, ocba, sobol.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "planner/min_cost_flow.h"
#include "planner/pareto.h"
#include "planner/selection.h"
#include "planner/sensitivity.h"
#include "tests/conformance/family.h"
#include "tests/oracles/bin_packing.h"
#include "tests/oracles/server_allocation.h"

namespace berth::conformance {
namespace {

Json min_cost_flow_case(const Parameters& in) {
  std::vector<FlowArc> arcs;
  for (const Json& arc : in.value("arcs"))
    arcs.push_back({arc.at(0), arc.at(1), arc.at(2), arc.at(3)});
  const auto supply = in.value("supply").get<std::vector<std::int64_t>>();
  const auto flow = min_cost_flow(in.count("nodes"), arcs, supply);
  if (!flow) throw std::invalid_argument("not all supply finds a way");
  return {
      {"min_cost",   flow->cost  },
      {"total_flow", flow->amount}
  };
}

Json server_allocation_case(const Parameters& in) {
  const auto arrivals = in.numbers("arrival_rates"), services = in.numbers("service_rates"),
             weights = in.numbers("weights");
  std::vector<QueueClass> queues;
  for (std::size_t i = 0; i < arrivals.size(); ++i)
    queues.push_back({arrivals[i], services[i], weights[i]});
  const auto best = allocate_servers(queues, in.count("total_servers"));
  if (!best) throw std::invalid_argument("too few servers");
  return {
      {"allocation", best->servers  },
      {"objective",  best->objective}
  };
}

// Items that are alike are one shape.
double patterns_of(const std::vector<Sizes>& items, const std::vector<BinKind>& kinds) {
  std::vector<Sizes> shapes;
  std::vector<double> counts;
  for (const Sizes& item : items) {
    const auto found = std::ranges::find(shapes, item);
    if (found == shapes.end())
      shapes.push_back(item), counts.push_back(1);
    else
      counts[static_cast<std::size_t>(found - shapes.begin())] += 1;
  }
  return pattern_bound(shapes, counts, kinds).value_or(0);
}

Json vector_bin_packing_case(const Parameters& in) {
  const auto items = in.value("items").get<std::vector<Sizes>>();
  const auto costs = in.numbers("bin_costs");
  const auto capacities = in.value("bin_capacities").get<std::vector<Sizes>>();
  std::vector<BinKind> kinds;
  for (std::size_t i = 0; i < costs.size(); ++i) kinds.push_back({costs[i], capacities[i]});
  const ExactPacking exact = pack_exactly(items, kinds);
  if (!exact.proven) throw std::runtime_error("the search ended before its proof");
  if (patterns_of(items, kinds) > exact.packing.cost + 1e-9)
    throw std::runtime_error("the bound over patterns is above the optimum");
  if (best_fit_decreasing(items, kinds).cost < exact.packing.cost - 1e-9)
    throw std::runtime_error("best fit is below the optimum");
  Json got{
      {"optimum",             exact.packing.cost},
      { "lp_like_lb", covering_bound(items,             kinds)}
  };
  if (kinds.size() > 1) return got;
  got["lb_continuous"] = continuous_bound(items, kinds[0].capacity);
  got["lb_L2"] = l2_bound(items, kinds[0].capacity);
  got["ffd"] = first_fit_decreasing(items, kinds[0].capacity);
  return got;
}

Json pareto_case(const Parameters& in) {
  const auto points = in.value("points").get<std::vector<Point>>();
  return {
      {"nondominated",      nondominated(points)    },
      { "hypervolume", hypervolume(points, in.numbers("reference"))}
  };
}

Json ocba_case(const Parameters& in) {
  const auto got = ocba(in.numbers("means"), in.numbers("std_devs"), in.number("total_budget"));
  return {
      {"best",       got.best        },
      {"allocation", got.replications}
  };
}

Json ishigami(double a, double b) {
  const auto f = [=](std::span<const double> x) {
    return std::sin(x[0]) + a * std::pow(std::sin(x[1]), 2) +
           b * std::pow(x[2], 4) * std::sin(x[0]);
  };
  const InputRange range{-std::numbers::pi, 0, std::numbers::pi};
  const SobolIndices got = sobol(f, std::vector<InputRange>(3, range), 1, 40);
  Json out{
      {"variance", got.variance}
  };
  for (std::size_t i = 0; i < 3; ++i) {
    out["S" + std::to_string(i + 1)] = got.first[i];
    out["ST" + std::to_string(i + 1)] = got.total[i];
  }
  return out;
}

// Straight on either side of a half, so two panels are exact.
Json g_function(const std::vector<double>& a) {
  const auto f = [&](std::span<const double> x) {
    double product = 1;
    for (std::size_t i = 0; i < a.size(); ++i)
      product *= (std::abs(4 * x[i] - 2) + a[i]) / (1 + a[i]);
    return product;
  };
  const SobolIndices got = sobol(f, std::vector<InputRange>(a.size(), {0, 0.5, 1}), 2, 2);
  return {
      {"variance", got.variance},
      {"S",        got.first   },
      {"ST",       got.total   }
  };
}

Json sobol_case(const Parameters& in) {
  const std::string function = in.text("function");
  if (function == "ishigami") return ishigami(in.number("a"), in.number("b"));
  if (function == "g") return g_function(in.numbers("a"));
  throw std::invalid_argument("no function named " + function);
}

}  // namespace

std::vector<Family> planning_families() {
  return {
      {"min_cost_flow",      min_cost_flow_case     },
      {"server_allocation",  server_allocation_case },
      {"vector_bin_packing", vector_bin_packing_case},
      {"pareto",             pareto_case            },
      {"ocba",               ocba_case              },
      {"sobol",              sobol_case             }
  };
}

}  // namespace berth::conformance
