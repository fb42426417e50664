#include "tests/conformance/verdict.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <regex>
#include <string>

namespace berth::conformance {
namespace {

bool numbers_agree(double got, double expected, Tolerance tolerance) {
  return std::abs(got - expected) <=
         std::max(tolerance.abs, tolerance.rel * std::abs(expected));  // false for a NaN
}

// "94/3" or "40": how cases write a rational result exactly.
std::optional<double> fraction(const std::string& text) {
  static const std::regex shape("-?[0-9]+(/[0-9]+)?");
  if (!std::regex_match(text, shape)) return std::nullopt;
  const auto slash = text.find('/');
  return std::stod(text) / (slash == std::string::npos ? 1 : std::stod(text.substr(slash + 1)));
}

std::string cut(const Json& value, std::size_t length) {
  const std::string text = value.dump();
  return text.size() <= length ? text : text.substr(0, length) + "...";
}

}  // namespace

bool agrees(const Json& got, const Json& expected, Tolerance tolerance) {
  if (got.is_number_integer() && expected.is_number_integer() && got == expected) return true;
  if (got.is_number() && expected.is_number())
    return numbers_agree(got.get<double>(), expected.get<double>(), tolerance);
  if (got.is_number() && expected.is_string())
    if (const auto exact = fraction(expected.get<std::string>()))
      return numbers_agree(got.get<double>(), *exact, tolerance);
  if (!expected.is_structured() || got.type() != expected.type()) return got == expected;
  if (got.size() != expected.size()) return false;
  if (expected.is_array())
    return std::equal(got.begin(), got.end(), expected.begin(), [&](const Json& g, const Json& e) {
      return agrees(g, e, tolerance);
    });
  for (const auto& [key, value] : expected.items())
    if (!got.contains(key) || !agrees(got[key], value, tolerance)) return false;
  return true;
}

Verdict skipped(std::string id, std::string because) {
  return {Verdict::Kind::skipped, std::move(id), {}, {}, std::move(because)};
}

Verdict judge(std::string id, const Json& expected, Tolerance tolerance,
              const std::function<Json()>& compute) {
  Json all;
  try {
    all = compute();
  } catch (const std::exception& error) {
    return {Verdict::Kind::fail, std::move(id), std::string("error: ") + error.what(), expected};
  }
  Json wrong_got = Json::object(), wrong_expected = Json::object();
  for (const auto& [key, value] : expected.items()) {
    if (all.contains(key) && agrees(all[key], value, tolerance)) continue;
    wrong_got[key] = all.contains(key) ? all[key] : Json("missing");
    wrong_expected[key] = value;
  }
  if (wrong_got.empty()) return {Verdict::Kind::pass, std::move(id), all, expected};
  return {Verdict::Kind::fail, std::move(id), wrong_got, wrong_expected};
}

std::string line(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::pass:
      if (verdict.whole) return verdict.id + " pass " + verdict.got.dump() + " " + verdict.expected.dump();
      return verdict.id + " pass " + cut(verdict.got, 48) + " " + cut(verdict.expected, 48);
    case Verdict::Kind::fail:
      return verdict.id + " fail " + verdict.got.dump() + " " + verdict.expected.dump();
    case Verdict::Kind::skipped:
      break;
  }
  return verdict.id + " skipped" + (verdict.because.empty() ? "" : " " + verdict.because);
}

}  // namespace berth::conformance
