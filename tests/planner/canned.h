// A small scenario with one training class, one service, SageMaker and a cluster, and outcomes with
// figures chosen by hand: what summaries and reports are tested on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/outcome.h"
#include "models/scenario.h"

namespace berth::canned {

inline Scenario scenario() {
  Scenario s{.name = "small", .description = "one class, one service"};
  s.catalogue.name = "test-prices";
  s.catalogue.region = "us-east-1";
  s.catalogue.date = "2026-11-01";
  s.catalogue.types = {{.name = "c6i.xlarge"}, {.name = "m5.xlarge"}};
  s.starts_at = 1795392000;  // 2026-11-23 00:00 UTC
  s.warm_up = 6h;
  s.horizon = 24h;
  s.slice = 300s;
  s.replications = 3;
  s.training = {{.name = "retrain", .team = "pricing", .start_slo = 90s}};
  s.services = {{.name = "eta", .team = "maps", .slo_latency = 50ms, .slo_target = 0.99}};
  Cluster cluster{.name = "eks"};
  cluster.pools = {{.name = "serving", .types = {TypeId{0}}}};
  s.platforms = {SageMaker{.name = "sagemaker"}, cluster};
  s.people.hour = {120};
  s.people.activities = {{.name = "node-pool-care",
                          .hours_per_month = 3,
                          .per = ToilActivity::Per::node_pool}};
  s.placements = {{.name = "hybrid",
                   .description = "training on SageMaker, serving on EKS",
                   .training = {{.platform = PlatformId{0}, .type = TypeId{1}}},
                   .services = {{.platform = PlatformId{1}, .pool = PoolId{0}, .type = TypeId{0}}}}};
  return s;
}

struct Knobs {
  double start_s = 100;           // start latency of every job
  double training_usd = 10;       // in the window
  std::int64_t backlog_at_end = 0;
  bool overloaded = false;
  Seconds queue_gone{4200};
  double rejected = 0, timed_out = 0, waiting = 0, waiting_at_begin = 0, missing = 0;  // of 8,640,000 requests
  Seconds doubtful{0};
};

inline Bill bill(double training_usd) {
  const PriceTag price{.usd = 0.23, .as_of = "2026-11-01", .source = "a price list"};
  Bill bill;
  bill.lines = {{.service = "Amazon EC2",
                 .item = "c6i.xlarge node, on demand",
                 .holder = Holder::nobody(),
                 .quantity = 24,
                 .unit = "h",
                 .unit_price = 0.17,
                 .amount = usd(4.08),
                 .list_amount = usd(4.08),
                 .reference = price},
                {.service = "Amazon EC2",
                 .item = "c6i.xlarge node, on demand",
                 .holder = Holder::of(ServiceId{0}),
                 .quantity = 24,
                 .unit = "h",
                 .unit_price = 0.17,
                 .amount = usd(4.08),
                 .list_amount = usd(4.08),
                 .reference = price},
                {.service = "Amazon EKS",
                 .item = "cluster",
                 .holder = Holder::nobody(),
                 .quantity = 24,
                 .unit = "h",
                 .unit_price = 0.1,
                 .amount = usd(2.4),
                 .list_amount = usd(2.4),
                 .reference = price},
                {.service = "Amazon SageMaker",
                 .item = "ml.m5.xlarge training, on demand",
                 .holder = Holder::of(TrainingId{0}),
                 .quantity = training_usd / 0.23,
                 .unit = "h",
                 .unit_price = 0.23,
                 .amount = usd(training_usd),
                 .list_amount = usd(training_usd),
                 .reference = price}};
  for (const BillLine& line : bill.lines) bill.total += line.amount;
  return bill;
}

inline TrainingOutcome training(const Knobs& knobs) {
  TrainingOutcome t{.submitted = 96, .completed = 90, .waiting_at_end = 2, .running_at_end = 4,
                    .started = 94, .warm_starts = 47, .slo_due = 50, .slo_met = 48};
  t.backlog_at_end = knobs.backlog_at_end;
  t.start_latency.record(knobs.start_s, 94);
  for (Histogram& phase : t.phases) phase.record(0, 94);
  t.phases[static_cast<std::size_t>(Phase::provisioning)] = {};
  t.phases[static_cast<std::size_t>(Phase::provisioning)].record(knobs.start_s, 94);
  t.container_started.record(knobs.start_s - 5, 94);
  t.phase_cost[static_cast<std::size_t>(Phase::image)] = usd(0.94);
  t.turnaround.record(knobs.start_s + 240, 90);
  return t;
}

inline ServiceOutcome service(const Knobs& knobs) {
  ServiceOutcome s{.requests = 8'640'000, .good = 8'553'600, .fidelity = "fluid"};
  s.rejected = knobs.rejected;
  s.timed_out = knobs.timed_out;
  s.waiting_at_end = knobs.waiting;
  s.waiting_at_begin = knobs.waiting_at_begin;
  s.doubtful = knobs.doubtful;
  s.replica_time = 48h;
  s.busy_slot_seconds = 86'400;
  s.slot_seconds = 172'800;
  s.latency.record(0.020, s.requests);
  s.slices.assign(288, {.ready = 2});
  s.slices[10].ready = 5;
  for (ServiceSlice& slice : s.slices) slice.desired = slice.ready + knobs.missing;
  s.starts.started = 4;
  s.starts.ready.record(60, 4);
  s.starts.container_started.record(50, 4);
  for (Histogram& phase : s.starts.phases) phase.record(7.5, 4);
  s.starts.phase_cost[static_cast<std::size_t>(Phase::image)] = usd(0.02);
  if (knobs.overloaded) {
    s.overloaded = 600s;
    s.slices[12].overloaded = s.slices[13].overloaded = true;
    s.overloads = {{Seconds{3600}, Seconds{4200}, knobs.queue_gone}};
  }
  return s;
}

inline Outcome outcome(const Knobs& knobs = {}) {
  Outcome o;
  o.training = {training(knobs)};
  o.services = {service(knobs)};
  o.pools = {{.platform = PlatformId{1}, .pool = PoolId{0}, .launched = 2, .node_time = 48h,
              .nodes = {1, 4, 2}}};
  o.bill = bill(knobs.training_usd);
  o.events = 1000;
  return o;
}

}  // namespace berth::canned
