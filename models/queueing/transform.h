// Laplace transforms of laws and back: how queues without a closed form get their tails.
//
//   E[e^{-sX}] is exact for constant, uniform, exponential and gamma laws and mixtures of them; for
//   others it is summed over 3000 quantiles, evenly in the normal quantile of u, to about 1e-13.
//   Back: Abate & Whitt's Euler summation (1995), error about 1e-10 where the function is smooth.
//
// Tested by tests/models/queueing/mg1_test.cpp, families mg1, gm1 and mtginf of the validation cases.
#pragma once

#include <complex>
#include <functional>
#include <memory>
#include <vector>

#include "models/distribution.h"

namespace berth::queueing {

class Transform {
 public:
  explicit Transform(const Distribution& law);
  std::complex<double> operator()(std::complex<double> s) const;  // real part of s >= 0

 private:
  struct Node {
    double weight, value;
  };
  Distribution law_;
  std::vector<Node> nodes_;          // laws without a closed form
  std::vector<Transform> parts_;     // of a mixture
};

// f(t) for t > 0 from its transform.
double invert(const std::function<std::complex<double>(std::complex<double>)>& transform, double t);

}  // namespace berth::queueing
