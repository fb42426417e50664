#include "models/catalogue.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace berth {
namespace {

struct SimplePriceFacts {
  std::string_view name, unit;
};

// In the order of SimplePrice.
constexpr SimplePriceFacts kSimplePriceFacts[] = {
    {"eks_cluster_hour",                          "h"                        },
    {"eks_cluster_extended_hour",                 "h"                        },
    {"eks_auto_fee_cpu",                          "fraction of EC2 on demand"},
    {"eks_auto_fee_g",                            "fraction of EC2 on demand"},
    {"eks_auto_fee_p_trn",                        "fraction of EC2 on demand"},
    {"eks_fargate_vcpu_hour",                     "vCPU-h"                   },
    {"eks_fargate_gb_hour",                       "GB-h"                     },
    {"nat_hour",                                  "h"                        },
    {"nat_gb",                                    "GB"                       },
    {"endpoint_hour",                             "h"                        },
    {"endpoint_gb",                               "GB"                       },
    {"cross_az_gb",                               "GB"                       },
    {"inter_region_gb",                           "GB"                       },
    {"internet_egress_gb",                        "GB"                       },
    {"s3_gb_month",                               "GB-month"                 },
    {"s3_put_1k",                                 "1000 requests"            },
    {"s3_get_1k",                                 "1000 requests"            },
    {"ecr_gb_month",                              "GB-month"                 },
    {"gp3_gb_month",                              "GB-month"                 },
    {"gp3_iops_month",                            "IOPS-month"               },
    {"gp3_mbps_month",                            "MB/s-month"               },
    {"efs_gb_month",                              "GB-month"                 },
    {"sagemaker_storage_gb_month",                "GB-month"                 },
    {"sagemaker_endpoint_data_gb",                "GB"                       },
    {"sagemaker_serverless_gb_s",                 "GB-s"                     },
    {"sagemaker_serverless_provisioned_gb_s",     "GB-s"                     },
    {"sagemaker_serverless_provisioned_use_gb_s", "GB-s"                     },
    {"logs_ingest_gb",                            "GB"                       },
    {"logs_gb_month",                             "GB-month"                 },
    {"metric_month",                              "metric-month"             },
    {"alarm_month",                               "alarm-month"              },
    {"alb_hour",                                  "h"                        },
    {"alb_lcu_hour",                              "LCU-h"                    },
    {"nlb_hour",                                  "h"                        },
    {"nlb_lcu_hour",                              "LCU-h"                    },
    {"eventbridge_1m",                            "1000000 events"           },
    {"sqs_1m",                                    "1000000 requests"         },
    {"step_functions_1k",                         "1000 transitions"         },
};
static_assert(std::size(kSimplePriceFacts) == kSimplePrices);

constexpr PriceColumn kPriceColumns[] = {
    {"ec2_on_demand",      &InstanceType::ec2_on_demand     },
    {"ec2_spot",           &InstanceType::ec2_spot          },
    {"sagemaker_training", &InstanceType::sagemaker_training},
    {"sagemaker_hosting",  &InstanceType::sagemaker_hosting },
    {"compute_sp_1y",      &InstanceType::compute_sp_1y     },
    {"compute_sp_3y",      &InstanceType::compute_sp_3y     },
    {"ec2_sp_1y",          &InstanceType::ec2_sp_1y         },
    {"ec2_sp_3y",          &InstanceType::ec2_sp_3y         },
    {"sagemaker_sp_1y",    &InstanceType::sagemaker_sp_1y   },
    {"sagemaker_sp_3y",    &InstanceType::sagemaker_sp_3y   },
    {"capacity_block",     &InstanceType::capacity_block    },
};

const SimplePriceFacts& facts(SimplePrice price) {
  return kSimplePriceFacts[static_cast<std::size_t>(price)];
}

auto lower_bound_of(auto& types, std::string_view name) {
  return std::lower_bound(types.begin(), types.end(), name,
                          [](const InstanceType& t, std::string_view n) { return t.name < n; });
}

// Levenshtein's distance, one row at a time.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, replaced}));
    }
  }
  return row.back();
}

}  // namespace

std::string_view name_of(PriceStatus status) {
  constexpr std::string_view names[] = {"sourced", "derived", "user"};
  return names[static_cast<std::size_t>(status)];
}

std::string_view name_of(SimplePrice price) { return facts(price).name; }
std::string_view unit_of(SimplePrice price) { return facts(price).unit; }

std::optional<SimplePrice> simple_price(std::string_view name) {
  for (int i = 0; i < kSimplePrices; ++i)
    if (kSimplePriceFacts[i].name == name) return static_cast<SimplePrice>(i);
  return std::nullopt;
}

std::span<const PriceColumn> price_columns() { return kPriceColumns; }

std::optional<double> InstanceType::spot_ratio() const {
  if (!ec2_spot || !ec2_on_demand || ec2_on_demand->usd <= 0) return std::nullopt;
  return ec2_spot->usd / ec2_on_demand->usd;
}

double reclaims_per_hour(double per_month) {
  return -std::log1p(-per_month) / Hours{kMonth}.count();
}

std::string_view bare_type_name(std::string_view name) {
  return name.starts_with("ml.") ? name.substr(3) : name;
}

const InstanceType* Catalogue::find(std::string_view type) const {
  const auto at = lower_bound_of(types, bare_type_name(type));
  return at != types.end() && at->name == bare_type_name(type) ? &*at : nullptr;
}

InstanceType* Catalogue::find(std::string_view type) {
  return const_cast<InstanceType*>(std::as_const(*this).find(type));
}

std::optional<int> Catalogue::index_of(std::string_view type) const {
  const InstanceType* found = find(type);
  if (!found) return std::nullopt;
  return static_cast<int>(found - types.data());
}

SimplePrice eks_auto_fee_share(const InstanceType& type) {
  if (type.family.starts_with("p") || type.family.starts_with("trn"))
    return SimplePrice::eks_auto_fee_p_trn;
  return type.family.starts_with("g") ? SimplePrice::eks_auto_fee_g : SimplePrice::eks_auto_fee_cpu;
}

std::optional<PriceTag> eks_auto_fee(const Catalogue& catalogue, const InstanceType& type) {
  const auto& fraction = catalogue.price(eks_auto_fee_share(type));
  if (!fraction || !type.ec2_on_demand) return std::nullopt;
  return PriceTag{
      .usd = fraction->usd * type.ec2_on_demand->usd,
      .as_of = fraction->as_of,
      .source = fraction->source,
      .status = fraction->status == PriceStatus::user ? PriceStatus::user : PriceStatus::derived};
}

std::vector<std::string> nearest_types(const Catalogue& catalogue, std::string_view name) {
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  ranked.reserve(catalogue.types.size());
  for (const InstanceType& type : catalogue.types)
    ranked.emplace_back(edits(bare_type_name(name), type.name), type.name);
  std::ranges::sort(ranked);
  std::vector<std::string> nearest;
  for (const auto& [distance, known] : ranked)
    if (nearest.size() < 3 && distance <= 3) nearest.emplace_back(known);
  return nearest;
}

}  // namespace berth
