#include "scenarios/quantities.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("durations are read as people write them", "[scenarios][quantities]") {
  struct Row {
    const char* text;
    double seconds;
  };
  const auto row = GENERATE(values<Row>({
      {"90s",     90     },
      {"15min",   900    },
      {"1.5h",    5400   },
      {"250ms",   0.25   },
      {"7d",      604'800},
      {"1w",      604'800},
      {"40us",    0.00004},
      {"0s",      0      },
      {"1h30min", 5400   },
      {"2 min",   120    },
      {"1e3s",    1000   },
      {"0.5d",    43'200 },
  }));
  CAPTURE(row.text);
  REQUIRE(parse_duration(row.text).value);
  CHECK(parse_duration(row.text).value->count() == Approx(row.seconds).epsilon(1e-15));
}

TEST_CASE("what is not a duration is told what one looks like", "[scenarios][quantities]") {
  struct Row {
    const char* because;
    const char* text;
    const char* wrong;
    const char* hint;
  };
  const char* examples = "examples: 250ms, 90s, 15min, 1.5h, 7d";
  const auto row = GENERATE_COPY(values<Row>({
      {"no such unit",                               "3 minutes", "expected a duration with a unit, got \"3 minutes\"", examples                                  },
      {"no unit",                                    "90",        "expected a duration with a unit, got \"90\"",        examples                                  },
      {"m is milli to Kubernetes and minutes to Go", "3m",
       "expected a duration with a unit, got \"3m\"",                                                                   "minutes are \"min\", milliseconds \"ms\""},
      {"negative",                                   "-5s",       "must not be negative, got \"-5s\"",                  ""                                        },
      {"NaN",                                        ".nan",      "expected a duration with a unit, got \".nan\"",      examples                                  },
      {"infinite",                                   ".inf",      "expected a duration with a unit, got \".inf\"",      examples                                  },
      {"beyond a double",                            "1e999s",    "expected a duration with a unit, got \"1e999s\"",    examples                                  },
      {"beyond a century",                           "40000d",    "too large for a duration with a unit: \"40000d\"",   ""                                        },
      {"half of it",                                 "1h30",      "expected a duration with a unit, got \"1h30\"",      examples                                  },
      {"empty",                                      "",          "expected a duration with a unit, got \"\"",          examples                                  },
      {"a sign",                                     "+5s",       "expected a duration with a unit, got \"+5s\"",       examples                                  },
      {"a comma",                                    "1,5h",      "expected a duration with a unit, got \"1,5h\"",      examples                                  },
  }));
  CAPTURE(row.because);
  const auto parsed = parse_duration(row.text);
  CHECK_FALSE(parsed.value);
  CHECK(parsed.wrong == row.wrong);
  CHECK(parsed.hint == row.hint);
}

TEST_CASE("sizes are decimal or binary by their unit", "[scenarios][quantities]") {
  struct Row {
    const char* text;
    std::int64_t bytes;
  };
  const auto row = GENERATE(values<Row>({
      {"900MB",  900'000'000      },
      {"4 KiB",  4096             },
      {"2.5GiB", 2'684'354'560    },
      {"14Gi",   15'032'385'536   },
      {"1kB",    1000             },
      {"1KB",    1000             },
      {"0B",     0                },
      {"1TB",    1'000'000'000'000},
      {"0.5B",   1                },
  }));
  CAPTURE(row.text);
  REQUIRE(parse_size(row.text).value);
  CHECK(parse_size(row.text).value->count == row.bytes);
}

TEST_CASE("sizes without a unit, too large or negative are refused", "[scenarios][quantities]") {
  CHECK(parse_size("900").wrong == "expected a size with a unit, got \"900\"");
  CHECK(parse_size("900").hint == "examples: 4KiB, 900MB, 2.5GiB");
  CHECK(parse_size("2G").wrong == "expected a size with a unit, got \"2G\"");
  CHECK(parse_size("10000PB").wrong == "too large for a size with a unit: \"10000PB\"");
  CHECK(parse_size("-1GB").wrong == "must not be negative, got \"-1GB\"");
}

TEST_CASE("rates are per second whatever they are per", "[scenarios][quantities]") {
  CHECK(parse_rate("1500/s").value == 1500);
  CHECK(parse_rate("30/h").value == Approx(30.0 / 3600));
  CHECK(parse_rate("60M/day").value == Approx(60e6 / 86'400));
  CHECK(parse_rate("1.2k/min").value == Approx(20));
  CHECK(parse_rate("7/week").value == Approx(7.0 / 604'800));
  CHECK(parse_rate("30").wrong == "expected a rate, got \"30\"");
  CHECK(parse_rate("30/fortnight").hint == "examples: 1500/s, 30/h, 60M/day");
  CHECK(parse_rate("30/s/s").wrong == "expected a rate, got \"30/s/s\"");
}

TEST_CASE("bandwidths are bits or bytes by their unit", "[scenarios][quantities]") {
  CHECK(parse_bandwidth("10Gbit/s").value->rate == 1.25e9);
  CHECK(parse_bandwidth("625MB/s").value->rate == 625e6);
  CHECK(parse_bandwidth("100MiB/s").value->rate == 104'857'600);
  CHECK(parse_bandwidth("10Gbps").wrong == "expected a bandwidth with a unit, got \"10Gbps\"");
}

TEST_CASE("money has a dollar sign and perhaps a unit", "[scenarios][quantities]") {
  CHECK(parse_money("$120").value->usd == 120);
  CHECK(parse_money("$0.045/GB").value->per == "GB");
  CHECK(parse_money("$12/h").value->usd == 12);
  CHECK(parse_money("12").wrong == "expected an amount of dollars, got \"12\"");
  CHECK(parse_money("-$1").wrong == "must not be negative, got \"-$1\"");
  CHECK(parse_money("$1e12").wrong == "too large for an amount of dollars: \"$1e12\"");
  CHECK(parse_money("$5/").wrong == "expected an amount of dollars, got \"$5/\"");
}

TEST_CASE("shares are per cent or fractions, above one only when written in per cent", "[scenarios][quantities]") {
  CHECK(parse_share("6.4%").value == Approx(0.064));
  CHECK(parse_share("0.064").value == Approx(0.064));
  CHECK(parse_share("100%").value == 1);
  CHECK(parse_share("98").wrong == "must be at most 100%, got \"98\"");
  CHECK(parse_share("150%").value == 1.5);
  CHECK(parse_share("98").hint == "98% is 98 of a hundred");
  CHECK(parse_share("-1%").wrong == "must not be negative, got \"-1%\"");
}

TEST_CASE("CPUs are whole thousandths", "[scenarios][quantities]") {
  CHECK(parse_cpu("4").value == 4000);
  CHECK(parse_cpu("0.5").value == 500);
  CHECK(parse_cpu("500m").value == 500);
  CHECK(parse_cpu("4 vCPU").value == 4000);
  CHECK(parse_cpu("0.0005").wrong == "CPUs come in thousandths, got \"0.0005\"");
  CHECK(parse_cpu("4 cores").wrong == "expected a number of CPUs, got \"4 cores\"");
}

TEST_CASE("dates are days that exist", "[scenarios][quantities]") {
  CHECK(parse_date("1970-01-02").value->days == 1);
  CHECK(parse_date("2024-02-29").value);
  CHECK(parse_date("2026-02-29").wrong == "no such day: \"2026-02-29\"");
  CHECK(parse_date("2026-13-01").wrong == "no such day: \"2026-13-01\"");
  CHECK(parse_date("23.11.2026").wrong == "expected a date, got \"23.11.2026\"");
}

TEST_CASE("what is written reads back as the same value", "[scenarios][quantities]") {
  for (const double seconds : {0.0, 0.25, 1.0, 90.0, 900.0, 5400.0, 37.5, 86'400.0, 1.0 / 3})
    CHECK(parse_duration(write_duration(Seconds{seconds})).value == Seconds{seconds});
  for (const std::int64_t bytes : {0L, 1L, 4096L, 900'000'000L, 2'684'354'560L, 123'456'789L})
    CHECK(parse_size(write_size(Bytes{bytes})).value == Bytes{bytes});
  CHECK(write_duration(Seconds{3600}) == "1h");
  CHECK(write_size(Bytes{30 * kGiB}) == "30GiB");
}

}  // namespace
}  // namespace berth
