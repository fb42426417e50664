// Families of output analysis: t_interval, control_variate, quantile_ci, mser5, ar1_mean.
#include <stdexcept>

#include "models/estimate.h"
#include "tests/conformance/family.h"

namespace berth::conformance {
namespace {

Interval interval_of(const Estimate& estimate) {
  if (!estimate.interval) throw std::invalid_argument("one observation has no interval");
  return *estimate.interval;
}

Json t_interval_case(const Parameters& in) {
  std::vector<double> values = in.numbers("a");
  const double confidence = in.number("confidence");
  Estimate estimate = t_interval(values, confidence);
  if (in.has("b")) {
    const std::vector<double> other = in.numbers("b");
    estimate = paired_difference(values, other, confidence);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= other[i];
  }
  const Interval interval = interval_of(estimate);
  return {{"mean", estimate.mean},
          {"variance", variance_of(values)},
          {"half_width", interval.half_width()},
          {"lo", interval.low},
          {"hi", interval.high}};
}

Json control_variate_case(const Parameters& in) {
  const std::vector<double> y = in.numbers("y");
  const ControlledEstimate got = control_variate(y, in.numbers("control"),
                                                 in.number("control_mean"), in.number("confidence"));
  return {{"beta", got.beta},
          {"estimate", got.estimate.mean},
          {"std_error", got.std_error},
          {"half_width", interval_of(got.estimate).half_width()},
          {"plain_mean", mean_of(y)}};
}

Json quantile_ci_case(const Parameters& in) {
  const QuantileInterval got =
      quantile_interval(in.count("n"), in.number("p"), in.number("confidence"));
  return {{"lower_index", got.lower}, {"upper_index", got.upper}, {"coverage", got.coverage}};
}

Json mser5_case(const Parameters& in) {
  const WarmUp got = mser5(in.numbers("series"));
  return {{"truncate_batches", got.batches},
          {"truncate_observations", got.observations},
          {"mser", got.mser},
          {"truncated_mean", got.truncated_mean}};
}

Json ar1_mean_case(const Parameters& in) {
  const Ar1Mean got = ar1_mean(in.number("phi"), in.number("sigma"), in.count("n"));
  return {{"var_of_mean", got.variance},
          {"asymptotic_n_var", got.asymptotic},
          {"naive_var_of_mean", got.naive}};
}

}  // namespace

std::vector<Family> statistics_families() {
  return {{"t_interval", t_interval_case},
          {"control_variate", control_variate_case},
          {"quantile_ci", quantile_ci_case},
          {"mser5", mser5_case},
          {"ar1_mean", ar1_mean_case}};
}

}  // namespace berth::conformance
