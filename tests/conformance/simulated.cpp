#include "tests/conformance/simulated.h"

#include <cmath>
#include <exception>
#include <regex>

namespace berth::conformance {
namespace {

struct Estimate {
  double mean = 0, error = 0;
};

Estimate estimate(const std::vector<double>& batches) {
  const auto n = static_cast<double>(batches.size());
  double sum = 0, squares = 0;
  for (double x : batches) sum += x;
  for (double x : batches) squares += (x - sum / n) * (x - sum / n);
  return {sum / n, std::sqrt(squares / (n - 1) / n)};
}

bool passes(const Estimate& got, double expected, double level, const Json& rule) {
  const double slack = rule.at("z").get<double>() * got.error;
  const double floor = rule.at("rel_floor").get<double>();
  if (level == 0) return std::abs(got.mean - expected) <= slack + floor * std::abs(expected);
  if (expected == 0) return got.mean >= level - slack;
  return std::abs(got.mean - level) <= slack + floor * (1 - level);
}

}  // namespace

double quantile_level(const std::string& key) {
  static const std::regex pattern("_p([0-9]+)($|_at_)");
  std::smatch match;
  return std::regex_search(key, match, pattern) ? std::stod("0." + match[1].str()) : 0;
}

Verdict judge_simulation(std::string id, const Json& expected, const Json& rule,
                         const std::function<Batches()>& simulate) {
  Batches batches;
  try {
    batches = simulate();
  } catch (const std::exception& error) {
    return {Verdict::Kind::fail, std::move(id), std::string("error: ") + error.what(), expected};
  }
  Json got = Json::object(), wrong_got = Json::object(), wrong_expected = Json::object();
  for (const auto& [key, value] : expected.items()) {
    const Json wanted = value.is_array() ? value : Json::array({value});
    const auto& simulated = batches[key];
    bool good = simulated.size() == wanted.size();
    for (std::size_t i = 0; good && i < wanted.size(); ++i) {
      const Estimate one = estimate(simulated[i]);
      got[key].push_back(one.mean);
      good = passes(one, wanted[i].get<double>(), quantile_level(key), rule);
    }
    if (good) continue;
    wrong_got[key] = got.value(key, Json("missing"));
    wrong_expected[key] = value;
  }
  if (wrong_got.empty()) return {Verdict::Kind::pass, std::move(id), got, expected};
  return {Verdict::Kind::fail, std::move(id), wrong_got, wrong_expected};
}

}  // namespace berth::conformance
