#include "sim/service_pod.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "sim/transfers.h"

namespace berth {
namespace {

std::uint64_t replica_entity(const ServedService& service, const Replica& replica) {
  constexpr int kServiceShift = 40;
  return std::uint64_t(service.id().value) << kServiceShift | replica.number();
}

// A sleep that being told to stop cuts short. The alarm that is left behind finds it over.
struct NapState {
  Replica* replica = nullptr;  // null when the nap is over
};
Life wake_at(World& world, std::shared_ptr<NapState> nap, Seconds date) {
  auto asleep = sleep_until(world.agenda, date);
  co_await asleep;
  if (nap->replica != nullptr && nap->replica->sleeper)
    world.agenda.resume_now(std::exchange(nap->replica->sleeper, {}));
}
struct Nap {
  World& world;
  Replica& replica;
  Seconds date;
  std::shared_ptr<NapState> state = std::make_shared<NapState>();

  ~Nap() { state->replica = nullptr; }
  bool await_ready() const { return replica.stopped() || date <= world.now(); }
  void await_suspend(std::coroutine_handle<> life) {
    replica.sleeper = life;
    state->replica = &replica;
    wake_at(world, state, date);
  }
  void await_resume() const { state->replica = nullptr; }
};

}  // namespace

Seconds first_pass(Seconds containers, Seconds init, Seconds period) {
  constexpr double kRounding = 1e-9;
  if (period <= Seconds{0}) return containers + init;
  return containers + period * std::ceil(init / period - kRounding);
}

Life run_pod(World& world, ServedService& service, ClusterPlatform& cluster) {
  Replica replica(service, 1);
  const Service& work = service.settings();
  const ServiceHome& home = service.home();
  const Seconds asked = world.now();
  const auto number = static_cast<std::int64_t>(replica.number());
  auto room = cluster.request({.pool = *home.pool,
                               .needs = work.needs,
                               .priority = work.priority,
                               .preempts = work.preempts,
                               .spread = cluster.settings().spread != SpreadPods::nobodys,
                               .grace = work.drain_grace,
                               .image = work.image,
                               .holder = Holder::of(service.id()),
                               .resident = &replica});
  replica.waiting = &room;
  co_await room;
  replica.waiting = nullptr;
  if (replica.stopped()) {
    world.tally.record(ReplicaStopped{world.now(), world.now(), service.id(), number, false});
    co_return;
  }
  KubeNode& node = *room.bound.nodes().front();
  replica.bind(NodeId{static_cast<std::int32_t>(node.number)});

  RandomStream overheads = world.stream(Purpose::pod_overhead,
                                        replica_entity(service, replica) | std::uint64_t{1} << 63);
  auto starting = start_user_code(
      world, UserCodeStart{.to = cluster.endpoint_of(node),
                           .image =
                               [&cluster, &node, image = work.image, mode = home.pull,
                                by = Holder::of(service.id())] {
                                 return cluster.begin_pull(node, image, mode, by);
                               },
                           .unpacking = node.unpacking,
                           .container = draw(cluster.settings().pod_overhead, overheads),
                           .egress = &cluster.settings().egress,
                           .holder = Holder::of(service.id())});
  const UserCodeStarted started = co_await starting;
  StartupLedger ledger = started.ledger;
  if (!started.plan->lazy && !node.gone()) cluster.keep_image(node, work.image, home.pull);
  replica.start_containers();
  const Seconds containers = world.now();

  Nap probe{world, replica, first_pass(world.now(), work.init, work.probe_period)};
  co_await probe;
  if (!replica.stopped()) replica.pass_probe();
  Nap endpoints{world, replica, world.now() + work.endpoint_delay};
  co_await endpoints;
  if (!replica.stopped()) {
    replica.join();
    ledger[Phase::queued] = room.queued;
    ledger[Phase::provisioning] = room.provisioning;
    // Its own start-up, the probe that sees it and the endpoint that names it.
    ledger[Phase::init] = world.now() - containers;
    ledger.charge(cluster.rate_of(room.group, room.bound.nodes()),
                  cluster.billed_wait(room.provisioning));
    world.tally.record(ReplicaReady{.at = world.now(),
                                    .asked = asked,
                                    .service = service.id(),
                                    .replica = number,
                                    .platform = home.platform,
                                    .pool = home.pool,
                                    .node = node.number,
                                    .queued = room.queued,
                                    .provisioning = room.provisioning,
                                    .ledger = ledger});
  }
  UntilStopped serving{replica};
  co_await serving;
  const bool was_ready = replica.was_ready();
  const Seconds gone = replica.drain();
  if (!replica.lost())
    world.tally.record(ReplicaStopped{world.now(), gone, service.id(), number, was_ready});
  auto drained = sleep_until(world.agenda, gone);
  co_await drained;
}

}  // namespace berth
