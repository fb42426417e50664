#include "planner/demand.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "planner/submission_times.h"

namespace berth {
namespace {

// P(held > u), averaged over arrivals and instants inside their steps: weight of each lag in steps.
std::vector<double> lag_weights(const Held& held, const TimeGrid& grid) {
  constexpr int kFine = 8;
  const double fine = grid.step.count() / kFine;
  std::vector<double> survival;  // in the middle of each eighth
  double total = 0;
  for (std::size_t j = 0; j < kFine * (grid.all() + 1); ++j) {
    survival.push_back(held.survival((double(j) + 0.5) * fine));
    total += survival.back() * fine;
    if (survival.back() < 1e-6) break;
  }
  // Eighths are coarse for short jobs: the mean is known, and it is what is paid for.
  const bool whole = survival.back() < 1e-6 && total > 0;
  const double scale = whole ? held.mean() / total : 1;
  const auto at = [&](std::ptrdiff_t j) {
    return j < 0 || j >= std::ssize(survival) ? 0.0 : survival[static_cast<std::size_t>(j)];
  };
  std::vector<double> weights(grid.all(), 0.0);
  if (total <= 0) {  // over before the first eighth is half over
    weights[0] = held.mean() / grid.step.count();
    return weights;
  }
  for (std::size_t lag = 0; lag < weights.size(); ++lag) {
    double sum = 0;
    // Two eighths that are j apart: what lies between their instants is spread around j of them.
    for (int apart = 1 - kFine; apart < kFine; ++apart) {
      const auto j = static_cast<std::ptrdiff_t>(lag) * kFine + apart;
      sum += (kFine - std::abs(apart)) * (at(j - 1) + at(j)) / 2;
    }
    weights[lag] = scale * sum / (kFine * kFine);
    if (lag > 0 && weights[lag] <= 0) break;
  }
  return weights;
}

}  // namespace

TimeGrid::TimeGrid(const Scenario& scenario)
    : begin(scenario.warm_up),
      periods(static_cast<std::size_t>(
          std::clamp(std::ceil(scenario.horizon / Seconds{900.0}), 1.0, 168.0))) {
  step = scenario.horizon / double(periods);
  before = static_cast<std::size_t>(std::ceil(scenario.warm_up / step));
}

std::vector<double> arrivals_of(const Scenario& scenario, TrainingId id, const TimeGrid& grid) {
  std::vector<double> counts(grid.all(), 0.0);
  const TrainingClass& work = scenario.training[id.index()];
  if (const auto* poisson = std::get_if<Poisson>(&work.schedule)) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const Seconds from = std::max(Seconds{0}, grid.from() + grid.step * double(i));
      const Seconds to = std::max(Seconds{0}, grid.from() + grid.step * double(i + 1));
      counts[i] = poisson->rate.expected_between(from, to);
    }
    return counts;
  }
  for (std::uint32_t r = 0; r < kArrivalSamples; ++r)
    for (const double time : submission_times(scenario, id, r)) {
      const double at = (Seconds{time} - grid.from()) / grid.step;
      if (at >= 0 && at < double(counts.size()))
        counts[static_cast<std::size_t>(at)] += 1.0 / kArrivalSamples;
    }
  return counts;
}

double after_warm_up(const std::vector<double>& by_step, const TimeGrid& grid) {
  return std::accumulate(by_step.begin() + static_cast<std::ptrdiff_t>(grid.before), by_step.end(),
                         0.0);
}

double spread_evenly(std::size_t n) {
  constexpr double kGolden = 0.6180339887498949;
  const double turn = kGolden * static_cast<double>(n + 1);
  return std::clamp(turn - std::floor(turn), 1e-6, 1 - 1e-6);
}

std::vector<double> busy_of(const std::vector<double>& arrivals, const Held& held,
                            const TimeGrid& grid) {
  const std::vector<double> weights = lag_weights(held, grid);
  std::vector<double> busy(grid.all(), 0.0);
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    if (arrivals[i] == 0) continue;
    for (std::size_t lag = 0; i + lag < busy.size() && weights[lag] > 0; ++lag)
      busy[i + lag] += arrivals[i] * weights[lag];
  }
  return busy;
}

std::vector<double> held_up(const std::vector<double>& values, std::size_t memory) {
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i >= memory ? i - memory : 0; j <= i; ++j)
      out[i] = std::max(out[i], values[j]);
  return out;
}

std::vector<double> window_of(const std::vector<double>& values, const TimeGrid& grid) {
  return {values.begin() + static_cast<std::ptrdiff_t>(grid.before), values.end()};
}

}  // namespace berth
