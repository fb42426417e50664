#include "models/billing/usage_record.h"

#include <iterator>

namespace berth {
namespace {

constexpr std::string_view kNames[] = {
    "sagemaker_training",
    "sagemaker_training_spot",
    "sagemaker_warm_pool",
    "sagemaker_hosting",
    "ec2_on_demand",
    "ec2_spot",
    "eks_auto_fee",
    "eks_cluster",
    "eks_cluster_extended",
    "nat_gateway",
    "vpc_endpoint",
    "load_balancer",
    "ebs_gp3",
    "sagemaker_storage",
    "ecr_storage",
    "s3_storage",
    "logs_storage",
};
static_assert(std::size(kNames) == kUsageKinds);

// The kinds after eks_auto_fee, in order.
constexpr SimplePrice kPrices[] = {
    SimplePrice::eks_cluster_hour,
    SimplePrice::eks_cluster_extended_hour,
    SimplePrice::nat_hour,
    SimplePrice::endpoint_hour,
    SimplePrice::alb_hour,
    SimplePrice::gp3_gb_month,
    SimplePrice::sagemaker_storage_gb_month,
    SimplePrice::ecr_gb_month,
    SimplePrice::s3_gb_month,
    SimplePrice::logs_gb_month,
};
constexpr int kFirstWithoutType = static_cast<int>(UsageKind::eks_cluster);
static_assert(std::size(kPrices) == kUsageKinds - kFirstWithoutType);

}  // namespace

SimplePrice price_of(UsageKind kind) { return kPrices[static_cast<int>(kind) - kFirstWithoutType]; }

std::string_view name_of(UsageKind kind) { return kNames[static_cast<int>(kind)]; }

}  // namespace berth
