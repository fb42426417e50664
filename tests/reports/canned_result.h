// A result of two placements, made from the planner tests' small scenario.
#pragma once

#include "planner/compare.h"
#include "planner/summarise.h"
#include "reports/comparison_report.h"
#include "reports/result.h"
#include "tests/planner/canned.h"

namespace berth::canned {

inline Summary summary(const std::string& name, const std::vector<Knobs>& knobs) {
  std::vector<std::optional<Outcome>> outcomes;
  for (const Knobs& k : knobs) outcomes.push_back(outcome(k));
  const Scenario of = scenario();
  Placement placement = of.placements[0];
  placement.name = name;
  return summarise(of, placement, outcomes);
}

inline Result result() {
  Result r{.from = provenance_of(scenario(), {{"simgrid", "3.32"}, {"network/model", "CM02"}})};
  r.from.inputs = {{"small.yaml", std::string(64, 'a')}};
  r.placements = {summary("hybrid", {{.start_s = 100}, {.start_s = 104}, {.start_s = 108}}),
                  summary("cheap", {{.start_s = 200, .training_usd = 5},
                                    {.start_s = 210, .training_usd = 6},
                                    {.start_s = 205, .training_usd = 5.5, .overloaded = true}})};
  r.failures = {{"cheap", {1, 7}, "killed by signal 11"}};
  return r;
}

inline ComparisonReport comparison() {
  const Result of = result();
  return {.from = {of.from},
          .comparisons = {compare("hybrid", of.placements[0], "cheap", of.placements[1])},
          .notes = {"placement old is only in base.yaml"}};
}

}  // namespace berth::canned
