#include "tests/oracles/qbd.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "models/queueing/erlang.h"

namespace berth::queueing {
namespace {

TEST_CASE("two phases of equal rate drawn at random are one exponential: M/M/c", "[queueing]") {
  const Mmc exact{3.4, 1, 4};
  const PhaseQueue queue = mphc(3.4, hyper2_service(1, 1), 4);
  CHECK(queue.p_wait() == Approx(exact.p_wait()));
  CHECK(queue.mean_wait() == Approx(exact.mean_wait()));
  CHECK(queue.wait_quantile(0.99) == Approx(exact.wait_quantile(0.99)));
}

TEST_CASE("one server obeys Pollaczek and Khinchine", "[queueing]") {
  // rho (1 + cs2) / (2 (1 - rho)) at rho = 0.8: Erlang-2 has cs2 = 1/2, the other cv = 2.
  CHECK(mphc(0.8, erlang2_service(1), 1).mean_wait() == Approx(3.0));
  CHECK(mphc(0.8, hyper2_service(1, 2), 1).mean_wait() == Approx(10.0));
}

TEST_CASE("bursts that make no difference leave M/M/c", "[queueing]") {
  const Mmc exact{4, 1, 6};
  const PhaseQueue queue = mmpp_mmc({4, 4, 0.1, 0.2}, 1, 6);
  CHECK(queue.p_wait() == Approx(exact.p_wait()));
  CHECK(queue.mean_wait() == Approx(exact.mean_wait()));
  CHECK(queue.wait_quantile(0.95) == Approx(exact.wait_quantile(0.95)));
}

TEST_CASE("the same traffic in bursts waits longer, and the wait's area is its mean",
          "[queueing]") {
  const PhaseQueue queue = mmpp_mmc({2, 9, 0.1, 0.2}, 1, 6);  // mean 13/3
  CHECK(queue.arrival_rate() == Approx(13.0 / 3));
  CHECK(queue.mean_wait() > 5 * Mmc{13.0 / 3, 1, 6}.mean_wait());
  double area = 0;
  for (int i = 0; i < 1'500; ++i) area += queue.wait_ccdf((i + 0.5) * 0.08) * 0.08;
  CHECK(area == Approx(queue.mean_wait()).epsilon(1e-3));
}

}  // namespace
}  // namespace berth::queueing
