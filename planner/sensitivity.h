// Which inputs move an answer: each input is given a range, and a function of all inputs is asked.
//
//   one at a time   the answer with one input at its low and its high end, the others at their
//   likely
//                   values: a tornado. Blind to interactions.
//   Morris          r trajectories through a grid of `levels`; each moves one input after the other
//   by
//                   the same step. mu* is the mean size of the change (over the whole range), sigma
//                   its spread: a large sigma says that it depends on the others. r (k+1) calls.
//   Sobol           shares of the variance, inputs uniform on their ranges: S of an input alone, ST
//                   with all its interactions. By Gauss-Legendre quadrature on a grid of panels, so
//                   exact for smooth functions; panels^k x points^k calls, for few inputs.
//
// Morris (1991); Campolongo et al. (2007); Sobol (2001). Tested by
// tests/planner/sensitivity_test.cpp and the family sobol.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace berth {

struct InputRange {
  double low = 0, likely = 0, high = 0;
};
using Response = std::function<double(std::span<const double>)>;

struct OneAtATime {
  double at_low = 0, at_high = 0;
  double swing() const { return at_high > at_low ? at_high - at_low : at_low - at_high; }
};
std::vector<OneAtATime> one_at_a_time(const Response& response, std::span<const InputRange> inputs);

struct MorrisEffect {
  double mu = 0, mu_star = 0, sigma = 0;  // in the answer's unit, over the whole range
};
std::vector<MorrisEffect> morris(const Response& response, std::span<const InputRange> inputs,
                                 int trajectories, std::uint64_t seed, int levels = 4);

struct SobolIndices {
  double mean = 0, variance = 0;
  std::vector<double> first, total;
};
SobolIndices sobol(const Response& response, std::span<const InputRange> inputs, int panels = 1,
                   int points = 5);

}  // namespace berth
