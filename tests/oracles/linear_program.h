// A small linear program: maximise c x subject to A x <= b, x >= 0, with b >= 0.
//
// Dense primal simplex from the slack basis, which is feasible because b is not negative; Bland's
// rule, so it ends. `duals` are the prices of the rows: x and duals prove each other (c x = b
// duals). For tens of columns and thousands of rows, as the patterns of a bin
// (tests/oracles/bin_packing.h) make. Tested by tests/oracles/linear_program_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace berth {

struct LinearSolution {
  double value = 0;
  std::vector<double> x, duals;
};

// rows[i] has a coefficient per column. nullopt: unbounded.
std::optional<LinearSolution> maximise(std::span<const double> objective,
                                       std::span<const std::vector<double>> rows,
                                       std::span<const double> right_side);

}  // namespace berth
