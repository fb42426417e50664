// Who held what from when to when: what a simulation hands to the Meter, one record at a time.
//
// UsageRecord: `count` instances (or GB, or gateways) of one kind held from `from` to `to`, in
// simulated time. QuantityRecord: an amount used up at one moment (GB moved, requests / 1000).
// Records are folded into totals at once (billing/meter.h) and never kept.
//
// What is billed when (AWS's rules; tests/models/billing/meter_test.cpp holds them):
//   sagemaker_training       from the first image download to the end of the upload; waiting for
//                            capacity is free; by the second, no minimum
//   sagemaker_training_spot  the same span, only while instances are held. AWS bills the on-demand
//                            rate for BillableTime = held time x (1 - saving); the record carries
//                            the held time and the price carries the saving (billing/bill.h), once
//   sagemaker_warm_pool      from the end of a job to reuse or release, at the training rate
//   sagemaker_hosting        while the instance is in service
//   ec2_*                    from running to stopped; one record per launch; at least 60 s
//   eks_auto_fee             with every node of an Auto Mode cluster, whatever it is bought as
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/catalogue.h"
#include "models/ids.h"
#include "models/units.h"

namespace berth {

enum class UsageKind : std::uint8_t {
  // Held by instance type:
  sagemaker_training,
  sagemaker_training_spot,
  sagemaker_warm_pool,
  sagemaker_hosting,
  ec2_on_demand,
  ec2_spot,
  eks_auto_fee,
  // Held by the hour, count = how many:
  eks_cluster,
  eks_cluster_extended,
  nat_gateway,
  vpc_endpoint,
  load_balancer,
  // Held by the GB-month, count = GB:
  ebs_gp3,
  sagemaker_storage,
  ecr_storage,
  s3_storage,
  logs_storage,
};
inline constexpr int kUsageKinds = static_cast<int>(UsageKind::logs_storage) + 1;

// An instance kind needs a type; the others have one price for all.
constexpr bool has_type(UsageKind kind) { return kind <= UsageKind::eks_auto_fee; }
// Only these can be covered by a Savings Plan, and plans are settled hour by hour.
constexpr bool settled_hourly(UsageKind kind) {
  return kind == UsageKind::sagemaker_training || kind == UsageKind::sagemaker_warm_pool ||
         kind == UsageKind::sagemaker_hosting || kind == UsageKind::ec2_on_demand;
}
// The price of a kind without a type. Only for kinds where has_type() is false.
SimplePrice price_of(UsageKind kind);
std::string_view name_of(UsageKind kind);

// Whose cost it is. Unattributed: idle capacity and what serves everybody.
struct Holder {
  enum class Kind : std::uint8_t { unattributed, training, service };
  Kind kind = Kind::unattributed;
  std::int32_t index = 0;
  auto operator<=>(const Holder&) const = default;
  static constexpr Holder nobody() { return {}; }
  static constexpr Holder of(TrainingId id) { return {Kind::training, id.value}; }
  static constexpr Holder of(ServiceId id) { return {Kind::service, id.value}; }
};

using TypeId = Id<struct InstanceTypeTag>;  // position in Catalogue::types

struct UsageRecord {
  UsageKind kind{};
  std::optional<TypeId> type;  // set exactly when has_type(kind)
  Holder holder;
  Seconds from{}, to{};
  double count = 1;
  // The record is the whole life of an EC2 instance, from running to stopped: the minimum applies.
  bool launch = false;
  // AWS took this spot instance back: a first hour cut short is free.
  bool reclaimed = false;
};

struct QuantityRecord {
  SimplePrice what{};
  Holder holder;
  Seconds at{};
  double amount = 0;  // in unit_of(what)
};

}  // namespace berth
