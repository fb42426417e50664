// Folds usage records into totals per (kind, type, holder), hour by hour, in a few ns each.
//
// Held time is counted in whole microseconds times count, quantities in billionths of their unit
// (a byte of a GB), so totals do not depend on the order of the records. Records are clipped to the
// window [from, to); billing minimums apply before clipping. Memory does not grow with records:
// one row of hours per (kind, type, holder) that occurs.
//
// Shared nodes: record the node once (holder nobody), then for each pod a share of it:
//   add({.kind = ec2_on_demand, .type = t, .from = a, .to = b, .launch = true});
//   add_share({.kind = ec2_on_demand, .type = t, .holder = job, .from = c, .to = d}, 0.25);
// A share moves that part of the node's time from nobody to the holder. What is left at nobody is
// idle. Shares are rounded down hour by hour, so pods that together ask for no more than the node
// never make idle time negative; only shares of a node that turned out free (reclaimed in its first
// hour) do, and then nobody's line carries the credit and the total stays right.
//
// Left out: leap seconds, time zones. Window hours are counted from the window's start.
// Tested by tests/models/billing/meter_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/billing/usage_record.h"

namespace berth {

struct BillingRules {
  Seconds ec2_minimum{60};                 // per launch of an on-demand or spot instance
  Seconds free_if_reclaimed_within{3600};  // spot only, and only if AWS ends it
};

class Meter {
 public:
  Meter(Seconds window_from, Seconds window_to, BillingRules rules = {});

  void add(const UsageRecord& record);
  void add_share(const UsageRecord& share, double fraction);
  void add(const QuantityRecord& record);
  // Sums another meter of the same window into this one.
  void merge(const Meter& other);

  // What has been recorded, in one fixed order (kind, type, holder).
  struct Held {
    UsageKind kind{};
    std::optional<TypeId> type;
    Holder holder;
    std::int64_t micros = 0;                     // count x microseconds within the window
    const std::vector<std::int64_t>* by_hour{};  // the same, per hour of the window; never null
  };
  std::vector<Held> held() const;

  struct Quantity {
    SimplePrice what{};
    Holder holder;
    std::int64_t billionths = 0;
  };
  std::vector<Quantity> quantities() const;

  Seconds from() const { return from_; }
  Seconds to() const { return to_; }
  Seconds length() const { return to_ - from_; }

 private:
  struct Cell {
    std::int64_t micros = 0;
    std::vector<std::int64_t> by_hour;  // empty until the first record
  };
  using ByHolder = std::vector<Cell>;
  struct Span {
    std::int64_t from = 0, to = 0;  // microseconds after the window's start
  };

  Span billed_span(const UsageRecord& record) const;
  Cell& cell(UsageKind kind, std::optional<TypeId> type, Holder holder);
  void fold(Cell& cell, Span span, double count, int sign);

  Seconds from_, to_;
  BillingRules rules_;
  std::int64_t window_micros_ = 0;
  std::size_t hours_ = 0;
  std::array<std::vector<ByHolder>, kUsageKinds> held_;  // [kind][type + 1][holder slot]
  std::array<std::vector<std::int64_t>, kSimplePrices> quantities_;  // [what][holder slot]
};

}  // namespace berth
