// What training classes ask for over time, by formulas: submissions in equal steps of the warm-up and the
// window, and how many of them are held at once.
//
//   busy(t) = sum over steps s of arrivals(s) x P(held > t - s), averaged inside steps: the mean of an
//             M(t)/G/infinity queue
// Steps: quarters of an hour, 168 at most. Poisson classes by their rate, others by drawn histories.
// Left out: waiting for room, so nothing is put off. Tested by tests/planner/analytic_test.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/distribution.h"
#include "models/scenario.h"

namespace berth {

inline constexpr int kArrivalSamples = 4;  // histories over which submissions are averaged
inline constexpr std::size_t kMostWalked =
    20'000;  // jobs of a busy class that are walked one by one

struct TimeGrid {
  Seconds begin{}, step{};
  std::size_t before = 0, periods = 1;  // steps of warm-up, steps of the window

  explicit TimeGrid(const Scenario& scenario);
  std::size_t all() const { return before + periods; }
  Seconds from() const { return begin - step * double(before); }
};

// Expected submissions in each step, warm-up included.
std::vector<double> arrivals_of(const Scenario& scenario, TrainingId id, const TimeGrid& grid);
double after_warm_up(const std::vector<double>& by_step, const TimeGrid& grid);

// A job's time: a constant part and the work on a machine of this speed.
struct Held {
  double constant = 0, stretch = 1;  // held = constant + stretch x duration
  Distribution duration;
  double mean() const { return constant + stretch * berth::mean(duration); }
  double quantile(double p) const { return constant + stretch * berth::quantile(duration, p); }
  double survival(double t) const {
    return t <= constant ? 1 : 1 - cdf(duration, (t - constant) / stretch);
  }
};

// Shares of a law, evenly over it, in an order that is far from sorted: the golden ratio's multiples.
double spread_evenly(std::size_t n);

std::vector<double> busy_of(const std::vector<double>& arrivals, const Held& held,
                            const TimeGrid& grid);
// The largest of the steps in the `memory` before each one.
std::vector<double> held_up(const std::vector<double>& values, std::size_t memory);
std::vector<double> window_of(const std::vector<double>& values, const TimeGrid& grid);

}  // namespace berth
