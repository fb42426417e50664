// What logged pulls tell of a node's registry path: a fixed time a pull and the time a byte takes.
//
//   seconds = fixed + compressed / rate [+ unpacked / unpack rate]        all terms >= 0
//
// Non-negative least squares (every subset of the terms is solved by QR, the best one without a
// negative term counts: exact for so few), made robust by Huber's weights (k = 1.345, scale by
// MAD): a pull that waited behind a storm moves a rate little. Intervals, 95 %, from the weighted
// residuals.
//
// What cannot be told apart is refused, not guessed. The condition number of the columns, each
// scaled to length one, says how alike they are: compressed and unpacked bytes of gzip layers have
// nearly one ratio, and images of one size leave a fixed time and a rate undivided. Beyond 30 the
// last column is given up, with its reason, then the next. Fewer than 8 pulls are refused whole.
//
// Left out: concurrency (only nodes that pulled two images at once would show it), layer counts,
// differences between nodes.
// Tested by tests/models/pull_fit_test.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/units.h"

namespace berth {

struct LoggedPull {
  double seconds = 0;
  Bytes compressed;
  std::optional<Bytes> unpacked;
};

struct PullTerm {
  std::string name;  // "fixed" in s; "compressed" and "unpacked" in s a byte
  double value = 0, low = 0, high = 0;
};

struct PullFit {
  std::vector<PullTerm> terms;  // empty when refused
  double condition = 0;         // of the columns that stayed
  double scatter_s = 0;         // robust standard deviation of a pull around the fit
  std::size_t pulls = 0;
  std::vector<std::string> refused;  // what was given up and why
};

inline constexpr double kMostCondition = 30;
inline constexpr std::size_t kLeastPulls = 8;

PullFit fit_pulls(std::span<const LoggedPull> pulls);

}  // namespace berth
