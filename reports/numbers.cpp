#include "reports/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "planner/flip.h"

namespace berth {
namespace {

constexpr std::string_view kUnknown = "-";

// Decimals that give three significant digits: 123, 12.3, 1.23, 0.0123.
int decimals_for(double value) {
  const double size = std::abs(value);
  if (size == 0) return 0;
  // Rounding may carry into the next power of ten (9.996 -> 10.0), so round first.
  const int exponent = static_cast<int>(std::floor(std::log10(size * 1.0005)));
  return std::clamp(2 - exponent, 0, 6);
}

std::string with_thousands(std::string digits) {
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const std::size_t first = digits.starts_with('-') || digits.starts_with('+') ? 1 : 0;
  for (std::size_t at = point; at > first + 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string fixed(double value, int decimals, bool sign = false) {
  if (std::abs(value) < 0.5 * std::pow(10.0, -decimals)) value = 0;  // no "-0.0"
  return with_thousands(sign && value != 0 ? fmt::format("{:+.{}f}", value, decimals)
                                           : fmt::format("{:.{}f}", value, decimals));
}

std::string plus_minus(const Estimate& estimate, double scale, int decimals) {
  if (!estimate.interval) return "";
  const double half = estimate.interval->half_width() / scale;
  if (half == 0) return "";  // every replication says the same
  const double smallest = std::pow(10.0, -decimals);
  if (half < smallest / 2) return fmt::format(" ±<{:.{}f}", smallest, decimals);
  return " ±" + fixed(half, decimals);
}

struct Unit {
  double size;
  std::string_view name;
};

bool is_whole(double value) { return std::abs(value) < 1e15 && value == std::trunc(value); }
bool is_exact(const Estimate& estimate) {
  return !estimate.interval || estimate.interval->half_width() == 0;
}
bool is_money(Unit unit) { return unit.name.ends_with('$'); }

std::string in_unit(const Estimate& estimate, Unit unit, bool sign = false) {
  const double value = estimate.mean / unit.size;
  int decimals = decimals_for(value);
  if (is_whole(value) && is_exact(estimate) && !is_money(unit)) decimals = 0;  // "90 s", "12"
  // A difference near zero is known by its interval's digits, not its own.
  if (sign && estimate.interval && estimate.interval->half_width() > 0)
    decimals = std::min(decimals, decimals_for(estimate.interval->half_width() / unit.size));
  const std::string gap = unit.name.empty() ? "" : " ";
  constexpr double kSmallest = 1e-6;  // six decimals are the most
  if (!sign && value > 0 && value < kSmallest / 2 && is_exact(estimate))
    return "<" + fixed(kSmallest, 6) + gap + std::string{unit.name};
  return fixed(value, decimals, sign) + gap + std::string{unit.name} +
         plus_minus(estimate, unit.size, decimals);
}

// Dollars that are left when a sum of them is taken off another: a remainder of doubles, and no money.
constexpr double kNoMoney = 1e-9;
constexpr double kNoSpread = 1e-10;  // of the mean: what sums in another order differ by
Estimate settled_money(Estimate usd) {
  if (std::abs(usd.mean) < kNoMoney) usd.mean = 0;
  const double half = usd.interval ? usd.interval->half_width() : 0;
  if (usd.interval && half < std::max(kNoMoney, kNoSpread * std::abs(usd.mean)))
    usd.interval = Interval{usd.mean, usd.mean};
  return usd;
}

// What decides the unit: the value, or its interval when that is larger.
double size_of(const Estimate& estimate) {
  const double half = estimate.interval ? estimate.interval->half_width() : 0;
  return std::max(std::abs(estimate.mean), half);
}

Unit money_unit(double usd) {
  if (usd >= 999'500) return {1e6, "M$"};
  if (usd >= 999.5) return {1e3, "k$"};
  return {1, "$"};
}

// Less than that is the rounding of a clock that counts days in a double.
constexpr double kNoTime = 1e-7;

Unit time_unit(double seconds) {
  if (seconds >= 7200) return {3600, "h"};
  if (seconds >= 120) return {60, "min"};
  if (seconds >= 0.9995 || seconds < kNoTime) return {1, "s"};
  return {1e-3, "ms"};
}

// A share that sums make is 1 but for a remainder: no replication counts finely enough for what is left.
constexpr double kNoShare = 1e-12;
double whole_share(double share) {
  return std::abs(share) < kNoShare ? 0 : std::abs(1 - share) < kNoShare ? 1 : share;
}

std::string in_percent(Estimate share, bool sign) {
  share.mean = whole_share(share.mean);
  if (is_exact(share) && share.mean == 0) return "0 %";
  if (is_exact(share) && share.mean == 1) return sign ? "+100 %" : "100 %";
  const double from_end = std::min(share.mean, 1 - share.mean) * 100;
  // 99.98 % and 99.9 % are worlds apart; 43.21 % and 43.2 % are not.
  const int decimals = !sign && from_end > 0 && from_end < 1 ? std::clamp(decimals_for(from_end) - 2, 1, 4) : 1;
  const double smallest = std::pow(10.0, -decimals);
  std::string text = fixed(share.mean * 100, decimals, sign);
  if (!sign && from_end > 0 && from_end < smallest / 2)  // neither all nor nothing
    text = share.mean < 0.5 ? "<" + fixed(smallest, decimals) : ">" + fixed(100 - smallest, decimals);
  return text + " %" + plus_minus(share, 0.01, decimals);
}

// A share moves by points: 99.8 % less 0.1 points is 99.7 %, less 0.1 % would be 99.7002 %.
std::string in_points(const Estimate& share) {
  const double points = share.mean * 100,
               half = share.interval ? share.interval->half_width() * 100 : 0;
  const int decimals = std::clamp(decimals_for(half > 0 ? half : points) - 1, 1, 4);
  return fixed(points, decimals, true) + " points" + plus_minus(share, 0.01, decimals);
}

Estimate exactly(double value) { return {.mean = value}; }

}  // namespace

std::string shortest(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string money(const std::optional<Estimate>& usd) {
  return usd ? in_unit(settled_money(*usd), money_unit(size_of(*usd))) : std::string{kUnknown};
}
std::string money(double usd) { return money(exactly(usd)); }
std::string signed_money(const Estimate& usd) {
  return in_unit(settled_money(usd), money_unit(size_of(usd)), true);
}

std::string duration(const std::optional<Estimate>& seconds) {
  if (!seconds) return std::string{kUnknown};
  return size_of(*seconds) < kNoTime ? "0 s" : in_unit(*seconds, time_unit(size_of(*seconds)));
}
std::string duration(double seconds) { return duration(exactly(seconds)); }
std::string brief_duration(double seconds) {
  if (seconds < kNoTime) return "0 s";
  const Unit unit = time_unit(seconds);
  const double value = seconds / unit.size;
  return fixed(value, std::max(0, decimals_for(value) - 1)) + " " + std::string{unit.name};
}
std::string signed_duration(const Estimate& seconds) {
  return in_unit(seconds, time_unit(size_of(seconds)), true);
}

std::string percent(const std::optional<Estimate>& share) {
  return share ? in_percent(*share, false) : std::string{kUnknown};
}
std::string percent(double share) { return percent(exactly(share)); }
std::string percent_of_change(double relative) { return in_percent(exactly(relative), true); }

std::string count(const std::optional<Estimate>& value) {
  return value ? in_unit(*value, {1, ""}) : std::string{kUnknown};
}
std::string counted(std::int64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string count(double value) { return count(exactly(value)); }

std::string value_in(std::string_view unit, const Estimate& estimate) {
  if (unit == "USD/month") return money(estimate);
  if (unit == "s") return duration(estimate);
  if (unit == "share") return percent(estimate);
  return count(estimate);
}

std::string difference_in(std::string_view unit, const Estimate& difference) {
  if (unit == "USD/month") return signed_money(difference);
  if (unit == "s") return signed_duration(difference);
  if (unit == "share") return in_points(difference);
  return in_unit(difference, {1, ""}, true);
}

double settled(double at, double now) {
  return std::stod(fmt::format("{:.{}e}", at, flip_digits(at, now) - 1));
}

}  // namespace berth
