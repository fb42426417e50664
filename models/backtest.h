// How well laws calibrated on a log's first part predict its last part: quantiles by phase and group.
//
//   cut        the first fraction of the jobs by creation is for training, the rest is held back
//   predicted  the mixture of the laws that law_for gives the group's held-back jobs
//   actual     the sample quantile of the same jobs (type 7: NumPy's default)
//   error      predicted / actual - 1
//
// Intervals, 95 %, come from the binomial spread of ranks: a quantile p of n values lies between
// the quantiles p -+ 1.96 sqrt(p(1-p)/n). Of the actual one it is the held-back sample's own luck;
// the error's interval is what that luck leaves open, with the law taken as given. Where no law
// is known the group's jobs are counted as unpredicted.
//
// Lower bounds and durations of 0 s are left out on both sides and counted.
// Tested by tests/models/backtest_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/calibration.h"

namespace berth {

// The creation time at which the held-back part begins: the first `fraction` of the jobs (given by
// their creation times, ascending) lie before it. A moment is never divided, so the training part
// may be smaller. Infinite when nothing is held back.
double cut_in_time(std::span<const double> created_s, double fraction);

struct QuantileError {
  double actual = 0, actual_low = 0, actual_high = 0;
  double predicted = 0;
  double error = 0, error_low = 0, error_high = 0;
};

struct BacktestRow {
  StartupPhase phase = StartupPhase::launch;
  std::string group;  // "cpu", "gpu" or a family
  std::size_t n = 0;
  QuantileError p10, p50, p90;
  double inside = 0;  // share of the jobs between the predicted p10 and p90; 80 % is expected
};

struct Backtest {
  std::vector<BacktestRow> rows;  // by phase, class before family, name
  std::size_t unpredicted = 0;    // phases without a law
  std::size_t instant = 0, lower_bounds = 0;  // phases left out
};

Backtest backtest(std::span<const TimedPhase> held_back, const Calibration& calibration);

inline constexpr std::size_t kLeastJudged = 20;
// The median of |error| over the rows with kLeastJudged jobs or more; absent without such rows.
std::optional<double> median_error(const Backtest& result, QuantileError BacktestRow::* at);

}  // namespace berth
