#include "sim/transfers.h"

#include <algorithm>

namespace berth {
namespace {

// Machines that share a link compete with each other: each has a flow of its own. They start
// together and are alike, so they end together, and one of them is waited for.
std::vector<std::unique_ptr<Network::Transfer>> to_others(World& world, Endpoint to, int machines,
                                                          Bytes bytes, BytesPerSecond cap) {
  std::vector<std::unique_ptr<Network::Transfer>> others;
  if (to.alone()) return others;
  for (int i = 1; i < machines; ++i) {
    others.emplace_back(new Network::Transfer{world.network, to, bytes, cap});
    others.back()->begin();
  }
  return others;
}

// Bills what of a flow has passed when it goes.
class Passage {
 public:
  Passage(World& world, Payer payer, Bytes bytes, int machines, const Network::Transfer& flow)
      : world_(world), payer_(payer), bytes_(bytes), machines_(machines), flow_(flow) {}
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;
  ~Passage() {
    if (payer_.egress->nat_gateways == 0) return;
    const Bytes passed = scaled(bytes_, flow_.share_passed());
    // What is under way when the window closes belongs to it: its last moment is no part of it any more.
    const Seconds at = world_.agenda.over() ? flow_.started : world_.now();
    world_.meter.add(QuantityRecord{.what = SimplePrice::nat_gb,
                                    .holder = payer_.holder,
                                    .at = at,
                                    .amount = gibibytes(passed) * machines_});
  }

 private:
  World& world_;
  Payer payer_;
  Bytes bytes_;
  int machines_;
  const Network::Transfer& flow_;
};

// A pull's part of its machine, given back when it is done.
class Unpacking {
 public:
  Unpacking(World& world, std::shared_ptr<UnpackSharing> machine, const PullPlan& plan)
      : world_(world),
        machine_(std::move(machine)),
        arrived_(plan.network_bytes.count > 0 ? 0 : 1) {
    if (machine_)
      pull_ =
          machine_->begin(world_.now(), plan.unpack, plan.alone(), [this] { return arrived(); });
  }
  Unpacking(const Unpacking&) = delete;
  Unpacking& operator=(const Unpacking&) = delete;
  ~Unpacking() {
    if (machine_ && !world_.agenda.over()) machine_->end(world_.now(), pull_);
  }

  void downloads_by(const Network::Transfer& flow) { flow_ = &flow; }
  // The flow is about to go.
  void downloaded() {
    arrived_ = arrived();
    flow_ = nullptr;
    if (met_others() && !world_.agenda.over()) machine_->look(world_.now());
  }

  // How long to sleep before the pull can be done: everybody else may be gone from now on. Alone that is
  // the end; with others it looks again, at most a quarter of a second late.
  Seconds least_rest(const PullPlan& plan, Seconds arrived, Seconds took) const {
    constexpr Seconds kClockError{1e-6}, kSoonest{0.25};
    const Seconds now = world_.now();
    const Seconds rest = met_others() ? machine_->rest_alone(now, pull_)
                                      : arrived + wait_after_flow(plan, took) - now;
    if (rest <= kClockError) return Seconds{0};
    return met_others() && machine_->pulls() > 1 ? std::max(rest, kSoonest) : rest;
  }

 private:
  bool met_others() const { return machine_ && machine_->met_others(pull_); }
  double arrived() const { return flow_ != nullptr ? flow_->share_passed() : arrived_; }

  World& world_;
  std::shared_ptr<UnpackSharing> machine_;
  UnpackSharing::Pull pull_ = 0;
  const Network::Transfer* flow_ = nullptr;
  double arrived_;
};

// Tells a pull's unpacking how far its flow is, for as long as there is one.
class Arriving {
 public:
  Arriving(Unpacking& unpacking, const Network::Transfer& flow) : unpacking_(unpacking) {
    unpacking_.downloads_by(flow);
  }
  Arriving(const Arriving&) = delete;
  Arriving& operator=(const Arriving&) = delete;
  ~Arriving() { unpacking_.downloaded(); }

 private:
  Unpacking& unpacking_;
};

}  // namespace

Step<PullSplit> pull_image(World& world, const PullPlan& plan, Endpoint to, int machines,
                           std::shared_ptr<UnpackSharing> unpacking, Payer payer) {
  auto before = sleep(world.agenda, plan.before);
  co_await before;
  Unpacking own(world, plan.unpack.steps.empty() ? nullptr : std::move(unpacking), plan);
  Seconds took{0};
  if (plan.network_bytes.count > 0) {
    const auto others = to_others(world, to, machines, plan.network_bytes, plan.alone_rate);
    auto flow = world.network.transfer(to, plan.network_bytes, plan.alone_rate);
    const Passage bill(world, payer, plan.network_bytes, machines, flow);
    const Arriving arriving(own, flow);
    took = co_await flow;
  }
  const Seconds arrived = world.now();
  for (Seconds rest = own.least_rest(plan, arrived, took); rest > 0s;
       rest = own.least_rest(plan, arrived, took)) {
    auto some = sleep(world.agenda, rest);
    co_await some;
  }
  // Exactly what has passed, whatever the last look's delay.
  co_return split_until(plan, took, plan.before + took + (world.now() - arrived));
}

Step<Seconds> fetch_data(World& world, DataStep data, Endpoint to, int machines, Payer payer) {
  const Seconds begin = world.now();
  auto overhead = sleep(world.agenda, data.overhead);
  co_await overhead;
  if (data.bytes.count > 0) {
    const auto others = to_others(world, to, machines, data.bytes, data.cap);
    auto flow = world.network.transfer(to, data.bytes, data.cap);
    const Passage bill(world, payer, data.passes, machines, flow);
    co_await flow;
  } else {
    bill_egress(world, *payer.egress, payer.holder, data.passes, machines);
  }
  co_return world.now() - begin;
}

namespace {

// Tells how a pull ended, also when its start is given up under way.
class Landing {
 public:
  Landing(World& world, const ImagePull& pull) : world_(world), pull_(pull) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing() {
    if (landed_ || world_.agenda.over()) return;
    if (pull_.ends) pull_.ends(false);
    if (pull_.brings) NodePulls::give_up(world_.agenda, *pull_.brings);
  }
  void land() {
    landed_ = true;
    if (pull_.ends) pull_.ends(true);
    if (pull_.brings) NodePulls::finish(world_.agenda, *pull_.brings);
  }

 private:
  World& world_;
  const ImagePull& pull_;
  bool landed_ = false;
};

// The image is pulled, and what other containers bring of it has come.
Step<PullSplit> pull_with_others(World& world, const UserCodeStart& start,
                                 UserCodeStarted& started) {
  PullSplit split;
  for (bool again = true; again;) {
    const ImagePull pull = start.image();
    started.plan = pull.plan;
    started.local &= pull.plan->network_bytes.count == 0 && pull.waits_for.empty();
    Landing landing(world, pull);
    auto pulling = pull_image(world, *pull.plan, start.to, start.machines, start.unpacking,
                              {start.egress, start.holder});
    const PullSplit own = co_await pulling;
    landing.land();
    split.image += own.image;
    split.reads += own.reads;
    const Seconds waits = world.now();
    again = false;
    for (const NodePulls::Held& other : pull.waits_for) {
      PullDone done{*other};
      co_await done;
      again |= other->given_up;
    }
    (pull.plan->lazy ? split.reads : split.image) += world.now() - waits;
  }
  co_return split;
}

}  // namespace

Step<UserCodeStarted> start_user_code(World& world, UserCodeStart start) {
  UserCodeStarted started;
  StartupLedger& ledger = started.ledger;
  if (start.data) {
    auto fetch =
        fetch_data(world, *start.data, start.to, start.machines, {start.egress, start.holder});
    ledger[Phase::data] = co_await fetch;
  }
  auto pulling = pull_with_others(world, start, started);
  const PullSplit split = co_await pulling;
  ledger[Phase::image] = split.image;
  ledger[Phase::first_reads] = split.reads;
  ledger[Phase::container] = start.container;
  ledger[Phase::init] = start.init;
  auto rest = sleep(world.agenda, start.container + start.init);
  co_await rest;
  co_return started;
}

void bill_egress(World& world, const Egress& egress, Holder holder, Bytes bytes, int machines) {
  if (egress.nat_gateways == 0 || bytes.count == 0) return;
  world.meter.add(QuantityRecord{.what = SimplePrice::nat_gb,
                                 .holder = holder,
                                 .at = world.now(),
                                 .amount = gibibytes(bytes) * machines});
}

}  // namespace berth
