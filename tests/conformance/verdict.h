// One case's verdict and how computed quantities are held against expected ones: element by
// element, a number x passes against v when |x - v| <= max(abs, rel * |v|); everything else must be
// equal.
#pragma once

#include <functional>
#include <string>

#include "tests/conformance/family.h"

namespace berth::conformance {

struct Tolerance {
  double rel = 0, abs = 0;
};
bool agrees(const Json& got, const Json& expected, Tolerance tolerance);

struct Verdict {
  enum class Kind { pass, fail, skipped } kind;
  std::string id;
  Json got, expected;  // of a failed case only the quantities that failed
  std::string because{};  // of a skipped one
  bool whole = false;     // the values are few: print them all
  bool is_error() const { return got.is_string() && got.get<std::string>().starts_with("error: "); }
};

Verdict skipped(std::string id, std::string because = "");
// `expected` maps quantity to value. An exception of compute fails the case with its message.
Verdict judge(std::string id, const Json& expected, Tolerance tolerance,
              const std::function<Json()>& compute);

// "mm1-pub-01 pass got expected"; on a pass the values are cut short, on a fail they are whole.
std::string line(const Verdict& verdict);

}  // namespace berth::conformance
