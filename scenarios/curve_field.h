// How rates over time and traces are written.
//
//   700/s                                                     constant
//   {mean: 60M/day, hourly: [24 numbers], weekly: [7, monday first]}
//   {steps: [{at: 0s, rate: 60/s}, {at: 30min, rate: 600/s}]} constant in between
//   {trace: load.csv}                                         bin_start,count lines
//   {trace: log.csv, column: TIMESTAMP}                       requests only: one a line, as they came
//     scale: 2          the same with gaps half as long
//     begins: window    the first comes when the measured window opens, whatever its date
//     poisson: true     not these, but a Poisson stream of their rate in each `bin`
//
// hourly and weekly are relative weights in UTC: the curve's mean over a week is `mean`, and hour h
// of weekday d has mean x hourly[h] x weekly[d] / (mean of hourly x mean of weekly).
// Curves are in simulated time, which begins warm_up before the scenario's starts_on.
// Tested by tests/scenarios/trace_test.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/rate_curve.h"
#include "models/schedule.h"
#include "scenarios/fields.h"

namespace berth {

struct Shapes {
  std::vector<double> hourly;  // 24 or none
  std::vector<double> weekly;  // 7, Monday first, or none
};
// `begin`: seconds since 1970-01-01 UTC at simulated time 0.
RateCurve weekly_curve(double mean_rate, const Shapes& shapes, double begin);

Type<RateCurve> rate_curve();

// A rate over time, or the recorded times of single requests (simulated clock, ascending) with the
// rate they have.
struct RequestTimes {
  RateCurve rate;
  std::vector<double> recorded;
};
Type<RequestTimes> request_times();
Type<Schedule> schedule();

}  // namespace berth
