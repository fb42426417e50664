// AWS price lists into a Catalogue: bulk offer files, GetProducts answers, Savings Plan offers and
// spot price history, read as a stream.
//
// Known shapes, told apart by what is in them:
//   bulk offer      {products: {SKU: {...}}, terms: {OnDemand: {SKU: {TERM: {...}}}}}
//   GetProducts     {PriceList: [...]}, a bare list, or one product; elements are JSON in a string
//   or
//                   objects, with terms.OnDemand keyed by SKU.TERM
//   Savings Plans   {products: [...], terms: {savingsPlan: [{rates: [...]}]}}
//   spot history    {SpotPriceHistory: [...]}: the newest price of each zone, then the cheapest
//   zone
// Only one product, term or rate is held at a time: memory is flat in the size of the file.
//
// Used: EC2 Linux, shared, nothing preinstalled, used capacity; SageMaker Training and Hosting;
// gp3, NAT, EKS cluster, SageMaker storage; plans 1 or 3 years as in models/catalogue.h. Only the
// catalogue's region, only USD, only prices above 0. Two SKUs with different prices for one thing:
// neither is used and both are named. A price we had derived from an on-demand price moves with it.
// A file that breaks off or is not JSON changes nothing.
//
// Left out: types the catalogue does not have (named in `skipped`; their Kubernetes figures are not
// in a price list), reservations, volume tiers beyond the first, the gp3 throughput price. Tested
// by tests/tools/import_prices_test.cpp.
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/catalogue.h"

namespace berth {

struct PriceImport {
  std::string file;
  std::string offer;  // "AmazonEC2 20260720000000"
  struct Update {
    std::string what;  // "g5.2xlarge ec2_on_demand" or "nat_hour"
    std::optional<double> before;
    double after = 0;
  };
  std::vector<Update> used;            // by name
  int moved_along = 0;                 // derived prices that followed an on-demand price
  std::map<std::string, int> skipped;  // reason -> how many
  std::vector<std::string> conflicts;  // one sentence each
  std::optional<std::string> error;    // the file was not used at all
};

// Reads one file and updates the catalogue, with the price list's day and name on every price.
PriceImport import_prices(std::istream& in, const std::string& file, Catalogue& catalogue);

// What was used and what was not, for people.
std::string summary(const PriceImport& result);

}  // namespace berth
