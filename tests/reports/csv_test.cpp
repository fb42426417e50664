#include "reports/csv.h"

#include <catch2/catch.hpp>

#include <algorithm>

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
