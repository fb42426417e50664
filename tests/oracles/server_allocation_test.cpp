#include "tests/oracles/server_allocation.h"

#include <catch2/catch.hpp>

#include "models/queueing/erlang.h"

using namespace berth;

TEST_CASE("greedy allocation is as good as trying all of them") {
  const std::vector<QueueClass> queues{
      {3, 1,   1},
      {2, 0.7, 4},
      {5, 2,   2}
  };
  const int total = 16;
  double best = 1e9;
  for (int a = 4; a < total; ++a)
    for (int b = 3; a + b < total - 2; ++b) {
      double sum = 0;
      const int servers[] = {a, b, total - a - b};
      for (int q = 0; q < 3; ++q)
        sum +=
            queues[q].weight *
            queueing::Mmc{queues[q].arrival_rate, queues[q].service_rate, servers[q]}.mean_queue();
      best = std::min(best, sum);
    }
  CHECK(allocate_servers(queues, total)->objective == Approx(best));
}

TEST_CASE("too few servers for everybody to be stable are no allocation") {
  CHECK_FALSE(allocate_servers(
      std::vector<QueueClass>{
          {3, 1, 1},
          {2, 1, 1}
  },
      6));
}
