#include "planner/homes.h"

#include <fmt/format.h>

#include "models/overloaded.h"
#include "models/serving/replica_forecast.h"

namespace berth {
namespace {

bool same_endpoint(const SageMakerEndpoint& a, const SageMakerEndpoint& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      Overloaded{[&](const RealtimeEndpoint& x) {
                   return x.routing == std::get<RealtimeEndpoint>(b).routing;
                 },
                 [&](const ServerlessEndpoint& x) {
                   const auto& y = std::get<ServerlessEndpoint>(b);
                   return x.memory_gb == y.memory_gb && x.max_concurrency == y.max_concurrency &&
                          x.provisioned == y.provisioned && x.keep_warm == y.keep_warm;
                 },
                 [&](const AsyncEndpoint& x) {
                   const auto& y = std::get<AsyncEndpoint>(b);
                   return x.max_concurrent == y.max_concurrent && x.request_ttl == y.request_ttl;
                 }},
      a);
}

std::string pull_words(PullMode pull) {
  switch (pull) {
    case PullMode::full:
      return "";
    case PullMode::soci_lazy:
      return ", pulled lazily";
    case PullMode::soci_parallel:
      return ", pulled in parallel";
    case PullMode::preloaded:
      return ", preloaded";
  }
  return "";
}

std::string place_words(const Scenario& scenario, PlatformId platform, std::optional<PoolId> pool,
                        TypeId type) {
  const Platform& where = scenario.platforms[platform.index()];
  const std::string& machine = scenario.catalogue.types[type.index()].name;
  if (const auto* cluster = std::get_if<Cluster>(&where))
    return fmt::format("{}/{} {}", cluster->name, cluster->pools[pool.value().index()].name,
                       machine);
  return fmt::format("{} ml.{}", name_of(where), machine);
}

std::string minutes(Seconds time) { return fmt::format("{:g} min", time.count() / 60); }

}  // namespace

bool same_home(const TrainingHome& a, const TrainingHome& b) {
  return a.platform == b.platform && a.pool == b.pool && a.type == b.type &&
         a.offering == b.offering && a.pull == b.pull && a.keep_alive == b.keep_alive &&
         a.checkpoint_interval == b.checkpoint_interval;
}

bool same_home(const ServiceHome& a, const ServiceHome& b) {
  const ReplicaPolicy &p = a.replicas, &q = b.replicas;
  // A serverless home has no type.
  return a.platform == b.platform && a.pool == b.pool &&
         (a.type == b.type || (a.is_serverless() && b.is_serverless())) &&
         (a.pull == b.pull || !a.pool) && p.min == q.min && p.max == q.max &&
         p.autoscaler.index() == q.autoscaler.index() && target_words(p) == target_words(q) &&
         lag_of(p) == lag_of(q) && delay_of(p) == delay_of(q) &&
         a.endpoint.has_value() == b.endpoint.has_value() &&
         (!a.endpoint || same_endpoint(*a.endpoint, *b.endpoint));
}

std::string in_words(const Scenario& scenario, const TrainingHome& home) {
  std::string text = place_words(scenario, home.platform, home.pool, home.type);
  if (home.offering == Offering::spot) text += ", spot";
  text += pull_words(home.pull);
  if (home.keep_alive > Seconds{0}) text += ", kept " + minutes(home.keep_alive);
  if (home.checkpoint_interval) text += ", checkpoints every " + minutes(*home.checkpoint_interval);
  return text;
}

std::string in_words(const Scenario& scenario, const ServiceHome& home) {
  if (home.is_serverless()) {
    const auto& endpoint = std::get<ServerlessEndpoint>(*home.endpoint);
    return fmt::format("{} serverless {} GB, at most {} at once{}",
                       name_of(scenario.platforms[home.platform.index()]), endpoint.memory_gb,
                       endpoint.max_concurrency,
                       endpoint.provisioned > 0
                           ? fmt::format(", {} provisioned", endpoint.provisioned)
                           : std::string());
  }
  if (home.endpoint && std::holds_alternative<AsyncEndpoint>(*home.endpoint))
    return fmt::format("{}, a queue before {} to {} instances",
                       place_words(scenario, home.platform, home.pool, home.type),
                       home.replicas.min, home.replicas.max);
  const auto* realtime = home.endpoint ? std::get_if<RealtimeEndpoint>(&*home.endpoint) : nullptr;
  if (realtime != nullptr && realtime->routing == Routing::least_outstanding)
    return fmt::format("{}, target {}, to the least busy",
                       place_words(scenario, home.platform, home.pool, home.type),
                       target_words(home.replicas));
  return fmt::format("{}, target {}{}", place_words(scenario, home.platform, home.pool, home.type),
                     target_words(home.replicas), pull_words(home.pull));
}

std::string in_words(const Scenario& scenario, ServiceId service, const ServiceHome& home) {
  std::string text = in_words(scenario, home);
  if (!home.runs_replicas()) return text;
  const auto usual = [&](auto is_like) {
    std::optional<bool> same;  // absent: no placement is like it
    for (const Placement& placement : scenario.placements)
      if (const ServiceHome& one = placement.services[service.index()];
          one.runs_replicas() && is_like(one))
        same = same.value_or(true) && one.replicas.min == home.replicas.min &&
               one.replicas.max == home.replicas.max;
    return same;
  };
  const auto there = usual([&](const ServiceHome& one) { return one.platform == home.platform; });
  if (there.value_or(usual([](const ServiceHome&) { return true; }).value_or(false))) return text;
  return text + fmt::format(", {} to {} replicas", home.replicas.min, home.replicas.max);
}

const std::string& name_of_workload(const Scenario& scenario, std::size_t w) {
  const std::size_t classes = scenario.training.size();
  return w < classes ? scenario.training[w].name : scenario.services[w - classes].name;
}

Place place_of(const Options& options, std::size_t w, std::size_t k) {
  const std::size_t classes = options.training.size();
  const auto of = [](const auto& home) { return Place{home.platform, home.pool}; };
  return w < classes ? of(options.training[w][k]) : of(options.services[w - classes][k]);
}

std::size_t count_homes(const Options& options, std::size_t w) {
  const std::size_t classes = options.training.size();
  return w < classes ? options.training[w].size() : options.services[w - classes].size();
}

std::string in_words(const Scenario& scenario, const Options& options, std::size_t w, std::size_t k) {
  const std::size_t classes = options.training.size();
  return w < classes ? in_words(scenario, options.training[w][k])
                     : in_words(scenario, ServiceId{static_cast<std::int32_t>(w - classes)},
                                options.services[w - classes][k]);
}

}  // namespace berth
