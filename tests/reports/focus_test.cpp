#include "reports/focus.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "reports/json.h"
#include "tests/reports/canned_result.h"

using namespace berth;

namespace {

using Row = std::map<std::string, std::string>;

// A CSV reader of its own, so that the writer cannot agree with itself.
std::vector<std::vector<std::string>> cells(const std::string& text) {
  std::vector<std::vector<std::string>> rows{{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"')
      rows.back().back() += text[i++];
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && c == ',')
      rows.back().emplace_back();
    else if (!quoted && c == '\n')
      rows.push_back({""});
    else
      rows.back().back() += c;
  }
  rows.pop_back();
  return rows;
}

std::vector<Row> table(const std::string& text) {
  const auto all = cells(text);
  std::vector<Row> rows;
  for (std::size_t i = 1; i < all.size(); ++i) {
    REQUIRE(all[i].size() == all[0].size());
    Row& row = rows.emplace_back();
    for (std::size_t c = 0; c < all[0].size(); ++c) row[all[0][c]] = all[i][c];
  }
  return rows;
}

double number(const Row& row, const char* column) {
  return row.at(column).empty() ? 0 : std::stod(row.at(column));
}

// The canned bill, and a savings plan of which 20 $ a month are used and 5 $ are lost.
Result with_plan() {
  Result result = canned::result();
  const auto figure = [](double value) {
    Figure f;
    f.values = {value, value, value};
    return f;
  };
  for (Summary& placement : result.placements) {
    placement.cost.lines.push_back(
        {.service = "Amazon EC2",
         .item = "Compute Savings Plan, 1 year (1): c6i.xlarge node, on demand",
         .charge = "commitment_used",
         .unit = "h",
         .quantity_per_month = figure(160),
         .usd_per_month = figure(20),
         .usd_per_unit = 0.125,
         .shares = {{"service", "eta", figure(160), figure(20), figure(27.2)}}});
    placement.cost.lines.push_back({.service = "Savings Plans",
                                    .item = "Compute Savings Plan, 1 year (1): unused",
                                    .charge = "commitment_unused",
                                    .unit = "USD",
                                    .quantity_per_month = figure(5),
                                    .usd_per_month = figure(5),
                                    .usd_per_unit = 1,
                                    .shares = {{"shared", "", figure(5), figure(5), figure(0)}}});
  }
  return result;
}

std::vector<StoredText> stored() { return {{"r.json", json_report(std::vector{with_plan()})}}; }

}  // namespace

TEST_CASE("every column of the published sample is there, ours come last") {
  const auto header = cells(focus_csv(stored())).front();
  const std::set<std::string> has(header.begin(), header.end());
  CHECK(has.size() == header.size());
  // Mandatory in FOCUS 1.2, and the two that 1.3 adds.
  for (const char* column :
       {"BilledCost",        "BillingAccountId",    "BillingAccountName", "BillingCurrency",
        "BillingPeriodEnd",  "BillingPeriodStart",  "ChargeCategory",     "ChargeClass",
        "ChargeDescription", "ChargePeriodEnd",     "ChargePeriodStart",  "ContractedCost",
        "EffectiveCost",     "InvoiceIssuerName",   "ListCost",           "PricingQuantity",
        "PricingUnit",       "ProviderName",        "PublisherName",      "ServiceCategory",
        "ServiceName",       "ServiceProviderName", "HostProviderName"}) {
    CAPTURE(column);
    CHECK(has.contains(column));
  }
  const auto own =
      std::ranges::find_if(header, [](const std::string& c) { return c.starts_with("x_"); });
  CHECK(std::all_of(own, header.end(), [](const std::string& c) { return c.starts_with("x_"); }));
  std::ifstream sample(std::string{BERTH_SOURCE_DIR} +
                       "/../shared/data/formats/focus_cost_and_usage.sample.csv");
  if (!sample) {
    WARN("skipped: no sample of FOCUS here");
    return;
  }
  std::string line;
  std::getline(sample, line);
  const auto rows = cells(line + "\n");
  for (const std::string& column : rows.front())
    if (!column.starts_with("x_")) CHECK(has.contains(column));
}

TEST_CASE("a bill adds up: by account to the cost of its placement") {
  const Result result = with_plan();
  std::map<std::string, double> billed, effective;
  for (const Row& row : table(focus_csv(stored()))) {
    billed[row.at("x_Placement")] += number(row, "BilledCost");
    effective[row.at("x_Placement")] += number(row, "EffectiveCost");
  }
  for (const Summary& placement : result.placements) {
    // The plan's lines were laid on top of the canned total: 20 $ used and 5 $ lost.
    const double expected = placement.cost.total_usd_per_month.estimate()->mean + 25;
    CHECK(billed[placement.placement] == Approx(expected));
    CHECK(effective[placement.placement] == Approx(expected));
  }
}

TEST_CASE("the rules of FOCUS hold in every row") {
  const std::set<std::string> categories{"Usage", "Purchase", "Tax", "Credit", "Adjustment"};
  const std::set<std::string> pricing{"Standard", "Dynamic", "Committed", "Other"};
  const auto rows = table(focus_csv(stored()));
  REQUIRE(rows.size() > 8);
  for (const Row& row : rows) {
    CAPTURE(row.at("ChargeDescription"));
    CHECK(number(row, "ListCost") ==
          Approx(number(row, "ListUnitPrice") * number(row, "PricingQuantity")));
    CHECK(number(row, "ContractedCost") ==
          Approx(number(row, "ContractedUnitPrice") * number(row, "PricingQuantity")));
    CHECK(categories.contains(row.at("ChargeCategory")));
    CHECK(pricing.contains(row.at("PricingCategory")));
    CHECK(row.at("ChargeClass").empty());
    CHECK(row.at("BillingCurrency") == "USD");
    CHECK(row.at("BillingPeriodStart") == "2026-11-01T00:00:00Z");
    CHECK(row.at("BillingPeriodEnd") == "2026-12-01T00:00:00Z");
    for (const char* column : {"BillingAccountId", "ServiceCategory", "ServiceName",
                               "InvoiceIssuerName", "HostProviderName"})
      CHECK(!row.at(column).empty());
    for (const char* column : {"BilledCost", "EffectiveCost", "ListCost", "ContractedCost"})
      CHECK(row.at(column).find_first_not_of("-0123456789.e") == std::string::npos);
    if (!row.at("Tags").empty()) {
      const auto tags = nlohmann::json::parse(row.at("Tags"));
      for (const auto& [key, value] : tags.items()) CHECK_FALSE(value.is_structured());
    }
  }
}

TEST_CASE("a savings plan is bought in one row and used or lost in others") {
  double bought = 0, used = 0, lost = 0;
  for (const Row& row : table(focus_csv(stored()))) {
    if (row.at("x_Placement") != "hybrid" || row.at("CommitmentDiscountId").empty()) continue;
    CHECK(row.at("CommitmentDiscountCategory") == "Spend");
    if (row.at("ChargeCategory") == "Purchase") {
      bought += number(row, "BilledCost");
      CHECK(number(row, "EffectiveCost") == 0);
      CHECK(row.at("PricingCategory") != "Committed");
    } else if (row.at("CommitmentDiscountStatus") == "Used") {
      used += number(row, "EffectiveCost");
      CHECK(number(row, "BilledCost") == 0);
      CHECK(number(row, "ListCost") == Approx(27.2));
      CHECK(row.at("ServiceName") == "Amazon Elastic Compute Cloud");
      CHECK(row.at("ServiceCategory") == "Compute");
      CHECK(row.at("SkuMeter") == "c6i.xlarge node, on demand");  // what was metered, not the plan
    } else {
      lost += number(row, "EffectiveCost");
      CHECK(row.at("CommitmentDiscountStatus") == "Unused");
      CHECK(row.at("ConsumedQuantity").empty());
      CHECK(row.at("SkuMeter").empty());
    }
  }
  CHECK(used == Approx(20));
  CHECK(lost == Approx(5));
  CHECK(bought == Approx(used + lost));
}

TEST_CASE("people's hours are another invoice than the provider's") {
  std::set<std::string> invoices;
  for (const Row& row : table(focus_csv(stored())))
    if (row.at("x_Placement") == "hybrid") {
      invoices.insert(row.at("InvoiceId"));
      CHECK((row.at("ServiceName") == "People") == row.at("InvoiceId").ends_with(":people"));
    }
  CHECK(invoices.size() == 2);
}

TEST_CASE("the version of FOCUS stands beside the data") {
  const auto metadata = nlohmann::json::parse(focus_metadata(stored()));
  CHECK(metadata.at("FocusVersion") == "1.2");
  CHECK(metadata.at("columns").size() == cells(focus_csv(stored())).front().size());
}

TEST_CASE("a plan for SageMaker is bought and lost under its own category") {
  std::string text = stored().front().text;
  for (std::size_t at; (at = text.find("Compute Savings Plan")) != std::string::npos;)
    text.replace(at, 7, "SageMaker");
  int seen = 0;
  for (const Row& row : table(focus_csv(std::vector<StoredText>{{"r.json", text}}))) {
    if (row.at("ServiceName") != "Savings Plans") continue;
    ++seen;
    CHECK(row.at("ServiceCategory") == "AI and Machine Learning");
  }
  CHECK(seen == 2 * static_cast<int>(with_plan().placements.size()));
}

TEST_CASE("two simulations of one scenario are two accounts, the same one is one") {
  const std::string text = stored().front().text;
  auto other = nlohmann::json::parse(text);
  auto& one = other.is_array() ? other[0] : other;
  one["seed"] = one["seed"].get<int>() + 1;
  const auto accounts = [](const std::vector<StoredText>& documents) {
    std::set<std::string> names;
    for (const Row& row : table(focus_csv(documents))) names.insert(row.at("BillingAccountId"));
    return names;
  };
  const std::size_t placements = with_plan().placements.size();
  CHECK(accounts({{"a.json", text}, {"b.json", other.dump()}}).size() == 2 * placements);
  CHECK(accounts({{"a.json", text}, {"b.json", text}}).size() == placements);
}

TEST_CASE("a bill without a month is refused") {
  for (const char* day : {"tomorrow", "2026-13-01", "2026-11"}) {
    auto wrong = nlohmann::json::parse(stored().front().text);
    (wrong.is_array() ? wrong[0] : wrong)["scenario"]["starts_on"] = day;
    CHECK_THROWS_WITH(focus_csv(std::vector<StoredText>{{"r.json", wrong.dump()}}),
                      Catch::Contains("starts_on"));
  }
}
