#include "models/catalogue.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace berth;

namespace {

PriceTag tag(double usd) { return {.usd = usd, .as_of = "2026-07", .source = "test"}; }

Catalogue small() {
  Catalogue c;
  for (const char* name : {"c5.large", "g5.xlarge", "m5.large", "p5.48xlarge"}) {
    InstanceType t{.name = name};
    t.family = t.name.substr(0, t.name.find('.'));
    t.ec2_on_demand = tag(1.0);
    c.types.push_back(t);
  }
  c.price(SimplePrice::eks_auto_fee_cpu) = tag(0.12);
  c.price(SimplePrice::eks_auto_fee_g) = tag(0.078);
  c.price(SimplePrice::eks_auto_fee_p_trn) = tag(0.048);
  return c;
}

}  // namespace

TEST_CASE("a type is found with and without SageMaker's prefix") {
  const Catalogue c = small();
  CHECK(c.find("ml.m5.large") == c.find("m5.large"));
  CHECK(c.index_of("m5.large") == 2);
  CHECK(c.find("m5.larg") == nullptr);
  CHECK_FALSE(c.index_of("ml.x"));
}

TEST_CASE("a misspelt type gets its nearest neighbours") {
  CHECK(nearest_types(small(), "ml.m5.lrage") == std::vector<std::string>{"m5.large", "c5.large"});
  CHECK(nearest_types(small(), "completely-else").empty());
}

TEST_CASE("the Auto Mode fee follows the family's fraction of on demand") {
  struct Row {
    const char* type;
    double fee;
    const char* because;
  };
  const Row rows[] = {
      {"m5.large",    0.12,  "CPU families pay 12 %"      },
      {"g5.xlarge",   0.078, "G families were cut by 35 %"},
      {"p5.48xlarge", 0.048, "P families were cut by 60 %"},
  };
  const Catalogue c = small();
  for (const Row& row : rows) {
    INFO(row.because);
    CHECK(eks_auto_fee(c, *c.find(row.type))->usd == row.fee);
  }
}

TEST_CASE("without a price there is no fee and no spot ratio") {
  Catalogue c = small();
  c.find("m5.large")->ec2_on_demand.reset();
  CHECK_FALSE(eks_auto_fee(c, *c.find("m5.large")));
  CHECK_FALSE(c.find("m5.large")->spot_ratio());
}

TEST_CASE("names of prices are unique and lead back to the price") {
  for (int i = 0; i < kSimplePrices; ++i) {
    const auto price = static_cast<SimplePrice>(i);
    CHECK(simple_price(name_of(price)) == price);
    CHECK_FALSE(unit_of(price).empty());
  }
  CHECK_FALSE(simple_price("nat"));
}

TEST_CASE("a monthly chance of reclaim becomes an hourly hazard") {
  // 1 - exp(-730 h) = p  <=>  h = -ln(1 - p) / 730.  p = 1 - 1/e gives 1 / 730.
  CHECK(reclaims_per_hour(1 - std::exp(-1.0)) == Approx(1.0 / 730));
  CHECK(reclaims_per_hour(0) == 0);
}
