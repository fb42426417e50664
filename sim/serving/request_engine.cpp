#include "sim/serving/request_engine.h"

#include <utility>

namespace berth::serving {
namespace {

// Small enough for a block's arrays to stay in the first-level cache, large enough to forget the
// cost of a block.
constexpr std::size_t kBlock = 512;
constexpr int kServiceShift = 40;
// Patience shares the service purpose; its streams are told apart by the highest bit.
constexpr std::uint64_t kPatience = std::uint64_t{1} << 63;

std::uint64_t entity(const StreamKey& key, std::uint32_t slice) {
  return std::uint64_t{key.service} << kServiceShift | slice;
}

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

RandomStream request_stream(const StreamKey& key, Purpose purpose, std::uint32_t slice) {
  return RandomStream(key.seed, key.replication, purpose, entity(key, slice));
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
      patience_random_(RandomStream(key.seed, key.replication, Purpose::service,
                                    entity(key, 0) | kPatience)),
      dispatcher_(make_dispatcher(rules)),
      arrival_block_(kBlock),
      service_block_(kBlock) {
  if (rules.queue.patience) {
    patience_.emplace(*rules.queue.patience);
    patience_block_.resize(kBlock);
  }
}

std::unique_ptr<Dispatcher> RequestEngine::make_dispatcher(const ServiceRules& rules) {
  return std::visit(
      Overloaded{
          [&](Kernel kernel) -> std::unique_ptr<Dispatcher> {
            return std::make_unique<CentralQueue>(rules.queue, services_, stream(Purpose::retry),
                                                  kernel);
          },
          [&](const BalancerRules& balancer) -> std::unique_ptr<Dispatcher> {
            return std::make_unique<PodQueues>(rules.queue, balancer, services_,
                                               stream(Purpose::dispatch), stream(Purpose::retry));
          },
          [&](const BatchRules& batches) -> std::unique_ptr<Dispatcher> {
            return std::make_unique<BatchQueue>(batches);
          },
      },
      rules.dispatching);
}

void RequestEngine::begin_slice(std::uint32_t slice, double now) {
  slice_ = slice;
  service_random_ = FastRandom(stream(Purpose::service));
  patience_random_ = FastRandom(
      RandomStream(key_.seed, key_.replication, Purpose::service, entity(key_, slice) | kPatience));
  if (!arrivals_->has_memory()) arrivals_->restart(now, stream(Purpose::arrival));
}

void RequestEngine::advance(double until) {
  while (const std::size_t n = arrivals_->fill(arrival_block_, until)) {
    services_.fill(std::span(service_block_).first(n), service_random_);
    Requests block{std::span(arrival_block_).first(n), std::span(service_block_).first(n), {}};
    if (patience_) {
      patience_->fill(std::span(patience_block_).first(n), patience_random_);
      block.patience = std::span(patience_block_).first(n);
    }
    dispatcher_->serve(block, until);
  }
  dispatcher_->serve_until(until);
  now_ = until;
}

ServingCounts RequestEngine::take_counts() { return std::exchange(dispatcher_->counts(), {}); }

}  // namespace berth::serving
