#include "scenarios/quantities.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "models/schedule.h"
#include "scenarios/issue.h"

namespace berth {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kDurations{
    Unit{"us",  1e-6   },
    Unit{"ms",  1e-3   },
    Unit{"s",   1      },
    Unit{"min", 60     },
    Unit{"h",   3600   },
    Unit{"d",   86'400 },
    Unit{"w",   604'800}
};
constexpr double kKi = 1024, kMi = kKi * kKi, kGi = kMi * kKi, kTi = kGi * kKi, kPi = kTi * kKi;
constexpr std::array kSizes{
    Unit{"B",   1   },
    Unit{"kB",  1e3 },
    Unit{"KB",  1e3 },
    Unit{"MB",  1e6 },
    Unit{"GB",  1e9 },
    Unit{"TB",  1e12},
    Unit{"PB",  1e15},
    Unit{"KiB", kKi },
    Unit{"MiB", kMi },
    Unit{"GiB", kGi },
    Unit{"TiB", kTi },
    Unit{"PiB", kPi },
    Unit{"Ki",  kKi },
    Unit{"Mi",  kMi },
    Unit{"Gi",  kGi },
    Unit{"Ti",  kTi },
    Unit{"Pi",  kPi }
};
constexpr std::array kBandwidths{
    Unit{"bit/s",  1.0 / 8 },
    Unit{"kbit/s", 1e3 / 8 },
    Unit{"Mbit/s", 1e6 / 8 },
    Unit{"Gbit/s", 1e9 / 8 },
    Unit{"Tbit/s", 1e12 / 8},
    Unit{"B/s",    1       },
    Unit{"kB/s",   1e3     },
    Unit{"MB/s",   1e6     },
    Unit{"GB/s",   1e9     },
    Unit{"KiB/s",  kKi     },
    Unit{"MiB/s",  kMi     },
    Unit{"GiB/s",  kGi     }
};
constexpr std::array kMultipliers{
    Unit{"",  1  },
    Unit{"k", 1e3},
    Unit{"M", 1e6},
    Unit{"G", 1e9}
};
constexpr std::array kPeriods{
    Unit{"s",    1      },
    Unit{"min",  60     },
    Unit{"h",    3600   },
    Unit{"d",    86'400 },
    Unit{"day",  86'400 },
    Unit{"w",    604'800},
    Unit{"week", 604'800}
};

constexpr double kLongest = 100.0 * 366 * 86'400;       // a century
constexpr double kLargest = 9'000'000'000'000'000'000;  // below 2^63 bytes
constexpr double kMost = 1e18;

#define BERTH_NUMBER "[0-9]+(\\.[0-9]+)?(e[+-]?[0-9]+)?"

constexpr std::array<QuantityText, 11> kTexts{
    {
     {"a duration with a unit", "250ms, 90s, 15min, 1.5h, 7d",
         "^(" BERTH_NUMBER " ?(us|ms|s|min|h|d|w))+$", false},
     {"a size with a unit", "4KiB, 900MB, 2.5GiB",
         "^" BERTH_NUMBER " ?(B|[kKMGTP]B|[KMGTP]iB?)$", false},
     {"a rate", "1500/s, 30/h, 60M/day", "^" BERTH_NUMBER " ?[kMG]?/(s|min|h|d|day|w|week)$",
         false},
     {"a bandwidth with a unit", "10Gbit/s, 625MB/s, 100MiB/s",
         "^" BERTH_NUMBER " ?([kMGT]?bit|[kMG]?B|[KMG]iB)/s$", false},
     {"an amount of dollars", "$120, $0.045, $12/h", "^\\$" BERTH_NUMBER "(/[A-Za-z0-9-]+)?$",
         false},
     {"a share", "6.4%, 0.064", "^" BERTH_NUMBER " ?%?$", true},
     {"a number of CPUs", "4, 0.5, 500m, 4 vCPU", "^" BERTH_NUMBER " ?(m|vCPU)?$", true},
     {"a number", "40, 1.5k, 2M", "^" BERTH_NUMBER " ?[kMG]?$", true},
     {"a date", "2026-11-23", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", false},
     {"an instant", "2026-11-23T08:00:00Z",
         "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z?$", false},
     {"a number", "1, 0.5, 1e-3", "^-?" BERTH_NUMBER "$", true},
     }
};

// Takes a number off the front of `text`; nullopt when it does not start with one.
std::optional<double> take_number(std::string_view& text) {
  const auto digits = [&](std::size_t from) {
    std::size_t i = from;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i;
  };
  std::size_t end = digits(0);
  if (end == 0) return std::nullopt;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = digits(end + 1);
    if (fraction == end + 1) return std::nullopt;
    end = fraction;
  }
  if (end < text.size() && text[end] == 'e') {
    const bool sign = end + 1 < text.size() && (text[end + 1] == '+' || text[end + 1] == '-');
    const std::size_t from = end + (sign ? 2 : 1);
    const std::size_t exponent = digits(from);
    if (exponent > from) end = exponent;
  }
  double value = 0;
  if (std::from_chars(text.data(), text.data() + end, value).ec != std::errc{})
    return std::nullopt;  // beyond the range of a double
  text.remove_prefix(end);
  return value;
}

void take_blank(std::string_view& text) {
  if (text.starts_with(' ')) text.remove_prefix(1);
}

template <std::size_t N>
const Unit* find_unit(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units)
    if (unit.name == name) return &unit;
  return nullptr;
}

template <class T>
Parsed<T> wrong(Quantity quantity, std::string_view text) {
  const QuantityText& expected = text_of(quantity);
  if (text.starts_with('-') && text.size() > 1 && text[1] >= '0' && text[1] <= '9')
    return {std::nullopt, "must not be negative, got " + in_quotes(text), ""};
  return {std::nullopt, fmt::format("expected {}, got {}", expected.article, in_quotes(text)),
          fmt::format("examples: {}", expected.examples)};
}

template <class T>
Parsed<T> too_large(Quantity quantity, std::string_view text) {
  return {std::nullopt,
          fmt::format("too large for {}: {}", text_of(quantity).article, in_quotes(text)), ""};
}

// A number and one unit of the list, nothing else.
template <std::size_t N>
std::optional<double> number_with_unit(std::string_view text, const std::array<Unit, N>& units) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  take_blank(text);
  const Unit* unit = find_unit(units, text);
  if (unit == nullptr) return std::nullopt;
  return *number * unit->factor;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string shortest(double value) { return fmt::format("{}", value); }

}  // namespace

const QuantityText& text_of(Quantity quantity) {
  return kTexts[static_cast<std::size_t>(quantity)];
}

Parsed<Seconds> parse_duration(std::string_view text) {
  std::string_view rest = text;
  double total = 0;
  do {
    const auto number = take_number(rest);
    if (!number) return wrong<Seconds>(Quantity::duration, text);
    take_blank(rest);
    std::size_t end = 0;
    while (end < rest.size() && !is_digit(rest[end])) ++end;
    const Unit* unit = find_unit(kDurations, rest.substr(0, end));
    if (unit == nullptr) {
      Parsed<Seconds> parsed = wrong<Seconds>(Quantity::duration, text);
      if (rest.substr(0, end) == "m") parsed.hint = "minutes are \"min\", milliseconds \"ms\"";
      return parsed;
    }
    total += *number * unit->factor;
    rest.remove_prefix(end);
  } while (!rest.empty());
  if (total > kLongest) return too_large<Seconds>(Quantity::duration, text);
  return {Seconds{total}, "", ""};
}

Parsed<Bytes> parse_size(std::string_view text) {
  const auto bytes = number_with_unit(text, kSizes);
  if (!bytes) return wrong<Bytes>(Quantity::size, text);
  if (*bytes > kLargest) return too_large<Bytes>(Quantity::size, text);
  return {Bytes{std::llround(*bytes)}, "", ""};
}

Parsed<double> parse_rate(std::string_view text) {
  const auto slash = text.find('/');
  const Unit* period =
      slash == std::string_view::npos ? nullptr : find_unit(kPeriods, text.substr(slash + 1));
  const auto count = number_with_unit(text.substr(0, slash), kMultipliers);
  if (period == nullptr || !count) return wrong<double>(Quantity::rate, text);
  if (*count > kMost) return too_large<double>(Quantity::rate, text);
  return {*count / period->factor, "", ""};
}

Parsed<BytesPerSecond> parse_bandwidth(std::string_view text) {
  const auto rate = number_with_unit(text, kBandwidths);
  if (!rate) return wrong<BytesPerSecond>(Quantity::bandwidth, text);
  if (*rate > kMost) return too_large<BytesPerSecond>(Quantity::bandwidth, text);
  return {BytesPerSecond{*rate}, "", ""};
}

Parsed<Money> parse_money(std::string_view text) {
  if (text.starts_with("-$") || text.starts_with("$-"))
    return {std::nullopt, "must not be negative, got " + in_quotes(text), ""};
  std::string_view rest = text;
  if (!rest.starts_with('$')) return wrong<Money>(Quantity::money, text);
  rest.remove_prefix(1);
  const auto number = take_number(rest);
  if (!number || (!rest.empty() && (rest.front() != '/' || rest.size() == 1)))
    return wrong<Money>(Quantity::money, text);
  if (*number > 1e9) return too_large<Money>(Quantity::money, text);
  return {
      Money{*number, std::string(rest.empty() ? rest : rest.substr(1))},
      "", ""
  };
}

Parsed<double> parse_share(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (!number) return wrong<double>(Quantity::share, text);
  take_blank(rest);
  if (!rest.empty() && rest != "%") return wrong<double>(Quantity::share, text);
  const double share = rest == "%" ? *number / 100 : *number;
  if (rest.empty() && share > 1)  // 98 for 98 %, or 9,800 %?
    return {std::nullopt, "must be at most 100%, got " + in_quotes(text),
            fmt::format("{}% is {} of a hundred", *number, *number)};
  if (share > kMost) return too_large<double>(Quantity::share, text);
  return {share, "", ""};
}

Parsed<std::int64_t> parse_cpu(std::string_view text) {
  static constexpr std::array units{
      Unit{"",     1000},
      Unit{"vCPU", 1000},
      Unit{"m",    1   }
  };
  const auto milli = number_with_unit(text, units);
  if (!milli) return wrong<std::int64_t>(Quantity::cpu, text);
  if (*milli > 1e9) return too_large<std::int64_t>(Quantity::cpu, text);
  if (std::abs(*milli - std::round(*milli)) > 1e-6)
    return {std::nullopt, "CPUs come in thousandths, got " + in_quotes(text),
            "examples: 0.5, 500m"};
  return {std::llround(*milli), "", ""};
}

Parsed<double> parse_count(std::string_view text) {
  const auto number = number_with_unit(text, kMultipliers);
  if (!number) return wrong<double>(Quantity::count, text);
  if (*number > kMost) return too_large<double>(Quantity::count, text);
  return {number, "", ""};
}

Parsed<Date> parse_date(std::string_view text) {
  const auto is_date = [&] {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
      if (!is_digit(text[i])) return false;
    return true;
  };
  if (!is_date()) return wrong<Date>(Quantity::date, text);
  int year = 0;
  unsigned month = 0, day = 0;
  std::from_chars(text.data(), text.data() + 4, year);
  std::from_chars(text.data() + 5, text.data() + 7, month);
  std::from_chars(text.data() + 8, text.data() + 10, day);
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  static constexpr unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1] + (month == 2 && leap))
    return {std::nullopt, "no such day: " + in_quotes(text), "dates are year-month-day"};
  return {Date{days_from_civil(year, month, day)}, "", ""};
}

std::optional<double> iso_instant(std::string_view text) {
  if (text.size() < 19 || (text[10] != 'T' && text[10] != ' ')) return std::nullopt;
  const auto day = parse_date(text.substr(0, 10));
  if (!day.value || text[13] != ':' || text[16] != ':') return std::nullopt;
  if (text.ends_with('Z')) text.remove_suffix(1);
  for (const std::size_t digit : {11, 12, 14, 15, 17, 18})  // no sign: parse_number would take one
    if (text[digit] < '0' || text[digit] > '9') return std::nullopt;
  const auto hour = parse_number(text.substr(11, 2)), minute = parse_number(text.substr(14, 2));
  const auto second = parse_number(text.substr(17));
  if (!hour.value || !minute.value || !second.value) return std::nullopt;
  if (*hour.value >= 24 || *minute.value > 59 || *second.value >= 61) return std::nullopt;
  return static_cast<double>(day.value->days) * 86'400 + *hour.value * 3600 + *minute.value * 60 +
         *second.value;
}

Parsed<double> parse_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view rest = negative ? text.substr(1) : text;
  const auto number = take_number(rest);
  if (!number || !rest.empty())
    return {std::nullopt, fmt::format("expected a number, got {}", in_quotes(text)), ""};
  return {negative ? -*number : *number, "", ""};
}

// The unit that needs the fewest digits; among those the largest: 1min, 90s, 15min, 1d.
std::string write_duration(Seconds value) {
  std::string number = shortest(value.count()), unit_name = "s";
  for (const Unit& unit : kDurations) {
    const std::string other = shortest(value.count() / unit.factor);
    if (parse_duration(other + std::string(unit.name)).value != value) continue;
    if (other.size() < number.size() || (other.size() == number.size() && unit.factor > 1)) {
      number = other;
      unit_name = unit.name;
    }
  }
  return number + unit_name;
}

std::string write_size(Bytes value) {
  std::string text = std::to_string(value.count) + "B";
  for (const std::string_view name : {"kB", "KiB", "MB", "MiB", "GB", "GiB", "TB", "TiB"}) {
    const Unit* unit = find_unit(kSizes, name);
    const std::string other =
        shortest(static_cast<double>(value.count) / unit->factor) + std::string(name);
    if (parse_size(other).value == value && other.size() < text.size()) text = other;
  }
  return text;
}

}  // namespace berth
