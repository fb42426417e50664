#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "scenarios/csv.h"
#include "scenarios/curve_field.h"
#include "tests/scenarios/small_scenario.h"
#include "tests/support/own_path.h"

namespace berth {
namespace {

struct Folder {
  std::filesystem::path path = own_path("trace_test");
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  Loaded load(const std::string& scenario, const std::string& csv) const {
    std::ofstream(path / "t.csv", std::ios::binary) << csv;
    std::ofstream(path / "x.yaml", std::ios::binary) << scenario;
    return load_scenario((path / "x.yaml").generic_string());
  }
  std::string error(const std::string& scenario, const std::string& csv) const {
    const std::string line = first_line(load(scenario, csv));
    return line.substr(std::min(line.size(), path.generic_string().size() + 1));
  }
};

TEST_CASE("CSV cells are trimmed, quoted cells kept whole", "[scenarios][trace]") {
  const auto rows = read_csv("a, b\r\n# note\n\n\"x, \"\"y\"\"\",2");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].cells == std::vector<std::string>{"a", "b"});
  CHECK(rows[1].cells == std::vector<std::string>{"x, \"y\"", "2"});
  CHECK(rows[1].line == 4);
}

TEST_CASE("a byte order mark is no part of the first cell, and a mistake there no title",
          "[scenarios][trace]") {
  const Folder folder;
  const std::string scenario = with("{every: 15min}", "{trace: t.csv}");
  const Loaded marked = folder.load(scenario, "\xef\xbb\xbf" "0\n600\n1200\n");
  INFO(render_issues(marked));
  REQUIRE(marked.scenario);
  CHECK(folder.error(scenario, "0x\n600\n1200\n").starts_with("t.csv:1:1: error: expected a time"));
  CHECK(folder.error(scenario, "2026-01-05T00:00:10+00:00\n600\n")
            .starts_with("t.csv:1:1: error: expected a time"));
  CHECK(folder.error(scenario, "2026-01-05T24:00:10Z\n600\n")
            .starts_with("t.csv:1:1: error: expected a time"));
  CHECK(read_csv("\xef\xbb\xbf" "at\n1").front().cells == std::vector<std::string>{"at"});
}

TEST_CASE("bins of a trace are at most a million", "[scenarios][trace]") {
  const Folder folder;
  const std::string scenario = with("requests: 10/s", "requests: {trace: t.csv, bin: 1us}");
  CHECK(folder.error(scenario, "0\n600\n").find("more than a million") != std::string::npos);
}

TEST_CASE("a week's curve keeps its mean and begins at the simulated clock's start",
          "[scenarios][trace]") {
  Shapes shapes;
  for (int hour = 0; hour < 24; ++hour) shapes.hourly.push_back(hour + 1);  // mean 12.5
  shapes.weekly = {1, 1, 1, 1, 1, 0, 2};                                    // mean 1
  // 2026-01-05 is a Monday; the clock starts half an hour before it.
  const double begin = 1'767'571'200.0 - 1800;
  const RateCurve curve = weekly_curve(25, shapes, begin);
  CHECK(curve.mean_rate() == Approx(25));
  // Sunday 23:45: 25 x 24/12.5 x 2. Monday 00:10 and 05:30: 25 x 1/12.5 and 25 x 6/12.5.
  CHECK(curve.rate_at(900s) == Approx(96));
  CHECK(curve.rate_at(1800s + 600s) == Approx(2));
  CHECK(curve.rate_at(1800s + 5 * 3600s + 1800s) == Approx(12));
  CHECK(curve.rate_at(1800s + 5 * 86'400s) == Approx(0));  // Saturday
  CHECK(curve.expected_by(kWeek) == Approx(25 * 604'800.0));
}

TEST_CASE("a trace of times is in seconds or ISO 8601, relative to the window",
          "[scenarios][trace]") {
  const Folder folder;
  const Loaded loaded =
      folder.load(with("{every: 15min}", "{trace: t.csv}"),
                  "submitted\n30\n2026-01-05T00:00:10Z\n-60\n2026-01-05 01:00:00\n");
  INFO(render_issues(loaded));
  REQUIRE(loaded.scenario);
  const auto& trace = std::get<Trace>(loaded.scenario->training[0].schedule);
  CHECK(trace.at == std::vector<Seconds>{-60s, 10s, 30s, 3600s});
  CHECK(loaded.files.size() == 2);
}

TEST_CASE("a trace of bins is a rate; times begin at the window", "[scenarios][trace]") {
  const Folder folder;
  const Loaded loaded = folder.load(with("requests: 10/s", "requests: {trace: t.csv}"),
                                    "bin_start,count\n0,600\n60,1200\n120,0\n");
  INFO(render_issues(loaded));
  REQUIRE(loaded.scenario);
  const RateCurve& curve = loaded.scenario->services[0].demand;
  // The window begins one hour of warm-up after the clock.
  CHECK(curve.rate_at(3599s) == 0);
  CHECK(curve.rate_at(3600s) == Approx(10));
  CHECK(curve.rate_at(3660s) == Approx(20));
  CHECK(curve.rate_at(3730s) == 0);
}

TEST_CASE("traces that make no sense are refused in their own lines", "[scenarios][trace]") {
  const Folder folder;
  const std::string times = with("{every: 15min}", "{trace: t.csv}");
  const std::string bins = with("requests: 10/s", "requests: {trace: t.csv}");
  CHECK(folder.error(times, "t\n1\nsoon\n") ==
        "t.csv:3:1: error: expected a time (seconds or ISO 8601)  [/training/t/schedule/trace]");
  CHECK(folder.error(bins, "0,1\n0,2\n") ==
        "t.csv:2:1: error: the bins of a trace must ascend in time  [/services/s/requests/trace]");
  CHECK(folder.error(bins, "0,1\n60,-2\n") ==
        "t.csv:2:1: error: expected a time and a count  [/services/s/requests/trace]");
  CHECK(folder.error(bins, "0,1\n") ==
        "x.yaml:20:23: error: a trace of counts needs at least two bins: the width is their "
        "distance  "
        "[/services/s/requests/trace]");
  CHECK(folder.error(bins, "5\n6\n") ==
        "x.yaml:20:23: error: a rate needs counts: lines of bin_start,count  "
        "[/services/s/requests/trace]");
  CHECK(folder.error(times, "999999\n") ==
        "x.yaml:14:23: error: \"t.csv\" has nothing in the simulated time  "
        "[/training/t/schedule/trace]");
  CHECK(folder.error(times, "# empty\n") ==
        "x.yaml:14:23: error: \"t.csv\" holds no arrivals  [/training/t/schedule/trace]");
  CHECK(folder.error(times, "1\n\xff\n") ==
        "t.csv:2:1: error: not valid UTF-8: byte 0xff at offset 2  [/training/t/schedule/trace]");
}

TEST_CASE("measured values are read from a column", "[scenarios][trace]") {
  const Folder folder;
  const std::string text = with("duration: 4min", "duration: {empirical: t.csv, column: run_s}");
  const Loaded loaded = folder.load(text, "job,run_s\na,10\nb,\nc,1min\n");
  INFO(render_issues(loaded));
  REQUIRE(loaded.scenario);
  CHECK(loaded.scenario->training[0].duration == empirical({10, 60}));
  CHECK(folder.error(text, "job,runs\na,1\n") ==
        "t.csv:1:1: error: no column \"run_s\"  [/training/t/duration]");
  CHECK(folder.error(text, "job,run_s\na,fast\n") ==
        "t.csv:2:1: error: expected seconds or a duration, got \"fast\"  [/training/t/duration]");
  CHECK(folder.error(text, "job,run_s\na,b,10\n") ==
        "t.csv:2:1: error: 3 cells in a file of 2 columns  [/training/t/duration]");
  CHECK(folder.error(text, "job,run_s\na\n") ==
        "t.csv:2:1: error: 1 cell in a file of 2 columns  [/training/t/duration]");
}

TEST_CASE("recorded requests come as they came, faster, or as a Poisson stream of their rate",
          "[scenarios][trace]") {
  const Folder folder;
  const std::string csv = "what,when\na,10\nb,20\nc,50\n";
  const auto service = [&](const std::string& options) {
    const Loaded loaded = folder.load(
        with("requests: 10/s", "requests: {trace: t.csv, column: when" + options + "}"), csv);
    for (const Issue& issue : loaded.issues) UNSCOPED_INFO(issue.message);
    REQUIRE(loaded.scenario);
    return loaded.scenario->services[0];
  };
  const double opens = 3600;  // of the measured window
  CHECK(service("").recorded == std::vector<double>{opens + 10, opens + 20, opens + 50});
  CHECK(service(", begins: window").recorded ==
        std::vector<double>{opens, opens + 10, opens + 40});
  CHECK(service(", begins: window, scale: 2").recorded ==
        std::vector<double>{opens, opens + 5, opens + 20});
  const Service poisson = service(", begins: window, poisson: true, bin: 30s");
  CHECK(poisson.recorded.empty());
  CHECK(poisson.demand.rate_at(Seconds{opens + 1}) == Approx(2.0 / 30));
  CHECK(poisson.demand.rate_at(Seconds{opens + 31}) == Approx(1.0 / 30));
}

TEST_CASE("a bad trace of requests is told by file and line", "[scenarios][trace]") {
  const Folder folder;
  const auto told = [&](const std::string& csv, const std::string& options = ", begins: window") {
    const Loaded loaded = folder.load(
        with("requests: 10/s", "requests: {trace: t.csv, column: when" + options + "}"), csv);
    CHECK_FALSE(loaded.scenario);
    REQUIRE_FALSE(loaded.issues.empty());
    return loaded.issues.front().message;
  };
  CHECK(told("when\n").find("holds no arrivals") != std::string::npos);
  CHECK(told("at\n1\n") == "no column \"when\"");
  CHECK(told("when\n10\n9\n") == "a request before the one above it");
  CHECK(told("when\n10\nnever\n") == "expected a time (seconds or ISO 8601)");
  CHECK(told("what,when\na,10\nb,c,20\n") == "3 cells in a file of 2 columns");
  CHECK(told("when,what\n10,a\n20\n") == "1 cell in a file of 2 columns");
  CHECK(told("when\n1e9\n", "").find("nothing in the simulated time") != std::string::npos);
}

}  // namespace
}  // namespace berth
