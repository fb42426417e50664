// A backtest for people and programs: a row a phase and group, its p10, p50 and p90 as they were
// and as they were predicted, the relative error with its interval; and the median error of the
// rows with enough jobs. JSON is berth/backtest/1, seconds throughout; a group row holds n and p10,
// p50, p90 as {actual, predicted, error, ...}; "parts" holds the same rows of single hold-outs.
// Tested by tests/reports/backtest_report_test.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "models/backtest.h"
#include "reports/catalogue_report.h"

namespace berth {

struct BacktestReport {
  std::string split;  // its name, and the question it answers; "calibration" with a given file
  std::string question;
  double train_fraction = 0;
  std::size_t trained_on = 0,
              held_back = 0;  // jobs of one part; 0 trained with a calibration from a file
  std::string calibration;    // its file; "" when made from the log
  std::int64_t jobs_found = 0;
  std::map<std::string, std::int64_t> left_out;
  Backtest result;              // parts pooled
  std::vector<Backtest> parts;  // single hold-outs, when there are several
};

std::string backtest_report(const BacktestReport& report, Format format, bool color);

}  // namespace berth
