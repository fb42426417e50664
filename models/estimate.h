// Every random number that is reported: a mean, how sure it is, and how many replications it rests on.
//
//   mean -+ t(n-1, (1+confidence)/2) * s / sqrt(n)        s: standard deviation with n-1
//
// With one replication there is no interval, and none is made up. Differences between placements
// are paired (the same replication under the same chance), which is what makes them sharp. Law,
// Simulation Modeling and Analysis, ch. 9 and 10. Tested by tests/models/estimate_test.cpp and the
// families t_interval, control_variate, quantile_ci, mser5 and ar1_mean of the validation cases.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace berth {

struct Interval {
  double low = 0, high = 0;
  double half_width() const { return (high - low) / 2; }
  bool operator==(const Interval&) const = default;
};

struct Estimate {
  double mean = 0;
  std::optional<Interval> interval;  // absent for fewer than two observations
  int n = 0;
  bool operator==(const Estimate&) const = default;
};

double mean_of(std::span<const double> values);      // 0 for none
double variance_of(std::span<const double> values);  // with n-1; 0 for fewer than two

// Student's t: the value that is not exceeded with probability p.
double t_quantile(double p, int degrees_of_freedom);
// The value that is exceeded with probability p: exact for the smallest p, where 1 - p is 1.
double t_exceeded(double p, int degrees_of_freedom);

// The mean of a Poisson law that shows `count` or fewer with probability p: an upper bound of what was
// counted, one-sided. Of 0 it is -ln p: the rule of three.
double poisson_mean_above(double count, double p);

Estimate t_interval(std::span<const double> values, double confidence = 0.95);

// Of a - b, replication by replication. Throws when the lists differ in length.
Estimate paired_difference(std::span<const double> a, std::span<const double> b,
                           double confidence = 0.95);

// A mean sharpened by a companion whose true mean is known (arrivals, offered work): the part of
// the companion's deviation that explains ours is taken out again. Lavenberg & Welch (1981).
struct ControlledEstimate {
  Estimate estimate;
  double beta = 0, std_error = 0;
};
ControlledEstimate control_variate(std::span<const double> values, std::span<const double> control,
                                   double control_mean, double confidence = 0.95);

// A confidence interval for a quantile from n independent observations that assumes no law: the
// lower-th and upper-th smallest (1-based). upper = n+1: the sample is too small for an upper bound.
struct QuantileInterval {
  int lower = 0, upper = 0;
  double coverage = 0;
};
QuantileInterval quantile_interval(int n, double p, double confidence = 0.95);

// Where the warm-up ends: MSER-5 (White 1997). Batches of five; cut where the standard error of
// what is left is smallest, never more than half. A cut at the half means: the run is too short.
struct WarmUp {
  int batches = 0, observations = 0;  // to drop
  double mser = 0, truncated_mean = 0;
};
WarmUp mser5(std::span<const double> series);

// Mean of n successive values of X(t) = phi X(t-1) + e, sd(e) = sigma: what correlation does to an
// interval. `naive` is the variance a formula for independent values would give.
struct Ar1Mean {
  double variance = 0, asymptotic = 0, naive = 0;  // asymptotic: of n * variance
};
Ar1Mean ar1_mean(double phi, double sigma, int n);

}  // namespace berth
