#include "models/schedule.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

std::int64_t at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return days_from_civil(year, month, day) * 86'400 + hour * 3600 + minute * 60;
}

TEST_CASE("the calendar knows its anchors", "[schedule]") {
  CHECK(days_from_civil(1970, 1, 1) == 0);
  CHECK(days_from_civil(2000, 3, 1) == 11'017);  // 30 years, 7 leap days, 31 + 29 days
  CHECK(weekday_from_days(days_from_civil(1970, 1, 1)) == 4);
  CHECK(weekday_from_days(days_from_civil(2026, 11, 23)) == 1);  // a Monday
  CHECK(weekday_from_days(-1) == 3);
}

TEST_CASE("cron finds the next admitted minute", "[schedule]") {
  struct Row {
    const char* because;
    const char* cron;
    std::int64_t after, expected;
  };
  const auto row = GENERATE(values<Row>({
      {"every 15 minutes", "*/15 * * * *", at(2026, 11, 23, 10, 1), at(2026, 11, 23, 10, 15)},
      {"strictly after", "*/15 * * * *", at(2026, 11, 23, 10, 15), at(2026, 11, 23, 10, 30)},
      {"over midnight", "30 2 * * *", at(2026, 11, 23, 3), at(2026, 11, 24, 2, 30)},
      {"workdays skip the weekend", "0 9 * * 1-5", at(2026, 11, 20, 9), at(2026, 11, 23, 9)},
      {"7 is Sunday", "0 0 * * 7", at(2026, 11, 23), at(2026, 11, 29)},
      {"first of the month over a year", "0 0 1 1 *", at(2026, 11, 23), at(2027, 1, 1)},
      {"both day fields: either matches", "0 0 13 * 5", at(2026, 11, 8), at(2026, 11, 13)},
      {"a weekday before the 13th comes first", "0 0 13 * 1", at(2026, 11, 8), at(2026, 11, 9)},
      {"leap day", "0 0 29 2 *", at(2026, 11, 23), at(2028, 2, 29)},
      {"a start with a step runs to the end", "10/20 * * * *", at(2026, 11, 23, 0, 10),
       at(2026, 11, 23, 0, 30)},
  }));
  CAPTURE(row.because, row.cron);
  std::string why;
  const auto cron = parse_cron(row.cron, &why);
  REQUIRE(cron);
  CHECK(next_cron_time(*cron, row.after) == row.expected);
}

TEST_CASE("a date that never comes is not waited for", "[schedule]") {
  std::string why;
  CHECK_FALSE(next_cron_time(*parse_cron("0 0 31 2 *", &why), at(2026, 1, 1)));
  // A step that is longer than the hour: minute 5 only, never one that it comes round to.
  const auto once = parse_cron("5-59/4294967295 * * * *", &why);
  REQUIRE(once);
  CHECK(next_cron_time(*once, at(2026, 1, 1)) == at(2026, 1, 1) + 5 * 60);
  CHECK(next_cron_time(*once, at(2026, 1, 1) + 5 * 60) == at(2026, 1, 1) + 65 * 60);
}

TEST_CASE("what is not a cron expression is refused with the field's name", "[schedule]") {
  struct Row {
    const char* cron;
    const char* expected;
  };
  const auto row = GENERATE(values<Row>({
      {"* * * *", "expected five fields (minute hour day-of-month month day-of-week), got 4"},
      {"60 * * * *", "the minute field \"60\" is not a list of numbers, ranges or steps between 0 and 59"},
      {"* * 0 * *", "the day of month field \"0\" is not a list of numbers, ranges or steps between 1 and 31"},
      {"*/0 * * * *", "the minute field \"*/0\" is not a list of numbers, ranges or steps between 0 and 59"},
      {"* 5-2 * * *", "the hour field \"5-2\" is not a list of numbers, ranges or steps between 0 and 23"},
      {"* * * jan *", "the month field \"jan\" is not a list of numbers, ranges or steps between 1 and 12"},
  }));
  std::string why;
  CHECK_FALSE(parse_cron(row.cron, &why));
  CHECK(why == row.expected);
}

}  // namespace
}  // namespace berth
