// Every Figure of a Summary as a flat list with a name: what a long table prints and a comparison
// walks. The order is fixed: cost, training, serving, pools.
//
//   metric        what, with the statistic last: "start_latency_p95"
//   workload      class, service or pool; "" for the whole
//   part          phase or bill line; "" for the whole
//   unit          "USD/month", "s", "1/day", "share", "count", "1/s"
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
  // A bill line or a pool that another summary does not have is zero there, not unknown.
  bool absent_is_zero = false;
};

std::vector<NamedFigure> figures(const Summary& summary);

}  // namespace berth
