#include "reports/page.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/embedded.h"
#include "reports/json.h"
#include "reports/read_result.h"
#include "tests/reports/canned_result.h"

using namespace berth;
using Json = nlohmann::json;

namespace {

std::vector<StoredText> stored(const Result& result = canned::result()) {
  return {{"result.json", json_report(std::vector{result})}};
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the model of a page holds the answer and every placement") {
  const Json model = Json::parse(page_model(stored()));
  // 0.99 of requests are in the limit and the goal is 0.99: both meet it, and training for 5.5 $ a
  // day instead of 10 $ makes "cheap" the cheaper one.
  CHECK(model.at("answer").get<std::string>().starts_with("cheap costs "));
  CHECK(model.at("placements").size() == 2);
  CHECK(model.at("placements")[1].at("state") == "recommended");
  CHECK(model.at("chosen") == Json::array({1, 0}));
  CHECK(model.at("axes")[0].at("id") == "slowest");
  CHECK(model.at("placements")[0].at("latency").at("slowest")[0] == Approx(104).epsilon(0.01));
  CHECK(model.at("placements")[0].at("numbers").size() > 50);
  CHECK_FALSE(
      model.at("placements")[0].at("detail").contains("figures"));  // values stay in the result
}

TEST_CASE("several results stand on one page") {
  Result other = canned::result();
  other.from.scenario = "other";
  const std::vector<StoredText> both{stored()[0], {"other.json", json_report(std::vector{other})}};
  const Json model = Json::parse(page_model(both));
  CHECK(model.at("placements").size() == 4);
  CHECK(model.at("placements")[3].at("label") == "other: cheap");
  CHECK(model.at("provenance").size() == 2);
}

TEST_CASE("a page is one file that loads nothing") {
  const std::string page = html_page(stored());
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(has(page, "Content-Security-Policy"));
  CHECK(has(page, "connect-src 'none'"));
  for (const char* loader : {"<link", "src=\"http", "@import", "url("}) {
    CAPTURE(loader);
    // Looked for outside the chart library, whose code speaks of such things.
    CHECK(embedded_page_html().find(loader) == std::string_view::npos);
    CHECK(embedded_page_css().find(loader) == std::string_view::npos);
    CHECK(embedded_page_js().find(loader) == std::string_view::npos);
  }
  CHECK(page.size() < 2'500'000);
  CHECK(has(page, std::string{embedded_vega_lite()}));
}

TEST_CASE("the embedded files end where they end") {
  CHECK(embedded_page_html().ends_with("</html>\n"));
  CHECK(embedded_page_js().starts_with("'use strict';"));
  CHECK(embedded_vega().size() > 500'000);
}

TEST_CASE("markup in a name is text in the page and in Markdown") {
  Result result = canned::result();
  const std::string evil = "</script><script>alert(1)</script> {{js}} @all";
  result.from.scenario = evil;
  result.placements[0].placement = evil;
  result.placements[0].training[0].name = evil;
  const std::string page = html_page(stored(result));
  CHECK_FALSE(has(page, "<script>alert"));
  CHECK(has(page, "\\u003c/script>\\u003cscript>alert(1)"));
  CHECK(has(page, "{{js}} @all"));  // what is put in is not looked into again
  CHECK_FALSE(has(page_markdown(stored(result)), "<script>"));
}

TEST_CASE("the summary in Markdown has the answer and every placement") {
  const std::string text = page_markdown(stored());
  CHECK(has(text, "**cheap costs "));
  CHECK(has(text, "### hybrid"));
  CHECK(has(text, "| retrain |"));
  CHECK(has(text, "| **All** | **985 $** |"));
  CHECK(has(text, "- **eta is overloaded"));
  CHECK(has(text, "| of all: people | "));
  CHECK(has(text, "| 104 s ±10 | provisioning 104 s |\n"));
  CHECK(has(text, "| eta | 100 | 20 ms | 20 ms | 50 ms | 99.0 % | 99.0 % | 2 |\n"));
}

TEST_CASE("the summary in Markdown sums up a long bill and folds many services away") {
  Result result = canned::result();
  Summary& placement = result.placements[0];
  placement.cost.lines.assign(11, CostLine(placement.cost.lines.at(0)));
  placement.services.assign(8, ServiceSummary(placement.services.at(0)));
  const std::string eight = page_markdown(stored(result));
  CHECK(has(eight, "| 3 more lines | "));
  CHECK_FALSE(has(eight, "<details>"));
  placement.services.assign(9, ServiceSummary(placement.services.at(0)));
  CHECK(has(page_markdown(stored(result)), "<details><summary>9 services</summary>\n\n| Service "));
}

TEST_CASE("a file that is no result is refused") {
  CHECK_THROWS_AS(html_page(std::vector<StoredText>{{"x.json", "{}"}}), Unreadable);
}
