// Cases simulated by the request engine, and the statistical rule they are held to.
//
//   means      |mean of batches - v| <= z SE + floor |v|
//   quantiles  |mean of F(q) - p| <= z SE + floor (1 - p), F the law simulated, q the EXPECTED
//              quantile; q = 0 only asks for F(0) >= p - z SE
//
// SE is the standard error over the batches (20 or more). A key ending in _p95 is the 95 % quantile
// (so is virtual_wait_p95_at_t); everything else is a mean. z and floor are the case's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/conformance/verdict.h"

namespace berth::conformance {

// By key, by element of the expected value (one for a number), one figure per batch: a mean, or,
// for a quantile's key, the share at or below the expected value.
using Batches = std::map<std::string, std::vector<std::vector<double>>>;

struct SimulatedFamily {
  std::string name;
  std::function<Batches(const Parameters&, const Json& expected)> simulate;
};
std::vector<SimulatedFamily> simulated_queueing_families();

// 0.95 for "wait_p95"; 0 for a key that is no quantile.
double quantile_level(const std::string& key);

Verdict judge_simulation(std::string id, const Json& expected, const Json& rule,
                         const std::function<Batches()>& simulate);

}  // namespace berth::conformance
