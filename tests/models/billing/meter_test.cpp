#include "models/billing/meter.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace berth;

namespace {

const TypeId kType{0};
const Holder kJob = Holder::of(TrainingId{0});
const Holder kOther = Holder::of(TrainingId{1});
const Holder kService = Holder::of(ServiceId{0});

double hours(const Meter& meter, UsageKind kind, Holder holder) {
  for (const Meter::Held& h : meter.held())
    if (h.kind == kind && h.holder == holder) return static_cast<double>(h.micros) / 3.6e9;
  return 0;
}

UsageRecord node(UsageKind kind, Seconds from, Seconds to) {
  return {.kind = kind, .type = kType, .from = from, .to = to, .launch = true};
}

}  // namespace

TEST_CASE("usage is billed as AWS bills it") {
  struct Row {
    UsageKind kind;
    Seconds from, to;
    bool launch, reclaimed;
    double billed_s;
    const char* because;
  };
  const Row rows[] = {
      {UsageKind::ec2_on_demand,      0s,    100s,  true,  false, 100,  "by the second"                      },
      {UsageKind::ec2_on_demand,      0s,    20s,   true,  false, 60,   "at least 60 s per launch"           },
      {UsageKind::ec2_on_demand,      0s,    20s,   false, false, 20,   "a part of a life has no minimum"    },
      {UsageKind::ec2_spot,           0s,    3599s, true,  true,  0,    "AWS took it in the first hour: free"},
      {UsageKind::ec2_spot,           0s,    3600s, true,  true,  3600, "a full hour is billed"              },
      {UsageKind::ec2_spot,           0s,    3599s, true,  false, 3599, "we ended it: billed"                },
      {UsageKind::ec2_on_demand,      0s,    3599s, true,  true,  3599, "only spot is free"                  },
      {UsageKind::sagemaker_training, 0s,    20s,   false, false, 20,   "SageMaker has no minimum"           },
      {UsageKind::ec2_on_demand,      -50s,  -20s,  true,  false, 10,
       "the minimum (to +10 s) counts before the window clips"                                               },
      {UsageKind::ec2_on_demand,      7190s, 7300s, true,  false, 10,   "the window ends at 7200 s"          },
      {UsageKind::ec2_on_demand,      8000s, 8100s, true,  false, 0,    "outside the window"                 },
  };
  for (const Row& row : rows) {
    INFO(row.because);
    Meter meter(0s, 7200s);
    meter.add(UsageRecord{.kind = row.kind,
                          .type = kType,
                          .from = row.from,
                          .to = row.to,
                          .launch = row.launch,
                          .reclaimed = row.reclaimed});
    CHECK(hours(meter, row.kind, Holder::nobody()) * 3600 == Approx(row.billed_s));
  }
}

TEST_CASE("a share moves node time from nobody to the pod's workload") {
  Meter meter(0s, 7200s);
  meter.add(node(UsageKind::ec2_on_demand, 0s, 7200s));
  meter.add_share(
      {.kind = UsageKind::ec2_on_demand, .type = kType, .holder = kJob, .from = 1800s, .to = 5400s},
      0.25);
  // 1 h x 0.25 to the job; 2 h - 0.25 h idle.
  CHECK(hours(meter, UsageKind::ec2_on_demand, kJob) == 0.25);
  CHECK(hours(meter, UsageKind::ec2_on_demand, Holder::nobody()) == 1.75);
  for (const Meter::Held& h : meter.held()) {
    const double first = static_cast<double>((*h.by_hour)[0]) / 3.6e9;
    CHECK(first == (h.holder == kJob ? 0.125 : 0.875));
  }
}

TEST_CASE("a node filled by thirds is never idle below zero") {
  Meter meter(0s, 3600s);
  meter.add(node(UsageKind::ec2_spot, 0s, 1000.0000015s));
  for (const Holder holder : {kJob, kOther, kService})
    meter.add_share({.kind = UsageKind::ec2_spot,
                     .type = kType,
                     .holder = holder,
                     .from = 0s,
                     .to = 1000.0000015s},
                    1.0 / 3);
  for (const Meter::Held& h : meter.held()) CHECK(h.micros >= 0);
  CHECK(hours(meter, UsageKind::ec2_spot, Holder::nobody()) * 3.6e9 < 3);
}

TEST_CASE("the order of records does not change a total") {
  std::mt19937_64 bits(1);
  const auto pick = [&](unsigned n) { return static_cast<double>(bits() % n); };
  std::vector<UsageRecord> records;
  for (int i = 0; i < 2000; ++i) {
    const double from = pick(90'000'000) / 1000;
    records.push_back({.kind = static_cast<UsageKind>(bits() % 7),
                       .type = TypeId{static_cast<std::int32_t>(bits() % 3)},
                       .holder = Holder::of(ServiceId{static_cast<std::int32_t>(bits() % 3)}),
                       .from = Seconds{from},
                       .to = Seconds{from + pick(9'000'000) / 997},
                       .count = 1 + pick(4) / 3});
  }
  Meter forth(1h, 20h), back(1h, 20h), left(1h, 20h), right(1h, 20h);
  for (std::size_t i = 0; i < records.size(); ++i) {
    forth.add(records[i]);
    back.add(records[records.size() - 1 - i]);
    (i % 3 == 0 ? left : right).add(records[i]);
  }
  left.merge(right);
  const auto a = forth.held(), b = back.held(), c = left.held();
  REQUIRE(a.size() == b.size());
  REQUIRE(a.size() == c.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].micros == b[i].micros);
    CHECK(a[i].micros == c[i].micros);
    CHECK(*a[i].by_hour == *c[i].by_hour);
  }
}

TEST_CASE("the hours of the window add up to the total") {
  Meter meter(30s, 10000s);
  meter.add(node(UsageKind::ec2_on_demand, 0s, 9000s));
  const auto held = meter.held();
  std::int64_t sum = 0;
  for (const std::int64_t hour : *held[0].by_hour) sum += hour;
  CHECK(sum == held[0].micros);
  CHECK(held[0].by_hour->size() == 3);
}

TEST_CASE("quantities are counted within the window, in billionths") {
  Meter meter(10s, 20s);
  for (const Seconds at : {5s, 10s, 15s, 20s})
    meter.add(QuantityRecord{SimplePrice::nat_gb, kJob, at, 0.1});
  REQUIRE(meter.quantities().size() == 1);
  CHECK(meter.quantities()[0].billionths == 200'000'000);
}
