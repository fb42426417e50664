#include "sim/endpoint_instance.h"

#include <memory>

#include "sim/sagemaker_platform.h"

namespace berth {
namespace {

std::uint64_t replica_entity(const ServedService& service, const Replica& replica) {
  constexpr int kServiceShift = 40;
  return std::uint64_t(service.id().value) << kServiceShift | replica.number();
}

}  // namespace

Life run_instance(World& world, ServedService& service, SageMakerPlatform& platform, int copies) {
  Replica replica(service, copies);
  const Seconds asked = world.now();
  const auto number = static_cast<std::int64_t>(replica.number());
  const InstanceType& machine = world.type(service.home().type);
  RandomStream creations =
      world.stream(Purpose::launch, replica_entity(service, replica) | std::uint64_t{1} << 63);
  auto creation =
      sleep(world.agenda, draw(machine.gpus > 0 ? platform.settings().endpoint_creation_gpu
                                                : platform.settings().endpoint_creation_cpu,
                               creations));
  co_await creation;
  if (replica.stopped()) co_return;
  auto held = std::make_unique<Lease>(world, UsageRecord{.kind = UsageKind::sagemaker_hosting,
                                                         .type = service.home().type,
                                                         .holder = Holder::of(service.id())});
  replica.start_containers();
  replica.pass_probe();
  replica.join();
  // Creation holds capacity, image and model in one; it is not billed.
  StartupLedger ledger;
  ledger[Phase::provisioning] = world.now() - asked;
  world.tally.record(ReplicaReady{.at = world.now(),
                                  .asked = asked,
                                  .service = service.id(),
                                  .replica = number,
                                  .platform = service.home().platform,
                                  .provisioning = world.now() - asked,
                                  .ledger = ledger});
  UntilStopped serving{replica};
  co_await serving;
  const Seconds gone = replica.drain();
  world.tally.record(ReplicaStopped{world.now(), gone, service.id(), number, true});
  auto drained = sleep_until(world.agenda, gone);
  co_await drained;
}

}  // namespace berth
