// Durations to a law: one lognormal, or a mixture of two, whichever the data support.
//
//   single   ln X ~ N(mu, sigma)                               2 parameters
//   mixture  w LN(mu1, sigma1) + (1-w) LN(mu2, sigma2)         5 parameters, mu1 < mu2
//   BIC      = parameters * ln n - 2 ln L                      the smaller wins
//
// Maximum likelihood by expectation-maximisation in log space, from 20 quantile splits, the three
// most likely of them to the end; no chance is involved, so the answer depends on the sample only.
// An observation may be a lower bound (a job stopped while it still waited): it counts as P(X > x),
// since dropping it would make the tail too short. The second component is believed only when at
// least five observations are expected in it: a single outlier always looks like a narrow component
// of its own.
//
// sigma is at least 0.05: below that a component only describes the clock's rounding.
// Gamma and Weibull laws are left out: they never fitted a provisioning time better.
// Tested by tests/models/fit_test.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/distribution.h"

namespace berth {

struct Observation {
  double seconds = 0;     // > 0
  bool at_least = false;  // ended before it was over: a lower bound
};

struct LognormalComponent {
  double weight = 1;
  double mu = 0, sigma = 1;
};

struct Fit {
  std::vector<LognormalComponent> components;  // one or two, by rising mu
  double log_likelihood = 0;
  double bic = 0;
  std::size_t observations = 0;
  std::size_t lower_bounds = 0;  // of them

  Distribution law() const;
};

inline constexpr double kLeastSigma = 0.05;
inline constexpr double kLeastInMinorComponent = 5;

// These throw std::invalid_argument without at least two whole observations (fit_lognormal) or
// four (the mixture), or when one is not a positive finite number.
Fit fit_lognormal(std::span<const Observation> sample);
Fit fit_lognormal_mixture(std::span<const Observation> sample);

// The better of the two by BIC.
Fit fit_duration(std::span<const Observation> sample);

// Kolmogorov-Smirnov: the largest vertical distance between the law and the sample's whole
// observations. A description, not a test: the law was fitted to the same sample.
double distance(const Distribution& law, std::span<const Observation> sample);

}  // namespace berth
