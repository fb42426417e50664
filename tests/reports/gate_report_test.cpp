#include "reports/gate_report.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/check_schema.h"
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
  for (const GateVerdict verdict : {GateVerdict::passed, GateVerdict::undecided,
                                    GateVerdict::warned, GateVerdict::failed}) {
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
