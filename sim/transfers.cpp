#include "sim/transfers.h"

#include <algorithm>

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

// A pull's part of its machine, given back when it is done.
class Unpacking {
 public:
  Unpacking(World& world, std::shared_ptr<UnpackSharing> machine, UnpackDemand demand)
      : world_(world), machine_(std::move(machine)) {
    if (machine_) pull_ = machine_->begin(world_.now(), demand);
  }
  Unpacking(const Unpacking&) = delete;
  Unpacking& operator=(const Unpacking&) = delete;
  ~Unpacking() {
    if (machine_) machine_->end(world_.now(), pull_);
  }

  double slowdown() const { return machine_ ? machine_->slowdown(world_.now(), pull_) : 1; }

  // How long to sleep before it is worth looking again whether `date` has come: a pull that others
  // slow may be let go earlier than it seems now, so it looks half way.
  Seconds until(Seconds date) const {
    constexpr Seconds kClockError{1e-6}, kSoonest{0.25};
    const Seconds left = date - world_.now();
    if (left <= kClockError) return Seconds{0};
    if (!machine_ || machine_->pulls() <= 1) return left;
    return std::min(left, std::max(left / 2, kSoonest));
  }

 private:
  World& world_;
  std::shared_ptr<UnpackSharing> machine_;
  UnpackSharing::Pull pull_ = 0;
};

}  // namespace

Step<PullSplit> pull_image(World& world, const PullPlan& plan, Endpoint to, int machines,
                           std::shared_ptr<UnpackSharing> unpacking) {
  auto before = sleep(world.agenda, plan.before);
  co_await before;
  const Unpacking own(world, plan.demand.none() ? nullptr : std::move(unpacking), plan.demand);
  Seconds took{0};
  if (plan.network_bytes.count > 0) {
    auto flow = to_all(world, to, machines, plan.network_bytes, plan.alone_rate);
    took = co_await flow;
  }
  const Seconds arrived = world.now();
  double slowdown = own.slowdown();
  for (Seconds rest = own.until(arrived + wait_after_flow(plan, took, slowdown)); rest > 0s;
       rest = own.until(arrived + wait_after_flow(plan, took, slowdown))) {
    auto some = sleep(world.agenda, rest);
    co_await some;
    slowdown = own.slowdown();
  }
  co_return split_pull(plan, took, slowdown);
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

namespace {

// The image is pulled, and what other containers bring of it has come.
Step<PullSplit> pull_with_others(World& world, const UserCodeStart& start) {
  auto pulling = pull_image(world, *start.pull, start.to, start.machines, start.unpacking);
  PullSplit split = co_await pulling;
  if (start.brings) NodePulls::finish(world.agenda, *start.brings);
  const Seconds own = world.now();
  for (const NodePulls::Held& other : start.waits_for) {
    Done done{*other};
    co_await done;
  }
  (start.pull->lazy ? split.reads : split.image) += world.now() - own;
  co_return split;
}

}  // namespace

Step<StartupLedger> start_user_code(World& world, UserCodeStart start) {
  StartupLedger ledger;
  if (start.data) {
    auto fetch = fetch_data(world, *start.data, start.to, start.machines);
    ledger[Phase::data] = co_await fetch;
    bill_egress(world, *start.egress, start.holder, start.data->passes, start.machines);
  }
  auto pulling = pull_with_others(world, start);
  const PullSplit split = co_await pulling;
  bill_egress(world, *start.egress, start.holder, start.pull->network_bytes, start.machines);
  ledger[Phase::image] = split.image;
  ledger[Phase::first_reads] = split.reads;
  ledger[Phase::container] = start.container;
  ledger[Phase::init] = start.init;
  auto rest = sleep(world.agenda, start.container + start.init);
  co_await rest;
  co_return ledger;
}

void bill_egress(World& world, const Egress& egress, Holder holder, Bytes bytes, int machines) {
  if (egress.nat_gateways == 0 || bytes.count == 0) return;
  world.meter.add(QuantityRecord{.what = SimplePrice::nat_gb,
                                 .holder = holder,
                                 .at = world.now(),
                                 .amount = gibibytes(bytes) * machines});
}

}  // namespace berth
