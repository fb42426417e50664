#include "scenarios/read_catalogue.h"

#include "models/kubernetes/allocatable.h"

#include <catch2/catch.hpp>

using namespace berth;

namespace {

const char* const kGood =
    "@name,mine\n@region,eu-west-1\n@date,2026-08\n"
    "@source,p,2026-08-21,sourced,\"a price list, read by hand\"\n"
    "type,vcpu,memory_gib,ec2_on_demand,sagemaker\n"
    "m5.xlarge,4,16,0.192 p,training hosting\n"
    "item,price\nnat_hour,0.045 p\n";

std::vector<Issue> issues_of(const std::string& text) {
  std::vector<Issue> issues;
  read_catalogue(text, "c.csv", issues);
  return issues;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("the built-in catalogue knows every common family with a dated price") {
  const Catalogue& c = builtin_catalogue();
  REQUIRE(c.types.size() >= 100);
  for (const char* name :
       {"m5.xlarge", "c5.2xlarge", "r5.4xlarge", "g4dn.xlarge", "g5.2xlarge", "p3.2xlarge",
        "p4d.24xlarge", "p5.48xlarge", "trn1.32xlarge", "inf2.xlarge"}) {
    INFO(name);
    const InstanceType* type = c.find(name);
    REQUIRE(type);
    REQUIRE(type->ec2_on_demand);
    CHECK(type->ec2_on_demand->as_of == "2026-07-20");
    CHECK(type->max_pods > 0);
    CHECK(type->allocatable.memory < type->memory);
  }
}

TEST_CASE("built-in figures are the published ones") {
  // prices: EC2 and SageMaker price lists; allocatable: Karpenter's tables for m5.large.
  const Catalogue& c = builtin_catalogue();
  const InstanceType& g5 = *c.find("ml.g5.2xlarge");
  CHECK(g5.ec2_on_demand->usd == 1.212);
  CHECK(g5.sagemaker_training->usd == 1.515);
  CHECK(g5.sagemaker_training->status == PriceStatus::sourced);
  const InstanceType& m5 = *c.find("m5.large");
  CHECK(m5.allocatable.cpu_milli == 1930);
  CHECK(m5.allocatable.memory.count == 6903 * kMiB);
  CHECK(m5.max_pods == 29);
  CHECK(c.find("p4d.24xlarge")->ec2_on_demand->usd == 21.957642);  // after the cut of June 2025
  CHECK(c.price(SimplePrice::nat_gb)->usd == 0.045);
  // Nobody publishes what provisioned concurrency costs by memory: placements that need it are refused.
  const auto unpublished = [](SimplePrice price) {
    return price == SimplePrice::sagemaker_serverless_provisioned_gb_s ||
           price == SimplePrice::sagemaker_serverless_provisioned_use_gb_s;
  };
  for (int i = 0; i < kSimplePrices; ++i) {
    CAPTURE(i);
    CHECK(c.prices[static_cast<std::size_t>(i)].has_value() !=
          unpublished(static_cast<SimplePrice>(i)));
  }
}

TEST_CASE("built-in prices stand to each other as they do on AWS") {
  for (const InstanceType& t : builtin_catalogue().types) {
    INFO(t.name);
    CHECK(t.net_baseline <= t.net_burst);
    CHECK(fits(t.allocatable, {t.vcpu * 1000, t.memory, t.gpus}));
    if (!t.ec2_on_demand) continue;
    const double list = t.ec2_on_demand->usd;
    CHECK(t.ec2_spot->usd < list);
    CHECK(t.compute_sp_3y->usd < t.compute_sp_1y->usd);
    CHECK(t.compute_sp_1y->usd < list);
    if (t.ec2_sp_1y) CHECK(t.ec2_sp_1y->usd < t.compute_sp_1y->usd);
    if (t.capacity_block) CHECK(t.capacity_block->usd < list);
    // SageMaker costs 15 to 40 % more, by family (62 sourced types agree within 0.3 %).
    for (const auto& ml : {t.sagemaker_training, t.sagemaker_hosting})
      if (ml) CHECK((ml->usd > list * 1.14 && ml->usd < list * 1.41));
    if (t.sagemaker_training) CHECK(t.sagemaker_sp_1y->usd < t.sagemaker_training->usd);
    if (t.sagemaker_training) CHECK(t.sagemaker_training_offered);
    if (t.sagemaker_hosting) CHECK(t.sagemaker_hosting_offered);
  }
}

TEST_CASE("what is not sold has no price") {
  const Catalogue& c = builtin_catalogue();
  CHECK_FALSE(c.find("m7g.xlarge")->sagemaker_training);   // SageMaker does not offer m7g
  CHECK_FALSE(c.find("p5e.48xlarge")->ec2_on_demand);      // capacity blocks only
  CHECK_FALSE(c.find("inf2.xlarge")->sagemaker_training);  // hosts, does not train
  CHECK_FALSE(c.find("m5.9xlarge"));
}

TEST_CASE("a catalogue written and read again is the same catalogue") {
  std::vector<Issue> issues;
  const Catalogue again = read_catalogue(write_catalogue_csv(builtin_catalogue()), "x", issues);
  CHECK(issues.empty());
  CHECK(again == builtin_catalogue());
  CHECK(write_catalogue_csv(again) == write_catalogue_csv(builtin_catalogue()));
}

TEST_CASE("a source that contains quotes, commas and line breaks still is one field") {
  Catalogue c = builtin_catalogue();
  c.find("m5.large")->ec2_on_demand->source = "a \"list\",\nof mine";
  std::vector<Issue> issues;
  const Catalogue again = read_catalogue(write_catalogue_csv(c), "x", issues);
  CHECK(issues.empty());
  CHECK(again.find("m5.large")->ec2_on_demand->source == "a \"list\", of mine");
}

TEST_CASE("a good file has no issues and keeps day, words and status") {
  std::vector<Issue> issues;
  const Catalogue c = read_catalogue(kGood, "c.csv", issues);
  REQUIRE(issues.empty());
  CHECK(*c.find("m5.xlarge")->ec2_on_demand ==
        PriceTag{0.192, "2026-08-21", "a price list, read by hand", PriceStatus::sourced});
  CHECK(c.find("m5.xlarge")->sagemaker_hosting_offered);
  CHECK(c.price(SimplePrice::nat_hour)->usd == 0.045);
  CHECK_FALSE(c.price(SimplePrice::nat_gb));
}

TEST_CASE("every mistake names its line and column") {
  struct Row {
    const char* from;
    const char* to;
    int line, column;
    const char* because;
  };
  const Row rows[] = {
      {"0.192 p",          "0 p",            6, 16, "a price of 0 would be free capacity"       },
      {"0.192 p",          "nan p",          6, 16, "NaN is no price"                           },
      {"0.192 p",          "-1 p",           6, 16, "nobody is paid to compute"                 },
      {"0.192 p",          "0.192",          6, 16, "a price without a source cannot be checked"},
      {"0.192 p",          "0.192 q",        6, 16, "the source must be declared"               },
      {"m5.xlarge,4",      "m5.xlarge,four", 6, 11, "numbers are digits"                        },
      {"m5.xlarge,4,16",   "m5.xlarge,4",    6, 1,  "a field is missing"                        },
      {"training hosting", "everything",     6, 24, "only two things can be offered"            },
      {"ec2_on_demand",    "ec2_price",      5, 22, "the column is unknown"                     },
      {"2026-08-21",       "yesterday",      4, 11, "a day is needed to judge age"              },
      {"sourced",          "guessed",        4, 22, "the status is one of three"                },
      {"nat_hour",         "nat",            8, 1,  "the price is unknown"                      },
      {"hand\"",           "hand",           4, 1,  "the quote is never closed"                 },
      {"@region",          "@country",       2, 1,  "the fact is unknown"                       },
  };
  for (const Row& row : rows) {
    INFO(row.because);
    const auto issues = issues_of(replaced(kGood, row.from, row.to));
    REQUIRE_FALSE(issues.empty());
    CHECK(issues.front().file == "c.csv");
    CHECK(issues.front().line == row.line);
    CHECK(issues.front().column == row.column);
  }
}

TEST_CASE("two rows for one type, or for one price, are refused") {
  CHECK(issues_of(std::string(kGood) + "nat_hour,0.05 p\n").size() == 1);
  CHECK(issues_of(replaced(kGood, "item,price", "m5.xlarge,4,16,0.2 p,\nitem,price")).size() == 1);
}

TEST_CASE("an empty file says what it should have been") { CHECK(issues_of("").size() == 1); }

TEST_CASE("what a node offers its pods follows from its size unless the catalogue says it") {
  // m5.large with 29 pods: 6903 MiB and 1930 m, as Karpenter's tables have it. Without a number of pods
  // kubelet takes 110.
  std::vector<Issue> issues;
  const std::string text = replaced(replaced(kGood, "sagemaker\n", "max_pods\n"),
                                    "m5.xlarge,4,16,0.192 p,training hosting\n",
                                    "m5.large,2,8,0.096 p,29\nm5.xlarge,4,16,0.192 p,\n");
  const auto catalogue = read_catalogue(text, "c.csv", issues);
  REQUIRE(issues.empty());
  CHECK(catalogue.find("m5.large")->allocatable.cpu_milli == 1930);
  CHECK(catalogue.find("m5.large")->allocatable.memory.count == 6903 * kMiB);
  CHECK(catalogue.find("m5.xlarge")->max_pods == 110);
  CHECK(catalogue.find("m5.xlarge")->allocatable.cpu_milli == 3920);
}

TEST_CASE("the built-in catalogue's nodes offer what the rules of EKS say") {
  for (const InstanceType& type : builtin_catalogue().types) {
    INFO(type.name);
    const Resources offered =
        allocatable({type.vcpu, type.memory, type.gpus, type.arm}, type.max_pods);
    CHECK(type.allocatable.cpu_milli == offered.cpu_milli);
    CHECK(type.allocatable.memory == offered.memory);
  }
}
