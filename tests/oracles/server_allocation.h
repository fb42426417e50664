// So many identical servers for several queues: where each one does most good.
//
//   minimise sum of weight x mean number waiting, M/M/c each, servers adding up to the total
//
// The number waiting is convex and falling in c, so giving one server after the other to the queue
// that gains most is optimal (Fox 1966; Dyer & Proll 1977). Ties go to the first queue.
// Tested by tests/oracles/server_allocation_test.cpp and the family server_allocation.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace berth {

struct QueueClass {
  double arrival_rate = 0, service_rate = 1, weight = 1;
};
struct ServerAllocation {
  std::vector<int> servers;
  double objective = 0;
};
// nullopt: too few for all queues to be stable.
std::optional<ServerAllocation> allocate_servers(std::span<const QueueClass> queues, int total);

}  // namespace berth
