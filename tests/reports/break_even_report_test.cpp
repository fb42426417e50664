#include "reports/break_even_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/flip_schema.h"
#include "tests/reports/canned_result.h"
#include "tests/reports/schema_check.h"

namespace berth {
namespace {

std::vector<BreakEvenSubject> example() {
  BreakEvenCurve curve{
      "read_share",
      "share read before ready",
      {0.01, 0.5, 1},
      0.064,
      {{"full", {60, 60, 60}, {0.01, 0.01, 0.01}}, {"soci_lazy", {5, 50, 100}, {0, 0, 0}}},
      {{{"full", "soci_lazy"}, {{0.01, 0.6, 1}, {0.6, 1, 0}}}}};
  return {{"image plain", {"a note"}, {curve}}};
}

TEST_CASE("bars rise with the logarithm", "[break_even_report]") {
  CHECK(bars({1, 10, 100}, 1, 100) == "▁▅█");
  CHECK(bars({5, 5}, 5, 5) == "▁▁");
}

TEST_CASE("the table has a line a series and the crossover in words", "[break_even_report]") {
  const std::string text =
      break_even_report(example(), canned::result().from, Format::table, false);
  CHECK(text.find("soci_lazy is fastest below 60 % read, full above") != std::string::npos);
  CHECK(text.find("a note") != std::string::npos);
  CHECK(text.find("█") != std::string::npos);
}

TEST_CASE("JSON holds every point", "[break_even_report]") {
  const auto json = nlohmann::json::parse(
      break_even_report(example(), canned::result().from, Format::json, false));
  CHECK(json.at("schema") == "berth/breakeven/1");
  CHECK(json.at("scenario").at("name") == "small");
  CHECK(json.at("inputs").at(0).at("name") == "small.yaml");
  CHECK(SchemaCheck(break_even_schema()).errors(json).empty());
  const auto& curve = json.at("subjects").at(0).at("curves").at(0);
  CHECK(curve.at("at").size() == 3);
  CHECK(curve.at("series").at(1).at("ready_s").at(2) == 100);
  const auto& contest = curve.at("contests").at(0);
  CHECK(contest.at("best").at(0).at("winner") == "soci_lazy");
  CHECK(contest.at("zones").at(1).at("winners") == nlohmann::json::array({"full"}));
  CHECK(curve.at("crossovers").at(0) == "soci_lazy is fastest below 60 % read, full above");
}

TEST_CASE("CSV has a line a point, Markdown a table a curve", "[break_even_report]") {
  CHECK(break_even_report(example(), canned::result().from, Format::csv, false)
            .find("image plain,read_share,0.5,soci_lazy,50,0\n") != std::string::npos);
  const std::string text =
      break_even_report(example(), canned::result().from, Format::markdown, false);
  CHECK(text.find("| soci\\_lazy | 5.0 s | 50 s | 100 s |") != std::string::npos);
  CHECK(text.find("* soci\\_lazy is fastest below 60 % read, full above") != std::string::npos);
}

}  // namespace
}  // namespace berth
