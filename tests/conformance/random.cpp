// Families of the random streams and laws: philox, inverse_cdf.
#include <array>
#include <cstdio>
#include <stdexcept>

#include "models/distribution.h"
#include "models/random_stream.h"
#include "tests/conformance/family.h"

namespace berth::conformance {
namespace {

template <std::size_t N>
std::array<std::uint32_t, N> words(const Json& hex) {
  std::array<std::uint32_t, N> result{};
  for (std::size_t i = 0; i < N; ++i)
    result[i] = static_cast<std::uint32_t>(std::stoul(hex.at(i).get<std::string>(), nullptr, 16));
  return result;
}

std::string hex(std::uint32_t word) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", word);
  return text;
}

Json philox(const Parameters& in) {
  const auto out = philox4x32(words<4>(in.value("counter")), words<2>(in.value("key")));
  const auto uniform = [&](int i) {
    return unit_interval((std::uint64_t{out[i]} << 32) | out[i + 1]);
  };
  return {{"output", {hex(out[0]), hex(out[1]), hex(out[2]), hex(out[3])}},
          {"u01", {uniform(0), uniform(2)}}};
}

Distribution law(const std::string& name, const std::vector<double>& p) {
  if (name == "exponential") return exponential(p.at(0));
  if (name == "normal") return normal(p.at(0), p.at(1));
  if (name == "lognormal") return lognormal_from_mean_cv(p.at(0), p.at(1));
  if (name == "gamma") return gamma_from_mean_cv(p.at(0), p.at(1));
  if (name == "erlang") return erlang(static_cast<int>(p.at(0)), p.at(1));
  if (name == "weibull") return weibull(p.at(0), p.at(1));
  if (name == "pareto") return pareto(p.at(0), p.at(1));
  throw std::invalid_argument("no law named " + name);
}

Json inverse_cdf(const Parameters& in) {
  const Distribution distribution = law(in.text("law"), in.numbers("law_parameters"));
  Json quantiles = Json::array();
  for (double u : in.numbers("u")) quantiles.push_back(quantile(distribution, u));
  return {{"quantiles", quantiles}};
}

}  // namespace

std::vector<Family> random_families() {
  return {{"philox", philox}, {"inverse_cdf", inverse_cdf}};
}

}  // namespace berth::conformance
