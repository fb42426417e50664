// A validator of an option that is a number within a range. CLI::Range lets NaN through.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

namespace berth {

inline CLI::Validator between(double low, double high) {
  const auto check = [low, high](std::string& text) {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && low <= value && value <= high)
      return std::string{};
    return fmt::format("{} is no number between {} and {}", text, low, high);
  };
  return {check, fmt::format("{}..{}", low, high)};
}

}  // namespace berth
