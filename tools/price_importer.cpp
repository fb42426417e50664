#include "tools/price_importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

namespace berth::price_list {
namespace {

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

std::optional<std::string> discounted_type(const Json& rate) {
  const std::string usage = without_region(text(rate, "discountedUsageType"));
  for (const char* kind : {"BoxUsage:", "Train:", "Host:"})
    if (usage.starts_with(kind)) return after_colon(usage);
  return std::nullopt;
}

// EC2's Linux usage has the plain operation; other operations are other systems. A SageMaker type
// has one plan rate here: the training rate, or hosting's where it does not train.
bool covers(const Json& rate, Tag column, const InstanceType& type) {
  const std::string usage = without_region(text(rate, "discountedUsageType"));
  if (column == &InstanceType::sagemaker_sp_1y || column == &InstanceType::sagemaker_sp_3y)
    return usage.starts_with(type.sagemaker_training_offered ? "Train:" : "Host:");
  return usage.starts_with("BoxUsage:") && text(rate, "discountedOperation") == "RunInstances";
}

}  // namespace

void Findings::add(Finding finding, std::vector<std::string>& conflicts) {
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

void Importer::fact(const std::string& key, const std::string& value) {
  if (key == "publicationDate") published_ = day(value);
  if (key == "offerCode" || key == "serviceCode") offer_ = value;
  if (key == "version") version_ = value;
}

void Importer::product(const std::string& key, const Json& product) {
  const std::string sku = text(product, "sku").empty() ? key : text(product, "sku");
  Classified what = classify(product, catalogue_.region);
  if (what.target && !what.target->type.empty() && !catalogue_.find(what.target->type))
    what = skip("a type the catalogue does not have");
  if (what.target)
    wanted_[sku] = *std::move(what.target);
  else
    ++result_.skipped[what.reason];
}

void Importer::term(const Json& term) {
  const auto wanted = wanted_.find(text(term, "sku"));
  if (wanted == wanted_.end()) return;
  if (!absent_or(term, "offerTermCode", {"JRTCKXETXF"})) return;
  const Json& dimensions = member(term, "priceDimensions");
  if (!dimensions.is_object()) return;
  for (const auto& [code, dimension] : dimensions.items()) price(*wanted, term, dimension);
}

void Importer::plan(const Json& product) {
  if (offer_.empty()) offer_ = text(product, "productFamily");
  if (const Tag column = plan_column(product))
    plans_[text(product, "sku")] = column;
  else
    ++result_.skipped["Savings Plan: another kind, term or payment"];
}

// rateCode is "<plan>.<discounted>", so a rate knows its plan wherever it stands.
void Importer::plan_rate(const Json& rate) {
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
void Importer::spot(const Json& row) {
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

void Importer::offer(const Json& element) {
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

void Importer::offer_text(const std::string& json) {
  const Json element = Json::parse(json, nullptr, false);
  if (element.is_discarded()) throw std::runtime_error("an element of PriceList is not JSON");
  offer(element);
}

std::optional<std::string> Importer::problem() const {
  if (terms_first_) return "terms come before products; expected products first";
  if (!seen_) return "no price list: expected products, PriceList or SpotPriceHistory";
  return std::nullopt;
}

void Importer::finish() {
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

void Importer::price(const Wanted& wanted, const Json& term, const Json& dimension) {
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

void Importer::keep(Target target, const std::string& sku, std::optional<double> usd,
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
PriceTag Importer::tag_of(const Finding& finding) const {
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

void Importer::add_spot() {
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

void Importer::apply(const std::string& name, const Finding& finding,
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

void Importer::move_ratios(InstanceType& type, const Finding& finding, double ratio,
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

}  // namespace berth::price_list
