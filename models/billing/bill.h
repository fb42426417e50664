// Usage priced line by line, as AWS would bill it.
//
//   amount = price per unit x quantity, rounded once to nano-dollars (models/units.h)
//
// Managed spot training: AWS bills the on-demand rate x BillableTime and says BillableTime = held
// time x (1 - saving). Here the quantity is held time and the price carries the saving: the
// SageMaker training rate x the EC2 spot ratio of the same shape (derived: SageMaker publishes no
// figure). The product is the same, and the saving is applied once. Warm pools pay the training
// rate. Savings Plans are settled hour by hour (billing/savings_plan.h); their covered usage is
// shown at plan rates under the service that used it, unused commitment as a line of nobody's.
//
// LAWS, held by tests/models/billing/bill_test.cpp with random records:
//   sum of lines == total; sum over holders, nobody included == total; a plan's lines == its
//   commitment x the window's hours.
// A price that is needed and unknown is named in `missing`: such a bill is not an answer.
//
// Left out: volume tiers, taxes, private discounts, credits, reservations.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/billing/meter.h"
#include "models/billing/savings_plan.h"
#include "models/billing/toil.h"
#include "models/billing/usage_record.h"
#include "models/catalogue.h"
#include "models/units.h"

namespace berth {

enum class Charge { usage, commitment_used, commitment_unused, people };
std::string_view name_of(Charge charge);

struct BillLine {
  std::string service;  // "Amazon SageMaker"
  std::string item;     // "ml.m5.xlarge training, on demand"
  Holder holder;
  Charge charge = Charge::usage;
  double quantity = 0;
  std::string unit;       // "h", "GB", "GB-month", ...
  double unit_price = 0;  // USD per unit
  Usd amount;
  Usd list_amount;                    // the same usage on demand, without plan or spot
  std::optional<PriceTag> reference;  // where the price comes from; absent for people
  // What is looked up in a catalogue for it: one of both, and neither for what plans cover or lose, and people.
  std::optional<Sku> sku;
  std::optional<SimplePrice> price;
};

struct Bill {
  std::vector<BillLine> lines;  // by service, item, charge, holder
  Usd total;
  std::vector<std::string> missing;  // prices needed and unknown; sorted
};

Bill price_usage(const Meter& meter, const Catalogue& catalogue, const Commitments& commitments);

// The same usage at the prices of another catalogue: the bill that price_usage() would have written with it.
// Nothing where a line cannot be priced anew: it lacks a price there, or plans cover a part of the usage,
// and how much of it hangs on prices hour by hour.
std::optional<Bill> repriced(const Bill& bill, const Catalogue& catalogue);

// The bill of a month of which `window` is typical.
Bill per_month(const Bill& bill, Seconds window);

// Adds lines for people's hours (already monthly) to a monthly bill.
void add_people(Bill& bill, const std::vector<ToilLine>& toil, UsdPerHour rate);

std::map<Holder, Usd> total_by_holder(const Bill& bill);
std::map<std::string, Usd> total_by_service(const Bill& bill);

}  // namespace berth
