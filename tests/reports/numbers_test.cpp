#include "reports/numbers.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <nlohmann/json.hpp>

#include <string>

using namespace berth;

namespace {

Estimate around(double mean, double half) {
  return {.mean = mean, .interval = Interval{mean - half, mean + half}, .n = 10};
}
Estimate alone(double mean) { return {.mean = mean, .n = 1}; }

struct Row {
  std::string got, expected, because;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(row.because);
    CHECK(row.got == row.expected);
  }
}

}  // namespace

// tests/browser/page_test.mjs holds the page to the same rows.
TEST_CASE("figures by their unit read as the page reads them") {
  const auto rows = nlohmann::json::parse(
      std::ifstream(std::string(BERTH_SOURCE_DIR) + "/tests/reports/numbers.json"));
  REQUIRE(rows.size() > 20);
  for (const auto& row : rows) {
    INFO(row.dump());
    Estimate estimate{.mean = row[1], .n = 1};
    if (!row[2].is_null()) estimate.interval = Interval{row[2], row[3]};
    CHECK(value_in(row[0].get<std::string>(), estimate) == row[4].get<std::string>());
  }
}

TEST_CASE("money is read at a glance, with its interval in the same unit") {
  check({{money(around(12345, 400)),     "12.3 k$ ±0.4",   "three digits, one decimal for both"},
         {money(alone(12345)),           "12.3 k$",        "one replication has no interval"},
         {money(around(1234567, 10000)), "1.23 M$ ±0.01",  "millions"},
         {money(around(12345, 3)),       "12.3 k$ ±<0.1",  "too narrow to show, and not zero"},
         {money(around(12345, 0)),       "12.3 k$",        "every replication says the same"},
         {money(999.7),                  "1.00 k$",        "rounds up into the next unit"},
         {money(0.5),                    "0.500 $",        "cents"},
         {money(0),                      "0 $",            "nothing"},
         {money(2e-7),                   "<0.000001 $",    "next to nothing is not nothing"},
         {money(std::nullopt),           "-",              "unknown is not zero"},
         {signed_money(around(-1200, 90)), "-1.20 k$ ±0.09", "a saving"},
         {signed_money(around(1200, 90)),  "+1.20 k$ ±0.09", "a rise is said so"}});
}

TEST_CASE("durations choose their unit") {
  check({{duration(0.0312), "31.2 ms",  "below a second"},
         {duration(90),     "90 s",     "whole seconds have no decimals"},
         {duration(150),    "2.50 min", "from two minutes on"},
         {duration(21600),  "6 h",      "from two hours on"},
         {duration(0),      "0 s",      "no time at all"},
         {duration(2e-11),  "0 s",      "the rounding of a clock is no time"},
         {brief_duration(2e-11), "0 s", "nor is it in brief"},
         {brief_duration(203),  "3.4 min", "two digits where columns are many"},
         {brief_duration(48.2), "48 s",    "no decimal needed"},
         {brief_duration(0.0314), "31 ms", "also below a second"},
         {duration(around(48.2, 1.5)), "48.2 s ±1.5", "interval with the decimals of the mean"},
         {signed_duration(around(0.2, 41)), "+0.2 s ±41.0", "digits follow the interval"}});
}

TEST_CASE("shares near the ends keep the digits that matter") {
  check({{percent(0.5),     "50.0 %",  "in the middle one decimal will do"},
         {percent(0.9998),  "99.98 %", "two nines more than 99.9"},
         {percent(0.99998), "99.998 %", "and one more"},
         {percent(1),       "100 %",   "all, exactly"},
         {percent(0),       "0 %",     "none"},
         {percent_of_change(-0.139), "-13.9 %", "with a sign"}});
}

TEST_CASE("a share moves by points") {
  check({{difference_in("share", {.mean = -0.001}), "-0.10 points", "not 0.1 % of the share"},
         {difference_in("share", {.mean = -0.00042}), "-0.042 points", "what is clear is not 0.0"},
         {difference_in("share", {.mean = 0.123}), "+12.3 points", "one decimal is enough"},
         {difference_in("share", around(-0.001, 0.0002)), "-0.100 points ±0.020", "with its interval"}});
}

TEST_CASE("counts have thousands apart") {
  check({{count(3840), "3,840", "whole"},
         {count(1234567.0), "1,234,567", "two separators"},
         {count(12.34), "12.3", "three digits"},
         {count(0.0412), "0.0412", "small"}});
}

TEST_CASE("numbers for programs are the shortest that read back the same") {
  for (const double value : {0.1, 1.0 / 3, 1e-300, 123456789.125, -2.5}) {
    CHECK(std::stod(shortest(value)) == value);
  }
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(985) == "985");
}

TEST_CASE("a flip has the digits that its search settles, and never those of now") {
  CHECK(settled(6.149, 2.0) == Approx(6.1));
  CHECK(settled(178, 87) == Approx(180));
  CHECK(settled(0.0978, 1) == Approx(0.098));
  // Two digits would be 1.0, which is now.
  CHECK(settled(1.0312, 1) == Approx(1.03));
  CHECK(settled(0.978, 1) == Approx(0.98));
}
