#include "reports/catalogue_report.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace berth;

namespace {

Catalogue catalogue() {
  const PriceTag sourced{.usd = 0.192, .as_of = "2026-11-01", .source = "a price list"};
  const PriceTag derived{.usd = 0.07, .as_of = "2026-10-01", .source = "half of something",
                         .status = PriceStatus::derived};
  Catalogue c{.name = "test-prices", .region = "us-east-1", .date = "2026-11-01"};
  c.types = {{.name = "g5.xlarge", .family = "g5", .vcpu = 4, .memory = {16 * kGiB}, .gpus = 1,
              .gpu_model = "A10G"},
             {.name = "m5.xlarge", .family = "m5", .vcpu = 4, .memory = {16 * kGiB},
              .allocatable = {.cpu_milli = 3920}, .max_pods = 58, .ec2_on_demand = sourced,
              .ec2_spot = derived}};
  c.price(SimplePrice::nat_hour) = sourced;
  return c;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a list filters by family and by accelerator") {
  const Catalogue c = catalogue();
  CHECK(matching(c, {}).size() == 2);
  CHECK(matching(c, {.family = "m5"}).size() == 1);
  CHECK(matching(c, {.only_gpu = true}).at(0)->name == "g5.xlarge");
  CHECK(matching(c, {.family = "m5", .only_gpu = true}).empty());
}

TEST_CASE("a price that is derived is marked, one that is unknown is no zero") {
  const std::string text = list_types(catalogue(), {}, Format::table, false);
  CHECK(has(text, "0.192"));
  CHECK(has(text, "~0.07"));
  CHECK(has(text, "1 A10G"));
  CHECK(has(text, "  -  "));
}

TEST_CASE("one type is shown with day, status and source of every price") {
  const Catalogue c = catalogue();
  const std::string text = show_type(c, c.types[1], Format::table, false);
  CHECK(has(text, "2026-10-01  derived  [2]"));
  CHECK(has(text, "[2] half of something"));
  CHECK(has(text, "3.92 vCPU"));
  CHECK(has(text, "58 pods"));
  CHECK(has(text, "unknown"));
}

TEST_CASE("JSON and CSV carry the same prices") {
  const Catalogue c = catalogue();
  const auto json = nlohmann::json::parse(list_types(c, {}, Format::json, false));
  const auto& spot = json["types"][1]["prices"]["ec2_spot_usd_per_hour"];
  CHECK(spot["usd"] == 0.07);
  CHECK(spot["status"] == "derived");
  CHECK(json["types"][0]["prices"]["ec2_spot_usd_per_hour"].is_null());
  CHECK(has(list_types(c, {}, Format::csv, false),
            "m5.xlarge,ec2_spot,2026-10-01,derived,half of something,0.07,4,16,0,58\n"));
}

TEST_CASE("other prices are listed with their unit, known or not") {
  const std::string text = list_other_prices(catalogue(), Format::csv, false);
  CHECK(has(text, "nat_hour,0.192,h,2026-11-01,sourced,a price list\n"));
  CHECK(has(text, "nat_gb,-,GB,-,unknown,-\n"));
}
