// How limits are told (planner/limit_words.cpp).
#include "planner/limit_words.h"

#include <catch2/catch.hpp>

#include "planner/limits.h"

using namespace berth;

TEST_CASE("a limit has the name that people type, and the digits that they typed") {
  CHECK(in_words({"cost_usd_per_month", "", 1500, false}) == "cost <= 1500 $/month");
  CHECK(in_words({"slo_share", "score", 0.9999899999999999, true}) ==
        "slo_share of score >= 99.999 %");
  CHECK(in_words({"people_hours_per_month", "", 10, false}) == "people_hours_per_month <= 10");
  CHECK(in_words({"interruptions_per_job", "batch", 0, false}) ==
        "interruptions_per_job of batch <= 0");
  CHECK(limit_words({.name = "cost_usd_per_month"}) == "cost");
  CHECK(limit_value("start_within_share", 0.95) == "95 %");
  CHECK(limit_value("slo_share", 0.9998999999999999) == "99.99 %");
  CHECK(limit_value("cost_usd_per_month", 123456.5) == "123456.5 $/month");
}

TEST_CASE(
    "what was found has as many digits as tell it from what is allowed, on the side where it is") {
  struct Row {
    const char* limit;
    double found, allowed;
    const char *is, *of, *because;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"slo_share", 0.9999, 0.99999, "99.99 %", "99.999 %", "two nines apart"},
           {"slo_share", 0.999985, 0.99999, "99.9985 %", "99.999 %",
            "four digits would be all of them"},
           {"slo_share", 0.99999512, 0.99999, "99.9995 %", "99.999 %",
            "above it stays above it, and is not all"},
           {"start_within_share", 0.95833, 0.95, "95.83 %", "95 %", "four digits are enough"},
           {"start_within_share", 0.0187654, 0.95, "1.877 %", "95 %", "far away"},
           {"cost_usd_per_month", 12345.6, 1500, "12346 $/month", "1500 $/month", "no exponent"},
           {"cost_usd_per_month", 1500.03, 1500, "1500.03 $/month", "1500 $/month",
            "three cents too much"},
           {"portable_share", 0.9999999999999998, 1, "100 %", "100 %", "a remainder of sums"},
           {"interruptions_per_job", 0.03, 0, "0.03", "0", "nothing is allowed"}}) {
    INFO(row.because);
    const auto [found, allowed] = limit_values(row.limit, row.found, row.allowed);
    CHECK(found == row.is);
    CHECK(allowed == row.of);
  }
}

TEST_CASE(
    "a limit that few replications leave open is not said to be broken, and another's is named") {
  LimitCheck check{.name = "slo_share", .workload = "rank", .allowed = 0.99};
  check.found = Estimate{0.9836, Interval{0.98, 0.987}, 6};
  CHECK(broken_words(check, "rank") == "breaks slo_share, 98.36 % for 99 %");
  CHECK(broken_words(check, "score") == "breaks slo_share of rank, 98.36 % for 99 %");
  CHECK(found_words(check) == "98.36 %, at least 99 % is asked for");
  check.found->interval = Interval{0.97, 0.995};
  CHECK(broken_words(check, "score") == "not shown to keep slo_share of rank, 98.36 % for 99 %");
  LimitCheck cost{.name = "cost_usd_per_month", .allowed = 1500, .at_least = false};
  cost.found = Estimate{2372.6, Interval{2052, 2692}, 3};
  CHECK(broken_words(cost, "score") == "breaks cost, 2373 $/month for 1500 $/month");
  CHECK(found_words(cost) == "2373 $/month, at most 1500 $/month is allowed");
}
