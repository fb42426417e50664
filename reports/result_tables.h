// Results as long tables, a file each, for data frames, DuckDB and spreadsheets: one row a fact,
// the unit in the column's name or in a column of its own, RFC 4180. A column holds one kind of value:
// texts, numbers that read back as they are (a point, no thousands apart), true and false, or days as
// 2026-11-28; what is not known is empty.
//
//   placements.csv     scenario, placement, description, cost, goals missed, replications
//   figures.csv        every figure with its interval (planner/figures.h)
//   replications.csv   every figure of every replication
//   cost.csv           bill line by holder
//   homes.csv          where every workload runs
//   series.csv         what happened over the window, a row a step and quantity
//   distributions.csv  start latency of every class
// A plan gives them of the candidates that it keeps in full, but for those that a result beside it tells.
// And, of plans, flips and break-evens where they are given:
//   plan_candidates.csv  what was simulated: costs, latencies, on the front or not
//   plan_homes.csv       where the recommendation puts each workload, and the runner-up
//   flips.csv            where each input turns the answer
//   breakevens.csv       a row a point of a curve
// Tested by tests/reports/result_tables_test.cpp.
#pragma once

#include <string>
#include <vector>

#include "reports/documents.h"

namespace berth {

struct NamedTable {
  std::string file, text;
};
std::vector<NamedTable> result_tables(const Documents& documents);

}  // namespace berth
