#include "reports/gate_report.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/check_schema.h"
#include "reports/gate_words.h"
#include "reports/schema_check.h"
#include "tests/reports/canned_result.h"

using namespace berth;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// hybrid against cheap: training costs half as much, starts take twice as long.
GateReport report(const std::string& name = "hybrid", bool only_warn = false) {
  const Result result = canned::result();
  const GateSide before = side_of(result.placements[0]), after = side_of(result.placements[1]);
  const GateLimit starts{.metric = "start_latency_p95_s",
                         .of = "retrain",
                         .kind = GateLimit::Kind::rise_by_share,
                         .bound = 0.05,
                         .only_warn = only_warn,
                         .text = "+5%",
                         .reason = "people wait"};
  const GateLimit cost{
      .metric = "cost", .kind = GateLimit::Kind::rise_by_share, .bound = 0.01, .text = "+1%"};
  GateScenario scenario{
      .file = "scenarios/small.yaml", .before = result.from, .after = result.from};
  scenario.placements = {{.name = name,
                          .rows = judge(std::vector{cost, starts}, &before, after),
                          .comparison = compare("before", before.figures, "after", after.figures)}};
  scenario.changes = {{"/training/retrain/models", "40", "80"}, {"/seed", "", "7"}};
  scenario.prices = {{"Amazon EC2: c6i.xlarge node, on demand", "h", 0.17, 0.18}};
  return {.against = "main (0123456789, 2026-11-20)", .scenarios = {scenario}};
}

}  // namespace

TEST_CASE("the verdict stands in one sentence") {
  // 104 s before and 205 s after: the limit of starts is broken, that of cost is kept.
  CHECK(gate_sentence(report()).starts_with("Gate failed: hybrid: retrain: start p95 +1"));
  CHECK(has(gate_sentence(report()), "limit +5%. 1 kept of 2 limits."));
  CHECK_FALSE(gate_is_open(report()));
  CHECK(gate_is_open(report("hybrid", true)));
  CHECK(gate_sentence(report("hybrid", true)).starts_with("Gate passed: "));
}

TEST_CASE("what is no longer feasible is told by what it is") {
  GateRow row{.name = {"start_slo_met", "retrain", "", "share"}, .limit = "feasible"};
  row.before = Estimate{0.99, Interval{0.98, 1}, 3};
  row.after = Estimate{0.25, Interval{0.24, 0.26}, 3};
  row.difference = Estimate{-0.74, Interval{-0.75, -0.73}, 3};
  row.verdict = GateVerdict::failed;
  const GateScenario scenario;
  const auto sentence = [&] {
    const GatePlacement placement{.name = "warm", .rows = {row}};
    return row_sentence({&scenario, &placement, &placement.rows[0]});
  };
  CHECK(sentence() == "warm: retrain: starts in time -74.0 points ±1.0 to 25.0 %, its goal is no longer met");
  row.name.metric = "slo_met";
  CHECK(has(sentence(), "requests in limit"));
  CHECK(has(sentence(), "its goal is no longer met"));
  row.name.metric = "deadline_missed";
  CHECK(has(sentence(), "jobs past their deadline"));
  CHECK(has(sentence(), "its goal is no longer met"));
  row.name = {"backlog_at_end", "retrain", "", "count"};
  CHECK(has(sentence(), "demand is no longer met"));
  // What did not move is said to be so, and not to have moved to something.
  row.name = {"cost", "", "", "USD/month"};
  row.limit = "2";
  row.before = row.after = Estimate{539, Interval{539, 539}, 3};
  row.difference = Estimate{0, Interval{0, 0}, 3};
  CHECK(sentence() == "warm: cost per month 539 $, unchanged, limit ≤ 2.00 $");
}

TEST_CASE("undecided fails only when it is asked to") {
  GateReport r = report();
  for (GateRow& row : r.scenarios[0].placements[0].rows) row.verdict = GateVerdict::undecided;
  CHECK(gate_is_open(r));
  r.undecided_fails = true;
  CHECK_FALSE(gate_is_open(r));
}

TEST_CASE("what may only warn never fails, also undecided, and is not blamed") {
  GateReport r = report();
  auto& rows = r.scenarios[0].placements[0].rows;  // cost, then starts
  r.undecided_fails = true;
  for (GateRow& row : rows) row.verdict = GateVerdict::undecided, row.only_warn = true;
  CHECK(gate_is_open(r));
  CHECK(has(junit_report(r), "failures=\"0\" errors=\"0\" skipped=\"2\""));
  // Shut by the undecided limit of starts, although that of cost is broken: it may only warn.
  rows[0].verdict = GateVerdict::warned;
  rows[1].only_warn = false;
  CHECK_FALSE(gate_is_open(r));
  CHECK(gate_sentence(r).starts_with("Gate failed: hybrid: retrain: start p95"));
  CHECK(has(junit_report(r), "failures=\"1\" errors=\"0\" skipped=\"0\""));
  CHECK(has(junit_report(r), "<failure type=\"undecided\""));
}

TEST_CASE("a limit says its unit") {
  const auto said = [](const char* metric, const char* unit, const char* limit) {
    GateReport r = report();
    GateRow& row = r.scenarios[0].placements[0].rows[1];
    row.name = {metric, "retrain", "", unit};
    row.limit = limit;
    row.verdict = GateVerdict::failed;
    const std::string text = gate_sentence(r);
    const std::size_t at = text.find(", limit ") + 8;
    return text.substr(at, text.find(". ", at) - at);
  };
  CHECK(said("start_latency_p95", "s", "60") == "≤ 60 s");
  CHECK(said("start_latency_p95", "s", "5min") == "≤ 5min");
  CHECK(said("start_latency_p95", "s", "+5") == "+5 s");
  CHECK(said("start_latency_p95", "s", "+2%") == "+2%");
  CHECK(said("slo_met", "share", "99%") == "≥ 99%");
  CHECK(said("slo_met", "share", "-0.1%") == "-0.1 points");  // docs/ci.md: points, not per cent
  CHECK(said("cost", "USD/month", "+500") == "+500 $");
}

namespace {

// The report of a scenario of many services, each of which moved; the first `broken` past its limit.
GateReport many(std::size_t services, std::size_t broken, std::size_t scenarios = 1) {
  GateReport r = report();
  GateScenario& scenario = r.scenarios[0];
  GatePlacement& placement = scenario.placements[0];
  const GateRow cost = placement.rows[0], starts = placement.rows[1];
  Change change = placement.comparison->changes.front();
  placement.rows = {cost};
  placement.comparison->changes.clear();
  scenario.changes.clear();
  scenario.prices.clear();
  for (std::size_t i = 0; i < services; ++i) {
    GateRow row = starts;
    row.reason.clear();
    row.name = {"latency_p99", "service-" + std::to_string(i), "", "s"};
    row.verdict = i < broken ? GateVerdict::failed : GateVerdict::passed;
    placement.rows.push_back(row);
    change.name = row.name;
    change.relative = 0.03;
    change.verdict = Verdict::clear;
    placement.comparison->changes.push_back(change);
    scenario.changes.push_back(
        {"/services/service-" + std::to_string(i) + "/requests", "1/s", "2/s"});
  }
  r.scenarios.assign(scenarios, r.scenarios[0]);
  return r;
}

}  // namespace

TEST_CASE("a comment on two hundred workloads stays short, and what is broken stands first") {
  const std::string text = markdown_report(many(200, 3));
  CHECK(text.size() < 60'000);
  CHECK(text.find("service-0: latency p99 | ") < text.find("✓ passed"));
  CHECK(
      has(text, "<summary>180 more that moved, all within their limits or without one</summary>"));
  CHECK(has(text, "<summary>What changed: 200 values</summary>"));
  CHECK(has(text, "…and 100 more: --format json has all."));
  CHECK(has(text, "<summary>198 limits kept</summary>"));  // cost and 197 services
}

TEST_CASE("broken limits beyond the table are told of") {
  const std::string text = markdown_report(many(200, 50));
  CHECK(has(text, "180 more that moved, 30 of them past their limits or undecided"));
  CHECK(has(text, "50 broken, 151 kept of 201 limits."));
}

TEST_CASE("no report is too long for a comment") {
  for (const std::size_t scenarios : {5U, 20U, 300U}) {
    const std::string text = markdown_report(many(200, 3, scenarios));
    CAPTURE(scenarios);
    CHECK(text.size() <= 65'536);
    CHECK(text.starts_with("<!-- berth-check -->\n✗ **Gate failed"));
  }
  CHECK(has(markdown_report(many(200, 3, 300)), "Of 300 scenarios: too much for a comment."));
}

TEST_CASE("GitHub gets as many annotations as it shows, and the last counts the rest") {
  const std::string text = github_annotations(many(200, 50));
  CHECK(std::ranges::count(text, '\n') == 10);
  CHECK(has(text, "; and 40 more\n"));
}

TEST_CASE("an undecided limit that shuts the gate is an error, another a notice") {
  GateReport r = report();
  for (GateRow& row : r.scenarios[0].placements[0].rows) row.verdict = GateVerdict::undecided;
  CHECK(github_annotations(r).starts_with("::notice "));
  r.undecided_fails = true;
  CHECK(github_annotations(r).starts_with("::error "));
}

TEST_CASE("a table cuts names short and not what they are about") {
  GateReport r = many(30, 2);
  for (GateRow& row : r.scenarios[0].placements[0].rows)
    if (!row.name.workload.empty()) row.name.workload = std::string(60, 'x');
  const std::string text = table_report(r, false);
  CHECK(has(text, "x…: latency p99"));
  CHECK(has(text, "more that moved and break no limit"));
}

TEST_CASE("replications that failed are told in a comment") {
  GateReport r = report();
  r.failures = {{"cheap", {1, 7}, "killed by signal 11"}};
  CHECK(has(markdown_report(r), "**1 replication failed and is not in the numbers.**"));
}

TEST_CASE("a gate that judged nothing says so") {
  GateReport r = report();
  r.scenarios[0].placements[0].rows.clear();
  CHECK(gate_sentence(r) == "Gate passed: no limit is about anything here.");
  r.scenarios[0].is_new = true;
  CHECK(gate_sentence(r) == "Gate passed: there was nothing to compare with.");
}

TEST_CASE("a comment begins with its mark and folds away what was kept and what changed") {
  const std::string text = markdown_report(report());
  CHECK(text.starts_with("<!-- berth-check -->\n✗ **Gate failed"));
  CHECK(has(text, "| retrain: start p95 (people wait) |"));
  CHECK(has(text, "<details><summary>What changed: 3 values</summary>"));
  CHECK(has(text, "- /training/retrain/models: 40 → 80"));
  CHECK(has(text, "- /seed: 7 (new)"));
  CHECK(has(text, "0.17 → 0.18 $/h"));
  CHECK(has(text, "<details><summary>1 limit kept</summary>"));
}

TEST_CASE("names do nothing in any report") {
  const std::string evil = "<script>alert(1)</script> @team ![x](http://e) |\n::error::";
  GateReport r = report(evil);
  r.scenarios[0].file = "a:b,c\n.yaml";
  for (GateRow& row : r.scenarios[0].placements[0].rows) row.name.workload = evil;
  const std::string markdown = markdown_report(r);
  CHECK_FALSE(has(markdown, "<script>"));
  CHECK_FALSE(has(markdown, "@team"));
  CHECK_FALSE(has(markdown, "![x]"));
  const std::string junit = junit_report(r);
  CHECK_FALSE(has(junit, "<script>"));
  CHECK(has(junit, "&lt;script&gt;"));
  const std::string github = github_annotations(r);
  CHECK(has(github, "file=a%3Ab%2Cc%0A.yaml"));
  CHECK(github.find('\n') == github.size() - 1);  // one line, one command
}

TEST_CASE("JUnit counts failures and skips") {
  GateReport r = report();
  CHECK(has(junit_report(r), "tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\""));
  for (GateRow& row : r.scenarios[0].placements[0].rows) row.verdict = GateVerdict::undecided;
  CHECK(has(junit_report(r), "failures=\"0\" errors=\"0\" skipped=\"2\""));
  CHECK(has(junit_report(r), "<skipped message=\"undecided: "));
}

TEST_CASE("JSON and CSV hold every limit") {
  const auto json = nlohmann::json::parse(json_report(report()));
  CHECK(json.at("schema") == "berth/check/1");
  CHECK(json.at("passed") == false);
  CHECK(json.at("scenarios")[0].at("placements")[0].at("rows").size() == 2);
  const std::string csv = csv_report(report());
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 3);
  CHECK(has(csv, "small,hybrid,start_latency_p95,retrain,,s,+5%,"));
}

TEST_CASE("a table tells a changed model from a changed scenario") {
  GateReport r = report();
  r.scenarios[0].before.model_version = "0";
  CHECK(has(table_report(r, false), "! model version: 0 before, 1 now"));
  CHECK(has(table_report(r, false), "Against main (0123456789, 2026-11-20)"));
}

TEST_CASE("a check is what its schema says, and what it does not say is no check") {
  using Json = nlohmann::json;
  const std::string schema = check_schema();
  const auto errors = [&](const Json& document) { return schema_errors(schema, document); };
  GateReport r = report();
  CHECK(errors(Json::parse(json_report(r))) == std::vector<std::string>{});
  for (const GateVerdict verdict :
       {GateVerdict::passed, GateVerdict::undecided, GateVerdict::warned, GateVerdict::failed}) {
    for (GateRow& row : r.scenarios[0].placements[0].rows) row.verdict = verdict;
    CHECK(errors(Json::parse(json_report(r))) == std::vector<std::string>{});
  }
  // A new scenario has nothing before; a replication that failed is told.
  r.scenarios[0].is_new = true;
  for (GateRow& row : r.scenarios[0].placements[0].rows) {
    row.before = row.difference = std::nullopt;
    row.relative = std::nullopt;
    row.replications = 40;
  }
  r.failures = {{"hybrid", {.seed = 1, .number = 2}, "killed"}};
  const Json whole = Json::parse(json_report(r));
  CHECK(errors(whole) == std::vector<std::string>{});
  Json less = whole, more = whole, other = whole;
  less["scenarios"][0].erase("placements");
  more["remark"] = "x";
  other["verdict"] = "maybe";
  for (const Json& wrong : {less, more, other}) CHECK_FALSE(errors(wrong).empty());
}
