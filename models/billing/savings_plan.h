// Savings Plans: an hourly commitment in dollars at plan rates, applied to each hour's usage in
// AWS's order. Pure: one hour in, what each plan covers out.
//
// AWS's rules (docs.aws.amazon.com/savingsplans, "how plans apply"):
//   1. EC2 Instance plans before Compute plans. SageMaker plans see only SageMaker usage, the other
//      two only EC2: a workload that moves strands the other side's commitment.
//   2. Plans of one kind are pooled whatever their term: within a kind the highest percentage saved
//      comes first, ties the lower plan rate first (then the type's name, then the plan's number).
//   3. Covered usage uses up commitment at its plan rate until the hour's commitment is gone; usage
//      may be covered in part, the rest is on demand.
//   4. What is not used in an hour is lost and paid all the same.
// Spot, fees, storage and transfer are never covered.
//
// A plan whose rate for a type is unknown does not cover that type.
// Left out: reservations, several accounts.
// Tested by tests/models/billing/savings_plan_test.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/billing/usage_record.h"
#include "models/catalogue.h"
#include "models/units.h"

namespace berth {

struct Commitment {
  enum class Plan { ec2_instance, compute, sagemaker };
  enum class Term { one_year, three_years };
  Plan plan{};
  Term term{};
  std::string family;  // ec2_instance only: "m5"
  UsdPerHour commit;   // at plan rates, not on-demand dollars
  bool operator==(const Commitment&) const = default;
};
std::string_view name_of(Commitment::Plan plan);  // "EC2 Instance Savings Plan"
std::string_view name_of(Commitment::Term term);  // "1 year"

struct Commitments {
  std::vector<Commitment> plans;
  bool operator==(const Commitments&) const = default;
};

// Usage of one kind and type, priced on demand.
struct Sku {
  UsageKind kind{};
  TypeId type;
  bool operator==(const Sku&) const = default;
};

// One way to cover one SKU, in the order plans apply.
struct Offer {
  std::size_t plan = 0;  // position in Commitments::plans
  std::size_t sku = 0;   // position in the list of SKUs
  UsdPerHour rate;
  double saving = 0;  // fraction of on demand
};
std::vector<Offer> offers_in_order(const Commitments& commitments, std::span<const Sku> skus,
                                   const Catalogue& catalogue);

struct Cover {
  std::size_t plan = 0, sku = 0;
  std::int64_t micros = 0;  // instance-microseconds covered
};
// Applies the hour's commitments to its usage (instance-microseconds per SKU). `part` is the length
// of this hour in hours: below 1 at a window's ragged end.
std::vector<Cover> cover_hour(std::span<const Offer> offers, const Commitments& commitments,
                              std::span<const std::int64_t> usage_micros, double part = 1);

}  // namespace berth
