#include "models/billing/bill.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

namespace berth {
namespace {

constexpr double kMicrosPerHour = 3.6e9;
constexpr std::int64_t kHour = 3'600'000'000;

Seconds held_time(std::int64_t micros) { return Seconds{static_cast<double>(micros) / 1e6}; }

std::string_view service_of(UsageKind kind) {
  switch (kind) {
    case UsageKind::sagemaker_training:
    case UsageKind::sagemaker_training_spot:
    case UsageKind::sagemaker_warm_pool:
    case UsageKind::sagemaker_hosting:
    case UsageKind::sagemaker_storage:
      return "Amazon SageMaker";
    case UsageKind::ec2_on_demand:
    case UsageKind::ec2_spot:
      return "Amazon EC2";
    case UsageKind::ebs_gp3:
      return "Amazon EBS";
    case UsageKind::eks_auto_fee:
    case UsageKind::eks_cluster:
    case UsageKind::eks_cluster_extended:
      return "Amazon EKS";
    case UsageKind::nat_gateway:
    case UsageKind::vpc_endpoint:
      return "Amazon VPC";
    case UsageKind::load_balancer:
      return "Elastic Load Balancing";
    case UsageKind::ecr_storage:
      return "Amazon ECR";
    case UsageKind::s3_storage:
      return "Amazon S3";
    case UsageKind::logs_storage:
      return "Amazon CloudWatch";
  }
  return "AWS";
}

// The part of a price's name before its first underscore says whose it is.
std::string_view service_of(SimplePrice what) {
  constexpr std::pair<std::string_view, std::string_view> services[] = {
      {"eks_",        "Amazon EKS"            },
      {"nat_",        "Amazon VPC"            },
      {"endpoint_",   "Amazon VPC"            },
      {"cross_az",    "AWS Data Transfer"     },
      {"inter_",      "AWS Data Transfer"     },
      {"internet_",   "AWS Data Transfer"     },
      {"s3_",         "Amazon S3"             },
      {"ecr_",        "Amazon ECR"            },
      {"gp3_",        "Amazon EBS"            },
      {"efs_",        "Amazon EFS"            },
      {"sagemaker_",  "Amazon SageMaker"      },
      {"logs_",       "Amazon CloudWatch"     },
      {"metric_",     "Amazon CloudWatch"     },
      {"alarm_",      "Amazon CloudWatch"     },
      {"alb_",        "Elastic Load Balancing"},
      {"nlb_",        "Elastic Load Balancing"},
      {"eventbridge", "Amazon EventBridge"    },
      {"sqs",         "Amazon SQS"            },
      {"step_",       "AWS Step Functions"    },
  };
  for (const auto& [prefix, service] : services)
    if (name_of(what).starts_with(prefix)) return service;
  return "AWS";
}

// What a bill calls usage that has no type. Its unit stands beside it.
std::string title_of(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> titles[] = {
      {"eks_cluster",                               "cluster"                       },
      {"eks_cluster_extended",                      "cluster, extended support"     },
      {"nat_gateway",                               "NAT gateway"                   },
      {"nat_gb",                                    "NAT gateway, data"             },
      {"vpc_endpoint",                              "VPC endpoint"                  },
      {"endpoint_gb",                               "VPC endpoint, data"            },
      {"load_balancer",                             "load balancer"                 },
      {"cross_az_gb",                               "between zones"                 },
      {"inter_region_gb",                           "between regions"               },
      {"internet_egress_gb",                        "to the internet"               },
      {"ebs_gp3",                                   "gp3 volumes"                   },
      {"gp3_mbps_month",                            "gp3 throughput"                },
      {"gp3_iops_month",                            "gp3 IOPS"                      },
      {"ecr_storage",                               "image storage"                 },
      {"s3_storage",                                "storage"                       },
      {"s3_put_1k",                                 "writes"                        },
      {"s3_get_1k",                                 "reads"                         },
      {"sagemaker_storage",                         "training volumes"              },
      {"sagemaker_endpoint_data_gb",                "endpoint data"                 },
      {"sagemaker_serverless_gb_s",                 "serverless"                    },
      {"sagemaker_serverless_provisioned_gb_s",     "serverless, kept warm"         },
      {"sagemaker_serverless_provisioned_use_gb_s", "serverless, used of kept warm" },
      {"logs_ingest_gb",                            "logs written"                  },
      {"logs_storage",                              "logs kept"                     },
      {"metric_month",                              "metrics"                       },
      {"alarm_month",                               "alarms"                        },
  };
  for (const auto& [key, title] : titles)
    if (key == name) return std::string{title};
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string item_of(UsageKind kind, const InstanceType* type) {
  const std::string name = type ? type->name : "";
  switch (kind) {
    case UsageKind::sagemaker_training:
      return "ml." + name + " training, on demand";
    case UsageKind::sagemaker_training_spot:
      return "ml." + name + " training, spot";
    case UsageKind::sagemaker_warm_pool:
      return "ml." + name + " warm pool";
    case UsageKind::sagemaker_hosting:
      return "ml." + name + " hosting";
    case UsageKind::ec2_on_demand:
      return name + " node, on demand";
    case UsageKind::ec2_spot:
      return name + " node, spot";
    case UsageKind::eks_auto_fee:
      return name + " Auto Mode fee";
    default:
      return title_of(name_of(kind));
  }
}

std::optional<PriceTag> managed_spot(const InstanceType& type) {
  const auto ratio = type.spot_ratio();
  if (!type.sagemaker_training || !ratio) return std::nullopt;
  return PriceTag{.usd = type.sagemaker_training->usd * *ratio,
                  .as_of = type.ec2_spot->as_of,
                  .source = "SageMaker training x EC2 spot over on demand of the same shape",
                  .status = PriceStatus::derived};
}

struct Prices {
  std::optional<PriceTag> paid, list;
};

Prices prices_of(UsageKind kind, const InstanceType* type, const Catalogue& catalogue) {
  const auto same = [](const std::optional<PriceTag>& tag) { return Prices{tag, tag}; };
  switch (kind) {
    case UsageKind::sagemaker_training:
    case UsageKind::sagemaker_warm_pool:
      return same(type->sagemaker_training);
    case UsageKind::sagemaker_training_spot:
      return {managed_spot(*type), type->sagemaker_training};
    case UsageKind::sagemaker_hosting:
      return same(type->sagemaker_hosting);
    case UsageKind::ec2_on_demand:
      return same(type->ec2_on_demand);
    case UsageKind::ec2_spot:
      return {type->ec2_spot, type->ec2_on_demand};
    case UsageKind::eks_auto_fee:
      return same(eks_auto_fee(catalogue, *type));
    default:
      return same(catalogue.price(price_of(kind)));
  }
}

void set_price(BillLine& line, const Prices& prices) {
  const PriceTag& list = prices.list ? *prices.list : *prices.paid;
  line.unit_price = prices.paid->usd;
  line.amount = usd(prices.paid->usd * line.quantity);
  line.list_amount = usd(list.usd * line.quantity);
  line.reference = prices.paid;
}

// Usage of one (kind, type, holder) and, per plan, how much of it a plan covers.
struct Usage {
  Meter::Held held;
  std::vector<std::int64_t> covered;  // by plan
};

class Pricer {
 public:
  Pricer(const Meter& meter, const Catalogue& catalogue, const Commitments& commitments)
      : meter_(meter), catalogue_(catalogue), commitments_(commitments) {
    for (const Meter::Held& held : meter.held())
      usages_.push_back({held, std::vector<std::int64_t>(commitments.plans.size())});
  }

  Bill run() {
    apply_plans();
    for (const Usage& usage : usages_) price(usage);
    for (std::size_t plan = 0; plan < commitments_.plans.size(); ++plan) settle(plan);
    for (const Meter::Quantity& quantity : meter_.quantities()) price(quantity);
    return finish();
  }

 private:
  const InstanceType* type_of(const Meter::Held& held) const {
    return held.type ? &catalogue_.types[held.type->index()] : nullptr;
  }

  // The usages of one SKU: they are neighbours in the meter's order.
  struct SkuUsages {
    Sku sku;
    std::vector<std::size_t> usages;
  };

  std::vector<SkuUsages> skus() const {
    std::vector<SkuUsages> skus;
    for (std::size_t u = 0; u < usages_.size(); ++u) {
      const Meter::Held& held = usages_[u].held;
      if (!held.type || !settled_hourly(held.kind)) continue;
      if (skus.empty() || skus.back().sku.kind != held.kind || skus.back().sku.type != *held.type)
        skus.push_back({
            {held.kind,     *held.type},
            {             }
        });
      skus.back().usages.push_back(u);
    }
    return skus;
  }

  std::int64_t in_hour(std::size_t usage, std::size_t hour) const {
    return std::max<std::int64_t>(0, (*usages_[usage].held.by_hour)[hour]);
  }

  void apply_plans() {
    if (commitments_.plans.empty()) return;
    const std::vector<SkuUsages> all = skus();
    std::vector<Sku> keys;
    keys.reserve(all.size());
    for (const SkuUsages& s : all) keys.push_back(s.sku);
    const std::vector<Offer> offers = offers_in_order(commitments_, keys, catalogue_);
    const auto window = std::llround(meter_.length().count() * 1e6);
    for (std::int64_t start = 0; start < window; start += kHour) {
      const auto hour = static_cast<std::size_t>(start / kHour);
      const double part = std::min(1.0, static_cast<double>(window - start) / kMicrosPerHour);
      apply_hour(all, offers, hour, part);
    }
  }

  void apply_hour(const std::vector<SkuUsages>& all, const std::vector<Offer>& offers,
                  std::size_t hour, double part) {
    std::vector<std::int64_t> usage(all.size());
    for (std::size_t s = 0; s < all.size(); ++s)
      for (const std::size_t u : all[s].usages) usage[s] += in_hour(u, hour);
    for (const Cover& cover : cover_hour(offers, commitments_, usage, part))
      spread(cover, all[cover.sku].usages, usage[cover.sku], hour);
  }

  // Gives every holder its share of what is covered; cumulative, so the parts add up exactly.
  void spread(const Cover& cover, const std::vector<std::size_t>& holders, std::int64_t total,
              std::size_t hour) {
    std::int64_t seen = 0, given = 0;
    for (const std::size_t u : holders) {
      seen += in_hour(u, hour);
      const double fraction = static_cast<double>(seen) / static_cast<double>(total);
      const auto upto = std::llround(static_cast<double>(cover.micros) * fraction);
      usages_[u].covered[cover.plan] += upto - given;
      given = upto;
    }
  }

  void price(const Usage& usage) {
    const Meter::Held& held = usage.held;
    const InstanceType* type = type_of(held);
    const Prices prices = prices_of(held.kind, type, catalogue_);
    const std::string item = item_of(held.kind, type);
    if (!prices.paid) {
      missing_.emplace(has_type(held.kind) ? item : std::string(name_of(price_of(held.kind))));
      return;
    }
    std::int64_t open = held.micros;
    for (std::size_t plan = 0; plan < usage.covered.size(); ++plan) {
      open -= usage.covered[plan];
      if (usage.covered[plan] != 0) add_covered(plan, usage, *prices.paid);
    }
    if (open != 0) add_open(held, item, prices, open);
  }

  void add_open(const Meter::Held& held, const std::string& item, const Prices& prices,
                std::int64_t micros) {
    const Seconds time = held_time(micros);
    const bool monthly =
        prices.paid && !has_type(held.kind) && unit_of(price_of(held.kind)).ends_with("-month");
    const Seconds unit = monthly ? kMonth : Seconds{1h};
    BillLine line{.service = std::string(service_of(held.kind)),
                  .item = item,
                  .holder = held.holder,
                  .quantity = time / unit,
                  .unit = monthly ? "GB-month" : "h"};
    if (held.type)
      line.sku = {held.kind, *held.type};
    else
      line.price = price_of(held.kind);
    set_price(line, prices);
    lines_.push_back(std::move(line));
  }

  std::string plan_name(std::size_t plan) const {
    const Commitment& c = commitments_.plans[plan];
    const std::string family = c.family.empty() ? "" : c.family + " ";
    return family + std::string(name_of(c.plan)) + ", " + std::string(name_of(c.term)) + " (" +
           std::to_string(plan + 1) + ")";
  }

  void add_covered(std::size_t plan, const Usage& usage, const PriceTag& list) {
    const InstanceType& type = *type_of(usage.held);
    const Sku sku{usage.held.kind, *usage.held.type};
    const Commitments alone{{commitments_.plans[plan]}};
    const UsdPerHour rate = offers_in_order(alone, std::span(&sku, 1), catalogue_).front().rate;
    const Seconds time = held_time(usage.covered[plan]);
    lines_.push_back({.service = std::string(service_of(usage.held.kind)),
                      .item = plan_name(plan) + ": " + item_of(usage.held.kind, &type),
                      .holder = usage.held.holder,
                      .charge = Charge::commitment_used,
                      .quantity = Hours{time}.count(),
                      .unit = "h",
                      .unit_price = rate.rate,
                      .amount = rate * time,
                      .list_amount = list.per_hour() * time,
                      .reference = reference(plan, rate)});
    used_.resize(commitments_.plans.size());
    used_[plan].push_back(lines_.size() - 1);
  }

  PriceTag reference(std::size_t plan, UsdPerHour rate) const {
    return {.usd = rate.rate,
            .as_of = catalogue_.date,
            .source = plan_name(plan),
            .status = PriceStatus::derived};
  }

  // What is left of a plan is lost and paid. Rounding may leave the used lines a few nano-dollars
  // above the commitment: the last of them gives those back, so the plan costs what it costs.
  void settle(std::size_t plan) {
    used_.resize(commitments_.plans.size());
    const Usd paid = commitments_.plans[plan].commit * meter_.length();
    Usd unused = paid;
    for (const std::size_t line : used_[plan]) unused -= lines_[line].amount;
    if (unused.nanos < 0 && !used_[plan].empty())
      lines_[used_[plan].back()].amount += std::exchange(unused, Usd{});
    if (unused.nanos == 0) return;
    lines_.push_back({.service = "Savings Plans",
                      .item = plan_name(plan) + ": unused",
                      .charge = Charge::commitment_unused,
                      .quantity = unused.dollars(),
                      .unit = "USD",
                      .unit_price = 1,
                      .amount = unused});
  }

  void price(const Meter::Quantity& used) {
    const auto& tag = catalogue_.price(used.what);
    if (!tag) {
      missing_.emplace(name_of(used.what));  // as a scenario sets it
      return;
    }
    BillLine line{.service = std::string(service_of(used.what)),
                  .item = title_of(name_of(used.what)),
                  .holder = used.holder,
                  .quantity = static_cast<double>(used.billionths) / 1e9,
                  .unit = std::string(unit_of(used.what)),
                  .price = used.what};
    set_price(line, {tag, tag});
    lines_.push_back(std::move(line));
  }

  Bill finish() {
    Bill bill;
    std::ranges::sort(lines_, {}, [](const BillLine& l) {
      return std::tie(l.service, l.item, l.charge, l.holder);
    });
    bill.lines = std::move(lines_);
    for (const BillLine& line : bill.lines) bill.total += line.amount;
    bill.missing.assign(missing_.begin(), missing_.end());
    return bill;
  }

  const Meter& meter_;
  const Catalogue& catalogue_;
  const Commitments& commitments_;
  std::vector<Usage> usages_;
  std::vector<BillLine> lines_;
  std::vector<std::vector<std::size_t>> used_;  // by plan: its lines
  std::set<std::string> missing_;
};

}  // namespace

std::string_view name_of(Charge charge) {
  constexpr std::string_view names[] = {"usage", "commitment_used", "commitment_unused", "people"};
  return names[static_cast<int>(charge)];
}

Bill price_usage(const Meter& meter, const Catalogue& catalogue, const Commitments& commitments) {
  return Pricer(meter, catalogue, commitments).run();
}

std::optional<Bill> repriced(const Bill& bill, const Catalogue& catalogue) {
  Bill out = bill;
  out.total = {};
  for (BillLine& line : out.lines) {
    if (!line.sku && !line.price) return std::nullopt;
    const Prices prices =
        line.sku ? prices_of(line.sku->kind, &catalogue.types[line.sku->type.index()], catalogue)
                 : Prices{catalogue.price(*line.price), {}};
    if (!prices.paid) return std::nullopt;
    set_price(line, prices);
    out.total += line.amount;
  }
  return out;
}

Bill per_month(const Bill& bill, Seconds window) {
  const double factor = kMonth / window;
  Bill month = bill;
  month.total = {};
  for (BillLine& line : month.lines) {
    line.quantity *= factor;
    line.amount = scaled(line.amount, factor);
    line.list_amount = scaled(line.list_amount, factor);
    month.total += line.amount;
  }
  return month;
}

void add_people(Bill& bill, const std::vector<ToilLine>& toil, UsdPerHour rate) {
  for (const ToilLine& line : toil) {
    bill.lines.push_back({.service = "People",
                          .item = line.activity,
                          .charge = Charge::people,
                          .quantity = line.hours_per_month,
                          .unit = "h",
                          .unit_price = rate.rate,
                          .amount = line.per_month,
                          .list_amount = line.per_month});
    bill.total += line.per_month;
  }
}

std::map<Holder, Usd> total_by_holder(const Bill& bill) {
  std::map<Holder, Usd> totals;
  for (const BillLine& line : bill.lines) totals[line.holder] += line.amount;
  return totals;
}

std::map<std::string, Usd> total_by_service(const Bill& bill) {
  std::map<std::string, Usd> totals;
  for (const BillLine& line : bill.lines) totals[line.service] += line.amount;
  return totals;
}

}  // namespace berth
