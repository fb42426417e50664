// Every Figure of a Summary as a flat list with a name: what a long table prints and a comparison
// walks. The order is fixed: cost, training, serving, pools.
//
//   metric        what, with the statistic last: "start_latency_p95"
//   workload      class, service or pool; "" for the whole
//   part          phase or bill line; "" for the whole
//   unit          "USD/month", "s", "1/day", "share", "count", "1/s"
//
// In words for people who set limits, a figure is "start_latency_p95_s[retrain]": the metric with
// its unit, and whose it is: "cost_usd_per_month", "start_phase_p95_s[retrain/image]".
//
// Tested by tests/planner/compare_test.cpp.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "planner/summary.h"

namespace berth {

struct FigureName {
  std::string metric, workload, part, unit;
  auto operator<=>(const FigureName&) const = default;
};

struct NamedFigure {
  FigureName name;
  Figure figure;
  bool operator==(const NamedFigure&) const = default;
};

// A bill line or a pool that another summary does not have is zero there, not unknown.
bool is_zero_where_absent(const FigureName& name);

std::string metric_with_unit(const FigureName& name);  // "start_latency_p95_s"
std::string whose(const FigureName& name);             // "retrain/image", "" for the whole
std::string id_of(const FigureName& name);             // both: "start_phase_p95_s[retrain/image]"

std::vector<NamedFigure> figures(const Summary& summary);

}  // namespace berth
