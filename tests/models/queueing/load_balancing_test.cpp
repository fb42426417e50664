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

TEST_CASE("two draws among pods with several slots", "[queueing]") {
  // One pod is drawn twice: M/M/c.
  const Mmc one{3.2, 1, 4};
  CHECK(two_draws(0.8, 4, 1).p_wait == Approx(one.p_wait()));
  CHECK(two_draws(0.8, 4, 1).mean_wait == Approx(one.mean_wait()));
  // Of very many pods with one slot: the mean field, by its closed form.
  const JoinedQueue many = mean_field_choices(0.7, 1, 2);
  CHECK(two_draws(0.7, 1, 1'000'000'000).p_wait == Approx(many.p_wait()));
  CHECK(two_draws(0.7, 1, 1'000'000'000).mean_wait == Approx(many.mean_wait()));
  // 150,000 requests simulated one by one by another program: utilisation, slots, pods, mean wait.
  struct Row {
    double utilisation;
    int slots, pods;
    double wait;
  };
  for (const Row& row : {Row{0.37, 1, 8, 0.1905}, Row{0.37, 1, 64, 0.1469}, Row{0.7, 1, 8, 0.787},
                         Row{0.6, 2, 8, 0.1284}, Row{0.8, 4, 64, 0.0752}}) {
    INFO(row.utilisation << " of " << row.slots << " slots on " << row.pods);
    const double wait = two_draws(row.utilisation, row.slots, row.pods).mean_wait;
    CHECK(wait < row.wait);  // pods that are not independent are worse
    CHECK(wait > 0.83 * row.wait);
  }
  CHECK(two_draws(0, 4, 8).mean_wait == 0);
  CHECK_THROWS(two_draws(1, 4, 8));
}

TEST_CASE("more than four pods by queue length are refused, not approximated", "[queueing]") {
  CHECK_THROWS(balance_load(Balancing::two_choices, 5, 1, 1));
  CHECK_THROWS(balance_load(Balancing::random, 2, 2, 1));
}

}  // namespace
}  // namespace berth::queueing
