#include "models/schedule.h"

#include <algorithm>
#include <charconv>

namespace berth {
namespace {

constexpr std::int64_t kMinuteS = 60;
constexpr std::int64_t kDayS = 86'400;

struct Field {
  std::string_view name;
  unsigned low, high;
};

std::optional<unsigned> parse_number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// One item of a list: "*", "5", "1-5", each with an optional "/step".
std::optional<std::uint64_t> parse_item(std::string_view item, const Field& field) {
  unsigned step = 1;
  if (const auto slash = item.find('/'); slash != std::string_view::npos) {
    const auto parsed = parse_number(item.substr(slash + 1));
    if (!parsed || *parsed == 0) return std::nullopt;
    step = *parsed;
    item = item.substr(0, slash);
  }
  unsigned from = field.low, to = field.high;
  if (item != "*") {
    const auto dash = item.find('-');
    const auto first = parse_number(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number(item.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    from = *first;
    to = dash == std::string_view::npos && step > 1 ? field.high : *last;
  }
  if (from < field.low || to > field.high || from > to) return std::nullopt;
  std::uint64_t bits = 0;
  // A step beyond the field takes its first value only, and must not come round through zero.
  step = std::min(step, field.high + 1);
  for (unsigned value = from; value <= to; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

std::optional<std::uint64_t> parse_field(std::string_view text, const Field& field) {
  std::uint64_t bits = 0;
  while (true) {
    const auto comma = text.find(',');
    const auto item = parse_item(text.substr(0, comma), field);
    if (!item) return std::nullopt;
    bits |= *item;
    if (comma == std::string_view::npos) return bits;
    text = text.substr(comma + 1);
  }
}

std::vector<std::string_view> split_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    text = text.substr(begin);
    const auto end = text.find_first_of(" \t");
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text = text.substr(end);
  }
}

struct Civil {
  int year;
  unsigned month, day;
};

// Howard Hinnant's published calendar algorithm, valid over the whole range used here.
Civil civil_from_days(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const auto year = static_cast<int>(year_of_era + era * 400) + (month <= 2 ? 1 : 0);
  return {year, month, day};
}

bool admits_day(const Cron& cron, std::int64_t day) {
  const Civil civil = civil_from_days(day);
  if (!(cron.months >> civil.month & 1u)) return false;
  const bool month_day = cron.days_of_month >> civil.day & 1u;
  const bool week_day = cron.days_of_week >> weekday_from_days(day) & 1u;
  if (!cron.any_day_of_month && !cron.any_day_of_week) return month_day || week_day;
  return month_day && week_day;
}

}  // namespace

std::int64_t days_from_civil(int year, unsigned month, unsigned day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<std::int64_t>(day_of_era) - 719'468;
}

unsigned weekday_from_days(std::int64_t days) {
  return static_cast<unsigned>(((days % 7) + 11) % 7);  // 1970-01-01 was a Thursday (4)
}

std::optional<Cron> parse_cron(std::string_view text, std::string* why) {
  static constexpr Field fields[] = {
      {"minute", 0, 59}, {"hour", 0, 23}, {"day of month", 1, 31}, {"month", 1, 12},
      {"day of week", 0, 7}};
  const auto words = split_blanks(text);
  if (words.size() != 5) {
    *why = "expected five fields (minute hour day-of-month month day-of-week), got " +
           std::to_string(words.size());
    return std::nullopt;
  }
  std::uint64_t bits[5];
  for (std::size_t i = 0; i < 5; ++i) {
    const auto parsed = parse_field(words[i], fields[i]);
    if (!parsed) {
      *why = "the " + std::string(fields[i].name) + " field \"" + std::string(words[i]) +
             "\" is not a list of numbers, ranges or steps between " +
             std::to_string(fields[i].low) + " and " + std::to_string(fields[i].high);
      return std::nullopt;
    }
    bits[i] = *parsed;
  }
  if (bits[4] >> 7 & 1u) bits[4] |= 1u;  // 7 is Sunday too
  return Cron{.text = std::string(text),
              .minutes = bits[0],
              .hours = static_cast<std::uint32_t>(bits[1]),
              .days_of_month = static_cast<std::uint32_t>(bits[2]),
              .months = static_cast<std::uint16_t>(bits[3]),
              .days_of_week = static_cast<std::uint8_t>(bits[4] & 0x7f),
              .any_day_of_month = words[2].front() == '*',
              .any_day_of_week = words[4].front() == '*'};
}

bool same_clock(const Schedule& a, const Schedule& b) {
  if (const auto *x = std::get_if<Every>(&a), *y = std::get_if<Every>(&b); x && y)
    return x->interval == y->interval && x->offset == y->offset;
  if (const auto *x = std::get_if<Cron>(&a), *y = std::get_if<Cron>(&b); x && y)
    return x->text == y->text;
  return false;
}

std::optional<std::int64_t> next_cron_time(const Cron& cron, std::int64_t after) {
  constexpr std::int64_t kFiveYearsOfDays = std::int64_t{5} * 366;
  const std::int64_t first_day = after >= 0 ? after / kDayS : (after - kDayS + 1) / kDayS;
  for (std::int64_t day = first_day; day <= first_day + kFiveYearsOfDays; ++day) {
    if (!admits_day(cron, day)) continue;
    for (std::int64_t hour = 0; hour < 24; ++hour) {
      if (!(cron.hours >> hour & 1u)) continue;
      for (std::int64_t minute = 0; minute < 60; ++minute) {
        const std::int64_t at = day * kDayS + hour * 3600 + minute * kMinuteS;
        if (at > after && (cron.minutes >> minute & 1u)) return at;
      }
    }
  }
  return std::nullopt;
}

}  // namespace berth
