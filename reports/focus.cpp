#include "reports/focus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "models/units.h"
#include "reports/csv.h"
#include "reports/document_values.h"
#include "reports/numbers.h"
#include "reports/result.h"

namespace berth {
namespace {

using Json = nlohmann::json;

constexpr std::array kColumns{"BilledCost",
                              "BillingAccountId",
                              "BillingAccountName",
                              "BillingAccountType",
                              "BillingCurrency",
                              "BillingPeriodEnd",
                              "BillingPeriodStart",
                              "CapacityReservationId",
                              "CapacityReservationStatus",
                              "ChargeCategory",
                              "ChargeClass",
                              "ChargeDescription",
                              "ChargeFrequency",
                              "ChargePeriodEnd",
                              "ChargePeriodStart",
                              "CommitmentDiscountCategory",
                              "CommitmentDiscountId",
                              "CommitmentDiscountName",
                              "CommitmentDiscountQuantity",
                              "CommitmentDiscountStatus",
                              "CommitmentDiscountType",
                              "CommitmentDiscountUnit",
                              "ConsumedQuantity",
                              "ConsumedUnit",
                              "ContractedCost",
                              "ContractedUnitPrice",
                              "EffectiveCost",
                              "HostProviderName",
                              "InvoiceId",
                              "InvoiceIssuerName",
                              "ListCost",
                              "ListUnitPrice",
                              "PricingCategory",
                              "PricingQuantity",
                              "PricingUnit",
                              "ProviderName",
                              "PublisherName",
                              "RegionId",
                              "RegionName",
                              "ResourceId",
                              "ResourceName",
                              "ResourceType",
                              "ServiceCategory",
                              "ServiceName",
                              "ServiceProviderName",
                              "ServiceSubcategory",
                              "SkuId",
                              "SkuMeter",
                              "SkuPriceDetails",
                              "SkuPriceId",
                              "SubAccountId",
                              "SubAccountName",
                              "SubAccountType",
                              "Tags",
                              "x_Placement",
                              "x_Workload",
                              "x_WorkloadKind",
                              "x_PriceAsOf",
                              "x_PriceStatus",
                              "x_SimRunId",
                              "x_Seed"};

using Row = std::map<std::string_view, std::string>;

struct ServiceWords {
  std::string_view service, name, category, subcategory;
};
constexpr std::array<ServiceWords, 14> kServices{{
    {"Amazon SageMaker", "Amazon SageMaker", "AI and Machine Learning", "Machine Learning"},
    {"Amazon EC2", "Amazon Elastic Compute Cloud", "Compute", "Virtual Machines"},
    {"Amazon EKS", "Amazon Elastic Kubernetes Service", "Compute", "Containers"},
    {"Amazon EBS", "Amazon Elastic Block Store", "Storage", "Block Storage"},
    {"Amazon EFS", "Amazon Elastic File System", "Storage", "File Storage"},
    {"Amazon S3", "Amazon Simple Storage Service", "Storage", "Object Storage"},
    {"Amazon ECR", "Amazon Elastic Container Registry", "Storage", "Object Storage"},
    {"Amazon VPC", "Amazon Virtual Private Cloud", "Networking", "Network Connectivity"},
    {"AWS Data Transfer", "AWS Data Transfer", "Networking", "Network Connectivity"},
    {"Elastic Load Balancing", "Elastic Load Balancing", "Networking", "Application Networking"},
    {"Amazon CloudWatch", "Amazon CloudWatch", "Management and Governance", "Observability"},
    {"Amazon SQS", "Amazon Simple Queue Service", "Integration", "Messaging"},
    {"Amazon EventBridge", "Amazon EventBridge", "Integration", "Messaging"},
    {"AWS Step Functions", "AWS Step Functions", "Integration", "Orchestration"},
}};

ServiceWords words_of(const std::string& service) {
  for (const ServiceWords& words : kServices)
    if (words.service == service) return words;
  return {service, service, "Other", "Other (Other)"};
}

// A plan's own rows: its purchase, and what of it nobody used.
ServiceWords words_of_plan(const std::string& plan) {
  if (plan.starts_with("SageMaker"))
    return {"", "Savings Plans", "AI and Machine Learning", "Other (AI and Machine Learning)"};
  return {"", "Savings Plans", "Compute", "Other (Compute)"};
}

std::string unit_of(const std::string& unit) {
  if (unit == "h") return "Hours";
  if (unit == "GB-month") return "GB-Months";
  return unit;
}

std::string region_name(const std::string& id) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kRegions{
      {{"us-east-1", "US East (N. Virginia)"},
       {"us-east-2", "US East (Ohio)"},
       {"us-west-2", "US West (Oregon)"},
       {"eu-west-1", "Europe (Ireland)"},
       {"eu-central-1", "Europe (Frankfurt)"},
       {"ap-northeast-1", "Asia Pacific (Tokyo)"}}};
  for (const auto& [region, name] : kRegions)
    if (region == id) return std::string{name};
  return "";
}

struct Period {
  std::string month, start, end;  // "2026-11", "2026-11-01T00:00:00Z"
};
Period month_of(const std::string& date) {
  // The schema of results has seen that these are digits.
  const int year = std::stoi(date.substr(0, 4)), month = std::stoi(date.substr(5, 2));
  if (month < 1 || month > 12)
    throw Unreadable("starts_on \"" + date + "\" is no date like 2026-11-28");
  const auto first = [](int y, int m) { return fmt::format("{:04}-{:02}-01T00:00:00Z", y, m); };
  return {date.substr(0, 7), first(year, month),
          month == 12 ? first(year + 1, 1) : first(year, month + 1)};
}

// Means over replications end in digits that mean nothing.
std::string digits(double value, int significant) {
  const double rounded = std::stod(fmt::format("{:.{}g}", value, significant));
  std::array<char, 400> text{};  // fixed: FOCUS wants no plus sign, not even in an exponent
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), rounded, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

double mean_of(const Json& figure) {
  return figure.is_null() ? 0 : figure.at("mean").get<double>();
}
std::string text_of(const Json& value) { return value.is_null() ? "" : value.get<std::string>(); }

// "compute_1yr, no_upfront (1)" of "compute_1yr, no_upfront (1): m5.xlarge node, on demand".
std::string plan_of(const std::string& item) { return item.substr(0, item.rfind(": ")); }

std::map<std::string, std::string> teams_of(const Json& placement) {
  std::map<std::string, std::string> teams;
  for (const char* kind : {"training", "services"})
    for (const Json& workload : placement.at(kind))
      teams[workload.at("name").get<std::string>()] = workload.at("team").get<std::string>();
  return teams;
}

// Names a simulation by all that a result says of it (FNV-1a, 64 bits): two results never share an account.
std::string run_of(const Json& document) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : document.dump())
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("run-{:016x}", hash);  // not digits alone: a spreadsheet would round them
}

// One placement's bill.
class PlacementBill {
 public:
  PlacementBill(const Json& document, const Json& placement, const std::string& run)
      : document_(document), placement_(placement), run_(run) {
    const Json& scenario = document.at("scenario");
    period_ = month_of(scenario.at("starts_on").get<std::string>());
    account_ = "berth:" + scenario.at("name").get<std::string>() + ":" +
               placement.at("name").get<std::string>() + ":" + run.substr(4, 8);
    teams_ = teams_of(placement);
  }

  std::vector<Row> rows() {
    std::vector<Row> rows;
    std::map<std::string, double> plans;  // what each costs, used or not
    for (const Json& line : placement_.at("cost_lines"))
      for (const Json& share : line.at("shares")) {
        const auto charge = line.at("charge").get<std::string>();
        if (charge.starts_with("commitment"))
          plans[plan_of(line.at("item").get<std::string>())] += mean_of(share.at("usd_per_month"));
        rows.push_back(row_of(line, share, charge));
      }
    for (const auto& [plan, usd] : plans) rows.push_back(purchase(plan, usd));
    return rows;
  }

 private:
  Row common(const ServiceWords& words) const {
    const bool people = words.service == "People";
    const std::string provider = people ? "Own organisation" : "AWS";
    const Json& prices = document_.at("prices");
    const std::string region = people ? "" : prices.at("region").get<std::string>();
    return {{"BillingAccountId", account_},
            {"BillingAccountName", "Simulated: " + placement_.at("name").get<std::string>()},
            {"BillingAccountType", "Payer"},
            {"BillingCurrency", "USD"},
            {"BillingPeriodStart", period_.start},
            {"BillingPeriodEnd", period_.end},
            {"ChargePeriodStart", period_.start},
            {"ChargePeriodEnd", period_.end},
            {"ChargeCategory", "Usage"},
            {"ChargeFrequency", "Usage-Based"},
            {"HostProviderName", provider},
            {"ServiceProviderName", provider},
            {"ProviderName", provider},
            {"PublisherName", provider},
            {"InvoiceIssuerName", people ? "Own organisation" : "Simulator"},
            {"InvoiceId", account_ + ":" + period_.month + (people ? ":people" : "")},
            {"RegionId", region},
            {"RegionName", region_name(region)},
            {"ServiceName", std::string{words.name}},
            {"ServiceCategory", std::string{words.category}},
            {"ServiceSubcategory", std::string{words.subcategory}},
            {"x_Placement", placement_.at("name").get<std::string>()},
            {"x_SimRunId", run_},
            {"x_Seed", std::to_string(document_.at("seed").get<std::uint64_t>())}};
  }

  Row row_of(const Json& line, const Json& share, const std::string& charge) const {
    const auto service = line.at("service").get<std::string>();
    const auto item = line.at("item").get<std::string>(),
               unit = unit_of(line.at("unit").get<std::string>());
    const double quantity = mean_of(share.at("quantity_per_month")),
                 usd = mean_of(share.at("usd_per_month"));
    const bool unused = charge == "commitment_unused", used = charge == "commitment_used";
    Row row = common(unused ? words_of_plan(item) : words_of(service));
    const double list = unused ? usd : mean_of(share.at("list_usd_per_month"));
    const double contracted = used ? list : usd;  // before commitments
    row["BilledCost"] = digits(used || unused ? 0 : usd, 12);
    row["EffectiveCost"] = digits(usd, 12);
    const Json& listed = line.at("usd_per_unit");
    set_price(row, quantity, unit, list, contracted,
              listed.is_null() ? std::nullopt : std::optional(listed.get<double>()));
    row["ChargeDescription"] = service + ": " + item;
    if (!unused) row["SkuMeter"] = used ? item.substr(plan_of(item).size() + 2) : item;
    if (!unused) row["ConsumedQuantity"] = digits(quantity, 12), row["ConsumedUnit"] = unit;
    row["PricingCategory"] = used || unused             ? "Committed"
                             : item.ends_with(", spot") ? "Dynamic"
                                                        : "Standard";
    if (used || unused) set_commitment(row, plan_of(item), usd, used ? "Used" : "Unused");
    set_holder(row, share);
    const Json& price = line.at("price");
    if (!price.is_null()) {
      row["x_PriceAsOf"] = first_day(price.at("as_of").get<std::string>());
      row["x_PriceStatus"] = price.at("status").get<std::string>();
    }
    return row;
  }

  // A unit price is what makes cost = price x quantity true; nine digits are more than any price
  // list has. Costs are rounded by the bill, so it is the line's own price where that is as true.
  static std::string price_digits(double cost, double quantity, std::optional<double> own) {
    const bool alike = own && std::abs(cost - *own * quantity) <= 1e-6 * std::abs(cost);
    return digits(alike ? *own : cost / quantity, 9);
  }
  static void set_price(Row& row, double quantity, const std::string& unit, double list,
                        double contracted, std::optional<double> own) {
    row["PricingQuantity"] = digits(quantity, 12);
    row["PricingUnit"] = unit;
    row["ListCost"] = digits(list, 12);
    row["ContractedCost"] = digits(contracted, 12);
    if (quantity == 0) return;
    row["ListUnitPrice"] = price_digits(list, quantity, own);
    row["ContractedUnitPrice"] = price_digits(contracted, quantity, own);
  }

  static void set_commitment(Row& row, const std::string& plan, double usd,
                             const std::string& status) {
    row["CommitmentDiscountCategory"] = "Spend";
    row["CommitmentDiscountId"] = plan;
    row["CommitmentDiscountName"] = plan;
    row["CommitmentDiscountType"] = "Savings Plan";
    row["CommitmentDiscountQuantity"] = digits(usd, 12);
    row["CommitmentDiscountUnit"] = "USD";
    row["CommitmentDiscountStatus"] = status;
  }

  void set_holder(Row& row, const Json& share) const {
    const auto kind = share.at("kind").get<std::string>();
    const std::string workload = text_of(share.at("workload"));
    row["x_Workload"] = workload;
    row["x_WorkloadKind"] = kind;
    const auto team = teams_.find(workload);
    Json tags = {{"workload_kind", kind}};
    if (!workload.empty()) tags["workload"] = workload;
    if (team != teams_.end() && !team->second.empty()) {
      tags["team"] = team->second;
      row["SubAccountId"] = "team:" + team->second;
      row["SubAccountName"] = team->second;
      row["SubAccountType"] = "Team";
    }
    row["Tags"] = tags.dump();
  }

  Row purchase(const std::string& plan, double usd) const {
    Row row = common(words_of_plan(plan));
    row["ChargeCategory"] = "Purchase";
    row["ChargeFrequency"] = "Recurring";
    row["ChargeDescription"] = "Savings Plan hourly fee: " + plan;
    row["PricingCategory"] = "Standard";  // a purchase is not itself committed usage
    row["BilledCost"] = digits(usd, 12);
    row["EffectiveCost"] = "0";
    set_price(row, kMonth / Seconds{3600}, "Hours", usd, usd, std::nullopt);
    set_commitment(row, plan, usd, "");
    row["x_WorkloadKind"] = "shared";
    return row;
  }

  const Json& document_;
  const Json& placement_;
  std::string run_;
  Period period_;
  std::string account_;
  std::map<std::string, std::string> teams_;
};

std::string line_of(const Row& row) {
  std::string text;
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto value = row.find(kColumns[i]);
    if (i > 0) text += ',';
    if (value != row.end()) text += csv_field(value->second);
  }
  return text + "\n";
}

struct Billed {
  const Json* document;
  const Json* placement;
};

// Of results every placement; without one, of plans what they recommend.
std::vector<Billed> bills_in(const Documents& documents) {
  const DocumentValues& values = documents.values();
  std::vector<Billed> bills;
  for (const ResultDocument& one : values.results)
    for (const Json& placement : one.json.at("placements")) bills.push_back({&one.json, &placement});
  if (!bills.empty()) return bills;
  for (const PlanDocument& plan : values.plans) {
    const Json& best = plan.json.at("recommendation");
    if (best.is_null() || !plan.simulated) continue;
    for (const Json& placement : plan.simulated->json.at("placements"))
      if (placement.at("name") == best.at("name"))
        bills.push_back({&plan.simulated->json, &placement});
  }
  if (bills.empty())
    throw Unreadable(
        "error: a bill needs a result, or a plan that recommends something: flips and break-evens "
        "have no bill lines\n  hint: `berth simulate SCENARIO --format json -o result.json` writes "
        "one");
  return bills;
}

}  // namespace

std::string focus_csv(const Documents& documents) {
  std::string text;
  for (const char* column : kColumns) text += (text.empty() ? "" : ",") + std::string{column};
  text += "\n";
  std::map<const Json*, std::string> runs;
  for (const auto& [document, placement] : bills_in(documents)) {
    std::string& run = runs[document];
    if (run.empty()) run = run_of(*document);
    for (const Row& row : PlacementBill(*document, *placement, run).rows()) text += line_of(row);
  }
  return text;
}

std::string focus_metadata(const Documents& documents) {
  nlohmann::ordered_json columns = nlohmann::ordered_json::array();
  for (const char* column : kColumns) columns.push_back(column);
  const Json& first = *bills_in(documents).front().document;
  const nlohmann::ordered_json metadata{{"schema", "berth/focus-metadata/1"},
                                        {"FocusVersion", "1.2"},
                                        {"DataGenerator", "berth"},
                                        {"tool_version", first.at("tool_version")},
                                        {"model_version", first.at("model_version")},
                                        {"simulated", true},
                                        {"month_hours", 730},
                                        {"columns", columns}};
  return metadata.dump(2) + "\n";
}

}  // namespace berth
