#include "tools/price_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace berth::price_list {
namespace {

bool is_role(std::string_view suffix) {
  for (const std::string_view role : {"-Training", "-Hosting"})
    if (suffix == role) return true;
  return false;
}

// "ml.p6-b200.48xlarge-Hosting": only a role at the very end goes, other dashes are part of the
// name.
std::string without_role(const std::string& name) {
  const std::size_t dash = name.rfind('-');
  return dash != std::string::npos && is_role(name.substr(dash)) ? name.substr(0, dash) : name;
}

std::string_view column_name(Tag tag) {
  for (const PriceColumn& column : price_columns())
    if (column.tag == tag) return column.name;
  return "";
}

Classified use(Target target) { return {std::move(target), ""}; }

Classified ec2_instance(const Json& a) {
  if (text(a, "operatingSystem") != "Linux") return skip("EC2: not Linux");
  if (text(a, "tenancy") != "Shared") return skip("EC2: not shared tenancy");
  if (!absent_or(a, "preInstalledSw", {"NA"})) return skip("EC2: with preinstalled software");
  if (!absent_or(a, "capacitystatus", {"Used"})) return skip("EC2: capacity reservation");
  if (!absent_or(a, "licenseModel", {"No License required"})) return skip("EC2: with licence");
  if (!absent_or(a, "marketoption", {"OnDemand"})) return skip("EC2: not on demand");
  if (!without_region(text(a, "usagetype")).starts_with("BoxUsage"))
    return skip("EC2: not plain instance hours");
  return use({.type = text(a, "instanceType"), .tag = &InstanceType::ec2_on_demand});
}

std::string sagemaker_type(const Json& a) {
  for (const char* key : {"instanceName", "platoinstancename", "instanceType"})
    if (const std::string name = without_role(text(a, key)); name.starts_with("ml."))
      return std::string(bare_type_name(name));
  return "";
}

Classified sagemaker_instance(const Json& a) {
  const std::string role =
      text(a, "component").empty() ? text(a, "platoinstancetype") : text(a, "component");
  const std::string plato = text(a, "platoinstancetype");
  if (text(a, "locationType") == "AWS Outposts") return skip("SageMaker: Outposts");
  if (plato.find("Free") != std::string::npos) return skip("SageMaker: free tier");
  if (!plato.empty() && plato != role) return skip("SageMaker: neither Training nor Hosting");
  if (role == "Training")
    return use({.type = sagemaker_type(a), .tag = &InstanceType::sagemaker_training});
  if (role == "Hosting")
    return use({.type = sagemaker_type(a), .tag = &InstanceType::sagemaker_hosting});
  return skip("SageMaker: neither Training nor Hosting");
}

Classified other_price(const Json& a) {
  constexpr std::pair<std::string_view, SimplePrice> known[] = {
      {"EBS:VolumeUsage.gp3",        SimplePrice::gp3_gb_month              },
      {"EBS:VolumeP-IOPS.gp3",       SimplePrice::gp3_iops_month            },
      {"NatGateway-Hours",           SimplePrice::nat_hour                  },
      {"NatGateway-Bytes",           SimplePrice::nat_gb                    },
      {"AmazonEKS-Hours:perCluster", SimplePrice::eks_cluster_hour          },
      {"Train:VolumeUsage.gp2",      SimplePrice::sagemaker_storage_gb_month},
  };
  const std::string full = text(a, "usagetype");
  for (const auto& [usage, price] : known)
    if (full == usage || without_region(full) == usage) return use({.simple = price});
  return skip("not a price the catalogue has");
}

}  // namespace

std::string text(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

const Json& member(const Json& object, const char* key) {
  static const Json none = Json::object();
  if (!object.is_object()) return none;
  const auto at = object.find(key);
  return at != object.end() ? *at : none;
}

std::optional<double> decimal(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& s = value.get_ref<const std::string&>();
  double number = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), number);
  if (error != std::errc{} || end != s.data() + s.size()) return std::nullopt;
  return number;
}

bool usable(std::optional<double> usd) {
  return usd && std::isfinite(*usd) && *usd > 0 && *usd < 1e6;
}

std::string day(const std::string& timestamp) {
  constexpr std::string_view shape = "dddd-dd-dd";
  if (timestamp.size() < shape.size()) return "";
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? timestamp[i] < '0' || timestamp[i] > '9' : timestamp[i] != '-') return "";
  return timestamp.substr(0, shape.size());
}

std::string without_region(const std::string& usage) {
  const std::size_t dash = usage.find('-');
  if (dash == std::string::npos) return usage;
  const bool prefix = std::ranges::all_of(usage.substr(0, dash), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return prefix ? usage.substr(dash + 1) : usage;
}

std::string after_colon(const std::string& usage) {
  const std::size_t colon = usage.find(':');
  return colon == std::string::npos ? "" : usage.substr(colon + 1);
}

std::string name_of(const Target& target) {
  if (target.type.empty()) return std::string(name_of(target.simple));
  return fmt::format("{} {}", target.type, column_name(target.tag));
}

Classified skip(std::string reason) { return {std::nullopt, std::move(reason)}; }
bool absent_or(const Json& attributes, const char* key,
               std::initializer_list<std::string_view> ok) {
  const std::string value = text(attributes, key);
  return value.empty() || std::ranges::find(ok, std::string_view(value)) != ok.end();
}

Classified classify(const Json& product, const std::string& region) {
  const Json& a = member(product, "attributes");
  const std::string family = text(product, "productFamily");
  if (!absent_or(a, "regionCode", {region})) return skip("another region");
  if (family == "Compute Instance" || family == "Compute Instance (bare metal)")
    return ec2_instance(a);
  if (family == "ML Instance") return sagemaker_instance(a);
  return other_price(a);
}

bool unit_fits(const Target& target, std::string unit) {
  std::ranges::transform(unit, unit.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!target.type.empty()) return unit == "hrs" || unit == "hours" || unit == "hour";
  const std::string_view ours = unit_of(target.simple);
  if (ours == "h") return unit == "hrs" || unit == "hours" || unit == "hour";
  if (ours == "GB-month") return unit == "gb-mo" || unit == "gb-month";
  if (ours == "IOPS-month") return unit == "iops-mo";
  return ours == "GB" && (unit == "gb" || unit == "gigabytes");
}

bool is_side_charge(const std::string& description) {
  for (const char* word : {"storage", "transfer", "requests"})
    if (description.find(word) != std::string::npos) return true;
  return false;
}

Tag plan_column(const Json& product) {
  const Json& a = member(product, "attributes");
  const std::string family = text(product, "productFamily");
  const std::string paid = text(a, "purchaseOption"), term = text(a, "purchaseTerm");
  const bool one = term == "1yr", three = term == "3yr";
  if (!one && !three) return nullptr;
  if (family == "EC2InstanceSavingsPlans") {
    if (one && paid == "No Upfront") return &InstanceType::ec2_sp_1y;
    return three && paid == "All Upfront" ? &InstanceType::ec2_sp_3y : nullptr;
  }
  if (paid != "No Upfront") return nullptr;
  if (family == "ComputeSavingsPlans")
    return one ? &InstanceType::compute_sp_1y : &InstanceType::compute_sp_3y;
  if (family == "SageMakerSavingsPlans" || family == "MachineLearningSavingsPlans")
    return one ? &InstanceType::sagemaker_sp_1y : &InstanceType::sagemaker_sp_3y;
  return nullptr;
}

}  // namespace berth::price_list
