#include "sim/serving/request_engine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "models/overloaded.h"

namespace berth::serving {
namespace {

// Small enough for a block's arrays to stay in the first-level cache, large enough to forget the
// cost of a block.
constexpr std::size_t kBlock = 512;
constexpr int kServiceShift = 40;
// Patience shares the service purpose; its streams are told apart by the highest bit.
constexpr std::uint64_t kPatience = std::uint64_t{1} << 63;

constexpr int kLaneShift = 32;

}  // namespace

RandomStream request_stream(const StreamKey& key, Purpose purpose, std::uint32_t slice,
                            std::uint8_t lane) {
  return RandomStream(key.seed, key.replication, purpose,
                      std::uint64_t{key.service} << kServiceShift |
                          std::uint64_t{lane} << kLaneShift | slice);
}

RandomStream RequestEngine::stream(Purpose purpose) const {
  return request_stream(key_, purpose, slice_);
}

RequestEngine::RequestEngine(const ServiceRules& rules, std::unique_ptr<ArrivalSource> arrivals,
                             StreamKey key)
    : key_(key),
      arrivals_(std::move(arrivals)),
      services_(rules.service_time),
      service_random_(stream(Purpose::service)),
      patience_random_(
          RandomStream(key.seed, key.replication, Purpose::service,
                       std::uint64_t{key.service} << kServiceShift | kPatience)),
      dispatcher_(make_dispatcher(rules)) {
  if (rules.queue.patience) patience_.emplace(*rules.queue.patience);
}

std::unique_ptr<Dispatcher> RequestEngine::make_dispatcher(const ServiceRules& rules) {
  return std::visit(Overloaded{
                        [&](Kernel kernel) -> std::unique_ptr<Dispatcher> {
                          return std::make_unique<CentralQueue>(rules.queue, services_,
                                                                stream(Purpose::retry), kernel);
                        },
                        [&](const BalancerRules& balancer) -> std::unique_ptr<Dispatcher> {
                          return std::make_unique<PodQueues>(rules.queue, balancer, services_,
                                                             stream(Purpose::dispatch),
                                                             stream(Purpose::retry));
                        },
                        [&](const BatchRules& batches) -> std::unique_ptr<Dispatcher> {
                          if (batches.queue_each)
                            return std::make_unique<PodBatches>(batches, stream(Purpose::dispatch));
                          return std::make_unique<BatchQueue>(batches);
                        },
                    },
                    rules.dispatching);
}

void RequestEngine::advance(double until) {
  // One for all engines: of a thousand that advance by a few seconds each none would find its own in the cache.
  static thread_local std::array<double, kBlock> arrivals, services, patience;
  while (const std::size_t n = arrivals_->fill(arrivals, until)) {
    services_.fill(std::span(services).first(n), service_random_);
    Requests block{std::span(arrivals).first(n), std::span(services).first(n), {}};
    if (patience_) {
      patience_->fill(std::span(patience).first(n), patience_random_);
      block.patience = std::span(patience).first(n);
    }
    dispatcher_->serve(block, until);
  }
  dispatcher_->serve_until(until);
  now_ = until;
}

void RequestEngine::jump(double to, std::uint32_t slice, double busy) {
  dispatcher_->serve_until(to);
  slice_ = slice;
  service_random_ = FastRandom(stream(Purpose::service));
  arrivals_->restart(to, stream(Purpose::arrival));
  now_ = to;
  const auto slots = static_cast<int>(std::lround(busy));
  for (int i = 0; i < slots; ++i) dispatcher_->occupy(to, to + residual_service());
  take_counts();
}

// A busy slot is found in a long service more often than in a short one, and anywhere inside it.
double RequestEngine::residual_service() {
  if (lengths_.empty()) {
    double work = 0;
    for (const auto& [value, weight] : weighted_points(services_.law())) {
      work += value * weight;
      lengths_.push_back({value, work});
    }
  }
  const double wanted = service_random_.uniform() * lengths_.back().probability;
  const auto found = std::ranges::lower_bound(lengths_, wanted, {}, &CdfPoint::probability);
  return found->value * service_random_.uniform();
}

// What is still waiting goes on being counted by the dispatcher, from its arrival on: so only what
// has been booked is moved over.
const ServingCounts& RequestEngine::take_counts() {
  ServingCounts& counts = dispatcher_->counts();
  arrived_before_ += static_cast<double>(counts.arrived);
  waited_before_ += counts.waits.sum() + counts.late_waits.sum() + counts.abandoned_wait;
  taken_.clear();
  std::swap(taken_, counts);
  return taken_;
}

}  // namespace berth::serving
