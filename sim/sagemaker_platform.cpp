#include "sim/sagemaker_platform.h"

#include <algorithm>

namespace berth {
namespace {

int quota_of(const std::vector<Quota>& quotas, TypeId type, int otherwise) {
  const auto found = std::ranges::find(quotas, type, &Quota::type);
  return found == quotas.end() ? otherwise : found->instances;
}

}  // namespace

SageMakerPlatform::SageMakerPlatform(World& world, PlatformId id, const SageMaker& settings)
    : world_(world), settings_(settings) {
  if (settings.egress.shared_link)
    endpoint_.shared = world.network.add_shared_link(*settings.egress.shared_link);
  if (settings.egress.nat_gateways > 0)
    gateways_ = std::make_unique<Lease>(
        world, UsageRecord{.kind = UsageKind::nat_gateway,
                           .count = double(settings.egress.nat_gateways)});
  for (const TrainingHome& home : world.placement.training) {
    if (home.platform != id) continue;
    types_[home.type].quota = {
        quota_of(settings.training_quotas, home.type, settings.default_training_quota),
        quota_of(settings.warm_pool_quotas, home.type, settings.default_warm_pool_quota)};
  }
}

Seconds SageMakerPlatform::throttle() {
  const CallLimit limit{settings_.create_jobs_per_second, settings_.create_burst};
  return wait_for_call(calls_, limit, world_.now());
}

bool SageMakerPlatform::Admission::await_ready() {
  TypeState& state = platform.types_.at(type);
  if (platform.take_pool(state, *this)) return true;
  if (!state.waiting.empty() || !may_start(state.quota, state.use, job.instance_count)) return false;
  state.use = started(state.use, job.instance_count);
  return true;
}

void SageMakerPlatform::Admission::await_suspend(std::coroutine_handle<> waiting_life) {
  life = waiting_life;
  platform.types_.at(type).waiting.push_back(this);
}

bool SageMakerPlatform::take_pool(TypeState& state, Admission& admission) {
  const auto pool = std::ranges::find_if(
      state.pools, [&](const WarmPool& p) { return matches(p.key, admission.job); });
  if (pool == state.pools.end()) return false;
  admission.give(std::move(pool->cached), std::move(pool->lazy), pool->began);
  state.use = started_in_pool(state.use, admission.job.instance_count);
  state.pools.erase(pool);
  return true;
}

void SageMakerPlatform::start_waiting(TypeState& state) {
  while (!state.waiting.empty()) {
    Admission& first = *state.waiting.front();
    if (!may_start(state.quota, state.use, first.job.instance_count)) return;
    state.use = started(state.use, first.job.instance_count);
    state.waiting.pop_front();
    world_.agenda.resume_now(first.life);
  }
}

// The first waiting job that matches goes straight into the instances, ahead of those that would
// have to launch some.
bool SageMakerPlatform::pass_on(TypeState& state, const WarmPoolKey& key, Finished& finished) {
  const auto found = std::ranges::find_if(
      state.waiting, [&](const Admission* waiting) { return matches(key, waiting->job); });
  if (found == state.waiting.end()) return false;
  Admission& next = **found;
  next.give(std::move(finished.cached), std::move(finished.lazy), finished.began);
  state.waiting.erase(found);
  world_.agenda.resume_now(next.life);
  return true;
}

void SageMakerPlatform::finish(const WarmPoolKey& job, Finished finished) {
  TypeState& state = types_.at(finished.type);
  const auto until = kept_until(world_.now(), finished.began, finished.keep_alive);
  if (until && pass_on(state, job, finished)) return;
  const bool retained = until && may_retain(state.quota, state.use, job.instance_count);
  state.use = ended(state.use, job.instance_count, retained);
  if (retained)
    retain(state, job, std::move(finished), *until);
  else
    start_waiting(state);
}

void SageMakerPlatform::retain(TypeState& state, const WarmPoolKey& key, Finished finished,
                               Seconds until) {
  const auto count = static_cast<double>(key.instance_count);
  const Holder holder = Holder::of(finished.workload);
  WarmPool& pool = state.pools.emplace_back(
      WarmPool{.key = key,
               .cached = std::move(finished.cached),
               .lazy = std::move(finished.lazy),
               .began = finished.began,
               .number = next_pool_++});
  pool.instances = std::make_unique<Lease>(
      world_, UsageRecord{.kind = UsageKind::sagemaker_warm_pool,
                          .type = finished.type,
                          .holder = holder,
                          .count = count});
  pool.volume = std::make_unique<Lease>(world_, UsageRecord{.kind = UsageKind::sagemaker_storage,
                                                            .holder = holder,
                                                            .count = count * gibibytes(finished.volume)});
  let_pool_go(world_, *this, finished.type, pool.number, until);
}

Life SageMakerPlatform::let_pool_go(World& world, SageMakerPlatform& platform, TypeId type,
                                    std::uint64_t number, Seconds until) {
  auto kept = sleep_until(world.agenda, until);
  co_await kept;
  TypeState& state = platform.types_.at(type);
  const auto pool = std::ranges::find(state.pools, number, &WarmPool::number);
  if (pool == state.pools.end()) co_return;  // taken in the meantime
  state.use = released(state.use, pool->key.instance_count);
  state.pools.erase(pool);
  platform.start_waiting(state);
}

}  // namespace berth
