// The loop that looks at a service: its load against its slots, its scaler when that is due, its slices.
#include <algorithm>
#include <utility>

#include "sim/serving.h"

namespace berth {
namespace {

// Load is held against the slots at least this often, between looks of a scaler.
constexpr Seconds kWatchPeriod{15};
constexpr Seconds kTurnsApart{0.1};  // at least

// Services are looked at in turn: of those that are next the memory is asked for what the look will read,
// first themselves, then what they lead to.
void fetch_next(const World& world, const ServedService& service) {
  constexpr std::size_t kSoon = 2, kLater = 5;
  const auto of = [&](std::size_t place) {
    return place < world.services.size() ? world.services[place].get() : nullptr;
  };
  const std::size_t here = service.id().index();
  if (const ServedService* soon = of(here + kSoon)) soon->fetch_behind();
  if (const ServedService* later = of(here + kLater)) later->fetch_as(service);
}

// The loop's own memory: of a thousand loops none finds it in the cache, so it is small, and what a loop does
// is a function, whose variables do not lie in the coroutine's frame.
struct Control {
  Needs needs;
  Seconds next_slice{0}, next_look{0};
};

// Asks the scaler, and carries out what it wishes.
void look(World& world, ServedService& service, const Needs& needs, Seconds until, Seconds now) {
  // One for all, filled anew at every look.
  static thread_local ServiceSeen seen;
  service.see(needs, until, seen);
  ScaleWish wish =
      std::visit([&](auto& s) { return s.look(seen, service.id(), now); }, service.scaler());
  if (wish.why) std::visit([&](auto& why) { world.tally.record(std::move(why)); }, *wish.why);
  if (wish.replicas != seen.current.spec_replicas) service.scale_to(wish.replicas);
}

// What is due now; gives when something is due next.
Seconds control_now(World& world, ServedService& service, Control& control) {
  const Seconds now = world.now(), opens = world.scenario.warm_up;
  fetch_next(world, service);
  service.end_start();
  service.watch_overload();
  if (now >= control.next_look) {
    const Seconds until = now < opens ? std::min(opens, control.next_slice) : control.next_slice;
    if (!service.is_fixed()) look(world, service, control.needs, until, now);
    control.next_look = std::visit([&](const auto& s) { return s.next_look(now); }, service.scaler());
  }
  if (now == opens) service.account_until_now();
  if (now == control.next_slice) {
    service.account_until_now();
    service.end_slice();
    control.next_slice += world.scenario.slice;
  }
  Seconds next = std::min({control.next_look, control.next_slice, now + kWatchPeriod});
  // A jump is looked at when it comes: one between two looks would not be seen.
  if (const Seconds turn = service.next_turn(); turn > now) next = std::min(next, std::max(turn, now + kTurnsApart));
  return now < opens ? std::min(next, opens) : next;
}

}  // namespace

Life control_service(World& world, ServedService& service) {
  Control control{.needs = std::visit([](const auto& s) { return s.needs(); }, service.scaler()),
                  .next_slice = world.scenario.warm_up + world.scenario.slice};
  const ReplicaPolicy& policy = service.home().replicas;
  service.begin_with(start_replicas(policy, service.scaled(), service.rate_at(Seconds{0})));
  while (true) {
    auto tick = sleep_until(world.agenda, control_now(world, service, control), Instant::observe);
    co_await tick;
  }
}

}  // namespace berth
