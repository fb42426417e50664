#include "models/queueing/load_balancing.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "models/queueing/erlang.h"

namespace berth::queueing {
namespace {

TEST_CASE("random dispatch makes every pod an M/M/1", "[queueing]") {
  const JoinedQueue queue = balance_load(Balancing::random, 10, 8.5, 1);
  const Mmc pod{0.85, 1, 1};
  CHECK(queue.mean_sojourn() == Approx(pod.mean_sojourn()));
  CHECK(queue.wait_quantile(0.99) == Approx(pod.wait_quantile(0.99)));
  CHECK(queue.sojourn_quantile(0.99) == Approx(pod.sojourn_quantile(0.99)));
}

TEST_CASE("the shortest of two queues waits as its simulation does", "[queueing]") {
  // Two pods at 0.8, solved independently and confirmed by simulation: mean sojourn 2.955737, p99
  // 13.084398.
  const JoinedQueue queue = balance_load(Balancing::shortest_queue, 2, 1.6, 1);
  CHECK(queue.mean_sojourn() == Approx(2.955737).epsilon(1e-6));
  CHECK(queue.sojourn_quantile(0.99) == Approx(13.084398).epsilon(1e-6));
  // With two pods, two different ones are both of them.
  CHECK(balance_load(Balancing::two_choices, 2, 1.6, 1).mean_sojourn() ==
        Approx(queue.mean_sojourn()));
}

TEST_CASE("the more a balancer knows the shorter the wait, and one queue is best", "[queueing]") {
  const auto sojourn = [](Balancing policy) {
    return balance_load(policy, 3, 2.1, 1).mean_sojourn();
  };
  CHECK(Mmc{2.1, 1, 3}.mean_sojourn() < sojourn(Balancing::shortest_queue));
  CHECK(sojourn(Balancing::shortest_queue) < sojourn(Balancing::two_choices));
  CHECK(sojourn(Balancing::two_choices) < sojourn(Balancing::two_choices_with_replacement));
  CHECK(sojourn(Balancing::two_choices_with_replacement) < sojourn(Balancing::random));
}

TEST_CASE("one choice among many pods is no choice", "[queueing]") {
  // d = 2 at 0.9: p_wait = rho^2. Very light load: one service time.
  const JoinedQueue two = mean_field_choices(0.9, 1, 2);
  CHECK(two.p_wait() == Approx(0.81));
  CHECK(mean_field_choices(1e-9, 4, 2).mean_sojourn() == Approx(0.25));
  CHECK(mean_field_choices(0.9, 1, 1).mean_sojourn() == Approx(10));
}

TEST_CASE("more than four pods by queue length are refused, not approximated", "[queueing]") {
  CHECK_THROWS(balance_load(Balancing::two_choices, 5, 1, 1));
  CHECK_THROWS(balance_load(Balancing::random, 2, 2, 1));
}

}  // namespace
}  // namespace berth::queueing
