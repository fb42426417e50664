// The laws of docs/laws.md that one Outcome can show. Every simulation test ends with check_laws.
#pragma once

#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <tuple>
#include <vector>

#include "models/journal.h"
#include "models/outcome.h"

namespace berth {

// A phase that nobody measured is missing, one that was counted twice is too much.
inline bool add_up(const std::array<Histogram, kPhaseCount>& phases, const Histogram& whole) {
  double sum = 0;
  for (const Histogram& phase : phases) sum += phase.sum();
  return sum == Approx(whole.sum()).epsilon(1e-9).margin(1e-6);
}

inline void check_laws(const TrainingOutcome& o) {
  CAPTURE(o.submitted, o.completed, o.failed, o.waiting_at_end, o.running_at_end, o.started);
  CHECK(o.submitted == o.completed + o.failed + o.waiting_at_end + o.running_at_end);
  // A job that fails may never have started; all others that do not wait have.
  CHECK(o.started >= o.completed + o.running_at_end);
  CHECK(o.started <= o.submitted - o.waiting_at_end);
  CHECK(o.start_latency.count() == static_cast<std::uint64_t>(o.started));
  CHECK(add_up(o.phases, o.start_latency));
  CHECK(o.container_started.count() == o.start_latency.count());
  CHECK(o.container_started.sum() <= o.start_latency.sum() * (1 + 1e-9));
  for (const Usd cost : o.phase_cost) CHECK(cost >= Usd{});
  CHECK(o.start_latency.quantile(0.5) <= o.start_latency.quantile(0.95));
  CHECK(o.start_latency.quantile(0.95) <= o.start_latency.quantile(0.99));
  CHECK(o.slo_met <= o.started);
  CHECK(o.slo_met <= o.slo_due);
  CHECK(o.slo_due <= o.submitted);
  CHECK(o.deadline_missed <= o.deadline_due);
}

inline void check_laws(const PodStarts& o) {
  CHECK(o.ready.count() == static_cast<std::uint64_t>(o.started));
  CHECK(add_up(o.phases, o.ready));
  CHECK(o.container_started.sum() <= o.ready.sum() * (1 + 1e-9));
  for (const Usd cost : o.phase_cost) CHECK(cost >= Usd{});
}

inline void check_laws(const ServiceOutcome& o) {
  check_laws(o.starts);
  CAPTURE(o.requests, o.good, o.busy_slot_seconds, o.slot_seconds);
  CHECK(o.good <= (o.requests + o.waiting_at_begin) * (1 + 1e-9));
  // Every request is answered, dropped or waits. One that is bound to a pod on arrival is counted
  // then, so those that wait when the window opens or closes may be counted already; where only a
  // part was looked at, it holds on average.
  const auto& [whole, window, formula] = o.looked_at;
  const bool all = window == Seconds{0} && (whole == Seconds{0} || formula == Seconds{0});
  const double dropped = o.rejected + o.timed_out + o.cut_off;
  CHECK(o.latency.count() + dropped ==
        Approx(o.requests)
            .epsilon(all ? 1e-9 : 0.01)
            .margin(o.waiting_at_begin + o.waiting_at_end));
  CHECK(o.busy_slot_seconds <= o.slot_seconds * (1 + 1e-9));
  Seconds last{-1};
  for (const OverloadSpan& span : o.overloads) {
    CHECK(span.from > last);
    CHECK(span.to >= span.from);
    CHECK(span.queue_gone >= span.to);
    last = span.to;
  }
  CHECK(o.latency.quantile(0.5) <= o.latency.quantile(0.95));
  CHECK(o.latency.quantile(0.95) <= o.latency.quantile(0.99));
}

inline void check_laws(const Bill& bill) {
  Usd sum;
  for (const BillLine& line : bill.lines) sum += line.amount;
  CHECK(sum == bill.total);
  Usd by_holder;
  for (const auto& [holder, amount] : total_by_holder(bill)) by_holder += amount;
  CHECK(by_holder == bill.total);
  // What pods hold of a node is never more than the node: nobody's part is not negative.
  for (const BillLine& line : bill.lines)
    if (line.charge == Charge::usage) CHECK(line.amount >= Usd{});
}

inline void check_laws(const Outcome& outcome) {
  for (const TrainingOutcome& o : outcome.training) check_laws(o);
  for (const ServiceOutcome& o : outcome.services) check_laws(o);
  check_laws(outcome.bill);
}

// What Karpenter found short it launches no node of before it may: of one type, as it is bought.
inline void check_left_alone(const std::vector<Event>& journal) {
  using By = NodeRequested::By;
  const auto is_karpenters = [](By by) { return by == By::karpenter || by == By::consolidation; };
  std::map<std::tuple<PlatformId, TypeId, Offering>, Seconds> left_out_until;
  for (const Event& event : journal) {
    if (const auto* failed = std::get_if<LaunchFailed>(&event)) {
      CHECK(failed->at >= failed->asked);
      CHECK(failed->not_before > failed->at);
      CHECK((failed->nodes > 0 && failed->short_types > 0 && failed->instead != failed->type));
      if (is_karpenters(failed->by))
        left_out_until[{failed->platform, failed->type, failed->offering}] = failed->not_before;
    } else if (const auto* asked = std::get_if<NodeRequested>(&event)) {
      const auto found = left_out_until.find({asked->platform, asked->type, asked->offering});
      if (found != left_out_until.end() && is_karpenters(asked->by))
        CHECK(asked->at > found->second);
    }
  }
}

// Nodes are conserved: asked for once, ready at most once and after that, gone once and last.
// Commands are told before their nodes, and what goes was no surprise.
inline void check_laws(const std::vector<Event>& journal) {
  check_left_alone(journal);
  struct Seen {
    int requested = 0, ready = 0, gone = 0, cordoned = 0, unregistered = 0;
  };
  std::map<std::tuple<PlatformId, PoolId, std::int64_t>, Seen> nodes;
  const auto life = [&](const auto& e) -> Seen& { return nodes[{e.platform, e.pool, e.node}]; };
  for (const Event& event : journal) {
    if (const auto* asked = std::get_if<NodeRequested>(&event)) {
      ++life(*asked).requested;
      CHECK(asked->price.rate > 0);
    } else if (const auto* ready = std::get_if<NodeReady>(&event)) {
      CHECK(life(*ready).requested == 1);
      CHECK(ready->at >= ready->requested);
      ++life(*ready).ready;
    } else if (const auto* late = std::get_if<NodeUnregistered>(&event)) {
      ++life(*late).unregistered;
    } else if (const auto* bound = std::get_if<PodBound>(&event)) {
      const Seen& there = life(*bound);
      CHECK((there.ready == 1 && there.gone == 0 && there.cordoned == 0));
    } else if (const auto* cordoned = std::get_if<NodeCordoned>(&event)) {
      ++life(*cordoned).cordoned;
    } else if (const auto* uncordoned = std::get_if<NodeUncordoned>(&event)) {
      CHECK(--life(*uncordoned).cordoned == 0);
    } else if (const auto* gone = std::get_if<NodeGone>(&event)) {
      Seen& there = life(*gone);
      ++there.gone;
      const bool unregistered = gone->why == NodeGone::Why::unregistered;
      if (unregistered) CHECK((there.ready == 0 && there.unregistered == 1 && there.cordoned == 0));
      const bool chosen = gone->why != NodeGone::Why::reclaimed &&
                          gone->why != NodeGone::Why::cut_off && !unregistered;
      if (chosen) CHECK(there.cordoned == 1);
    }
  }
  for (const auto& [node, seen] : nodes) {
    CHECK(seen.requested == 1);
    CHECK(seen.ready <= 1);
    CHECK(seen.gone == 1);
  }
}

}  // namespace berth
