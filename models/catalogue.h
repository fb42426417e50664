// What can be bought, what it is made of and what it costs: instance types and the prices around
// them.
//
// Every price is a PriceTag: dollars, the day it was true, where it was read and whether a source
// printed it (sourced), we computed it from printed figures (derived) or the user set it (user).
// A price nobody knows is absent, never 0; using one is an error (billing/bill.h lists them).
// Prices are on demand, Linux, one region, before tax and private discounts. A month is 730 h.
//
// A Catalogue is a plain value: copy it, replace a PriceTag, pass it on. Types are sorted by name.
// Left out: price tiers by volume (the first tier is used), prices of other regions, Windows.
// Read from CSV by scenarios/read_catalogue.h. Tested by tests/models/catalogue_test.cpp.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/units.h"

namespace berth {

enum class PriceStatus { sourced, derived, user };
std::string_view name_of(PriceStatus status);

struct PriceTag {
  double usd = 0;      // per hour for instances, per unit_of(SimplePrice) for the rest
  std::string as_of;   // ISO date, to the day or to the month
  std::string source;  // in words
  PriceStatus status = PriceStatus::sourced;
  UsdPerHour per_hour() const { return {usd}; }
  bool operator==(const PriceTag&) const = default;
};

struct InstanceType {
  std::string name;    // "m5.xlarge", without "ml."
  std::string family;  // "m5"
  int vcpu = 0;
  Bytes memory;
  int gpus = 0;  // accelerators of any make: GPU, Trainium, Inferentia
  std::string gpu_model;
  double gpu_mem_gib = 0;       // each
  BytesPerSecond net_baseline;  // sustained
  BytesPerSecond net_burst;     // "up to", while credits last; equals the baseline on large types
  BytesPerSecond ebs_max;
  Bytes nvme;  // local disks together; 0 = none
  bool arm = false;
  Resources allocatable;  // what kubelet on EKS offers pods, before DaemonSets
  int max_pods = 0;

  bool sagemaker_training_offered = false;
  bool sagemaker_hosting_offered = false;
  std::optional<PriceTag> ec2_on_demand, ec2_spot;
  std::optional<PriceTag> sagemaker_training, sagemaker_hosting;
  // Savings Plan rates per hour: 1 year and 3 years without upfront payment, except ec2_sp_3y (all
  // upfront, per hour of the term). ec2_sp is the EC2 Instance Savings Plan of the family.
  std::optional<PriceTag> compute_sp_1y, compute_sp_3y, ec2_sp_1y, ec2_sp_3y;
  std::optional<PriceTag> sagemaker_sp_1y, sagemaker_sp_3y;
  std::optional<PriceTag> capacity_block;
  // Chance that AWS takes a spot instance back within a month (middle of the Spot Advisor's band).
  std::optional<double> spot_reclaim_per_month;

  // Spot price over on-demand price of this very shape; SageMaker managed spot uses it too.
  std::optional<double> spot_ratio() const;
  bool operator==(const InstanceType&) const = default;
};

// Every price an instance type can have, under the name files and messages use.
struct PriceColumn {
  std::string_view name;
  std::optional<PriceTag> InstanceType::*tag;
};
std::span<const PriceColumn> price_columns();

// Hazard of reclaim per hour from the monthly chance p: -ln(1 - p) / 730.
double reclaims_per_hour(double per_month);

// Prices that do not belong to an instance type.
enum class SimplePrice {
  eks_cluster_hour,
  eks_cluster_extended_hour,
  eks_auto_fee_cpu,    // fraction of the EC2 on-demand price, all families but the next two
  eks_auto_fee_g,      // G families
  eks_auto_fee_p_trn,  // P and Trainium families
  eks_fargate_vcpu_hour,
  eks_fargate_gb_hour,
  nat_hour,
  nat_gb,
  endpoint_hour,  // VPC interface endpoint, per availability zone
  endpoint_gb,
  cross_az_gb,  // one direction; a GB moved is billed on both sides
  inter_region_gb,
  internet_egress_gb,
  s3_gb_month,
  s3_put_1k,
  s3_get_1k,
  ecr_gb_month,
  gp3_gb_month,
  gp3_iops_month,  // above 3000
  gp3_mbps_month,  // above 125 MB/s
  efs_gb_month,
  sagemaker_storage_gb_month,
  sagemaker_endpoint_data_gb,  // each direction
  sagemaker_serverless_gb_s,   // memory x time a request is processed
  sagemaker_serverless_provisioned_gb_s,      // memory x time a container is kept warm
  sagemaker_serverless_provisioned_use_gb_s,  // the first, on provisioned containers
  logs_ingest_gb,
  logs_gb_month,
  metric_month,
  alarm_month,
  alb_hour,
  alb_lcu_hour,
  nlb_hour,
  nlb_lcu_hour,
  eventbridge_1m,
  sqs_1m,
  step_functions_1k,
};
inline constexpr int kSimplePrices = static_cast<int>(SimplePrice::step_functions_1k) + 1;
std::string_view name_of(SimplePrice price);  // "nat_hour": as in files and JSON
std::string_view unit_of(SimplePrice price);  // "GB", "h", "GB-month", ...
std::optional<SimplePrice> simple_price(std::string_view name);

// What people know a price or a fact by, without the provider's prefix: "ml.m5.xlarge" ->
// "m5.xlarge".
std::string_view bare_type_name(std::string_view name);

struct Catalogue {
  std::string name;                 // "aws-us-east-1"
  std::string region;               // "us-east-1"
  std::string date;                 // the newest price in it
  std::vector<InstanceType> types;  // sorted by name
  std::array<std::optional<PriceTag>, kSimplePrices> prices;

  // Accepts "m5.xlarge" and "ml.m5.xlarge". nullptr when unknown.
  const InstanceType* find(std::string_view type) const;
  InstanceType* find(std::string_view type);
  std::optional<int> index_of(std::string_view type) const;

  const std::optional<PriceTag>& price(SimplePrice what) const {
    return prices[static_cast<std::size_t>(what)];
  }
  std::optional<PriceTag>& price(SimplePrice what) {
    return prices[static_cast<std::size_t>(what)];
  }
  bool operator==(const Catalogue&) const = default;
};

// Which of the Auto Mode fractions holds for a type's family.
SimplePrice eks_auto_fee_share(const InstanceType& type);

// EKS Auto Mode's fee for a node of this type: a fraction of the on-demand price, whatever the
// node itself is bought as. Absent when either part is unknown.
std::optional<PriceTag> eks_auto_fee(const Catalogue& catalogue, const InstanceType& type);

// The known type names nearest to a misspelt one, best first, at most three.
std::vector<std::string> nearest_types(const Catalogue& catalogue, std::string_view name);

}  // namespace berth
