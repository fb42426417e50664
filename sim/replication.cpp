#include "sim/replication.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>

#include "models/layer_sharing.h"
#include "sim/cluster.h"
#include "sim/engine.h"
#include "sim/sagemaker_platform.h"
#include "sim/serverless_endpoint.h"
#include "sim/serving.h"
#include "sim/settings.h"
#include "sim/training_job.h"
#include "sim/world.h"

namespace berth {
namespace {

std::unique_ptr<simgrid::s4u::Engine> make_engine() {
  // A made-up command line: given the real one, SimGrid would eat its options.
  static char name[] = "berth";
  static char quiet[] = "--log=root.threshold:error";
  static char* arguments[] = {name, quiet, nullptr};
  int count = 2;
  auto engine = std::make_unique<simgrid::s4u::Engine>(&count, static_cast<char**>(arguments));
  for (const auto& [key, value] : engine_settings())
    if (key != "simgrid") simgrid::s4u::Engine::set_config(fmt::format("{}:{}", key, value));
  return engine;
}

// The registry keeps every layer once; what the workloads of a scenario use is stored all along.
Bytes stored_layers(const Scenario& scenario) {
  std::vector<ImageId> used;
  for (const TrainingClass& work : scenario.training) used.push_back(work.image);
  for (const Service& service : scenario.services) used.push_back(service.image);
  return layer_sharing(scenario.images, used).stored;
}

Life open_window(World& world) {
  auto warm_up = sleep_until(world.agenda, world.scenario.warm_up, Instant::release);
  co_await warm_up;
  world.tally.record(WindowOpened{world.now()});
}

// Reclaims everything that is still held, so that it is paid until the end.
void close(World& world) {
  for (auto& cluster : world.clusters) cluster.reset();
  for (auto& platform : world.sagemaker) platform.reset();
}

Bill priced(const World& world) {
  Bill bill = price_usage(world.meter, world.scenario.catalogue, world.placement.commitments);
  if (bill.missing.empty()) return bill;
  std::string list;
  for (const std::string& name : bill.missing) list += (list.empty() ? "" : ", ") + name;
  throw std::runtime_error("no price is known for: " + list);
}

std::vector<HourlyUse> plannable_hours(const World& world) {
  std::map<std::pair<UsageKind, TypeId>, std::vector<double>> micros;
  for (const Meter::Held& held : world.meter.held()) {
    if (!held.type || !settled_hourly(held.kind)) continue;
    std::vector<double>& sums = micros[{held.kind, *held.type}];
    sums.resize(held.by_hour->size(), 0.0);
    for (std::size_t hour = 0; hour < sums.size(); ++hour)
      sums[hour] += static_cast<double>((*held.by_hour)[hour]);
  }
  std::vector<HourlyUse> list;
  for (auto& [key, sums] : micros) {
    for (std::size_t hour = 0; hour < sums.size(); ++hour) {
      const Seconds length = std::min<Seconds>(1h, world.meter.length() - Hours{double(hour)});
      sums[hour] /= length.count() * 1e6;
    }
    list.push_back({key.first, key.second, std::move(sums)});
  }
  return list;
}

Outcome run(World& world) {
  const Scenario& scenario = world.scenario;
  try {
    open_window(world);
    for (std::size_t i = 0; i < scenario.training.size(); ++i)
      submit_jobs(world, TrainingId{static_cast<std::int32_t>(i)});
    for (std::size_t i = 0; i < scenario.services.size(); ++i) {
      const ServiceId id{static_cast<std::int32_t>(i)};
      const ServiceHome& home = world.placement.services[i];
      world.services.emplace_back();
      world.serverless.emplace_back();
      if (home.is_serverless()) {
        world.serverless.back() = std::make_unique<ServerlessService>(
            world, id, std::get<ServerlessEndpoint>(*home.endpoint));
        control_serverless(world, *world.serverless.back());
        continue;
      }
      world.services.back() = std::make_unique<ServedService>(world, id);
      control_service(world, *world.services.back());
    }
    const Lease registry(
        world, UsageRecord{.kind = UsageKind::ecr_storage,
                           .count = gibibytes(stored_layers(scenario))});
    world.agenda.run();
  } catch (const std::exception& error) {
    throw std::runtime_error(
        fmt::format("at {:.3f} s of simulated time: {}", world.now().count(), error.what()));
  }
  close(world);
  std::vector<ServiceOutcome> served;  // before the tally: their last slice is an event
  for (std::size_t i = 0; i < world.services.size(); ++i)
    served.push_back(world.services[i] ? world.services[i]->take() : world.serverless[i]->take());
  Outcome outcome = world.tally.take();
  for (std::size_t i = 0; i < served.size(); ++i) {
    served[i].starts = std::move(outcome.services[i].starts);
    outcome.services[i] = std::move(served[i]);
  }
  outcome.bill = priced(world);
  outcome.hourly = plannable_hours(world);
  outcome.events += world.agenda.resumed();
  return outcome;
}

}  // namespace

Outcome run_replication(const Scenario& scenario, const Placement& placement,
                        Replication replication) {
  const auto engine = make_engine();
  World world(scenario, placement, replication);
  return run(world);
}

Recorded record_replication(const Scenario& scenario, const Placement& placement,
                            Replication replication) {
  const auto engine = make_engine();
  World world(scenario, placement, replication, true);
  Outcome outcome = run(world);
  return {std::move(outcome), world.tally.journal()};
}

Outcome tell_replication(const Scenario& scenario, const Placement& placement,
                         Replication replication, std::function<void(const Event&)> listener) {
  const auto engine = make_engine();
  World world(scenario, placement, replication);
  world.tally.tell(std::move(listener));
  return run(world);
}

}  // namespace berth
