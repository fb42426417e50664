#include "tools/limits_file.h"

#include <catch2/catch.hpp>

using namespace berth;

namespace {

GateLimit only(const std::string& text) {
  std::vector<Issue> issues;
  const auto file = read_limits(text, "limits.yaml", issues);
  for (const Issue& issue : issues) UNSCOPED_INFO(issue.message);
  REQUIRE(file);
  REQUIRE(file->limits.size() == 1);
  return file->limits[0].limit;
}

std::vector<Issue> wrong(const std::string& text) {
  std::vector<Issue> issues;
  CHECK_FALSE(read_limits(text, "limits.yaml", issues));
  return issues;
}

}  // namespace

TEST_CASE("a limit reads as it is written") {
  using enum GateLimit::Kind;
  struct Row {
    const char* text;
    GateLimit::Kind kind;
    double bound;
    const char *metric, *of;
  };
  const Row rows[] = {
      {"cost_usd_per_month: +2%", rise_by_share, 0.02, "cost_usd_per_month", ""},
      {"cost_usd_per_month: -10", fall_by, 10, "cost_usd_per_month", ""},
      {"cost: 70000", at_most, 70000, "cost", ""},
      {"start_latency_p95_s[retrain]: 60", at_most, 60, "start_latency_p95_s", "retrain"},
      {"start_latency_p95_s[retrain]: 1min", at_most, 60, "start_latency_p95_s", "retrain"},
      {"start_latency_p95_s: +1.5s", rise_by, 1.5, "start_latency_p95_s", ""},
      {"slo_met_share[*]: -0.1%", fall_by, 0.001, "slo_met_share", "*"},  // points
      {"slo_met_share[eta]: 99%", at_least, 0.99, "slo_met_share", "eta"},
      {"slo_met[eta]: 0.99", at_least, 0.99, "slo_met", "eta"},
      {"\"latency_p99_s[a/b]\": {limit: +5%, reason: because}", rise_by_share, 0.05,
       "latency_p99_s", "a/b"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const GateLimit limit = only(row.text);
    CHECK(limit.kind == row.kind);
    CHECK(limit.bound == Approx(row.bound));
    CHECK(limit.metric == row.metric);
    CHECK(limit.of == row.of);
  }
}

TEST_CASE("a limit in the good direction never fails, and is warned of") {
  const auto warnings = [](const std::string& text) {
    std::vector<Issue> issues;
    REQUIRE(read_limits(text, "limits.yaml", issues));
    for (const Issue& issue : issues) CHECK(issue.severity == Severity::warning);
    return issues;
  };
  const auto cost = warnings("cost_usd_per_month: -1%");
  REQUIRE(cost.size() == 1);
  CHECK(cost[0].message ==
        "this limits how far cost_usd_per_month may fall, which is the good direction");
  CHECK(cost[0].hint == "+1% limits how far it may rise");
  CHECK(warnings("start_latency_p95_s: -5").size() == 1);
  CHECK(warnings("slo_met_share: +1%").size() == 1);
  CHECK(warnings("slo_met_share: -1%").empty());
  CHECK(warnings("cost: +1%").empty());
  CHECK(warnings("submitted_per_day: -1%").empty());  // fewer jobs may be what is feared
}

TEST_CASE("a limit may only warn, and so may feasibility") {
  CHECK(only("cost: {limit: +2%, action: warn}").only_warn);
  CHECK_FALSE(only("cost: {limit: +2%, action: fail}").only_warn);
  std::vector<Issue> issues;
  CHECK(read_limits("feasible: warn\ncost: 1", "l.yaml", issues)->only_warn_feasible);
}

TEST_CASE("every mistake of a limits file is found, with its place and the nearest word") {
  struct Row {
    const char *text, *message, *hint;
  };
  const Row rows[] = {
      {"cost_usd_per_mont: +2%", "there is no metric", "cost_usd_per_month"},
      {"cost: 2%", "expected a limit", "+2%"},
      {"cost: +two", "expected a limit", "+2%"},
      {"cost: +-2", "expected a limit", "+2%"},
      {"cost: nan", "expected a limit", ""},
      {"cost:", "expected a limit", ""},
      {"cost: [1]", "expected a limit", ""},
      {"cost: {limt: 1}", "unknown field", "limit"},
      {"cost: {limit: 1, action: wran}", "expected fail or warn", "warn"},
      {"start_latency_p95_s[]: 3", "whose in brackets", "retrain"},
      {"start_latency_p95_s[retrain: 3", "whose in brackets", "retrain"},
      {"- 3", "expected limits", ""},
      {"x-note: 3", "there is no limit in this file", ""},
      {"schema: berth/limits/2\ncost: 1", "expected berth/limits/1", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto issues = wrong(row.text);
    REQUIRE(!issues.empty());
    CHECK(issues[0].line > 0);
    CHECK(issues[0].message.find(row.message) != std::string::npos);
    CHECK(issues[0].hint.find(row.hint) != std::string::npos);
  }
  CHECK(wrong("cost: x\nstart_latency_p95_s: y\nno_such: 1").size() == 3);
}

TEST_CASE("a limit of a class no scenario has is a mistake") {
  std::vector<Issue> issues;
  const auto file = read_limits("start_latency_p95_s[retrian]: 60\nstart_latency_p95_s[re*]: 60",
                                "l.yaml", issues);
  REQUIRE(file);
  check_limits(*file, {{"start_latency_p95", "retrain", "", "s"}}, "l.yaml", issues);
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].hint == "did you mean \"retrain\"?");
  CHECK(issues[0].line == 1);
}

TEST_CASE("a limit for all of what nobody here has is only warned of") {
  std::vector<Issue> issues;
  const auto file = read_limits(
      "latency_p99_s: +5%\nslo_met_share[*]: -0.1%\nlatency_p99_s[eta]: +5%", "l.yaml", issues);
  REQUIRE(file);
  check_limits(*file, {{"start_latency_p95", "retrain", "", "s"}}, "l.yaml", issues);
  REQUIRE(issues.size() == 3);
  CHECK(issues[0].severity == Severity::warning);
  CHECK(issues[0].message == "no scenario here has latency_p99_s: this limit judges nothing");
  CHECK(issues[1].severity == Severity::warning);
  CHECK(issues[2].severity == Severity::error);
  CHECK(issues[2].message == "no scenario has latency_p99_s of \"eta\"");
}
