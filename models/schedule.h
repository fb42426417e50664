// When the Jobs of a TrainingClass are submitted.
//
//   Every    each model of the class submits at offset, offset + interval, ...; every submission is
//            late by its own uniform draw from [0, jitter). With `spread`, the models of a class are
//            set evenly over one interval; without, they all submit at once (a cron storm).
//   Cron     five fields (minute hour day-of-month month day-of-week, numbers, *, lists, ranges,
//            steps), UTC, read against the scenario's start date.
//   Poisson  a rate for the whole class, constant or following a RateCurve; arrivals by inversion, so
//            two placements of a scenario see the same Jobs.
//   Trace    submissions at given times after the start of the measured window.
//   After    no clock of its own: a job is submitted when jobs of other classes are done
//            (models/job_graph.h).
//
// Tested by tests/models/schedule_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/ids.h"
#include "models/rate_curve.h"
#include "models/units.h"

namespace berth {

struct Every {
  Seconds interval{};
  Seconds offset{0};
  Seconds jitter{0};
  bool spread = true;
};

// One bit per admitted value; bit 0 of day_of_week is Sunday.
struct Cron {
  std::string text;
  std::uint64_t minutes = 0;
  std::uint32_t hours = 0;
  std::uint32_t days_of_month = 0;
  std::uint16_t months = 0;
  std::uint8_t days_of_week = 0;
  bool any_day_of_month = true, any_day_of_week = true;  // both restricted: either may match
  Seconds jitter{0};
};

struct Poisson {
  RateCurve rate;  // submissions per second of the whole class
};

struct Trace {
  std::vector<Seconds> at;  // ascending
};

struct After {
  std::vector<TrainingId> classes;  // at least one; ascending, each once
};

using Schedule = std::variant<Every, Cron, Poisson, Trace, After>;

// Whether two schedules admit the same instants, up to jitter: their rounds belong together. No for
// Poisson, Trace and After, whose instants are their own.
bool same_clock(const Schedule& a, const Schedule& b);

// nullopt with a reason when `text` is not a cron expression of five fields.
std::optional<Cron> parse_cron(std::string_view text, std::string* why);

// Days since 1970-01-01 of a civil date, and the weekday (0 = Sunday) of such a day.
std::int64_t days_from_civil(int year, unsigned month, unsigned day);
unsigned weekday_from_days(std::int64_t days);

// The first instant strictly after `after` that the expression admits. Instants are seconds since
// 1970-01-01 UTC, whole minutes. nullopt when none comes within five years (31 February).
std::optional<std::int64_t> next_cron_time(const Cron& cron, std::int64_t after);

}  // namespace berth
