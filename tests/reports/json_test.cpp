#include "reports/json.h"

#include <catch2/catch.hpp>

#include "reports/result_schema.h"
#include "tests/reports/canned_result.h"
#include "tests/reports/schema_check.h"

using namespace berth;
using Json = nlohmann::json;

namespace {

Json document() { return Json::parse(json_report(std::vector{canned::result()})); }

}  // namespace

TEST_CASE("a result is what its schema says") {
  SchemaCheck check(result_schema());
  CHECK(check.errors(document()) == std::vector<std::string>{});
}

TEST_CASE("what only followers have may be there or not") {
  Result result = canned::result();
  result.placements[0].training[0].chain = ChainSummary{};
  const Json json = Json::parse(json_report(std::vector{result}));
  CHECK(SchemaCheck(result_schema()).errors(json).empty());
  CHECK(json["placements"][0]["training"][0].contains("chain"));
  CHECK(!document()["placements"][0]["training"][0].contains("chain"));
  Json changed = json;
  changed["placements"][0]["training"][0]["chain"].erase("turnaround_s");
  CHECK(!SchemaCheck(result_schema()).errors(changed).empty());
}

TEST_CASE("launches that failed are told where there are any") {
  Result result = canned::result();
  Figure& failed = result.placements[0].pools.at(0).launches_failed_per_day;
  failed.values = {0.0, 2.0};
  const Json json = Json::parse(json_report(std::vector{result}));
  CHECK(SchemaCheck(result_schema()).errors(json).empty());
  CHECK(json["placements"][0]["pools"][0]["launches_failed_per_day"]["mean"] == 1);
  failed.values = {0.0, 0.0};
  const Json none = Json::parse(json_report(std::vector{result}));
  CHECK(!none["placements"][0]["pools"][0].contains("launches_failed_per_day"));
}

TEST_CASE("nodes that did not register are told where there are any") {
  Result result = canned::result();
  result.placements[0].pools.at(0).unregistered_per_day.values = {0.0, 2.0};
  const Json json = Json::parse(json_report(std::vector{result}));
  CHECK(SchemaCheck(result_schema()).errors(json).empty());
  CHECK(json["placements"][0]["pools"][0]["unregistered_per_day"]["mean"] == 1);
  result.placements[0].pools.at(0).unregistered_per_day.values = {0.0, 0.0};
  const Json none = Json::parse(json_report(std::vector{result}));
  CHECK(!none["placements"][0]["pools"][0].contains("unregistered_per_day"));
}

TEST_CASE("several results are an array, and the same schema knows it") {
  const Json both =
      Json::parse(json_report(std::vector{canned::result(), canned::result()}));
  CHECK(both.size() == 2);
  CHECK(SchemaCheck(result_schema()).errors(both).empty());
}

TEST_CASE("a comparison is what its schema says") {
  const Json report = Json::parse(json_report(canned::comparison()));
  CHECK(SchemaCheck(comparison_schema()).errors(report) == std::vector<std::string>{});
}

TEST_CASE("the schema notices every field that goes missing, is new or has another type") {
  SchemaCheck check(result_schema());
  Json changed = document();
  changed["placements"][0]["training"][0].erase("turnaround_s");
  CHECK(!check.errors(changed).empty());
  changed = document();
  changed["placements"][0]["services"][0]["latency_ms"] = 1;
  CHECK(!check.errors(changed).empty());
  changed = document();
  changed["placements"][0]["cost_usd_per_month"] = 985;
  CHECK(!check.errors(changed).empty());
}

TEST_CASE("one replication has null for an interval, a silent figure is null itself") {
  Result result = canned::result();
  result.placements = {canned::summary("one", {{}})};
  const Json json = Json::parse(json_report(std::vector{result}));
  CHECK(SchemaCheck(result_schema()).errors(json).empty());
  const Json& placement = json["placements"][0];
  CHECK(placement["cost_people_usd_per_month"] ==
        Json{{"mean", 360.0}, {"low", nullptr}, {"high", nullptr}, {"n", 1}});
  CHECK(placement["training"][0]["deadline_missed_share"].is_null());
}

TEST_CASE("a result names its origin and nothing about the machine") {
  const Json json = document();
  CHECK(json["schema"] == "berth/result/1");
  CHECK(json["seed"] == 1);
  CHECK(json["engine"]["simgrid"] == "3.32");
  CHECK(json["inputs"][0]["sha256"] == std::string(64, 'a'));
  CHECK(json["prices"]["date"] == "2026-11-01");
  CHECK(json["failures"][0]["replication"] == 7);
}

TEST_CASE("the same result is the same bytes") {
  CHECK(json_report(std::vector{canned::result()}) == json_report(std::vector{canned::result()}));
}
