#include "tools/import_prices.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <istream>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace berth {
namespace {

using Json = nlohmann::json;

// ---- Small things price lists need
// ---------------------------------------------------------------

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

// AWS writes prices as strings, "0.1920000000"; some tools turn them into numbers.
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

// "2026-07-20T00:00:00Z" -> "2026-07-20"; empty for what is no date.
std::string day(const std::string& timestamp) {
  constexpr std::string_view shape = "dddd-dd-dd";
  if (timestamp.size() < shape.size()) return "";
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? timestamp[i] < '0' || timestamp[i] > '9' : timestamp[i] != '-') return "";
  return timestamp.substr(0, shape.size());
}

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

// "USW2-BoxUsage:m5.xlarge" -> "BoxUsage:m5.xlarge". Prefixes are upper case and digits.
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

// ---- What a product or a rate is the price of
// ----------------------------------------------------

using Tag = std::optional<PriceTag> InstanceType::*;

struct Target {
  std::string type;  // empty: a simple price
  Tag tag{};
  SimplePrice simple{};
};

std::string_view column_name(Tag tag) {
  for (const PriceColumn& column : price_columns())
    if (column.tag == tag) return column.name;
  return "";
}

std::string name_of(const Target& target) {
  if (target.type.empty()) return std::string(name_of(target.simple));
  return fmt::format("{} {}", target.type, column_name(target.tag));
}

// Either a target or the reason there is none.
struct Classified {
  std::optional<Target> target;
  std::string reason;
};
Classified skip(std::string reason) { return {std::nullopt, std::move(reason)}; }
Classified use(Target target) { return {std::move(target), ""}; }

// The attribute is absent or has one of these values.
bool absent_or(const Json& attributes, const char* key,
               std::initializer_list<std::string_view> ok) {
  const std::string value = text(attributes, key);
  return value.empty() || std::ranges::find(ok, std::string_view(value)) != ok.end();
}

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

Classified classify(const Json& product, const std::string& region) {
  const Json& a = member(product, "attributes");
  const std::string family = text(product, "productFamily");
  if (!absent_or(a, "regionCode", {region})) return skip("another region");
  if (family == "Compute Instance" || family == "Compute Instance (bare metal)")
    return ec2_instance(a);
  if (family == "ML Instance") return sagemaker_instance(a);
  return other_price(a);
}

// Hours for instances and gateways, GB and the like for the rest.
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

// ---- Plans
// ---------------------------------------------------------------------------------------

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

// ---- Findings and how they become prices
// ---------------------------------------------------------

struct Finding {
  Target target;
  std::string sku;
  double usd = 0;
  std::string effective;              // of two terms of one SKU the later counts
  std::string as_of, offer, version;  // as far as known when it was found
  bool conflicting = false;
};

class Findings {
 public:
  void add(Finding finding, std::vector<std::string>& conflicts) {
    const auto [at, fresh] = found_.try_emplace(name_of(finding.target), finding);
    if (fresh) return;
    Finding& before = at->second;
    if (before.sku == finding.sku) {
      if (finding.effective > before.effective) before = std::move(finding);
    } else if (before.usd != finding.usd && !before.conflicting) {
      before.conflicting = true;
      conflicts.push_back(fmt::format("{}: SKU {} says {}, SKU {} says {}; kept what we had",
                                      at->first, before.sku, before.usd, finding.sku, finding.usd));
    }
  }
  const std::map<std::string, Finding>& all() const { return found_; }

 private:
  std::map<std::string, Finding> found_;
};

bool is_derived(const std::optional<PriceTag>& tag) {
  return tag && tag->status == PriceStatus::derived;
}

// Derived prices are ratios of an on-demand price; a new on-demand price keeps the ratio.
int move_along(InstanceType& type, std::initializer_list<Tag> columns, double ratio,
               const std::string& as_of, const std::set<std::string>& updated) {
  int moved = 0;
  for (const Tag tag : columns)
    if (is_derived(type.*tag) && !updated.contains(name_of(Target{type.name, tag}))) {
      (type.*tag)->usd *= ratio;
      (type.*tag)->as_of = as_of;
      ++moved;
    }
  return moved;
}

// ---- Reading
// -------------------------------------------------------------------------------------

class Importer {
 public:
  Importer(PriceImport& result, Catalogue& catalogue) : result_(result), catalogue_(catalogue) {}

  void fact(const std::string& key, const std::string& value) {
    if (key == "publicationDate") published_ = day(value);
    if (key == "offerCode" || key == "serviceCode") offer_ = value;
    if (key == "version") version_ = value;
  }

  void product(const std::string& key, const Json& product) {
    const std::string sku = text(product, "sku").empty() ? key : text(product, "sku");
    Classified what = classify(product, catalogue_.region);
    if (what.target && !what.target->type.empty() && !catalogue_.find(what.target->type))
      what = skip("a type the catalogue does not have");
    if (what.target)
      wanted_[sku] = *std::move(what.target);
    else
      ++result_.skipped[what.reason];
  }

  void term(const Json& term) {
    const auto wanted = wanted_.find(text(term, "sku"));
    if (wanted == wanted_.end()) return;
    if (!absent_or(term, "offerTermCode", {"JRTCKXETXF"})) return;
    const Json& dimensions = member(term, "priceDimensions");
    if (!dimensions.is_object()) return;
    for (const auto& [code, dimension] : dimensions.items()) price(*wanted, term, dimension);
  }

  void plan(const Json& product) {
    if (offer_.empty()) offer_ = text(product, "productFamily");
    if (const Tag column = plan_column(product))
      plans_[text(product, "sku")] = column;
    else
      ++result_.skipped["Savings Plan: another kind, term or payment"];
  }

  // rateCode is "<plan>.<discounted>", so a rate knows its plan wherever it stands.
  void plan_rate(const Json& rate) {
    const std::string code = text(rate, "rateCode");
    const auto plan = plans_.find(code.substr(0, code.find('.')));
    if (plan == plans_.end()) return;
    const Tag column = plan->second;
    const auto name = discounted_type(rate);
    const InstanceType* type = name ? catalogue_.find(*name) : nullptr;
    if (!type || !covers(rate, column, *type)) {
      ++result_.skipped["Savings Plan: usage the catalogue does not have"];
      return;
    }
    const Json& price = member(rate, "discountedRate");
    if (!absent_or(rate, "discountedRegionCode", {catalogue_.region}))
      ++result_.skipped["another region"];
    else if (!absent_or(price, "currency", {"USD"}))
      ++result_.skipped["not in USD"];
    else
      keep({.type = type->name, .tag = column}, code, decimal(member(price, "price")), "");
  }

  // Newest first is usual but not relied on.
  void spot(const Json& row) {
    if (offer_.empty()) offer_ = "EC2 spot price history";
    const std::string os = text(row, "ProductDescription");
    const std::string type = text(row, "InstanceType"), zone = text(row, "AvailabilityZone");
    const auto usd = decimal(member(row, "SpotPrice"));
    if (os != "Linux/UNIX" && os != "Linux/UNIX (Amazon VPC)")
      ++result_.skipped["spot: not Linux"];
    else if (!zone.starts_with(catalogue_.region))
      ++result_.skipped["another region"];
    else if (!catalogue_.find(type))
      ++result_.skipped["a type the catalogue does not have"];
    else if (!usable(usd))
      ++result_.skipped["not a price above 0"];
    else if (auto& newest = spot_[type][zone]; text(row, "Timestamp") >= newest.first)
      newest = {text(row, "Timestamp"), *usd};
  }

  // One element of a GetProducts answer, decoded.
  void offer(const Json& element) {
    for (const char* key : {"publicationDate", "serviceCode", "version"})
      if (const std::string value = text(element, key); !value.empty()) fact(key, value);
    product("", member(element, "product"));
    const Json& terms = member(member(element, "terms"), "OnDemand");
    for (const auto& [key, value] : terms.items()) {
      if (value.contains("priceDimensions"))
        term(value);
      else if (value.is_object())
        for (const auto& [code, inner] : value.items()) term(inner);
    }
    seen_ = true;
  }

  void offer_text(const std::string& json) {
    const Json element = Json::parse(json, nullptr, false);
    if (element.is_discarded()) throw std::runtime_error("an element of PriceList is not JSON");
    offer(element);
  }

  void seen() { seen_ = true; }
  void terms_begin() { terms_first_ = !seen_; }

  std::optional<std::string> problem() const {
    if (terms_first_) return "terms come before products; expected products first";
    if (!seen_) return "no price list: expected products, PriceList or SpotPriceHistory";
    return std::nullopt;
  }

  void finish() {
    add_spot();
    result_.offer = fmt::format("{}{}{}", offer_, version_.empty() ? "" : " ", version_);
    std::set<std::string> updated;
    for (const auto& [name, finding] : findings_.all())
      if (!finding.conflicting) updated.insert(name);
    for (const auto& [name, finding] : findings_.all()) {
      if (finding.conflicting) continue;
      if (tag_of(finding).as_of.empty())
        ++result_.skipped["a price without a date"];
      else
        apply(name, finding, updated);
    }
  }

 private:
  using Wanted = std::pair<const std::string, Target>;

  void price(const Wanted& wanted, const Json& term, const Json& dimension) {
    const auto& [sku, target] = wanted;
    const Json& per_unit = member(dimension, "pricePerUnit");
    if (!absent_or(dimension, "beginRange", {"0"}))
      ++result_.skipped["a tier beyond the first"];
    else if (!unit_fits(target, text(dimension, "unit")))
      ++result_.skipped["another unit"];
    else if (!target.type.empty() && is_side_charge(text(dimension, "description")))
      ++result_.skipped["storage, transfer or requests"];
    else if (!per_unit.contains("USD"))
      ++result_.skipped["not in USD"];
    else
      keep(target, sku, decimal(per_unit.at("USD")), text(term, "effectiveDate"));
  }

  void keep(Target target, const std::string& sku, std::optional<double> usd,
            const std::string& effective) {
    if (!usable(usd)) {
      ++result_.skipped["not a price above 0"];
      return;
    }
    findings_.add({.target = std::move(target),
                   .sku = sku,
                   .usd = *usd,
                   .effective = effective,
                   .as_of = published_,
                   .offer = offer_,
                   .version = version_},
                  result_.conflicts);
  }

  // A list may name its day and version only at its end.
  PriceTag tag_of(const Finding& finding) const {
    const auto or_else = [](const std::string& a, const std::string& b) {
      return a.empty() ? b : a;
    };
    const std::string as_of = or_else(or_else(finding.as_of, published_), day(finding.effective));
    const bool spot = finding.target.tag == &InstanceType::ec2_spot;
    return {finding.usd, as_of,
            spot ? "EC2 spot price history, newest of each zone, cheapest zone"
                 : fmt::format("AWS Price List {} {}", or_else(finding.offer, offer_),
                               or_else(finding.version, version_)),
            PriceStatus::sourced};
  }

  static std::optional<std::string> discounted_type(const Json& rate) {
    const std::string usage = without_region(text(rate, "discountedUsageType"));
    for (const char* kind : {"BoxUsage:", "Train:", "Host:"})
      if (usage.starts_with(kind)) return after_colon(usage);
    return std::nullopt;
  }

  // EC2's Linux usage has the plain operation; other operations are other systems. A SageMaker type
  // has one plan rate here: the training rate, or hosting's where it does not train.
  static bool covers(const Json& rate, Tag column, const InstanceType& type) {
    const std::string usage = without_region(text(rate, "discountedUsageType"));
    if (column == &InstanceType::sagemaker_sp_1y || column == &InstanceType::sagemaker_sp_3y)
      return usage.starts_with(type.sagemaker_training_offered ? "Train:" : "Host:");
    return usage.starts_with("BoxUsage:") && text(rate, "discountedOperation") == "RunInstances";
  }

  void add_spot() {
    for (const auto& [type, zones] : spot_) {
      const auto cheapest = std::ranges::min_element(
          zones, {}, [](const auto& zone) { return std::pair(zone.second.second, zone.first); });
      const auto& [timestamp, usd] = cheapest->second;
      findings_.add(
          {
              .target = {.type = type, .tag = &InstanceType::ec2_spot},
              .sku = cheapest->first,
              .usd = usd,
              .as_of = day(timestamp)
      },
          result_.conflicts);
    }
  }

  void apply(const std::string& name, const Finding& finding,
             const std::set<std::string>& updated) {
    const Target& target = finding.target;
    InstanceType* type = target.type.empty() ? nullptr : catalogue_.find(target.type);
    auto& tag = type ? type->*target.tag : catalogue_.price(target.simple);
    const std::optional<double> before = tag ? std::optional(tag->usd) : std::nullopt;
    result_.used.push_back({name, before, finding.usd});
    tag = tag_of(finding);
    catalogue_.date = std::max(catalogue_.date, tag->as_of);
    if (type && target.tag == &InstanceType::sagemaker_training)
      type->sagemaker_training_offered = true;
    if (type && target.tag == &InstanceType::sagemaker_hosting)
      type->sagemaker_hosting_offered = true;
    if (type && before) move_ratios(*type, finding, finding.usd / *before, updated);
  }

  void move_ratios(InstanceType& type, const Finding& finding, double ratio,
                   const std::set<std::string>& updated) {
    if (ratio == 1) return;
    const auto move = [&](std::initializer_list<Tag> columns) {
      result_.moved_along += move_along(type, columns, ratio, tag_of(finding).as_of, updated);
    };
    if (finding.target.tag == &InstanceType::ec2_on_demand)
      move({&InstanceType::ec2_spot, &InstanceType::compute_sp_1y, &InstanceType::compute_sp_3y});
    const Tag lead = type.sagemaker_training ? &InstanceType::sagemaker_training
                                             : &InstanceType::sagemaker_hosting;
    if (finding.target.tag == &InstanceType::ec2_on_demand && is_derived(type.*lead) &&
        !updated.contains(name_of(Target{type.name, lead})))
      move({&InstanceType::sagemaker_training, &InstanceType::sagemaker_hosting,
            &InstanceType::sagemaker_sp_1y, &InstanceType::sagemaker_sp_3y});
    if (finding.target.tag == lead)
      move({&InstanceType::sagemaker_sp_1y, &InstanceType::sagemaker_sp_3y});
  }

  PriceImport& result_;
  Catalogue& catalogue_;
  std::string offer_, version_, published_;
  std::map<std::string, Target> wanted_;  // by SKU
  std::map<std::string, Tag> plans_;      // by SKU
  std::map<std::string, std::map<std::string, std::pair<std::string, double>>> spot_;
  Findings findings_;
  bool seen_ = false, terms_first_ = false;
};

// Walks the file and hands the importer one small piece at a time. A piece is built as a Json value
// between its opening and its closing brace, then dropped.
class Walker : public nlohmann::json_sax<Json> {
 public:
  explicit Walker(Importer& importer) : importer_(importer) {}
  const std::string& error() const { return error_; }

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(value); }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value); }
  bool string(string_t& value) override { return scalar(value); }
  bool binary(binary_t&) override { return true; }
  bool key(string_t& name) override {
    path_.back() = name;
    return true;
  }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception&) override {
    error_ = fmt::format("not valid JSON at byte {}: is the file complete?", at);
    return false;
  }

 private:
  // A price list nests 8 deep; this only stops a hostile file from exhausting the stack.
  static constexpr std::size_t kDeepest = 64;

  std::size_t depth() const { return path_.size(); }
  bool at(std::size_t level, std::string_view name) const {
    return depth() > level && path_[level] == name;
  }

  enum class Piece { none, product, plan, term, rate, spot, offer, lone_product };

  // What the object that opens now is, from the keys that lead to it.
  Piece piece() const {
    if (depth() == 2 && at(0, "products")) return path_[1] == "[]" ? Piece::plan : Piece::product;
    if (depth() == 4 && at(0, "terms") && at(1, "OnDemand")) return Piece::term;
    if (depth() == 3 && at(0, "terms") && at(1, "OnDemand") &&
        path_[2].find('.') != std::string::npos)
      return Piece::term;
    if (depth() == 5 && at(0, "terms") && at(1, "savingsPlan") && at(3, "rates"))
      return Piece::rate;
    if (depth() == 2 && at(0, "SpotPriceHistory")) return Piece::spot;
    if (depth() == 2 && at(0, "PriceList")) return Piece::offer;
    if (depth() == 1 && at(0, "[]")) return Piece::offer;
    if (depth() == 1 && at(0, "product")) return Piece::lone_product;
    return Piece::none;
  }

  bool open(Json value) {
    const bool array = value.is_array();
    if (depth() > kDeepest) return fail("nested too deeply for a price list");
    announce(array);
    if (stack_.empty() && !array) {
      collecting_ = piece();
      if (collecting_ != Piece::none) root_ = std::move(value), stack_.push_back(&root_);
    } else if (!stack_.empty()) {
      stack_.push_back(&place(std::move(value)));
    }
    path_.push_back(array ? "[]" : "");
    return true;
  }

  void announce(bool array) {
    if (depth() != 1) return;
    if (at(0, "products") || at(0, "product") || (array && at(0, "PriceList")) ||
        at(0, "SpotPriceHistory"))
      importer_.seen();
    if (at(0, "terms")) importer_.terms_begin();
  }

  bool close() {
    path_.pop_back();
    if (stack_.empty()) return true;
    stack_.pop_back();
    if (stack_.empty()) deliver();
    return true;
  }

  Json& place(Json value) {
    Json& parent = *stack_.back();
    if (!parent.is_array()) return parent[path_.back()] = std::move(value);
    parent.push_back(std::move(value));
    return parent.back();
  }

  bool scalar(Json value) {
    if (!stack_.empty()) {
      place(std::move(value));
    } else if (value.is_string()) {
      const auto& words = value.get_ref<const std::string&>();
      const bool element = (depth() == 2 && at(0, "PriceList")) || (depth() == 1 && at(0, "[]"));
      if (element) return offer_text(words);
      if (depth() == 1) importer_.fact(path_[0], words);
    }
    return true;
  }

  bool offer_text(const std::string& words) {
    try {
      importer_.offer_text(words);
      return true;
    } catch (const std::exception& broken) {
      return fail(broken.what());
    }
  }

  void deliver() {
    switch (collecting_) {
      case Piece::product:
        return importer_.product(path_.back(), root_);
      case Piece::lone_product:
        return importer_.product("", root_);
      case Piece::plan:
        return importer_.plan(root_);
      case Piece::term:
        return importer_.term(root_);
      case Piece::rate:
        return importer_.plan_rate(root_);
      case Piece::spot:
        return importer_.spot(root_);
      case Piece::offer:
        return importer_.offer(root_);
      case Piece::none:
        return;
    }
  }

  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }

  Importer& importer_;
  std::vector<std::string> path_;  // keys that lead here; "[]" inside an array
  std::vector<Json*> stack_;       // open containers of the piece being built
  Json root_;
  Piece collecting_ = Piece::none;
  std::string error_;
};

}  // namespace

PriceImport import_prices(std::istream& in, const std::string& file, Catalogue& catalogue) {
  PriceImport result{.file = file};
  Importer importer(result, catalogue);
  Walker walker(importer);
  const bool whole = Json::sax_parse(in, &walker);
  if (!whole)
    result.error = walker.error();
  else
    result.error = importer.problem();
  if (!result.error) importer.finish();
  return result;
}

std::string summary(const PriceImport& result) {
  if (result.error)
    return fmt::format("{}: error: {}; nothing was used\n", result.file, *result.error);
  std::string out =
      fmt::format("{}: {}: {} prices used", result.file, result.offer, result.used.size());
  if (result.moved_along > 0)
    out += fmt::format(", {} derived prices followed", result.moved_along);
  out += "\n";
  for (const PriceImport::Update& update : result.used)
    if (update.before && *update.before != update.after)
      out += fmt::format("  {}: {} -> {} ({:+.1f} %)\n", update.what, *update.before, update.after,
                         (update.after / *update.before - 1) * 100);
    else if (!update.before)
      out += fmt::format("  {}: {} (new)\n", update.what, update.after);
  for (const std::string& conflict : result.conflicts)
    out += fmt::format("  conflict: {}\n", conflict);
  for (const auto& [reason, count] : result.skipped)
    out += fmt::format("  skipped {}: {}\n", count, reason);
  return out;
}

}  // namespace berth
