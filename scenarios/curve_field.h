// How rates over time and traces are written.
//
//   700/s                                                     constant
//   {mean: 60M/day, hourly: [24 numbers], weekly: [7, monday first]}
//   {trace: load.csv}                                         bin_start,count lines
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
Type<Schedule> schedule();

}  // namespace berth
