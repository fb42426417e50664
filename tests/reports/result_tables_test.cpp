#include "reports/result_tables.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "reports/json.h"
#include "tests/reports/canned_result.h"

using namespace berth;

namespace {

std::string table(const std::string& file, const std::string& name = "hybrid") {
  Result result = canned::result();
  result.placements[0].placement = name;
  for (NamedTable& one :
       result_tables(std::vector<StoredText>{{"r.json", json_report(std::vector{result})}}))
    if (one.file == file) return one.text;
  FAIL("no table " << file);
  return "";
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every table has the same number of fields in every row") {
  const auto tables = result_tables(
      std::vector<StoredText>{{"r.json", json_report(std::vector{canned::result()})}});
  CHECK(tables.size() == 7);
  for (const auto& [file, text] : tables) {
    CAPTURE(file);
    std::size_t fields = 0;
    bool quoted = false;
    std::size_t here = 1, rows = 0;
    for (const char c : text) {
      if (c == '"') quoted = !quoted;
      if (c == ',' && !quoted) ++here;
      if (c != '\n' || quoted) continue;
      if (rows++ == 0) fields = here;
      CHECK(here == fields);
      here = 1;
    }
    CHECK(rows > 1);
  }
}

TEST_CASE("the tables hold what was measured") {
  CHECK(has(table("replications.csv"), "small,hybrid,2,start_latency_mean,retrain,,s,108\n"));
  CHECK(has(table("cost.csv"),
            "small,hybrid,Amazon EC2,\"c6i.xlarge node, on demand\",usage,service,eta,h,730"));
  CHECK(has(table("homes.csv"), "small,hybrid,training,retrain,pricing,sagemaker,"));
  CHECK(has(table("series.csv"), "small,hybrid,pool,eks/serving,nodes,0,2.5\n"));
}

TEST_CASE("a name with a comma, a quote or a line end stays one field") {
  CHECK(has(table("placements.csv", "a,\"b\"\nc"), "small,\"a,\"\"b\"\"\nc\","));
}
