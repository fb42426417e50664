// Limits of the gate, as people write them:
//
//   cost_usd_per_month: +2%                   may rise by 2 %
//   start_latency_p95_s[retrain]: 60          may not be above 60 s; 60s and 1min say the same
//   slo_met_share[*]: -0.1%                   may not fall by more than 0.1 points
//   slo_met_share[eta]: 99%                   of which more is better: may not be below it
//   latency_p99_s[eta]: {limit: +5%, action: warn, reason: we promised the maps team}
//   feasible: warn                            services that lose their goal, backlogs that begin to
//   grow
//
// A metric is one of a result's (planner/figures.h), with its unit or without, and in brackets
// whose: a workload, a node pool, a phase or a bill line; "*" stands for any text. Without brackets
// it is the whole, or everybody's where there is no whole. A signed number is how much it may move,
// one without a sign is where it must stay; "%" of a share are points. Keys that begin with x- are
// notes. Reading is strict: all mistakes at once, with positions. Tested by
// tests/tools/limits_file_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/gate.h"
#include "scenarios/issue.h"

namespace berth {

struct PlacedLimit {
  GateLimit limit;
  int line = 0, column = 0;
};

struct LimitsFile {
  std::vector<PlacedLimit> limits;
  bool only_warn_feasible = false;
};

// nullopt exactly when there is an error among the issues.
std::optional<LimitsFile> read_limits(std::string_view text, const std::string& file,
                                      std::vector<Issue>& issues);

// Limits that speak of no figure of any of the scenarios: a misspelt class, a pool that is gone. A limit
// for all of a metric that nobody here has is only warned of.
void check_limits(const LimitsFile& limits, const std::vector<FigureName>& names,
                  const std::string& file, std::vector<Issue>& issues);

// Without a file: cost may rise by 1 %, start p95 and serving p99 by 5 %.
LimitsFile default_limits();

}  // namespace berth
