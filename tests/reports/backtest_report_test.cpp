#include "reports/backtest_report.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace berth {
namespace {

BacktestReport example() {
  const QuantileError q{100, 80, 125, 110, 0.1, -0.12, 0.375};
  BacktestReport report{.split = "time",
                        .question = "how good?",
                        .train_fraction = 0.6,
                        .trained_on = 60,
                        .held_back = 40,
                        .jobs_found = 101};
  report.left_out["no instance type"] = 1;
  report.result.rows.push_back({StartupPhase::launch, "cpu", 40, q, q, q, 0.75});
  return report;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a group row of the JSON holds n and actual, predicted and error", "[backtest_report]") {
  const auto json = nlohmann::json::parse(backtest_report(example(), Format::json, false));
  CHECK(json.at("schema") == "berth/backtest/1");
  const auto& row = json.at("groups").at(0);
  CHECK(row.at("phase") == "launch");
  CHECK(row.at("group") == "cpu");
  CHECK(row.at("n") == 40);
  for (const char* p : {"p10", "p50", "p90"}) {
    CHECK(row.at(p).at("actual") == 100);
    CHECK(row.at(p).at("predicted") == 110);
    CHECK(row.at(p).at("error") == 0.1);
  }
  CHECK(json.at("median_absolute_error").at("p90") == 0.1);
  CHECK(json.at("split") == "time");
  CHECK(json.at("median_absolute_error_of_single_parts").is_null());
  CHECK(json.at("jobs").at("left_out").at("no instance type") == 1);
}

TEST_CASE("the table shows the error with its interval and the verdict below",
          "[backtest_report]") {
  const std::string text = backtest_report(example(), Format::table, false);
  CHECK(contains(text, "+10 % [-12, +38]"));
  CHECK(contains(text, "p50 10.0 %"));
  CHECK(contains(text, "how good? 40 jobs held back"));
}

TEST_CASE("single parts stand beside the pooled rows, with their own errors", "[backtest_report]") {
  BacktestReport report = example();
  const QuantileError worse{100, 80, 125, 130, 0.3, 0.04, 0.625};
  for (int i = 0; i < 3; ++i)
    report.parts.push_back({{{StartupPhase::launch, "cpu", 20, worse, worse, worse, 0.75}}});
  const std::string text = backtest_report(report, Format::table, false);
  CHECK(contains(text, "p50 10.0 %"));
  CHECK(contains(text, "p50 30.0 %"));
  const auto json = nlohmann::json::parse(backtest_report(report, Format::json, false));
  CHECK(json.at("parts").size() == 3);
  CHECK(json.at("parts").at(0).at(0).at("n") == 20);
  CHECK(json.at("median_absolute_error_of_single_parts").at("p50") == 0.3);
}

TEST_CASE("CSV has a line a quantile", "[backtest_report]") {
  CHECK(contains(backtest_report(example(), Format::csv, false),
                 "launch,cpu,40,p90,100,80,125,110,0.1,-0.12,0.375\n"));
}

TEST_CASE("Markdown has a rule with as many columns as the header", "[backtest_report]") {
  const std::string text = backtest_report(example(), Format::markdown, false);
  const auto bars = [](const std::string& line) {
    return std::count(line.begin(), line.end(), '|');
  };
  const std::size_t first = text.find('\n'), second = text.find('\n', first + 1);
  CHECK(bars(text.substr(0, first)) == bars(text.substr(first + 1, second - first - 1)));
}

}  // namespace
}  // namespace berth
