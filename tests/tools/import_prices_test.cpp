#include "tools/import_prices.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <streambuf>

using namespace berth;

namespace {

const std::string kSamples = BERTH_SOURCE_DIR "/../shared/data/formats/";

// The sample's text, or nothing where the shared data does not lie beside the project.
std::optional<std::string> sample(const std::string& name) {
  std::ifstream in(kSamples + name);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

#define SAMPLE_OR_SKIP(name)                  \
  sample(name).value_or("");                  \
  if (!sample(name)) {                        \
    WARN("skipped: no " << kSamples << name); \
    return;                                   \
  }

std::optional<PriceTag> tag(double usd, PriceStatus status = PriceStatus::sourced) {
  return PriceTag{.usd = usd, .as_of = "2020", .source = "test", .status = status};
}

Catalogue base() {
  Catalogue c{.name = "test", .region = "us-east-1", .date = "2020"};
  InstanceType g5{.name = "g5.2xlarge", .family = "g5", .vcpu = 8};
  g5.sagemaker_training_offered = true;
  g5.ec2_on_demand = tag(2.424);
  g5.compute_sp_1y = tag(1.8, PriceStatus::derived);
  g5.ec2_sp_1y = tag(1.7);
  InstanceType m5{.name = "m5.xlarge", .family = "m5", .vcpu = 4};
  m5.ec2_on_demand = tag(0.2);
  c.types = {g5, m5};
  return c;
}

PriceImport import_text(const std::string& text, Catalogue& catalogue) {
  std::istringstream in(text);
  return import_prices(in, "offer.json", catalogue);
}

// A bulk EC2 offer with one product a SKU, each with its price.
std::string offer(const std::vector<std::pair<std::string, std::string>>& prices,
                  const std::string& currency = "USD") {
  nlohmann::json file{
      {"offerCode",       "AmazonEC2"           },
      {"version",         "1"                   },
      {"publicationDate", "2026-07-20T00:00:00Z"}
  };
  for (const auto& [sku, price] : prices) {
    file["products"][sku] = {
        {"sku",           sku                 },
        {"productFamily", "Compute Instance"  },
        {"attributes",
         {{"instanceType", "m5.xlarge"},
          {"operatingSystem", "Linux"},
          {"tenancy", "Shared"},
          {"capacitystatus", "Used"},
          {"regionCode", "us-east-1"},
          {"usagetype", "BoxUsage:m5.xlarge"}}}
    };
    file["terms"]["OnDemand"][sku][sku + ".JRTCKXETXF"] = {
        {"offerTermCode",   "JRTCKXETXF"                                                  },
        {"sku",             sku                                                           },
        {"effectiveDate",   "2026-07-01T00:00:00Z"                                        },
        {"priceDimensions",
         {{sku + ".JRTCKXETXF.6YS6EN2CT7",
           {{"unit", "Hrs"}, {"beginRange", "0"}, {"pricePerUnit", {{currency, price}}}}}}}
    };
  }
  return file.dump();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a bulk EC2 offer gives the on-demand price with its day and name") {
  const std::string text = SAMPLE_OR_SKIP("aws_offer_AmazonEC2_us-east-1.sample.json");
  Catalogue c = base();
  const PriceImport result = import_text(text, c);
  REQUIRE_FALSE(result.error);
  const InstanceType& g5 = *c.find("g5.2xlarge");
  CHECK(*g5.ec2_on_demand == PriceTag{1.212, "2026-07-20",
                                      "AWS Price List AmazonEC2 20260720000000",
                                      PriceStatus::sourced});
  CHECK(c.price(SimplePrice::gp3_gb_month)->usd == 0.08);
  CHECK(c.date == "2026-07-20");
  // Half the on-demand price: the derived plan rate halves, the sourced one stays.
  CHECK(g5.compute_sp_1y->usd == 0.9);
  CHECK(g5.ec2_sp_1y->usd == 1.7);
  CHECK(result.moved_along == 1);
}

TEST_CASE("a bulk SageMaker offer gives training, hosting and storage") {
  const std::string text = SAMPLE_OR_SKIP("aws_offer_AmazonSageMaker_us-east-1.sample.json");
  Catalogue c = base();
  REQUIRE_FALSE(import_text(text, c).error);
  CHECK(c.find("g5.2xlarge")->sagemaker_training->usd == 1.515);
  CHECK(c.find("g5.2xlarge")->sagemaker_hosting->usd == 1.515);
  CHECK(c.find("g5.2xlarge")->sagemaker_hosting_offered);
  CHECK(c.price(SimplePrice::sagemaker_storage_gb_month)->usd == 0.14);
}

TEST_CASE("a GetProducts answer is read in every form it comes in") {
  const std::string text = SAMPLE_OR_SKIP("aws_pricing_GetProducts.sample.json");
  const auto answer = nlohmann::json::parse(text);
  const std::string element = answer["PriceList"][0];
  const auto decoded = nlohmann::json::parse(element);
  auto bulk_terms = decoded;
  bulk_terms["terms"]["OnDemand"] = {
      {"ABCDEFGH12345678", decoded["terms"]["OnDemand"]}
  };
  const std::pair<std::string, const char*> forms[] = {
      {text,                                            "as the API answers: JSON in strings"     },
      {nlohmann::json{{"PriceList", {decoded}}}.dump(), "elements already decoded"                },
      {nlohmann::json::array({element}).dump(),         "the bare list of strings"                },
      {nlohmann::json::array({decoded}).dump(),         "the bare list of objects"                },
      {element,                                         "one product on its own"                  },
      {nlohmann::json::array({bulk_terms}).dump(),      "terms one level deeper, as in bulk files"},
  };
  for (const auto& [form, because] : forms) {
    INFO(because);
    Catalogue c = base();
    const PriceImport result = import_text(form, c);
    CHECK_FALSE(result.error);
    CHECK(c.find("m5.xlarge")->ec2_on_demand->usd == 0.192);
    CHECK(c.find("m5.xlarge")->ec2_on_demand->as_of == "2026-07-20");
  }
}

TEST_CASE("a Savings Plan offer gives plan rates, and its rates know their plan") {
  const std::string text = SAMPLE_OR_SKIP("aws_savingsplan_offer.sample.json");
  Catalogue c = base();
  REQUIRE_FALSE(import_text(text, c).error);
  CHECK(c.find("m5.xlarge")->compute_sp_1y->usd == 0.141);
  // Keys sorted, as other tools write them: `rates` comes before the plan's own `sku`.
  Catalogue sorted = base();
  REQUIRE_FALSE(import_text(nlohmann::json::parse(text).dump(), sorted).error);
  CHECK(sorted.find("m5.xlarge")->compute_sp_1y->usd == 0.141);
  // Windows usage shares the usage type and differs in the operation.
  Catalogue windows = base();
  import_text(replaced(text, "\"RunInstances\"", "\"RunInstances:0002\""), windows);
  CHECK_FALSE(windows.find("m5.xlarge")->compute_sp_1y);
}

TEST_CASE("spot history: the newest price of each zone, then the cheapest zone") {
  const std::string text = SAMPLE_OR_SKIP("aws_ec2_DescribeSpotPriceHistory.sample.json");
  Catalogue c = base();
  REQUIRE_FALSE(import_text(text, c).error);
  CHECK(c.find("g5.2xlarge")->ec2_spot->usd == 0.6123);
  CHECK(c.find("g5.2xlarge")->ec2_spot->as_of == "2026-08-01");
  // An older, cheaper price of the same zone no longer counts.
  auto json = nlohmann::json::parse(text);
  auto old = json["SpotPriceHistory"][0];
  old["SpotPrice"] = "0.1";
  old["Timestamp"] = "2026-07-01T00:00:00+00:00";
  json["SpotPriceHistory"].push_back(old);
  Catalogue again = base();
  import_text(json.dump(), again);
  CHECK(again.find("g5.2xlarge")->ec2_spot->usd == 0.6123);
}

TEST_CASE("what is not a plain node price is skipped and counted") {
  struct Row {
    const char* from;
    const char* to;
    const char* reason;
  };
  const Row rows[] = {
      {"\"Linux\"",                      "\"Windows\"",                   "EC2: not Linux"           },
      {"\"Shared\"",                     "\"Dedicated\"",                 "EC2: not shared tenancy"  },
      {"\"Used\"",                       "\"UnusedCapacityReservation\"", "EC2: capacity reservation"},
      {"\"us-east-1\"",                  "\"us-west-2\"",                 "another region"           },
      {"\"instanceType\":\"m5.xlarge\"", "\"instanceType\":\"x9.huge\"",
       "a type the catalogue does not have"                                                          },
      {"\"USD\":\"0.192\"",              "\"CNY\":\"0.192\"",             "not in USD"               },
      {"\"0.192\"",                      "\"NaN\"",                       "not a price above 0"      },
      {"\"0.192\"",                      "\"inf\"",                       "not a price above 0"      },
      {"\"0.192\"",                      "\"-0.192\"",                    "not a price above 0"      },
      {"\"0.192\"",                      "\"0.0000000000\"",              "not a price above 0"      },
      {"\"0.192\"",                      "\"cheap\"",                     "not a price above 0"      },
      {"\"Hrs\"",                        "\"Quantity\"",                  "another unit"             },
      {"\"beginRange\":\"0\"",           "\"beginRange\":\"100\"",        "a tier beyond the first"  },
  };
  for (const Row& row : rows) {
    INFO(row.to);
    Catalogue c = base();
    const PriceImport result = import_text(replaced(offer({
                                                        {"A", "0.192"}
    }),
                                                    row.from, row.to),
                                           c);
    CHECK_FALSE(result.error);
    CHECK(result.used.empty());
    CHECK(result.skipped == std::map<std::string, int>{
                                {row.reason, 1}
    });
    CHECK(c == base());
  }
}

TEST_CASE("a price that nothing dates is not used") {
  const std::string undated = replaced(replaced(offer({
                                                    {"A", "0.192"}
  }),
                                                "2026-07-20T00:00:00Z", "soon"),
                                       "2026-07-01T00:00:00Z", "later");
  Catalogue c = base();
  CHECK(import_text(undated, c).skipped.at("a price without a date") == 1);
  CHECK(c == base());
}

TEST_CASE("two SKUs for one type: equal prices are one, different ones are neither") {
  Catalogue same = base();
  CHECK(import_text(offer({
                        {"A", "0.192"       },
                        {"B", "0.1920000000"}
  }),
                    same)
            .conflicts.empty());
  CHECK(same.find("m5.xlarge")->ec2_on_demand->usd == 0.192);
  Catalogue differ = base();
  const PriceImport result = import_text(offer({
                                             {"A", "0.192"},
                                             {"B", "0.25" }
  }),
                                         differ);
  REQUIRE(result.conflicts.size() == 1);
  CHECK(result.conflicts[0].find("SKU A says 0.192, SKU B says 0.25") != std::string::npos);
  CHECK(differ == base());
}

TEST_CASE("a file cut off anywhere changes nothing and says where it ends") {
  const std::string whole = offer({
      {"A", "0.192"}
  });
  for (std::size_t length = 0; length < whole.size(); ++length) {
    Catalogue c = base();
    const PriceImport result = import_text(whole.substr(0, length), c);
    REQUIRE(result.error);
    REQUIRE(c == base());
  }
}

TEST_CASE("what is no price list says what was expected") {
  for (const char* text : {"{}", "[]", "3", "\"x\"", "{\"terms\":{}}"}) {
    INFO(text);
    Catalogue c = base();
    CHECK(import_text(text, c).error);
  }
  Catalogue c = base();
  CHECK(import_text("{\"PriceList\":[\"{broken\"]}", c).error);
  CHECK(import_text(std::string(100'000, '['), c).error);
  CHECK(c == base());
}

TEST_CASE("odd shapes inside a price list are survived") {
  for (const char* text :
       {R"({"products":{"A":3,"B":null,"C":[],"D":{"attributes":[]}},"terms":{"OnDemand":3}})",
        R"({"products":[1,{"sku":7}],"terms":{"savingsPlan":[{"rates":[{"discountedRate":5}]}]}})",
        R"({"PriceList":[{"product":3,"terms":{"OnDemand":{"A":3,"B":[]}}}]})",
        R"({"PriceList":[[1,2],null,4,{"terms":[]}]})", R"({"SpotPriceHistory":[{},3]})"}) {
    INFO(text);
    Catalogue c = base();
    import_text(text, c);
    CHECK(c == base());
  }
}

namespace {

// A bulk offer that is made while it is read: `products` Windows products, then one Linux product.
class EndlessOffer : public std::streambuf {
 public:
  explicit EndlessOffer(int products) : products_(products) {}
  std::size_t total = 0;

 private:
  int_type underflow() override {
    if (next_ > products_) return traits_type::eof();
    piece_ = next_ == 0 ? "{\"products\":{" : "";
    if (next_ < products_) {
      const std::string sku = "W" + std::to_string(next_);
      piece_ += "\"" + sku + "\":{\"sku\":\"" + sku +
                "\",\"productFamily\":\"Compute Instance\",\"attributes\":{\"operatingSystem\":"
                "\"Windows\",\"padding\":\"" +
                std::string(900, 'x') + "\"}},";
    } else {
      piece_ += offer({
                          {"A", "0.192"}
      })
                    .substr(offer({{"A", "0.192"}}).find("\"A\":{\"attributes"));
    }
    ++next_;
    total += piece_.size();
    setg(piece_.data(), piece_.data(), piece_.data() + piece_.size());
    return traits_type::to_int_type(piece_[0]);
  }

  int products_, next_ = 0;
  std::string piece_;
};

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("memory is flat in the size of the file") {
  EndlessOffer generated(20'000);  // 20 MB
  std::istream in(&generated);
  Catalogue c = base();
  [[maybe_unused]] const long before = peak_kib();
  const PriceImport result = import_prices(in, "big.json", c);
  CHECK_FALSE(result.error);
  CHECK(generated.total > 19'000'000);
  CHECK(result.skipped.at("EC2: not Linux") == 20'000);
  CHECK(c.find("m5.xlarge")->ec2_on_demand->usd == 0.192);
#ifndef __SANITIZE_ADDRESS__  // its allocator keeps freed memory on purpose
  CHECK(peak_kib() - before < 4'000);
#endif
}

TEST_CASE("the summary names changes, conflicts and what was skipped") {
  Catalogue c = base();
  const std::string text = summary(import_text(offer({
                                                   {"A", "0.1"}
  }),
                                               c));
  CHECK(text.find("m5.xlarge ec2_on_demand: 0.2 -> 0.1 (-50.0 %)") != std::string::npos);
  CHECK(summary(import_text("", c)).find("nothing was used") != std::string::npos);
}
