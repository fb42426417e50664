// How well laws calibrated on one part of a log predict the other part: quantiles by phase and
// group.
//
// Three ways to hold jobs back; none lets a job influence its own prediction. f is the train
// fraction.
//   interleaved   "does the law fit comparable jobs?"  Jobs by class, family and creation, every one
//                 with floor((i+1) f + o) > floor(i f + o) trains, the rest is held back: both parts see
//                 the same types and the same days. Five parts, o = 0.1, 0.3 ... 0.9: a job is held
//                 back in about 5 (1-f) of them. Only creation and type decide, never a duration.
//   walk_forward  "how good is a calibration that is kept up to date?"  The last 1-f of the jobs in up
//                 to 50 blocks of time; each is predicted from all jobs that had ended before its
//                 first one was created.
//   time          "how good is last year's calibration?"  One cut: of the first f of the jobs those that
//                 had ended before it predict the rest.
//
// Every job counts in three groups: its class, its class and year, its family.
//
//   predicted  the mixture of the laws that law_for gives the group's held-back jobs
//   actual     the sample quantile of the same jobs (type 7: NumPy's default)
//   error      predicted / actual - 1
//
// Parts are pooled to one row a group: every job once, its predictions mixed. Pooled, the luck of
// the training parts cancels in part, so the pooled error says how well the law's form fits; the
// error of one part alone, rows of their own, says what a single hold-out of that size shows, luck
// included.
//
// Intervals, 95 %, come from the binomial spread of ranks: a quantile p of n values lies between
// the quantiles p -+ 1.96 sqrt(p(1-p)/n). Of the actual one it is the held-back sample's own luck;
// the error's interval is what that luck leaves open, with the law taken as given. Where no law
// is known the group's jobs are counted as unpredicted.
//
// Lower bounds and durations of 0 s are left out on both sides and counted. Left out: jobs of one
// notebook or team that resemble each other; interleaved they lie on both sides.
// Tested by tests/models/backtest_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/calibration.h"

namespace berth {

enum class Split { interleaved, walk_forward, time };
inline constexpr int kSplits = 3;
std::string_view name_of(Split split);
std::optional<Split> split_named(std::string_view name);
// The question a split answers, for people.
std::string_view question_of(Split split);

// What a split may look at.
struct SplitJob {
  double created_s = 0;
  double known_s = 0;  // when its phases were known
  Accelerator accelerator = Accelerator::none;
  std::string family;
};

// Positions, ascending; predicted from `training` alone.
struct HeldBack {
  std::vector<std::size_t> training, held_back;
};
// What is compared together: one step, or the blocks of a walk.
using Part = std::vector<HeldBack>;

inline constexpr int kInterleavedParts = 5;
inline constexpr std::size_t kMostBlocks = 50;
// `jobs` by creation. Parts without held-back jobs are left away.
std::vector<Part> split_jobs(std::span<const SplitJob> jobs, Split split, double train_fraction);

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
  std::string group;  // "cpu" or "gpu"; "cpu 2023", its jobs of a year; or a family
  std::size_t n = 0;
  QuantileError p10, p50, p90;
  double inside = 0;  // share of the jobs between the predicted p10 and p90; 80 % is expected
};

struct Backtest {
  std::vector<BacktestRow> rows;              // by phase; class, years of classes, families; name
  std::size_t unpredicted = 0;                // phases without a law
  std::size_t instant = 0, lower_bounds = 0;  // phases left out
};

// Held-back phases and the calibration that predicts them.
struct BacktestStep {
  std::vector<TimedPhase> held_back;
  Calibration calibration;
};
// A job held back by several steps counts once, with the mixture of its predictions.
Backtest backtest(std::span<const BacktestStep> steps);
Backtest backtest(std::span<const TimedPhase> held_back, const Calibration& calibration);

inline constexpr std::size_t kLeastJudged = 20;
// The median of |error| over the rows with kLeastJudged jobs or more; absent without such rows.
std::optional<double> median_error(const Backtest& result, QuantileError BacktestRow::*at);
// The same over the rows of several parts.
std::optional<double> median_error(std::span<const Backtest> parts, QuantileError BacktestRow::*at);

}  // namespace berth
