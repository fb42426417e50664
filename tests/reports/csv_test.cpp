#include "reports/csv.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/reports/canned_result.h"

using namespace berth;

namespace {
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
}  // namespace

TEST_CASE("a field is quoted when a reader would need it") {
  CHECK(csv_field("plain") == "plain");
  CHECK(csv_field("a, b") == "\"a, b\"");
  CHECK(csv_field("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(csv_field("two\nlines") == "\"two\nlines\"");
}

TEST_CASE("a text that a spreadsheet would run is kept from it, a number is a number") {
  CHECK(csv_field("=1+2") == "'=1+2");
  CHECK(csv_field("=HYPERLINK(\"http://x\",\"y\")") ==
        "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  CHECK(csv_field("@SUM(A1)") == "'@SUM(A1)");
  CHECK(csv_field("-1+cmd|' /C calc'!A0") == "'-1+cmd|' /C calc'!A0");
  CHECK(csv_field("+cmd") == "'+cmd");
  for (const char* value : {"-3.5", "-1e-07", "-2.5e+20", "+2%", "+60 s", "-", "12", "a-b"}) {
    CAPTURE(value);
    CHECK(csv_field(value) == value);
  }
}

TEST_CASE("a month or a year is a column of days' first day") {
  CHECK(first_day("2026-08-21") == "2026-08-21");
  CHECK(first_day("2023-12") == "2023-12-01");
  CHECK(first_day("2026") == "2026-01-01");
}

TEST_CASE("a result is one row a figure") {
  const std::vector<Result> results{canned::result()};
  const std::string text = csv_report(results);
  CHECK(text.starts_with("scenario,placement,metric,workload,part,unit,mean,low,high,n\n"));
  CHECK(has(text, "small,hybrid,cost_people,,,USD/month,360,360,360,3\n"));
  CHECK(has(text, "small,hybrid,start_phase_p95,retrain,provisioning,s,104,"));
  CHECK(has(text, "cost_line,,\"Amazon SageMaker: ml.m5.xlarge training, on demand\",USD/month,"));
}

TEST_CASE("one replication leaves low and high empty") {
  Result result = canned::result();
  result.placements = {canned::summary("one", {{}})};
  CHECK(has(csv_report(std::vector{result}), "small,one,cost_people,,,USD/month,360,,,1\n"));
}

TEST_CASE("a comparison is one row a figure with both sides") {
  const std::string text = csv_report(canned::comparison());
  CHECK(has(text, "hybrid,cheap,cost_people,,,USD/month,360,360,0,0,0,3,0,same\n"));
}
