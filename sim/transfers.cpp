#include "sim/transfers.h"

namespace berth {
namespace {

// The same bytes to one more machine; nobody waits for it.
Life move_too(World& world, Endpoint to, Bytes bytes, BytesPerSecond cap) {
  auto flow = world.network.transfer(to, bytes, cap);
  co_await flow;
}

// Machines that share a link compete with each other: each has a flow of its own. They start
// together and are alike, so they end together, and one of them is waited for.
Network::Transfer to_all(World& world, Endpoint to, int machines, Bytes bytes, BytesPerSecond cap) {
  if (!to.alone() && bytes.count > 0)
    for (int i = 1; i < machines; ++i) move_too(world, to, bytes, cap);
  return world.network.transfer(to, bytes, cap);
}

}  // namespace

Step<PullSplit> pull_image(World& world, const PullPlan& plan, Endpoint to, int machines) {
  auto before = sleep(world.agenda, plan.before);
  co_await before;
  Seconds took{0};
  if (plan.network_bytes.count > 0) {
    auto flow = to_all(world, to, machines, plan.network_bytes, plan.alone_rate);
    took = co_await flow;
  }
  auto rest = sleep(world.agenda, wait_after_flow(plan, took));
  co_await rest;
  co_return split_pull(plan, took);
}

Step<Seconds> fetch_data(World& world, DataStep data, Endpoint to, int machines) {
  const Seconds begin = world.now();
  auto overhead = sleep(world.agenda, data.overhead);
  co_await overhead;
  if (data.bytes.count > 0) {
    auto flow = to_all(world, to, machines, data.bytes, data.cap);
    co_await flow;
  }
  co_return world.now() - begin;
}

Step<Seconds> start_user_code(World& world, UserCodeStart start, StartupLedger& ledger) {
  ledger[Phase::data] = 0s;
  if (start.data) {
    auto fetch = fetch_data(world, *start.data, start.to, start.machines);
    ledger[Phase::data] = co_await fetch;
    bill_egress(world, *start.egress, start.holder, start.data->passes, start.machines);
  }
  auto pulling = pull_image(world, *start.pull, start.to, start.machines);
  const PullSplit split = co_await pulling;
  bill_egress(world, *start.egress, start.holder, start.pull->network_bytes, start.machines);
  ledger[Phase::image] = split.image;
  ledger[Phase::first_reads] = split.reads;
  ledger[Phase::container] = start.container;
  ledger[Phase::init] = start.init;
  auto rest = sleep(world.agenda, start.container + start.init);
  co_await rest;
  co_return split.reads + start.container + start.init;
}

void bill_egress(World& world, const Egress& egress, Holder holder, Bytes bytes, int machines) {
  if (egress.nat_gateways == 0 || bytes.count == 0) return;
  world.meter.add(QuantityRecord{.what = SimplePrice::nat_gb,
                                 .holder = holder,
                                 .at = world.now(),
                                 .amount = gibibytes(bytes) * machines});
}

}  // namespace berth
