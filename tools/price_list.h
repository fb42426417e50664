// What the words of AWS's price lists mean: of which price of the catalogue a product, a rate or a plan
// is the price, and in which unit. Products that the catalogue has no place for come with the reason.
// For tools/price_*.cpp and import_prices.cpp: it brings the JSON library.
// Tested by tests/tools/import_prices_test.cpp.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "models/catalogue.h"

namespace berth::price_list {

using Json = nlohmann::json;

// "" and an empty object for what is not there or of another kind.
std::string text(const Json& object, const char* key);
const Json& member(const Json& object, const char* key);
// AWS writes prices as strings, "0.1920000000"; some tools turn them into numbers.
std::optional<double> decimal(const Json& value);
bool usable(std::optional<double> usd);
// "2026-07-20T00:00:00Z" -> "2026-07-20"; empty for what is no date.
std::string day(const std::string& timestamp);
// "USW2-BoxUsage:m5.xlarge" -> "BoxUsage:m5.xlarge". Prefixes are upper case and digits.
std::string without_region(const std::string& usage);
std::string after_colon(const std::string& usage);
// The attribute is absent or has one of these values.
bool absent_or(const Json& attributes, const char* key, std::initializer_list<std::string_view> ok);

using Tag = std::optional<PriceTag> InstanceType::*;

struct Target {
  std::string type;  // empty: a simple price
  Tag tag{};
  SimplePrice simple{};
};
std::string name_of(const Target& target);

// Either a target or the reason there is none.
struct Classified {
  std::optional<Target> target;
  std::string reason;
};
Classified skip(std::string reason);
Classified classify(const Json& product, const std::string& region);

// Hours for instances and gateways, GB and the like for the rest.
bool unit_fits(const Target& target, std::string unit);
bool is_side_charge(const std::string& description);
// The column that a Savings Plan's rates belong to; null for kinds the catalogue does not have.
Tag plan_column(const Json& product);

}  // namespace berth::price_list
