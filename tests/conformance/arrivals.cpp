// Families of traffic over time: nhpp_inversion, mtginf.
#include <stdexcept>

#include "models/rate_curve.h"
#include "tests/conformance/family.h"
#include "tests/oracles/mtginf.h"

namespace berth::conformance {
namespace {

SinusoidalRate sinusoid(const Parameters& in) {
  return {.base = in.number("base_rate"), .beta = in.number("beta"),
          .period = Seconds{in.number("period")}};
}

Json nhpp_sinusoid(const Parameters& in) {
  const SinusoidalRate rate = sinusoid(in);
  Json times = Json::array();
  double expected = 0;
  for (double gap : in.numbers("unit_exponentials"))
    times.push_back(rate.time_of(expected += gap).count());
  return {{"arrival_times", times}};
}

Json nhpp_inversion(const Parameters& in) {
  if (!in.has("edges")) return nhpp_sinusoid(in);
  std::vector<Seconds> edges;
  for (double edge : in.numbers("edges")) edges.push_back(Seconds{edge});
  const RateCurve curve = RateCurve::steps(edges, in.numbers("rates"));
  Json times = Json::array();
  double expected = 0;
  for (double gap : in.numbers("unit_exponentials"))
    if (const auto at = curve.time_of(expected += gap)) times.push_back(at->count());
  return {{"arrival_times", times}, {"expected_count", curve.expected_by(edges.back())}};
}

Distribution service_of(const Parameters& in) {
  const std::string law = in.text("service_law");
  const double mean = in.number("service_mean");
  if (law == "exp") return exponential(mean);
  if (law == "det") return constant(mean);
  if (law.starts_with("erlang")) return erlang(std::stoi(law.substr(6)), mean);
  if (law == "lognormal") return lognormal_from_mean_cv(mean, in.number("service_cv"));
  if (law == "hyper2") return hyperexponential_from_mean_cv(mean, in.number("service_cv"));
  throw std::invalid_argument("no service law named " + law);
}

Json mtginf_case(const Parameters& in) {
  const queueing::SwingingLoad load = queueing::mtginf(sinusoid(in), service_of(in));
  Json busy = Json::array();
  for (double t : in.numbers("times")) busy.push_back(load.mean_busy(Seconds{t}));
  return {{"mean_busy_at", busy},
          {"mean_busy_avg", load.average},
          {"amplitude", load.amplitude},
          {"peak", load.peak()},
          {"time_of_peak", load.time_of_peak().count()},
          {"lag_behind_rate_peak", load.lag.count()}};
}

}  // namespace

std::vector<Family> arrival_families() {
  return {{"nhpp_inversion", nhpp_inversion}, {"mtginf", mtginf_case}};
}

}  // namespace berth::conformance
