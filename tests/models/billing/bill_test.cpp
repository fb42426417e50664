#include "models/billing/bill.h"

#include <catch2/catch.hpp>
#include <random>

using namespace berth;

namespace {

const Holder kJob = Holder::of(TrainingId{0});
const Holder kService = Holder::of(ServiceId{0});

std::optional<PriceTag> tag(double usd) {
  return PriceTag{.usd = usd, .as_of = "2026-07", .source = "test"};
}

// On demand 1 $/h, spot 0.4; SageMaker 1.2; plans half price.
Catalogue catalogue() {
  Catalogue c;
  InstanceType t{.name = "a.large", .family = "a"};
  t.ec2_on_demand = tag(1.0);
  t.ec2_spot = tag(0.4);
  t.sagemaker_training = tag(1.2);
  t.sagemaker_hosting = tag(1.2);
  t.compute_sp_1y = tag(0.5);
  t.sagemaker_sp_1y = tag(0.6);
  InstanceType other = t;
  other.name = "b.large";
  other.family = "b";
  other.ec2_on_demand = tag(0.731);
  other.compute_sp_1y = tag(0.397);
  c.types = {t, other};
  for (auto& price : c.prices) price = tag(0.0731);
  return c;
}

UsageRecord usage(UsageKind kind, Holder holder, Seconds from, Seconds to, double count = 1) {
  std::optional<TypeId> type;
  if (has_type(kind)) type = TypeId{0};
  return {.kind = kind, .type = type, .holder = holder, .from = from, .to = to, .count = count};
}

Usd sum(const Bill& bill) {
  Usd total;
  for (const BillLine& line : bill.lines) total += line.amount;
  return total;
}

// The bill always adds up, whichever way it is cut.
void check_sums(const Bill& bill) {
  CHECK(sum(bill) == bill.total);
  Usd holders, services;
  for (const auto& [holder, amount] : total_by_holder(bill)) holders += amount;
  for (const auto& [service, amount] : total_by_service(bill)) services += amount;
  CHECK(holders == bill.total);
  CHECK(services == bill.total);
}

Commitments compute_plan(double commit) {
  return {{{.plan = Commitment::Plan::compute, .term = {}, .commit = {commit}}}};
}

// 500 records of every kind in [from, to), of 8 holders and nobody.
Meter random_usage(std::mt19937_64& bits, Seconds from, Seconds to) {
  const auto real = [&](double high) { return high * static_cast<double>(bits() % 100003) / 100003; };
  Meter meter(from, to);
  for (int i = 0; i < 500; ++i) {
    const Holder holder = bits() % 3 == 0 ? Holder::nobody()
                          : bits() % 2 ? Holder::of(TrainingId{static_cast<std::int32_t>(bits() % 4)})
                                       : Holder::of(ServiceId{static_cast<std::int32_t>(bits() % 4)});
    const Seconds at{real(1.2e5)};
    UsageRecord record = usage(static_cast<UsageKind>(bits() % kUsageKinds), holder, at,
                               at + Seconds{real(2e4)}, 1 + real(3));
    if (record.type) record.type = TypeId{static_cast<std::int32_t>(bits() % 2)};
    meter.add(record);
    meter.add(QuantityRecord{SimplePrice::nat_gb, holder, at, real(10)});
  }
  return meter;
}

}  // namespace

TEST_CASE("each kind of usage costs its price") {
  struct Row {
    UsageKind kind;
    double count, cost, list;
    const char* because;
  };
  const Row rows[] = {
      {UsageKind::sagemaker_training,      2,   2.4,    2.4,    "two instances for an hour at 1.20"        },
      {UsageKind::sagemaker_training_spot, 1,   0.48,   1.2,    "1.20 x spot ratio 0.4, once"              },
      {UsageKind::sagemaker_warm_pool,     1,   1.2,    1.2,    "idle warm instances pay the training rate"},
      {UsageKind::sagemaker_hosting,       1,   1.2,    1.2,    "the hosting rate"                         },
      {UsageKind::ec2_on_demand,           1,   1.0,    1.0,    "on demand"                                },
      {UsageKind::ec2_spot,                1,   0.4,    1.0,    "spot, compared with on demand"            },
      {UsageKind::eks_auto_fee,            1,   0.0731, 0.0731, "the fee is a fraction of on demand"       },
      {UsageKind::nat_gateway,             3,   0.2193, 0.2193, "three gateways for an hour"               },
      {UsageKind::ebs_gp3,                 730, 0.0731, 0.0731, "730 GB for an hour are a GB-month"        },
  };
  for (const Row& row : rows) {
    INFO(row.because);
    Meter meter(0s, 3600s);
    meter.add(usage(row.kind, kJob, 0s, 3600s, row.count));
    const Bill bill = price_usage(meter, catalogue(), {});
    REQUIRE(bill.lines.size() == 1);
    CHECK(bill.lines[0].amount.dollars() == Approx(row.cost));
    CHECK(bill.lines[0].list_amount.dollars() == Approx(row.list));
    CHECK(bill.lines[0].holder == kJob);
    check_sums(bill);
  }
}

TEST_CASE("usage without a type has a name that people read") {
  const Catalogue c = catalogue();
  Meter meter(0s, 3600s);
  meter.add(QuantityRecord{SimplePrice::nat_gb, kJob, 5s, 1});
  meter.add(usage(UsageKind::eks_cluster, kJob, 0s, 60s));
  const Bill bill = price_usage(meter, c, {});
  std::vector<std::string> items;
  for (const BillLine& line : bill.lines) items.push_back(line.service + ": " + line.item);
  std::ranges::sort(items);
  CHECK(items == std::vector<std::string>{"Amazon EKS: cluster", "Amazon VPC: NAT gateway, data"});
}

TEST_CASE("an unknown price is named, not taken as 0") {
  Catalogue c = catalogue();
  c.types[0].ec2_spot.reset();
  c.price(SimplePrice::nat_gb).reset();
  Meter meter(0s, 3600s);
  meter.add(usage(UsageKind::ec2_spot, kJob, 0s, 60s));
  meter.add(usage(UsageKind::sagemaker_training_spot, kJob, 0s, 60s));
  meter.add(QuantityRecord{SimplePrice::nat_gb, kJob, 5s, 1});
  CHECK(price_usage(meter, c, {}).missing ==
        std::vector<std::string>{"a.large node, spot", "ml.a.large training, spot", "nat_gb"});
}

TEST_CASE("a plan pays for covered usage at its rate and for the unused hours too") {
  // 2 h window, 0.5 $/h committed = 1.00. Hour 1: one instance, fully covered (0.5). Hour 2: none,
  // so 0.5 is lost. The job held 1/4 of the node: 0.125; idle 0.375.
  Meter meter(0s, 7200s);
  meter.add(usage(UsageKind::ec2_on_demand, Holder::nobody(), 0s, 3600s));
  meter.add_share(usage(UsageKind::ec2_on_demand, kJob, 0s, 3600s), 0.25);
  const Bill bill = price_usage(meter, catalogue(), compute_plan(0.5));
  CHECK(bill.total == usd(1.0));
  CHECK(total_by_holder(bill).at(kJob) == usd(0.125));
  check_sums(bill);
  for (const BillLine& line : bill.lines) {
    const bool used = line.charge == Charge::commitment_used;
    CHECK(line.service == (used ? "Amazon EC2" : "Savings Plans"));  // that used it; nobody's
  }
}

TEST_CASE("usage beyond the commitment is on demand") {
  // 3 instances, 0.5 $/h covers one: 0.5 + 2 x 1.00.
  Meter meter(0s, 3600s);
  meter.add(usage(UsageKind::ec2_on_demand, kService, 0s, 3600s, 3));
  const Bill bill = price_usage(meter, catalogue(), compute_plan(0.5));
  CHECK(bill.total == usd(2.5));
  check_sums(bill);
}

TEST_CASE("moving work to SageMaker strands the compute plan") {
  Meter meter(0s, 3600s);
  meter.add(usage(UsageKind::sagemaker_training, kJob, 0s, 3600s));
  const Bill bill = price_usage(meter, catalogue(), compute_plan(0.5));
  CHECK(bill.total == usd(1.2 + 0.5));
}

TEST_CASE("a bill of a week becomes a bill of a month") {
  // 7 days are 168 of 730 hours.
  Meter meter(0s, kWeek);
  meter.add(usage(UsageKind::ec2_on_demand, kJob, 0s, kWeek));
  const Bill month = per_month(price_usage(meter, catalogue(), {}), kWeek);
  CHECK(month.total == usd(730));
  CHECK(month.lines[0].quantity == Approx(730));
}

TEST_CASE("people's hours are lines like any other") {
  Bill bill;
  add_people(bill,
             {
                 {"upgrades", 10, usd(1000)}
  },
             {100});
  CHECK(bill.total == usd(1000));
  CHECK(total_by_service(bill).at("People") == usd(1000));
  check_sums(bill);
}

TEST_CASE("bills of random usage add up to the last nano-dollar") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 bits(seed);
    const auto real = [&](double high) {
      return high * static_cast<double>(bits() % 100003) / 100003;
    };
    const Seconds from = Seconds{real(1e4)}, to = from + Seconds{real(1e5)};
    const Meter meter = random_usage(bits, from, to);
    const Commitments plans{
        {{.plan = Commitment::Plan::compute, .term = {}, .commit = {real(9)}},
         {.plan = Commitment::Plan::compute, .term = {}, .commit = {real(90)}},
         {.plan = Commitment::Plan::sagemaker, .term = {}, .commit = {real(30)}}}
    };
    const Bill bill = price_usage(meter, catalogue(), plans);
    CHECK(bill.missing.empty());
    check_sums(bill);
    check_sums(per_month(bill, to - from));
    Usd plan_lines, committed;
    for (const BillLine& line : bill.lines) {
      CHECK(line.amount.nanos >= 0);
      if (line.charge == Charge::commitment_used || line.charge == Charge::commitment_unused)
        plan_lines += line.amount;
    }
    for (const Commitment& plan : plans.plans) committed += plan.commit * (to - from);
    CHECK(plan_lines == committed);
  }
}

TEST_CASE("a bill that is priced anew is the one that the other prices would have written") {
  Catalogue dearer = catalogue();
  for (InstanceType& type : dearer.types) {
    type.ec2_on_demand->usd *= 1.3;
    type.ec2_spot->usd *= 0.7;
    type.sagemaker_training->usd *= 1.9;
    type.sagemaker_hosting->usd *= 0.3;
  }
  for (auto& price : dearer.prices) price->usd *= 1.01;
  std::mt19937_64 bits(7);
  const Meter meter = random_usage(bits, 100s, 90000s);
  const Bill there = price_usage(meter, dearer, {});
  const auto priced = repriced(price_usage(meter, catalogue(), {}), dearer);
  REQUIRE(priced);
  CHECK(priced->total == there.total);
  REQUIRE(priced->lines.size() == there.lines.size());
  for (std::size_t i = 0; i < there.lines.size(); ++i) {
    const BillLine &a = priced->lines[i], &b = there.lines[i];
    CAPTURE(b.item);
    CHECK(a.item == b.item);
    CHECK(a.holder == b.holder);
    CHECK(a.amount == b.amount);
    CHECK(a.list_amount == b.list_amount);
    CHECK(a.unit_price == b.unit_price);
    CHECK(a.reference->usd == b.reference->usd);
  }

  // How much a plan covers hangs on prices hour by hour, which a bill does not tell; nor has it people's hours.
  CHECK_FALSE(repriced(price_usage(meter, catalogue(), compute_plan(0.5)), dearer));
  Bill people;
  add_people(people, {{"upgrades", 10, usd(1000)}}, {100});
  CHECK_FALSE(repriced(people, dearer));
  dearer.types[1].ec2_spot.reset();
  CHECK_FALSE(repriced(price_usage(meter, catalogue(), {}), dearer));
}

TEST_CASE("a plan never makes a bill dearer than on demand plus the commitment") {
  Meter meter(0s, 36000s);
  meter.add(usage(UsageKind::ec2_on_demand, kJob, 100s, 20000s, 2.5));
  const Usd without = price_usage(meter, catalogue(), {}).total;
  for (const double commit : {0.1, 0.5, 1.0, 3.0}) {
    const Usd with = price_usage(meter, catalogue(), compute_plan(commit)).total;
    CHECK(with <= without + UsdPerHour{commit} * Seconds{36000});
  }
}
