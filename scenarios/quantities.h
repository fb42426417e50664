// Quantities as people write them, to units. Pure: one text in, a value or a sentence out.
//
//   duration   15min, 90s, 1.5h, 250ms, 7d, 1h30min      us ms s min h d w
//   size       2.5GiB, 900MB, 4 KiB, 14Gi                B kB MB GB TB PB, KiB .. PiB (also Ki ..
//   Pi) rate       1500/s, 30/h, 60M/day                     k M G before, /s /min /h /day /week
//   after bandwidth  10Gbit/s, 625MB/s, 100MiB/s money      $120, $0.045, $12/h, $0.09/GB share
//   6.4%, 0.064                               0 to 1 cpu        4, 0.5, 500m, 4 vCPU whole
//   thousandths count      40, 1.5k, 2M date       2026-11-23 midnight UTC
//   instant    2026-11-23T08:00:00Z, with a blank for the T, without the Z, or with a fraction
//
// Numbers are decimal, with a point and perhaps an exponent; no NaN, no infinity, no signs. A value
// is finite and not negative; whether it may be 0 or how large it may be is its field's business.
// A bare number is not a duration or a size: the unit is missing, and guessing it costs a factor of
// 60 or 1024.
//
// Tested by tests/scenarios/quantities_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/units.h"

namespace berth {

enum class Quantity { duration, size, rate, bandwidth, money, share, cpu, count, date, instant, number };

struct QuantityText {
  std::string_view article;   // "a duration with a unit": what a message says was expected
  std::string_view examples;  // "250ms, 90s, 15min, 1.5h, 7d"
  std::string_view pattern;   // a regular expression (ECMA 262) for the schema
  bool also_number;           // a bare number is one, too
};
const QuantityText& text_of(Quantity quantity);

template <class T>
struct Parsed {
  std::optional<T> value;
  std::string wrong;  // "expected a duration with a unit, got \"3 minutes\""
  std::string hint;
};

struct Money {
  double usd = 0;
  std::string per;  // "h", "GB", "" when nothing is said
};

struct Date {
  std::int64_t days = 0;  // since 1970-01-01
};

Parsed<Seconds> parse_duration(std::string_view text);
Parsed<Bytes> parse_size(std::string_view text);
Parsed<double> parse_rate(std::string_view text);  // per second
Parsed<BytesPerSecond> parse_bandwidth(std::string_view text);
Parsed<Money> parse_money(std::string_view text);
Parsed<double> parse_share(std::string_view text);
Parsed<std::int64_t> parse_cpu(std::string_view text);  // thousandths of a core
Parsed<double> parse_count(std::string_view text);
Parsed<Date> parse_date(std::string_view text);
std::optional<double> iso_instant(std::string_view text);  // seconds since 1970
Parsed<double> parse_number(std::string_view text);  // may be negative

// The shortest text that reads back as the same value: "1.5h", "900MB".
std::string write_duration(Seconds value);
std::string write_size(Bytes value);

}  // namespace berth
