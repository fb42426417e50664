#include "tests/oracles/linear_program.h"

#include <cmath>

namespace berth {
namespace {

constexpr double kZero = 1e-11;

// Row i: basic variable = last column; variables are the columns first, then the slacks.
class Tableau {
 public:
  Tableau(std::span<const double> objective, std::span<const std::vector<double>> rows,
          std::span<const double> right_side)
      : columns_(objective.size()), width_(columns_ + rows.size() + 1) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::vector<double>& row = rows_.emplace_back(width_, 0.0);
      for (std::size_t j = 0; j < columns_; ++j) row[j] = rows[i][j];
      row[columns_ + i] = 1;
      row.back() = right_side[i];
      basis_.push_back(columns_ + i);
    }
    goal_.assign(width_, 0.0);
    for (std::size_t j = 0; j < columns_; ++j) goal_[j] = -objective[j];
  }

  bool solve() {
    while (true) {
      std::size_t enter = 0;
      while (enter + 1 < width_ && goal_[enter] > -kZero) ++enter;
      if (enter + 1 == width_) return true;
      std::optional<std::size_t> leave;
      for (std::size_t i = 0; i < rows_.size(); ++i)
        if (rows_[i][enter] > kZero && (!leave || leaves_before(i, *leave, enter))) leave = i;
      if (!leave) return false;
      pivot(*leave, enter);
    }
  }

  LinearSolution solution() const {
    LinearSolution s{.value = goal_.back(), .x = std::vector<double>(columns_, 0.0)};
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (basis_[i] < columns_) s.x[basis_[i]] = rows_[i].back();
    s.duals.assign(goal_.begin() + static_cast<std::ptrdiff_t>(columns_), goal_.end() - 1);
    return s;
  }

 private:
  bool leaves_before(std::size_t i, std::size_t other, std::size_t enter) const {
    const double a = rows_[i].back() / rows_[i][enter];
    const double b = rows_[other].back() / rows_[other][enter];
    return a < b - kZero || (a <= b + kZero && basis_[i] < basis_[other]);
  }
  static void subtract(std::vector<double>& from, const std::vector<double>& row, double factor) {
    if (factor == 0) return;
    for (std::size_t j = 0; j < row.size(); ++j) from[j] -= factor * row[j];
  }
  void pivot(std::size_t leave, std::size_t enter) {
    std::vector<double>& row = rows_[leave];
    const double by = row[enter];
    for (double& value : row) value /= by;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (i != leave) subtract(rows_[i], row, rows_[i][enter]);
    subtract(goal_, row, goal_[enter]);
    basis_[leave] = enter;
  }

  std::size_t columns_, width_;
  std::vector<std::vector<double>> rows_;
  std::vector<double> goal_;
  std::vector<std::size_t> basis_;
};

}  // namespace

std::optional<LinearSolution> maximise(std::span<const double> objective,
                                       std::span<const std::vector<double>> rows,
                                       std::span<const double> right_side) {
  Tableau tableau(objective, rows, right_side);
  if (!tableau.solve()) return std::nullopt;
  return tableau.solution();
}

}  // namespace berth
