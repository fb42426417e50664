#include "tests/oracles/server_allocation.h"

#include <cmath>
#include <queue>

#include "models/queueing/erlang.h"

namespace berth {
namespace {

double waiting(const QueueClass& queue, int servers) {
  return queue.weight * queueing::Mmc{queue.arrival_rate, queue.service_rate, servers}.mean_queue();
}

struct Gain {
  double gain = 0;
  std::size_t queue = 0;
  bool operator<(const Gain& other) const {
    return gain != other.gain ? gain < other.gain : queue > other.queue;
  }
};

}  // namespace

std::optional<ServerAllocation> allocate_servers(std::span<const QueueClass> queues, int total) {
  ServerAllocation best;
  for (const QueueClass& queue : queues) {
    best.servers.push_back(static_cast<int>(std::floor(queue.arrival_rate / queue.service_rate)) +
                           1);
    total -= best.servers.back();
  }
  if (total < 0) return std::nullopt;
  std::priority_queue<Gain> gains;
  const auto offer = [&](std::size_t q) {
    const int now = best.servers[q];
    gains.push({waiting(queues[q], now) - waiting(queues[q], now + 1), q});
  };
  for (std::size_t q = 0; q < queues.size(); ++q) offer(q);
  for (; total > 0 && !gains.empty(); --total) {
    const std::size_t q = gains.top().queue;
    gains.pop();
    ++best.servers[q];
    offer(q);
  }
  for (std::size_t q = 0; q < queues.size(); ++q)
    best.objective += waiting(queues[q], best.servers[q]);
  return best;
}

}  // namespace berth
