#include "tests/conformance/laws.h"

#include <stdexcept>

namespace berth::conformance {

Distribution service_of(const Parameters& in) {
  const std::string law = in.text("service_law");
  const double mean = in.number("service_mean");
  if (law == "lognormal") return lognormal_from_mean_cv(mean, in.number("service_cv"));
  if (law == "gamma") return gamma_from_mean_cv(mean, in.number("service_cv"));
  if (law == "exp" || law == "exponential") return exponential(mean);
  if (law == "det" || law == "deterministic") return constant(mean);
  if (law.starts_with("erlang")) return erlang(std::stoi(law.substr(6)), mean);
  if (law == "hyper2") return hyperexponential_from_mean_cv(mean, in.number("service_cv"));
  throw std::invalid_argument("no service law named " + law);
}

Distribution interarrival_of(const Parameters& in) {
  const std::string law = in.text("interarrival_law");
  const double mean = 1 / in.number("arrival_rate");
  if (law == "D") return constant(mean);
  if (law == "M") return exponential(mean);
  if (law == "H2") return hyperexponential_from_mean_cv(mean, in.number("interarrival_cv"));
  if (law.starts_with("E")) return erlang(std::stoi(law.substr(1)), mean);
  throw std::invalid_argument("no interarrival law named " + law);
}

}  // namespace berth::conformance
