// How far off a 99th percentile may be whose requests were looked at in different ways: the error of the
// worst look that at least a thousandth of them had.
//
// Not the mean: the requests that make the percentile are one in a hundred, and those of a busy hour or of
// a short overload, which is where a look is worst. A look that fewer than a thousandth had moves the
// percentile by less than from p98.9 to p99.1, whatever it got wrong.
// Tested by tests/models/serving/fidelity_test.cpp.
#pragma once

#include <utility>
#include <vector>

namespace berth {

class ErrorOfP99 {
 public:
  static constexpr double kMatters = 1e-3;  // of the requests
  void add(double error, double requests);
  void add(const ErrorOfP99& other);
  double value() const;

 private:
  std::vector<std::pair<double, double>> requests_;  // by error, of which there are few
};

}  // namespace berth
