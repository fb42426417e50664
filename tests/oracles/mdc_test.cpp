#include "tests/oracles/mdc.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth::queueing {
namespace {

TEST_CASE("M/D/1 waits half as long as M/M/1", "[queueing]") {
  for (double rho : {0.1, 0.5, 0.9, 0.99}) {
    const Mdc queue(rho, 1, 1);
    CHECK(queue.mean_wait() == Approx(rho / (2 * (1 - rho))));
    CHECK(queue.p_wait() == Approx(rho));
    CHECK(queue.wait_ccdf(0) == Approx(rho));
    // Erlang (1909), before the first service ends: P(W <= t) = (1 - rho) e^{rho t}.
    CHECK(queue.wait_ccdf(0.5) == Approx(1 - (1 - rho) * std::exp(rho * 0.5)));
  }
}

TEST_CASE("M/D/c has the waits its simulation has", "[queueing]") {
  // Computed independently by the embedded chain and confirmed by simulation: M/D/2 at 0.8 waits
  // .903284 on average, p99 5.069551; at M/D/50 and 0.95 a share of .601233 waits.
  const Mdc two(1.6, 1, 2);
  CHECK(two.mean_wait() == Approx(0.903284).epsilon(1e-5));
  CHECK(two.wait_quantile(0.99) == Approx(5.069551).epsilon(1e-6));
  CHECK(Mdc(47.5, 1, 50).p_wait() == Approx(0.601233).epsilon(1e-5));
}

TEST_CASE("the mean wait is the area under its tail", "[queueing]") {
  const Mdc queue(9, 0.5, 6);  // load 4.5 on 6
  double area = 0;
  const double h = 0.5 / 6 / 50;
  for (int i = 0; i < 4'000; ++i) area += queue.wait_ccdf((i + 0.5) * h) * h;
  CHECK(area == Approx(queue.mean_wait()).epsilon(1e-4));
}

TEST_CASE("batches of one are M/D/1", "[queueing]") {
  const DynamicBatching single = dynamic_batching(0.5, 0.9, 0.1, 1);
  CHECK(single.mean_batch_size == Approx(1));
  CHECK(single.utilisation == Approx(0.5));
  CHECK(single.mean_latency == Approx(1 + 0.5));  // rho/(2(1-rho)) = 0.5
}

TEST_CASE("a worker that may batch is busy long before it is full", "[queueing]") {
  // Inoue's model, 20 ms + 1 ms a request, at most 16, 200 requests a second (load 0.45).
  const DynamicBatching worker = dynamic_batching(200, 0.020, 0.001, 16);
  CHECK(worker.utilisation > 0.99);
  CHECK(worker.mean_batch_size * worker.batches_per_s == Approx(200));  // what comes goes
  CHECK(worker.mean_in_system == Approx(200 * worker.mean_latency));    // Little
}

TEST_CASE("at capacity nothing is stationary", "[queueing]") {
  CHECK_THROWS(Mdc(2, 1, 2));
  CHECK_THROWS(dynamic_batching(1000, 0.02, 0.001, 16));
}

}  // namespace
}  // namespace berth::queueing
