#include "planner/limit_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "planner/limits.h"

namespace berth {
namespace {

constexpr int kTyped = 10;  // digits that people type; a double has the rest
constexpr int kFound = 4;   // digits that people read, where they are enough

bool is_share(const std::string& limit) { return limit.ends_with("_share"); }
double scaled(const std::string& limit, double value) {
  return is_share(limit) ? 100 * value : value;
}
std::string unit_of(const std::string& limit) {
  return is_share(limit) ? " %" : limit == "cost_usd_per_month" ? " $/month" : "";
}

}  // namespace

std::string in_digits(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return fmt::format("{}", value == 0 ? 0 : value);
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  std::string text = fmt::format("{:.{}f}", value, std::clamp(digits - 1 - exponent, 0, 15));
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string typed_name(const std::string& limit) {
  return limit == "cost_usd_per_month" ? "cost" : limit;
}

bool asks_at_least(const std::string& limit) {
  return limit == "start_within_share" || limit == "slo_share" || limit == "portable_share";
}

std::string limit_value(const std::string& limit, double value) {
  return in_digits(scaled(limit, value), kTyped) + unit_of(limit);
}

LimitValues limit_values(const std::string& limit, double found, double allowed) {
  const double here = scaled(limit, found), there = scaled(limit, allowed);
  const std::string bound = in_digits(there, kTyped);
  std::string text = in_digits(here, kFound);
  const auto misleads = [&] {
    const double read = std::stod(text), typed = std::stod(bound);
    const bool all = is_share(limit) && read == 100 && here != 100;  // not all is not all
    return all || (here < there ? read >= typed : read <= typed);
  };
  // What only a remainder parts is the same.
  const bool apart = std::abs(here - there) > std::abs(there) * 1e-9;
  for (int digits = kFound + 1; apart && misleads() && digits <= kTyped; ++digits)
    text = in_digits(here, digits);
  return {text + unit_of(limit), bound + unit_of(limit)};
}

std::string found_words(const LimitCheck& check) {
  const auto [found, allowed] = limit_values(check.name, check.found->mean, check.allowed);
  return fmt::format("{}, {} {} is {}", found, check.at_least ? "at least" : "at most", allowed,
                     check.at_least ? "asked for" : "allowed");
}

std::string broken_words(const LimitCheck& check, const std::string& whose) {
  const bool own = check.workload == whose || check.workload.empty();
  std::string text = (shown_to_break(check) ? "breaks " : "not shown to keep ") +
                     typed_name(check.name) + (own ? "" : " of " + check.workload);
  if (check.found) {
    const auto [found, allowed] = limit_values(check.name, check.found->mean, check.allowed);
    text += fmt::format(", {} for {}", found, allowed);
  }
  return text;
}

std::string in_words(const StatedLimit& limit) {
  return fmt::format("{}{} {} {}", typed_name(limit.name),
                     limit.workload.empty() ? "" : " of " + limit.workload,
                     limit.at_least ? ">=" : "<=", limit_value(limit.name, limit.allowed));
}

std::string limit_words(const LimitCheck& check) {
  return typed_name(check.name) + (check.workload.empty() ? "" : " of " + check.workload);
}

}  // namespace berth
