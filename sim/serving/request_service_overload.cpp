// Overload of which enough requests have been looked at: a FluidService's tank, which takes over whoever
// waits, stands for the service while it is overloaded or has more waiting than slots, and leaves nobody
// behind. Tested by tests/sim/serving/request_service_overload_test.cpp.
#include <algorithm>

#include "sim/serving/request_service.h"

namespace berth::serving {

bool RequestService::plan_is_overloaded() const {
  return plan_.load.utilisation() >= 1 || plan_.load.backlog;
}

// What looks are left are taken first. Then the tank is, for a level part, until it is empty.
void RequestService::bound_looks(bool flowed) {
  const StretchLoad& load = plan_.load;
  if (!flowed) {
    const double left = std::max(0.0, settings_.flow->looks - overload_looked_at_);
    if (load.mean_rate * load.length.count() <= left) return;
    const Seconds last_look = now_ + Seconds{left / load.peak_rate};
    if (last_look > now_) return shorten_plan(std::min(last_look, plan_.end));
  }
  shorten_plan(level_until(settings_.demand, now_, plan_.end));
  if (!plan_is_overloaded()) return;
  flows_ = true;
  if (!flowed) fill_tank();
  if (load.utilisation() < 1) {
    const double falls = slots_ / law_.mean - load.peak_rate;
    shorten_plan(std::min(plan_.end, now_ + Seconds{tank_->backlog() / falls}));
  }
  plan_.decision = decide_look(Fidelity::fluid, load);
}

// Who waits at a pod was recorded when it was sent there, who waits in a queue for all is not yet.
void RequestService::fill_tank() {
  if (!tank_) {
    const Service& service = *settings_.flow->service;
    const int pods = std::max(1, static_cast<int>(pods_.size()));
    tank_ = std::make_unique<FluidService>(service, *settings_.flow->replicas, Seconds{0},
                                           std::max(1, slots_ / service.concurrency / pods));
  }
  flowed_ = tank_->see(stretch_until(now_), false).total;
  record_whole();
  const double now = now_.count();
  const Dispatcher& queue = engine_.dispatcher();
  const double waiting = up_to_date_ ? static_cast<double>(queue.waiting(now)) : 0;
  const bool is_recorded =
      std::holds_alternative<BalancerRules>(settings_.rules.dispatching) && !pods_.empty();
  std::optional<Seconds> unrecorded_for;
  if (waiting > 0 && !is_recorded) unrecorded_for = Seconds{queue.waited(now) / waiting};
  tank_->take_over(now_, waiting, unrecorded_for);
}

Stretch RequestService::stretch_until(Seconds to) const {
  const int ready = slots_ / settings_.flow->service->concurrency;
  return {.from = now_,
          .to = to,
          .requests = settings_.demand.expected_between(now_, to),
          .ready = ready,
          .desired = ready,
          .may_be_none = may_be_none_,
          .nobody_waits = !may_wait_};
}

void RequestService::flow(Seconds to) {
  record_whole();
  estimate_use(to);
  tank_->advance(stretch_until(to));
  up_to_date_ = false;
}

// Since the last time.
UseCounters RequestService::use_of_flow(Seconds to) {
  const FluidService::Seen seen = tank_->see(stretch_until(to), needs_.waiting);
  use_until(to);
  unserved_ = seen.in_service * law_.mean * (1 + law_.scv) / 2;
  const UseCounters use = seen.total - flowed_;
  flowed_ = seen.total;
  return use;
}

void RequestService::count_flow(Seconds now, ServiceUse& out) {
  const FluidService::Seen seen = tank_->see(stretch_until(now), true);
  out.waiting = seen.waiting;
  out.in_service = seen.in_service;
}

void RequestService::record_flow() {
  if (!tank_) return;
  const ServiceOutcome flowed = tank_->take();
  outcome_.requests += flowed.requests;
  outcome_.good += flowed.good;
  outcome_.rejected += flowed.rejected;
  outcome_.abandoned += flowed.timed_out;
  outcome_.busy_slot_seconds += flowed.busy_slot_seconds;
  outcome_.doubtful += flowed.doubtful;
  latencies_.merge(flowed.latency);
}

}  // namespace berth::serving
