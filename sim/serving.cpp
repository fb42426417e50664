#include "sim/serving.h"

#include <algorithm>
#include <utility>

#include "sim/sagemaker_platform.h"
#include "sim/transfers.h"

namespace berth {
namespace {

// Both the HorizontalPodAutoscaler's sync period and close to the age of a metrics-server scrape.
constexpr Seconds kControlPeriod{15};

struct Serving {
  Replica& replica;
  bool await_ready() const { return replica.stopped(); }
  void await_suspend(std::coroutine_handle<> life) { replica.sleeper = life; }
  void await_resume() const {}
};

std::uint64_t replica_entity(const ServedService& service, const Replica& replica) {
  constexpr int kServiceShift = 40;
  return std::uint64_t(service.id().value) << kServiceShift | replica.number();
}

serving::Pod pod_of(const Replica& replica) {
  return static_cast<serving::Pod>(replica.number());
}

// A pod: room on a node, image, start-up, then serving until it is stopped or its node goes.
Life run_pod(World& world, ServedService& service, ClusterPlatform& cluster) {
  Replica replica(service, 1);
  const Service& work = service.settings();
  const ServiceHome& home = service.home();
  auto room = cluster.request({.pool = *home.pool,
                               .needs = work.needs,
                               .priority = work.priority,
                               .image = work.image,
                               .holder = Holder::of(service.id())});
  replica.waiting = &room;
  co_await room;
  replica.waiting = nullptr;
  if (replica.stopped()) co_return;
  KubeNode& node = *room.bound.nodes().front();
  node.residents.push_back(&replica);

  const PullPlan& plan = world.pull_plan(work.image, home.pull, home.type, node.cached);
  RandomStream overheads = world.stream(Purpose::pod_overhead,
                                        replica_entity(service, replica) | std::uint64_t{1} << 63);
  StartupLedger ledger;
  auto starting = start_user_code(world,
                                  UserCodeStart{.to = cluster.endpoint_of(node),
                                                .pull = &plan,
                                                .container = draw(cluster.settings().pod_overhead,
                                                                  overheads),
                                                .init = work.init,
                                                .egress = &cluster.settings().egress,
                                                .holder = Holder::of(service.id())},
                                  ledger);
  co_await starting;
  if (!plan.lazy && !node.gone) cluster.keep_image(node, work.image);
  if (!replica.stopped()) replica.become_ready();
  Serving serving{replica};
  co_await serving;
  if (!node.gone) std::erase(node.residents, static_cast<Resident*>(&replica));
}

// An endpoint's instance: created in one go (capacity, image and model included), billed while it
// is in service.
Life run_instance(World& world, ServedService& service, SageMakerPlatform& platform, int copies) {
  Replica replica(service, copies);
  const InstanceType& machine = world.type(service.home().type);
  RandomStream creations = world.stream(
      Purpose::launch, replica_entity(service, replica) | std::uint64_t{1} << 63);
  auto creation = sleep(world.agenda, draw(machine.gpus > 0 ? platform.settings().endpoint_creation_gpu
                                                            : platform.settings().endpoint_creation_cpu,
                                           creations));
  co_await creation;
  if (replica.stopped()) co_return;
  auto held = std::make_unique<Lease>(world, UsageRecord{.kind = UsageKind::sagemaker_hosting,
                                                         .type = service.home().type,
                                                         .holder = Holder::of(service.id())});
  replica.become_ready();
  Serving serving{replica};
  co_await serving;
}

}  // namespace

Replica::Replica(ServedService& service, int copies)
    : service_(service), number_(service.next_number_++), copies_(copies) {
  service_.replicas_.push_back(this);
}

Replica::~Replica() {
  if (ready_) service_.leave(*this, lost_);
  std::erase(service_.replicas_, this);
}

void Replica::become_ready() {
  ready_ = true;
  service_.join(*this);
}

void Replica::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (waiting != nullptr) waiting->withdraw();
  if (sleeper) service_.world_.agenda.resume_now(std::exchange(sleeper, {}));
}

ServedService::ServedService(World& world, ServiceId id)
    : world_(world),
      id_(id),
      service_(world.scenario.services[id.index()]),
      home_(world.placement.services[id.index()]),
      requests_(std::in_place_type<FluidService>, service_, world.scenario.warm_up,
                world.scenario.slice),
      slice_began_(world.scenario.warm_up) {
  if (const Fidelity fidelity = world.scenario.fidelity; fidelity != Fidelity::fluid)
    requests_.emplace<serving::RecordedRequests>(service_, fidelity, 
        serving::StreamKey{world.replication.seed, static_cast<std::uint32_t>(world.replication.number),
                           static_cast<std::uint32_t>(id.index())},
                                                 world.scenario.warm_up);
}

void ServedService::join(const Replica& replica) {
  account_until_now();
  ready_copies_ += replica.copies();
  if (auto* recorded = std::get_if<serving::RecordedRequests>(&requests_))
    recorded->join(pod_of(replica), replica.copies(), world_.now());
}

void ServedService::leave(const Replica& replica, bool lost) {
  account_until_now();
  ready_copies_ -= replica.copies();
  auto* recorded = std::get_if<serving::RecordedRequests>(&requests_);
  if (recorded == nullptr) return;
  if (lost) recorded->kill(pod_of(replica), world_.now());
  else recorded->drain(pod_of(replica), world_.now());
}

void ServedService::end_slice() {
  const auto slice = std::visit([](auto& requests) { return requests.end_slice(); }, requests_);
  if (slice) world_.tally.record(ServiceObserved{world_.now(), slice_began_, id_, *slice});
  slice_began_ = world_.now();
}

void ServedService::scale_to(int wished) {
  if (wished != desired_) account_until_now();
  desired_ = wished;
  const int copies =
      home_.pool ? 1 : replicas_on(world_.type(home_.type), service_);
  const int wanted = (wished + copies - 1) / copies;
  std::vector<Replica*> staying;
  std::ranges::copy_if(replicas_, std::back_inserter(staying),
                       [](const Replica* r) { return !r->stopped(); });
  // Ready ones first, the oldest first: the others are the first to go.
  std::ranges::stable_sort(staying, {}, [](const Replica* r) { return !r->is_ready(); });
  for (std::size_t i = static_cast<std::size_t>(wanted); i < staying.size(); ++i)
    staying[i]->stop();
  for (auto missing = wanted - std::ssize(staying); missing > 0; --missing) {
    if (home_.pool)
      run_pod(world_, *this, *world_.clusters[home_.platform.index()]);
    else
      run_instance(world_, *this, *world_.sagemaker[home_.platform.index()], copies);
  }
}

void ServedService::account_until_now() {
  const Seconds now = world_.now();
  const double requests = service_.demand.expected_between(accounted_, now);
  const Stretch stretch{.from = accounted_,
                        .to = now,
                        .requests = requests,
                        .ready = ready_copies_,
                        .desired = desired_};
  std::visit([&](auto& model) { model.advance(stretch); }, requests_);
  if (now > accounted_ && accounted_ >= world_.scenario.warm_up) {
    const double gigabytes = requests * gibibytes(service_.request_bytes + service_.response_bytes);
    QuantityRecord moved{.what = SimplePrice::sagemaker_endpoint_data_gb,
                         .holder = Holder::of(id_),
                         .at = accounted_,
                         .amount = gigabytes};
    if (home_.pool) {
      // A GB that crosses a zone is billed where it leaves and where it arrives.
      const auto& cluster = std::get<Cluster>(world_.scenario.platforms[home_.platform.index()]);
      moved.what = SimplePrice::cross_az_gb;
      moved.amount = 2 * gigabytes * cluster.cross_zone_share;
    }
    if (moved.amount > 0) world_.meter.add(moved);
  }
  accounted_ = now;
}

ServiceOutcome ServedService::take() {
  account_until_now();
  end_slice();
  return std::visit([](auto& requests) { return requests.take(); }, requests_);
}

Life control_service(World& world, ServedService& service) {
  const ReplicaPolicy& policy = service.home().replicas;
  ReplicaController controller(service.settings(), policy);
  const Seconds slice = world.scenario.slice;
  Seconds next_slice = world.scenario.warm_up + slice;
  while (true) {
    const Seconds now = world.now();
    const Seconds seen = std::max(Seconds{0}, now - policy.scale_up_lag);
    service.scale_to(controller.desired(now, service.rate_at(seen)));
    if (now == world.scenario.warm_up) service.account_until_now();
    if (now == next_slice) {
      service.account_until_now();
      service.end_slice();
      next_slice += slice;
    }
    auto tick = sleep_until(world.agenda,
                            std::min({now + kControlPeriod, next_slice,
                                      now < world.scenario.warm_up ? world.scenario.warm_up : next_slice}),
                            Instant::observe);
    co_await tick;
  }
}

}  // namespace berth
