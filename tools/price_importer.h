// Takes the pieces of a price list as they come, in any order but products before their terms, and turns
// them into prices of a catalogue: the first tier in dollars, the newest of each SKU; two SKUs that
// disagree are a conflict and change nothing. Derived prices keep their ratio to the price that moves.
// For import_prices.cpp: it brings the JSON library. Tested by tests/tools/import_prices_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/import_prices.h"
#include "tools/price_list.h"

namespace berth::price_list {

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
  void add(Finding finding, std::vector<std::string>& conflicts);
  const std::map<std::string, Finding>& all() const { return found_; }

 private:
  std::map<std::string, Finding> found_;
};

class Importer {
 public:
  Importer(PriceImport& result, Catalogue& catalogue) : result_(result), catalogue_(catalogue) {}

  void fact(const std::string& key, const std::string& value);
  void product(const std::string& key, const Json& product);
  void term(const Json& term);
  void plan(const Json& product);
  void plan_rate(const Json& rate);
  void spot(const Json& row);
  // One element of a GetProducts answer: decoded, or as the text it is sent as. Throws what is wrong.
  void offer(const Json& element);
  void offer_text(const std::string& json);
  void seen() { seen_ = true; }
  void terms_begin() { terms_first_ = !seen_; }

  std::optional<std::string> problem() const;
  void finish();

 private:
  using Wanted = std::pair<const std::string, Target>;

  void price(const Wanted& wanted, const Json& term, const Json& dimension);
  void keep(Target target, const std::string& sku, std::optional<double> usd,
            const std::string& effective);
  PriceTag tag_of(const Finding& finding) const;
  void add_spot();
  void apply(const std::string& name, const Finding& finding, const std::set<std::string>& updated);
  void move_ratios(InstanceType& type, const Finding& finding, double ratio,
                   const std::set<std::string>& updated);

  PriceImport& result_;
  Catalogue& catalogue_;
  std::string offer_, version_, published_;
  std::map<std::string, Target> wanted_;  // by SKU
  std::map<std::string, Tag> plans_;      // by SKU
  std::map<std::string, std::map<std::string, std::pair<std::string, double>>> spot_;
  Findings findings_;
  bool seen_ = false, terms_first_ = false;
};

}  // namespace berth::price_list
